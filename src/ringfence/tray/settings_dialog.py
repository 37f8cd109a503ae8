"""The settings dialog: a row for each setting of the schema, and what a save would do to the gate, before it does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ringfence import texts, why_texts, wiring, words
from ringfence.core.declared import Setting
from ringfence.core.ring import View, WindowView
from ringfence.core.settings import Settings, floor_of, schema
from ringfence.file_errors import FileError
from ringfence.language import told
from ringfence.save_effects import MODELS, closes, effects_of, with_values
from ringfence.system_ports import Autostart
from ringfence.tray import theme
from ringfence.tray.labels import describe, follow_font, follow_palette, label
from ringfence.tray.screen_scale import keep_size
from ringfence.tray.setting_rows import Card, Notice, Row, ThresholdRow, row_of, set_mnemonics, short
from ringfence.tray.start_row import StartRow
from ringfence.tray.translation import translate

WIDTH_PX = 520


def groups() -> dict[str, str]:
    """Return the titles of the settings' groups, in the order of the dialog."""
    return {
        "thresholds": translate("SettingsDialog", "Thresholds"),
        "notify": translate("SettingsDialog", "Alerts"),
        "usage": translate("SettingsDialog", "Reading"),
        "gate": translate("SettingsDialog", "Gate"),
        "launch": translate("SettingsDialog", "Waiting runs"),
        "route": translate("SettingsDialog", "Several accounts"),
        "appearance": translate("SettingsDialog", "Appearance"),
    }


class SettingsDialog(QDialog):
    """The settings. Open it with `open()`; it asks nobody and writes nothing but through `save`."""

    saved = Signal()

    def __init__(
        self,
        settings: Settings,
        view: View,
        save: Callable[[dict[str, object]], None],
        parent: QWidget | None = None,
        *,
        autostart: Autostart | None = None,
        clock: Callable[[], float] = wiring.now,
    ) -> None:
        """Build the rows.

        Args:
            settings: those in force.
            view: the present readings.
            save: writes values by key, None for off or the default, all or none; raises FileError.
            parent: the window.
            autostart: how the app is started at sign-in; None: nothing can be said of it here.
            clock: epoch seconds.
        """
        super().__init__(parent)
        self._settings, self._view, self._save, self._clock = settings, view, save, clock
        self._rows: dict[str, Row] = {}
        self.start_row = StartRow(autostart) if autostart is not None else None
        self._first: dict[str, object] = {}
        self.setWindowTitle(self.tr("Settings"))  # Qt adds the app's name
        follow_palette(self, sliders=True)
        keep_size(self)
        self._build()
        self.show_view(view)
        self._fit()

    def show_view(self, view: View) -> None:
        """Follow the readings while the dialog is open."""
        self._view = view
        for key, row in self._rows.items():
            windows = self._windows_of(key)
            if windows:
                row.show_present(self._present(windows), _highest(windows))
        self._warn()

    def row(self, key: str) -> Row:
        """Return a setting's row, e.g. `thresholds.session_pct` or `thresholds.models.Fable`."""
        return self._rows[key]

    def changes(self) -> dict[str, object]:
        """Return what saving would write: key to value, None for off or the default."""
        defaults = {s.key: s.default for s in schema()}
        changed = {k: row.value() for k, row in self._rows.items() if row.value() != self._first[k]}
        return {k: None if v == defaults.get(k) else _plain(v) for k, v in changed.items()}

    def accept(self) -> None:
        """Save what was changed and close; when it cannot be saved, say why and keep everything."""
        changes = self.changes()
        try:
            if changes:
                self._save(changes)
            if self.start_row is not None:
                self.start_row.save()
        except FileError as error:
            self.fault.say(texts.fault_text(error))
            return
        self.fault.say("")
        if changes:
            self.saved.emit()
        super().accept()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop when it turns dark or light, or has another font."""
        if event.type() is QEvent.Type.PaletteChange:
            follow_palette(self, sliders=True)
        elif event.type() is QEvent.Type.FontChange:
            follow_font(self)
        super().changeEvent(event)

    # ---- building

    def _build(self) -> None:
        body = self._body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        for section, title in self._groups().items():
            column.addWidget(label(title, weight=QFont.Weight.DemiBold))
            card = Card()
            card.setAccessibleName(title)
            for setting in _shown(section):
                self._add(card, setting)
            column.addWidget(card)
            column.addSpacing(theme.GRID)
        if self.start_row is not None:
            column.addWidget(label(self.tr("At sign-in"), weight=QFont.Weight.DemiBold))
            card = Card()
            card.setAccessibleName(self.tr("At sign-in"))
            card.column.addWidget(self.start_row)
            column.addWidget(card)
        column.addStretch()
        self._first = {key: row.value() for key, row in self._rows.items()}
        buttons = self._buttons()
        set_mnemonics(self._all_rows(), taken=self._box_letters())
        self._scroll = _Scrolled()
        self._scroll.setWidget(body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.fault = Notice(fault=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 2 * theme.GRID)
        outer.setSpacing(theme.GRID + 4)
        outer.addWidget(self._scroll, 1)
        for widget in (self.fault, buttons):
            framed = QVBoxLayout()
            framed.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
            framed.addWidget(widget)
            outer.addLayout(framed)
        self._order_tabs()

    def _groups(self) -> dict[str, str]:
        sections = {s.key.partition(".")[0] for s in schema() if not s.advanced}
        titles = groups()
        return {k: t for k, t in titles.items() if k in sections} | {
            k: k.capitalize() for k in sorted(sections - titles.keys())
        }

    def _add(self, card: Card, setting: Setting) -> None:
        section, name = setting.key.split(".")
        value = getattr(getattr(self._settings, section), name)
        floor = max(floor_of(self._settings.base_url_of(a)) for a in self._settings.accounts)
        row = row_of(setting, value, floor_s=floor)
        if row is not None:
            self._join(card, row)
            return
        models = self._models()
        heading = QVBoxLayout()
        heading.setSpacing(theme.GRID // 2)
        heading.addWidget(label(told(setting.label)))
        help_ = told(setting.help)
        if not models:
            help_ = words.sentences([help_, self.tr("The last reading shows no week of a single model.")])
        heading.addWidget(label(help_, scale=0.92, quiet=True, wrap=True))
        card.column.addLayout(heading)
        own = self.tr("Off: the week's threshold counts for it.")
        for model, given in models.items():
            name = texts.window_name(f"model:{short(model)}")
            self._join(card, ThresholdRow(f"{setting.key}.{model}", name, own, given))

    def _box_letters(self) -> str:
        """Return the letters that the buttons have taken."""
        return "".join(b.text().partition("&")[2][:1] for b in (self.save_button, self.cancel_button))

    def _models(self) -> dict[str, float | None]:
        """Return the models of the last reading and those with a threshold, in the spelling of the settings."""
        given = dict(self._settings.thresholds.models)
        known = {name.casefold() for name in given}
        seen = [w.model for a in self._view.accounts for w in a.windows if w.model is not None]
        return {m: None for m in seen if m.casefold() not in known} | given

    def _join(self, card: Card, row: Row) -> None:
        self._rows[row.key] = row
        row.changed.connect(self._warn)
        card.column.addWidget(row)

    def _buttons(self) -> QDialogButtonBox:
        standard = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(standard.Save | standard.Cancel)
        self.save_button: QPushButton = box.button(standard.Save)
        self.cancel_button: QPushButton = box.button(standard.Cancel)
        self.save_button.setDefault(True)
        self.save_button.setText(self.tr("&Save"))
        self.cancel_button.setText(self.tr("&Cancel"))
        for button in (self.save_button, self.cancel_button):
            button.setIcon(QIcon())  # a desktop's stock icons are no part of this app's drawing
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        self._box = box
        return box

    def _all_rows(self) -> list[Row]:
        return [*self._rows.values(), *([self.start_row] if self.start_row is not None else [])]

    def _order_tabs(self) -> None:
        order = [w for row in self._all_rows() for w in row.focusables()] + [self.save_button, self.cancel_button]
        for one, after in pairwise(order):
            QWidget.setTabOrder(one, after)
        order[0].setFocus()

    # ---- showing

    def _warn(self) -> None:
        """Say beside its row what a save would hold at once, or leave blind; on the button when it closes the gate."""
        effects = effects_of(self.changes(), self._settings, self._view, self._clock())
        said: dict[str, list[str]] = {}
        for effect in effects:
            said.setdefault(effect.key, []).append(effect.sentence)
        said["usage.interval_s"] = [why_texts.blind_between(with_values(self._settings, self.changes()))]
        for key, row in self._rows.items():
            row.notice.say(" ".join(said.get(key, ())))
        closing = closes(effects, self._view)
        self.save_button.setText(self.tr("&Save and close the gate") if closing else self.tr("&Save"))
        describe(self.save_button, " ".join(e.sentence for e in effects))

    def _windows_of(self, key: str) -> list[tuple[str, WindowView]]:
        """Return the windows a threshold is for, with their accounts' names."""
        if key.startswith(MODELS):
            wanted = key.removeprefix(MODELS).casefold()
            return self._windows(lambda w: w.model is not None and w.model.casefold() == wanted)
        wanted = {"thresholds.session_pct": "session", "thresholds.week_pct": "week"}.get(key, "")
        return self._windows(lambda w: w.id == wanted)

    def _windows(self, is_wanted: Callable[[WindowView], bool]) -> list[tuple[str, WindowView]]:
        return [(a.name, w) for a in self._view.accounts for w in a.windows if is_wanted(w)]

    def _present(self, windows: list[tuple[str, WindowView]]) -> str:
        several = len(self._view.accounts) > 1
        said = (texts.used_text(w) + (f" ({texts.clean(name, 24)})" if several else "") for name, w in windows)
        return self.tr("Now {numbers}.").format(numbers=words.joined(said))

    def _fit(self) -> None:
        """Be as large as the rows need, and never taller than most of the screen."""
        body = self._body
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        width = max(WIDTH_PX, body.minimumSizeHint().width() + bar)
        height = body.heightForWidth(width - bar) if body.hasHeightForWidth() else body.sizeHint().height()
        below = self._box.sizeHint().height() + 4 * theme.GRID
        self._scroll.setMinimumWidth(body.minimumSizeHint().width() + bar)
        self.resize(width, min(height + below, round(self.screen().availableGeometry().height() * 0.85)))


class _Scrolled(QScrollArea):
    """Scrolls the rows, each as high as its text needs at the width that a scroll bar leaves.

    Qt measures before the bar is there, and squeezes the rows by a line when a large font breaks one more.
    """

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure at the new width."""
        super().resizeEvent(event)
        self._measure()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Measure when a row says more or less than before."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._measure()
        return super().eventFilter(watched, event)

    def _measure(self) -> None:
        body = self.widget()
        if body is not None:
            body.setMinimumHeight(body.heightForWidth(self.viewport().width()))


def _shown(section: str) -> list[Setting]:
    return [s for s in schema() if s.key.startswith(f"{section}.") and not s.advanced]


def _highest(windows: list[tuple[str, WindowView]]) -> float | None:
    return max((w.used for _, w in windows if w.tier is not None and w.used is not None), default=None)


def _plain(value: Any) -> object:  # noqa: ANN401 - a setting's value is of the type its kind has
    """Return a value as a person would write it: 90, not 90.0."""
    return int(value) if isinstance(value, float) and value == int(value) else value
