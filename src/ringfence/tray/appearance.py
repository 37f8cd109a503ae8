"""The desktop's own wishes about colours, put over what Qt makes of its theme.

Only what Qt leaves out: a scheme that its palette is not in, and the accent. Where nobody tells any, Qt's colours stay.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ringfence.tray import theme

if TYPE_CHECKING:
    import asyncio

    from ringfence.system_ports import Appearance

log = logging.getLogger(__name__)

GROUPS = QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive


@asynccontextmanager
async def followed(app: QApplication) -> AsyncIterator[None]:
    """Wear the desktop's colours meanwhile; on macOS and Windows Qt does that by itself."""
    if sys.platform in {"darwin", "win32"}:
        yield
        return
    import asyncio

    from ringfence.system import appearance

    following = asyncio.ensure_future(appearance.follow(lambda told: wear(app, told)))
    following.add_done_callback(_complain)
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait((following,))


def wear(app: QApplication, wished: Appearance) -> None:
    """Give the app Qt's palette in the wished scheme and with the wished accent; every open window follows it."""
    app.setPalette(QPalette())  # whatever we set before: Qt's own is what is looked at
    made = QPalette()
    if wished.dark is not None and wished.dark is not (theme.scheme_of(app.palette()) is theme.Scheme.DARK):
        made = plain(dark=wished.dark)
    if wished.accent is not None:
        _set_accent(made, QColor.fromRgbF(*wished.accent), made if made.resolveMask() else app.palette())
    app.setPalette(made)


def plain(*, dark: bool) -> QPalette:
    """Return a palette for a desktop that names a scheme and has no theme that Qt reads: what its Fusion style has."""
    if not dark:
        made = QPalette(QColor("#efefef"))
        made.setColor(QPalette.ColorRole.Base, QColor("#ffffff"))
        return made
    made = QPalette(QColor("#323232"), QColor("#323232"))
    for group in GROUPS:
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            made.setColor(group, role, QColor("#f0f0f0"))
    made.setColor(QPalette.ColorRole.Base, QColor("#242424"))
    made.setColor(QPalette.ColorRole.AlternateBase, QColor("#2b2b2b"))
    made.setColor(QPalette.ColorRole.ToolTipBase, QColor("#3b3b3b"))
    made.setColor(QPalette.ColorRole.ToolTipText, QColor("#f0f0f0"))
    return made


def _complain(following: asyncio.Task[None]) -> None:
    error = None if following.cancelled() else following.exception()
    if error is not None:
        log.error("the desktop's colours are no longer followed", exc_info=error)


def _set_accent(made: QPalette, accent: QColor, under: QPalette) -> None:
    """Set what is selected: with a contrast of 3:1 to what is under it, for Qt draws sliders and focus with it too."""
    looked_at = QPalette(under)
    looked_at.setColor(QPalette.ColorRole.Highlight, accent)
    seen = theme.accent(looked_at)
    ink = max((QColor("#ffffff"), QColor("#000000")), key=lambda colour: theme.contrast(colour, seen))
    for group in GROUPS:
        made.setColor(group, QPalette.ColorRole.Highlight, seen)
        made.setColor(group, QPalette.ColorRole.Accent, seen)
        made.setColor(group, QPalette.ColorRole.HighlightedText, ink)
