"""The settings dialog: rows from the schema, the warning before a save that closes the gate, and nothing lost."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QPalette, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QSlider, QSpinBox, QWidget

from ringfence import language
from ringfence.core.account_settings import Account
from ringfence.core.model import SESSION_S, WEEK_S, Override, WindowState, tier_of
from ringfence.core.ring import AccountState, AccountView, View, WindowView
from ringfence.core.settings import Settings, Thresholds, Usage, parse_settings, schema
from ringfence.file_errors import FileError
from ringfence.save_effects import with_values
from ringfence.storage.settings_file import load_settings, set_values
from ringfence.tray import theme
from ringfence.tray.settings_dialog import SettingsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # of Qt's offscreen platform

NOW = 1_795_272_600.0  # 2026-11-21 14:50 UTC
RESET = NOW + 7800  # 17:00


def window(window_id, used, *, label="", resets_at=RESET, model=None, state=WindowState.LIVE, doubted=False):
    return WindowView(
        id=window_id, label=label or window_id, used=used, tier=tier_of(used) if state is WindowState.LIVE else None,
        state=state, resets_at=resets_at, duration_s=SESSION_S if window_id == "session" else WEEK_S, pace=None,
        observed_at=NOW - 60, source="oauth_usage", threshold_pct=None, holds=False, doubted=doubted, model=model,
        money=None,
    )  # fmt: skip


def account(*windows, name="default", age=60):
    return AccountView(
        name=name, state=AccountState.OK, windows=windows, observed_at=NOW - age, failure=None, plan=None, skew_s=0,
        next_poll_at=None, next_poll_why="", requests_last_hour=1, request_budget=20,
    )  # fmt: skip


SESSION, WEEK = window("session", 0.91), window("week", 0.41, resets_at=NOW + 3 * 86400)
FABLE = window("model:Fable", 0.62, model="Fable", resets_at=NOW + 3 * 86400)
VIEW = View(verdict="open", accounts=(account(SESSION, WEEK, FABLE),))


class Disk:
    """What is saved, or why not."""

    def __init__(self):
        self.saves, self.trouble = [], None

    def __call__(self, values):
        if self.trouble:
            raise FileError(self.trouble)
        self.saves.append(values)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def opened(qtbot, disk):
    kept = []

    def make(settings=None, view=VIEW, save=disk):
        dialog = SettingsDialog(settings or Settings(), view, save, clock=lambda: NOW)
        qtbot.addWidget(dialog)
        dialog.open()
        qtbot.waitExposed(dialog)
        kept.append(dialog)
        return dialog

    return make


def visible_notices(dialog):
    return {k: dialog.row(k).notice.text() for k in dialog._rows if dialog.row(k).notice.isVisible()}


# ---- rows


def test_every_setting_that_is_not_advanced_has_a_row_and_no_other(opened):
    dialog = opened()
    wanted = {s.key for s in schema() if not s.advanced} - {"thresholds.models"} | {"thresholds.models.Fable"}
    assert set(dialog._rows) == wanted


@pytest.mark.parametrize(
    ("language_", "shown"),
    [("en", ["Soonest reset", "Most left", "In order"]), ("de", ["Frühester Reset", "Größter Rest", "Der Reihe nach"])],
)
def test_a_choice_is_said_in_the_persons_words_and_saved_in_the_files(opened, disk, language_, shown):
    language.speak([language_])
    dialog = opened()
    box = dialog.row("route.strategy").box
    assert [box.itemText(index) for index in range(box.count())] == shown
    assert box.currentText() == shown[0]
    box.setCurrentIndex(1)
    dialog.save_button.click()
    assert disk.saves == [{"route.strategy": "most-left"}]


def test_the_groups_are_in_the_order_of_what_matters(opened):
    titles = [x.text() for x in opened().findChildren(QLabel) if x.font().weight() > 500]
    assert titles == ["Thresholds", "Alerts", "Reading", "Gate", "Waiting runs", "Several accounts", "Appearance"]


def test_a_model_with_a_threshold_keeps_its_row_and_spelling_when_no_reading_shows_it(opened):
    settings = Settings(thresholds=Thresholds(models={"fable": 80.0, "Opus 5.1": 70.0}))
    dialog = opened(settings)
    assert {k for k in dialog._rows if ".models." in k} == {"thresholds.models.fable", "thresholds.models.Opus 5.1"}
    assert "62" in dialog.row("thresholds.models.fable").help_label.text()


def test_without_a_models_week_the_dialog_says_so(opened):
    dialog = opened(view=View(verdict="unknown"))
    assert any("shows no week of a single model" in x.text() for x in dialog.findChildren(QLabel))


def test_a_models_name_from_outside_is_shown_as_it_is_and_cut(opened):
    name = "<b>&Evil</b>" + "x" * 100
    dialog = opened(view=View(verdict="open", accounts=(account(window(f"model:{name}", 0.2, model=name)),)))
    toggle = dialog.row(f"thresholds.models.{name}").toggle
    assert toggle.text().replace("&&", "\0").replace("&", "").replace("\0", "&").startswith("<b>&Evil</b>xx")
    assert len(toggle.text()) < 50
    assert dialog.width() < 700


def test_every_label_is_plain_text(opened):
    assert all(x.textFormat() is Qt.TextFormat.PlainText for x in opened().findChildren(QLabel))


# ---- thresholds


def test_a_threshold_that_is_off_begins_at_90_when_it_is_switched_on(opened):
    dialog = opened()
    row = dialog.row("thresholds.week_pct")
    assert not row.slider.isEnabled()
    assert not row.box.isEnabled()
    row.toggle.click()
    assert dialog.changes() == {"thresholds.week_pct": 90}
    assert row.slider.isEnabled()


def test_the_slider_goes_from_50_to_95_and_the_box_from_1_to_100(opened):
    row = opened().row("thresholds.session_pct")
    assert (row.slider.minimum(), row.slider.maximum()) == (50, 95)
    assert (row.box.minimum(), row.box.maximum()) == (1, 100)


def test_a_typed_value_outside_the_slider_stays_what_was_typed(opened):
    dialog = opened(Settings(thresholds=Thresholds(week_pct=80.0)))
    row = dialog.row("thresholds.week_pct")
    for typed in (30, 100):
        row.box.setValue(typed)
        assert row.box.value() == typed
        assert dialog.changes() == {"thresholds.week_pct": typed}
    row.slider.setValue(60)
    assert row.box.value() == 60


def test_typing_into_the_box_moves_the_slider(opened):
    row = opened(Settings(thresholds=Thresholds(week_pct=80.0))).row("thresholds.week_pct")
    row.box.setFocus()
    row.box.selectAll()
    QTest.keyClicks(row.box, "75")
    assert row.slider.value() == 75


def test_switching_off_writes_none(opened, disk):
    dialog = opened(Settings(thresholds=Thresholds(session_pct=95.0)))
    dialog.row("thresholds.session_pct").toggle.click()
    dialog.accept()
    assert disk.saves == [{"thresholds.session_pct": None}]


def test_what_was_not_touched_is_not_saved_and_keeps_its_fraction(opened, disk):
    settings = Settings(thresholds=Thresholds(week_pct=87.5), usage=Usage(interval_s=300.5))
    dialog = opened(settings)
    dialog.row("notify.reset").toggle.click()
    dialog.accept()
    assert disk.saves == [{"notify.reset": False}]


def test_going_back_to_the_default_takes_the_key_out(opened):
    dialog = opened(replace(Settings(), usage=Usage(interval_s=600.0)))
    dialog.row("usage.interval_s").box.setValue(300)
    assert dialog.changes() == {"usage.interval_s": None}


def test_the_interval_cannot_go_below_what_the_hosts_allow(opened):
    assert opened().row("usage.interval_s").box.minimum() == 180
    loopback = Settings(usage=Usage(base_url="http://127.0.0.1:1", interval_s=5))
    assert opened(loopback).row("usage.interval_s").box.minimum() == 1
    mixed = replace(loopback, accounts=(Account(name="a"), Account(name="b", base_url="https://api.anthropic.com")))
    assert opened(mixed).row("usage.interval_s").box.minimum() == 180


# ---- the warning before a save that closes the gate


@pytest.mark.parametrize(("pct", "warned"), [(92, False), (91, True), (90, True), (1, True)])
def test_a_threshold_at_or_under_the_reading_warns_at_once_and_the_button_says_what_it_does(opened, pct, warned):
    dialog = opened(Settings(thresholds=Thresholds(session_pct=95.0)))
    dialog.row("thresholds.session_pct").box.setValue(pct)
    said = "The session stands at 91 %: saving closes the gate at once, until 17:00."
    assert visible_notices(dialog) == ({"thresholds.session_pct": said} if warned else {})
    assert dialog.save_button.text().replace("&", "") == ("Save and close the gate" if warned else "Save")


def test_the_warning_goes_when_the_value_does(opened):
    dialog = opened()
    row = dialog.row("thresholds.session_pct")
    row.toggle.click()
    assert visible_notices(dialog)
    row.box.setValue(95)
    assert not visible_notices(dialog)
    row.box.setValue(50)
    row.toggle.click()
    assert not visible_notices(dialog)
    assert dialog.save_button.text() == "&Save"


def test_readings_too_seldom_for_the_gate_are_told_at_their_row(opened):
    dialog = opened()
    dialog.row("usage.interval_s").box.setValue(1800)
    assert visible_notices(dialog) == {
        "usage.interval_s": "With usage.interval_s 1800 and gate.blind_after_s 1200 the gate turns unknown between two"
        " readings: set gate.blind_after_s to at least 1995, or ask more often."
    }
    assert dialog.save_button.text() == "&Save"
    dialog.row("usage.interval_s").box.setValue(900)
    assert not visible_notices(dialog)


def test_a_hold_that_is_there_already_is_no_news(opened):
    closed = replace(VIEW, verdict="closed")
    dialog = opened(Settings(thresholds=Thresholds(session_pct=90.0)), closed)
    dialog.row("thresholds.session_pct").box.setValue(85)
    assert not visible_notices(dialog)
    dialog.row("thresholds.week_pct").toggle.click()
    dialog.row("thresholds.week_pct").box.setValue(40)
    notice = visible_notices(dialog)["thresholds.week_pct"]
    assert notice.startswith("The week stands at 41 %: saving keeps the gate closed, until ")
    assert dialog.save_button.text() == "&Save"


def test_a_models_own_threshold_holds_that_model_and_leaves_the_gate_open(opened):
    dialog = opened()
    row = dialog.row("thresholds.models.Fable")
    row.toggle.click()
    row.box.setValue(60)
    notice = visible_notices(dialog)["thresholds.models.Fable"]
    assert notice.startswith("The Fable week stands at 62 %: saving holds new Fable runs at once, until Tue ")
    assert dialog.save_button.text() == "&Save"


def test_the_week_threshold_counts_for_a_models_week_too(opened):
    dialog = opened()
    row = dialog.row("thresholds.week_pct")
    row.toggle.click()
    row.box.setValue(50)  # the week stands at 41 %, the model's at 62 %
    assert "The Fable week stands at 62 %: saving closes the gate at once" in visible_notices(dialog)[row.key]
    dialog.row("thresholds.unnamed_model_counts").toggle.click()
    assert "holds new Fable runs at once" in visible_notices(dialog)[row.key]
    assert dialog.save_button.text() == "&Save"


def test_letting_a_models_week_count_for_unnamed_runs_warns_at_its_own_row(opened):
    settings = Settings(thresholds=Thresholds(week_pct=50.0, unnamed_model_counts=False))
    dialog = opened(settings)
    dialog.row("thresholds.unnamed_model_counts").toggle.click()
    assert list(visible_notices(dialog)) == ["thresholds.unnamed_model_counts"]
    assert "close the gate" in dialog.save_button.text()


def test_under_an_override_the_hold_comes_when_it_ends(opened):
    dialog = opened(view=replace(VIEW, override=Override(since=NOW - 60, until=NOW + 600)))
    dialog.row("thresholds.session_pct").toggle.click()
    assert visible_notices(dialog)["thresholds.session_pct"] == (
        "The session stands at 91 %: saving holds new runs as soon as your override ends, at 15:00."
    )
    assert dialog.save_button.text() == "&Save"


def test_a_reading_too_old_to_hold_by_and_a_doubted_one_do_not_warn(opened):
    for view in (
        View(verdict="unknown", accounts=(account(replace(SESSION, observed_at=NOW - 8000), age=8000),)),
        View(verdict="open", accounts=(account(replace(SESSION, doubted=True)),)),
    ):
        dialog = opened(view=view)
        dialog.row("thresholds.session_pct").toggle.click()
        assert not visible_notices(dialog)


def test_a_window_whose_reset_has_passed_holds_until_a_fresh_reading(opened):
    dialog = opened(view=View(verdict="open", accounts=(account(window("session", 0.91, resets_at=NOW - 5)),)))
    dialog.row("thresholds.session_pct").toggle.click()
    assert "until a fresh reading is below it" in visible_notices(dialog)["thresholds.session_pct"]


def test_a_second_accounts_full_session_holds_only_its_own_runs(opened):
    view = View(verdict="open", accounts=(account(window("session", 0.1)), account(SESSION, name="work")))
    dialog = opened(view=view)
    row = dialog.row("thresholds.session_pct")
    row.toggle.click()
    assert "The session of work stands at 91 %: saving holds new work runs at once" in visible_notices(dialog)[row.key]
    assert dialog.save_button.text() == "&Save"
    assert "10\u00a0% (default), 91\u00a0% (work)" in row.help_label.text()


def test_readings_that_arrive_while_it_is_open_are_followed(opened):
    dialog = opened(view=View(verdict="open", accounts=(account(window("session", 0.5)),)))
    dialog.row("thresholds.session_pct").toggle.click()
    assert not visible_notices(dialog)
    dialog.show_view(VIEW)
    assert "91 %" in visible_notices(dialog)["thresholds.session_pct"]


# ---- saving


def test_a_save_says_saved_and_closes(opened, disk):
    dialog = opened()
    spy = QSignalSpy(dialog.saved)
    dialog.row("appearance.panel").box.setCurrentIndex(1)
    dialog.row("gate.if_unknown").box.setCurrentIndex(1)
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert disk.saves == [{"gate.if_unknown": "closed", "appearance.panel": "dark"}]
    assert spy.count() == 1
    assert not dialog.isVisible()


def test_nothing_changed_is_nothing_saved(opened, disk):
    dialog = opened()
    spy = QSignalSpy(dialog.saved)
    dialog.accept()
    assert (disk.saves, spy.count(), dialog.isVisible()) == ([], 0, False)


def test_a_failed_save_says_why_keeps_everything_and_may_be_tried_again(opened, disk):
    dialog = opened()
    disk.trouble = "Cannot write settings.toml: the disk is full; free some space."
    dialog.row("notify.blind").toggle.click()
    dialog.accept()
    assert dialog.isVisible()
    assert dialog.fault.text() == disk.trouble
    assert dialog.changes() == {"notify.blind": False}
    disk.trouble = None
    dialog.accept()
    assert disk.saves == [{"notify.blind": False}]


def test_cancel_and_escape_close_without_a_save(opened, disk):
    for leave in (
        lambda d: QTest.keyClick(d, Qt.Key.Key_Escape),
        lambda d: QTest.mouseClick(d.cancel_button, Qt.MouseButton.LeftButton),
    ):
        dialog = opened()
        dialog.row("notify.blind").toggle.click()
        leave(dialog)
        assert not dialog.isVisible()
    assert disk.saves == []


def test_what_the_dialog_saves_is_what_the_file_then_says(opened, home):
    home.mkdir()
    path = home / "settings.toml"
    path.write_text("# mine\n[thresholds]\nweek_pct = 80 # careful\n")
    settings = load_settings(path).settings
    dialog = opened(settings, save=lambda values: set_values(path, values))
    dialog.row("thresholds.session_pct").toggle.click()
    dialog.row("thresholds.models.Fable").toggle.click()
    dialog.row("notify.tiers").toggle.click()
    wanted = with_values(settings, dialog.changes())
    dialog.accept()
    assert load_settings(path).settings == wanted
    assert "# mine\n[thresholds]\nweek_pct = 80 # careful\n" in path.read_text()
    assert "session_pct = 90\n" in path.read_text()


def test_values_put_in_by_key_are_those_the_file_would_give():
    raw = {"thresholds": {"session_pct": 80, "models": {"Opus 5.1": 70}}, "notify": {"tiers": False}}
    given = {"thresholds.session_pct": 80.0, "thresholds.models.Opus 5.1": 70.0, "notify.tiers": False}
    assert with_values(Settings(), given) == parse_settings(raw)[0]
    assert with_values(parse_settings(raw)[0], dict.fromkeys(given)) == Settings()


# ---- keyboard, screen reader, looks


def test_tab_reaches_every_control_in_the_order_of_the_rows(opened):
    dialog = opened(Settings(thresholds=Thresholds(session_pct=95.0, week_pct=95.0, models={"Fable": 90.0})))
    wanted = [w for row in dialog._rows.values() for w in row.focusables()] + [dialog.save_button, dialog.cancel_button]
    assert dialog.focusWidget() is wanted[0]
    seen = []
    for _ in wanted:
        seen.append(dialog.focusWidget())
        dialog.focusNextChild()
    assert seen == wanted


def test_every_control_says_what_it_is_with_its_unit(opened):
    dialog = opened()
    for row in dialog._rows.values():
        for widget in row.focusables():
            told = QAccessible.queryAccessibleInterface(widget)
            assert told.text(QAccessible.Text.Name)
            assert told.text(QAccessible.Text.Description)
    row = dialog.row("thresholds.session_pct")
    assert row.box.accessibleName() == "5-hour session threshold, percent"
    assert row.slider.accessibleName() == "5-hour session threshold, percent, slider"
    assert dialog.row("usage.interval_s").box.accessibleName() == "Ask every, seconds"


def test_every_row_has_a_letter_of_its_own(opened):
    dialog = opened()
    texts = [w.text() for w in dialog.findChildren(QCheckBox)]
    texts += [x.text() for x in dialog.findChildren(QLabel) if x.buddy() is not None]
    letters = [t.replace("&&", "")[t.replace("&&", "").index("&") + 1].casefold() for t in texts]
    assert len(letters) == len(set(letters))
    assert not {"s", "c"} & set(letters)  # Save and Cancel


def test_the_wheel_scrolls_the_dialog_and_changes_no_value(opened):
    dialog = opened(Settings(thresholds=Thresholds(session_pct=80.0)))
    dialog.save_button.setFocus()
    before = {k: r.value() for k, r in dialog._rows.items()}
    for row in dialog._rows.values():
        for widget in row.focusables():
            middle = QPointF(widget.rect().center())
            turn = QWheelEvent(
                middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(widget, turn)
    assert {k: r.value() for k, r in dialog._rows.items()} == before


@pytest.fixture
def desktop(qapp):
    """Change the desktop's font and palette, and put them back."""
    font, palette = qapp.font(), qapp.palette()
    yield qapp
    qapp.setFont(font)
    qapp.setPalette(palette)


@pytest.mark.parametrize("scale", [1.0, 1.3, 2.0])
def test_nothing_is_clipped_at_any_font_size(opened, desktop, scale):
    font = desktop.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    desktop.setFont(font)
    dialog = opened(Settings(thresholds=Thresholds(session_pct=95.0)))
    dialog.row("thresholds.session_pct").box.setValue(90)
    desktop.processEvents()
    for kind in (QCheckBox, QSpinBox, QSlider, QLabel):
        for widget in dialog.findChildren(kind):
            if not widget.isVisible() or widget.parent().metaObject().className().startswith("Q"):
                continue
            needed = widget.minimumSizeHint()
            height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else needed.height()
            assert widget.height() >= height, widget.accessibleName() or widget
            assert widget.width() >= needed.width(), widget.accessibleName() or widget
    body = dialog._body
    assert body.width() <= dialog._scroll.viewport().width()


def test_it_is_never_taller_than_the_screen(opened, desktop):
    font = desktop.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    desktop.setFont(font)
    dialog = opened()
    assert dialog.height() <= dialog.screen().availableGeometry().height()


@pytest.mark.parametrize(("ground", "ink"), [("#202326", "#fcfcfc"), ("#fafafa", "#202020")])
def test_the_quiet_lines_can_be_read_on_dark_and_light(opened, desktop, ground, ink):
    palette = QPalette(QColor(ground))
    palette.setColor(QPalette.ColorRole.WindowText, QColor(ink))
    dialog = opened()
    desktop.setPalette(palette)  # while it is open
    desktop.processEvents()
    quiet = dialog.palette().color(QPalette.ColorRole.PlaceholderText)
    assert dialog.palette().color(QPalette.ColorRole.Window) == QColor(ground)
    assert theme.contrast(quiet, theme.card(dialog.palette())) >= 4.5


def test_the_present_reading_is_marked_on_the_slider(opened):
    slider = opened().row("thresholds.session_pct").slider
    marked = slider.grab().toImage()
    slider.show_reading(None)
    assert slider.grab().toImage() != marked
    slider.show_reading(0.3)  # off the scale
    assert slider.grab().toImage() == _without_mark(slider)


def _without_mark(slider):
    slider.show_reading(None)
    return slider.grab().toImage()


def test_it_leaves_no_widget_behind(opened, qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = SettingsDialog(Settings(), VIEW, Disk(), parent, clock=lambda: NOW)
    dialog.open()
    dialog.reject()
    assert dialog.parent() is parent
