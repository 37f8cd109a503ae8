"""The desktop's wishes over what Qt makes of its theme."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtGui import QColor, QPalette

from ringfence.system import appearance as portal
from ringfence.system_ports import Appearance
from ringfence.tray import appearance, theme

GREEN, YELLOW = (0.1, 0.8, 0.2), (0.97, 0.83, 0.18)
ROLE = QPalette.ColorRole


@pytest.fixture
def app(qapp):
    yield qapp
    qapp.setPalette(QPalette())


@pytest.mark.parametrize("dark", [True, False])
def test_the_wished_scheme_is_worn_and_left_again(app, dark):
    given = app.palette()
    appearance.wear(app, Appearance(dark=dark))
    assert theme.scheme_of(app.palette()) is (theme.Scheme.DARK if dark else theme.Scheme.LIGHT)
    window, text = (app.palette().color(role) for role in (ROLE.Window, ROLE.WindowText))
    assert theme.contrast(window, text) >= 10
    assert theme.contrast(app.palette().color(ROLE.ToolTipBase), app.palette().color(ROLE.ToolTipText)) >= 7
    appearance.wear(app, Appearance())
    assert app.palette() == given


def test_a_scheme_that_qt_has_already_keeps_qts_colours(app):
    given = app.palette()
    appearance.wear(app, Appearance(dark=theme.scheme_of(given) is theme.Scheme.DARK))
    assert app.palette() == given


@pytest.mark.parametrize("dark", [True, False, None])
@pytest.mark.parametrize("accent", [GREEN, YELLOW, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.2, 0.5, 0.9)])
def test_the_accent_is_what_is_selected_and_can_be_seen(app, dark, accent):
    appearance.wear(app, Appearance(dark=dark, accent=accent))
    worn = app.palette()
    selected = worn.color(ROLE.Highlight)
    assert worn.color(ROLE.Accent) == selected
    assert theme.contrast(selected, worn.color(ROLE.Window)) >= 3.0
    assert theme.contrast(selected, worn.color(ROLE.HighlightedText)) >= 4.5


def test_an_accent_that_can_be_seen_is_the_desktops_own(app):
    appearance.wear(app, Appearance(dark=True, accent=GREEN))
    assert app.palette().color(ROLE.Highlight).name() == QColor.fromRgbF(*GREEN).name()


@pytest.mark.expected_log("no longer followed")
async def test_a_fault_in_it_is_logged_and_the_app_goes_on(app, monkeypatch, caplog):
    async def broken(_tell):
        raise ValueError("no such colour")

    monkeypatch.setattr(portal, "follow", broken)
    async with appearance.followed(app):
        await asyncio.sleep(0)
    found = [record for record in caplog.records if record.name == appearance.log.name]
    assert [record.getMessage() for record in found] == ["the desktop's colours are no longer followed"]
