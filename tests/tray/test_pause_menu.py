"""Pausing one account, class or model alone, in the tray's menu and in the window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QMenu, QPushButton

from ringfence.core.model import Latches, Pause, Scope
from ringfence.core.pause_targets import PauseTargets
from ringfence.tray.look import Mark, mark_of
from ringfence.tray.menu import TrayMenu
from ringfence.tray.pause_menu import MOST_OF_A_KIND, PauseOnlyMenu
from ringfence.tray.pauses_section import PausesSection
from tray.states import FLEET, NOW, STATES, TWO, view

HOSTILE = '<img src="x">\x1b[2J R&D'


@pytest.fixture
def menu(qapp) -> PauseOnlyMenu:
    made = PauseOnlyMenu()
    yield made
    made.deleteLater()


@pytest.fixture
def section(qapp, qtlog) -> PausesSection:
    made = PausesSection()
    with qtlog.disabled():  # the offscreen platform regrets that it cannot keep a window's size
        yield made
        made.close()
    made.deleteLater()


def opened(menu: QMenu) -> list[str]:
    """Return the entries as a host finds them when the person opens the menu."""
    menu.aboutToShow.emit()
    return [a.text().replace("&&", "&") for a in menu.actions() if not a.isSeparator()]


def entry(menu: QMenu, text: str):
    return next(a for a in menu.actions() if a.text().replace("&&", "&") == text)


def test_nothing_is_built_before_the_menu_is_opened(menu):
    menu.show_view(STATES["paused_alone"](), NOW)
    assert menu.actions() == []
    assert opened(menu) != []


def test_accounts_classes_and_models_can_be_paused_for_every_length(menu):
    menu.show_view(view(*TWO, settings=FLEET), NOW)
    assert opened(menu) == [
        "Account work", "Account home", "Class batch", "Class nightly", "Model Fable", "Model opus", "Model sonnet",
    ]  # fmt: skip
    asked = []
    menu.pause_asked.connect(lambda length, scope: asked.append((length, scope)))
    for action in entry(menu, "Class batch").menu().actions():
        action.trigger()
    assert asked == [(length, Scope(class_="batch")) for length in (1800.0, 3600.0, 7200.0, "reset", None)]


def test_a_model_with_a_week_of_its_own_is_paused_until_that_resets(menu):
    menu.show_view(view(*TWO, settings=FLEET), NOW)
    opened(menu)
    assert "Until its &week resets" in [a.text() for a in entry(menu, "Model Fable").menu().actions()]
    assert "Until its &week resets" not in [a.text() for a in entry(menu, "Model opus").menu().actions()]


def test_each_pause_is_named_with_its_end_and_lifted_alone(menu):
    menu.show_view(STATES["paused_alone"](), NOW)
    lines = opened(menu)
    assert lines[0].startswith("Unpause class batch (until ")
    assert lines[1:3] == ["Unpause account home", lines[2]]
    assert "Account home" not in lines
    assert "Class batch" not in lines
    assert menu.title() == "Pause &only (3 in force)"
    lifted = []
    menu.unpause_asked.connect(lifted.append)
    entry(menu, "Unpause account home").trigger()
    assert lifted == [Scope(account="home")]


def test_where_nothing_can_be_told_apart_the_menu_is_not_there(menu):
    menu.show_view(STATES["calm"](), NOW)
    assert not menu.menuAction().isVisible()
    menu.show_view(STATES["open"](), NOW)  # a model's week
    assert menu.menuAction().isVisible()


def test_what_was_opened_once_follows_what_changes(menu):
    menu.show_view(view(*TWO, settings=FLEET), NOW)
    opened(menu)
    menu.show_view(STATES["paused_alone"](), NOW)
    assert menu.actions()[0].text().startswith("Unpause class batch")


def test_more_than_fit_are_counted(menu):
    many = PauseTargets(classes=tuple(f"class-{n}" for n in range(MOST_OF_A_KIND + 3)))
    menu.show_view(replace(STATES["calm"](), targets=many), NOW)
    lines = opened(menu)
    assert lines[-1] == "and 3 more: ringfence pause"
    assert not menu.actions()[-1].isEnabled()
    assert len(lines) == MOST_OF_A_KIND + 1


def test_a_name_from_outside_is_plain_text(menu):
    menu.show_view(replace(STATES["calm"](), targets=PauseTargets(classes=(HOSTILE,))), NOW)
    assert opened(menu) == ['Class <img src="x"> [2J R&D']


def test_over_d_bus_an_underscore_of_a_name_is_no_mnemonic(menu):
    """In com.canonical.dbusmenu it marks one: a class `my_batch` would be shown as `mybatch`."""
    menu.show_view(replace(STATES["calm"](), targets=PauseTargets(classes=("my_batch",))), NOW)
    assert opened(menu) == ["Class my_batch"]
    menu.set_over_bus(True)
    assert opened(menu) == ["Class my__batch"]


def test_the_tray_menu_asks_with_the_scope(qapp):
    menu = TrayMenu()
    menu.show_view(STATES["paused_alone"](), NOW)
    asked = []
    menu.pause_only_asked.connect(lambda length, scope: asked.append((length, scope)))
    menu.unpause_only_asked.connect(asked.append)
    only = next(a.menu() for a in menu.actions() if a.text() == "Pause &only (3 in force)")
    opened(only)
    entry(only, "Unpause account home").trigger()
    entry(only, "Account work").menu().actions()[0].trigger()
    assert asked == [Scope(account="home"), (1800.0, Scope(account="work"))]
    menu.deleteLater()


# ---- the window's rows


def rows(section: PausesSection) -> list[QPushButton]:
    return [b for b in section.findChildren(QPushButton) if b.isVisible()]


def test_each_pause_has_a_row_with_its_button(section):
    section.show_pauses(STATES["paused_alone"](), NOW)
    names = [b.accessibleName() for b in rows(section)]
    assert names[:2] == ["Unpause class batch", "Unpause account home"]
    assert "the night run is being mended" in rows(section)[0].accessibleDescription()
    lifted = []
    section.unpause_only_asked.connect(lifted.append)
    rows(section)[1].click()
    assert lifted == [Scope(account="home")]


def test_rows_go_with_their_pauses(section):
    section.show_pauses(STATES["paused_alone"](), NOW)
    section.show_pauses(STATES["first_account_paused"](), NOW)
    assert [b.accessibleName() for b in rows(section)] == ["Unpause account work"]
    section.show_pauses(STATES["paused"](), NOW)  # of everything: the state line has its button
    assert section.isHidden()


# ---- the icon


def test_a_pause_of_something_alone_is_no_pause_mark():
    assert mark_of(STATES["paused_alone"]()) is Mark.NONE
    assert mark_of(STATES["first_account_paused"]()) is Mark.CLOSED
    both = Latches(pauses=(Pause(since=NOW, until=None, scope=Scope(class_="batch")), Pause(since=NOW, until=None)))
    assert mark_of(view(*TWO, latches=both)) is Mark.PAUSED
