"""The hero: the icon's drawing at full size, with the binding percent in the middle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QProgressBar, QSizePolicy, QWidget

from ringfence import texts
from ringfence.core.ring import AccountView, View, WindowView
from ringfence.tray import theme
from ringfence.tray.look import Mark, RingLook, ringed, with_panel
from ringfence.tray.marks import paint_mark
from ringfence.tray.painter import colours_on, geometry_of, paint_rings
from ringfence.tray.translation import translate

HERO_PX = 136
SMALL_PX = 96

_MIDDLE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
"""The lines stand closer than a font likes: the tail of a g is not cut off."""


class RingWidget(QProgressBar):
    """The rings. A progress bar for a screen reader: it has a value, and its name says the rest in words."""

    def __init__(self, size: int = HERO_PX, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self._look = RingLook()
        self._numeral = self._caption = ""
        self.setRange(0, 100)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_no_rings())

    def show_look(self, look: RingLook, window: WindowView | None, words: str) -> None:
        """Show a look.

        Args:
            look: the rings.
            window: whose percent stands in the middle; None: only the sign does.
            words: the same for those who do not see it.
        """
        numeral = texts.used_text(window) if window and window.tier is not None else ""
        caption = _short_name(window) if window and numeral else ""
        self.setAccessibleName(words)
        self.setAccessibleDescription(words)
        if window is not None and window.used is not None and numeral:
            self.setValue(min(100, round(window.used * 100)))
        else:
            self.reset()
        if (look, numeral, caption) != (self._look, self._numeral, self._caption):
            self._look, self._numeral, self._caption = look, numeral, caption
            self.update()

    def sizeHint(self) -> QSize:
        """Return a square that grows with the text in it."""
        scale = max(1.0, theme.font(QApplication.font()).pixelSize() / 13)
        side = round(self._size * min(scale, 2.0) / theme.GRID) * theme.GRID
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a ring is not squeezed."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rings and what stands in the middle."""
        painter = QPainter(self)
        dark = theme.scheme_of(self.palette()) is theme.Scheme.DARK
        look = with_panel(self._look, theme.Panel.DARK if dark else theme.Panel.LIGHT)
        rect = QRectF(self.rect())
        paint_rings(painter, rect, look, mark=not self._numeral)
        if self._numeral:
            self._paint_middle(painter, rect, look)
        painter.end()

    def _paint_middle(self, painter: QPainter, rect: QRectF, look: RingLook) -> None:
        size = min(rect.width(), rect.height())
        hole = geometry_of(size, rim=False).hole_r
        signed = look.mark is not Mark.NONE
        text = self.palette().color(QPalette.ColorRole.WindowText)
        small = theme.font(QApplication.font(), 0.9)
        big = theme.font(QApplication.font(), 1.0, weight=QFont.Weight.DemiBold)
        big.setPixelSize(max(14, round(hole * (0.62 if len(self._numeral) < 6 else 0.5))))
        fit(small, self._caption, 1.7 * hole)
        lines = [(self._numeral, big, text), (self._caption, small, theme.quiet(self.palette()))]
        sign = hole * 0.42 if signed else 0.0
        heights = [font.pixelSize() * 1.14 for _, font, _ in lines]
        top = rect.center().y() - (sum(heights) + sign * 0.9) / 2
        for (words, font, colour), height in zip(lines, heights, strict=True):
            painter.setFont(font)
            painter.setPen(colour)
            painter.drawText(QRectF(rect.left(), top, rect.width(), height), _MIDDLE, words)
            top += height
        if signed:
            ink = QColor(colours_on(look.panel).ink)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_mark(painter, QPointF(rect.center().x(), top + sign * 0.62), sign * 0.72, look.mark, ink)


def binding_window(account: AccountView, view: View) -> WindowView | None:
    """Return the window whose percent counts most: the one that holds, else the fuller one of session and week."""
    held = next((h.window for h in view.holds if h.scope.account in {None, account.name}), None)
    if held is not None:
        found = next((w for w in account.windows if w.id == held and w.tier is not None), None)
        if found is not None:
            return found
    live = [w for w in ringed(account) if w is not None and w.tier is not None]
    return max(live, key=lambda w: w.used or 0.0, default=None)


def ring_words(account: AccountView, now: float) -> str:
    """Return the rings in words, for a screen reader."""
    said = [texts.window_text(w, now) for w in ringed(account) if w is not None]
    return translate("Rings", "Usage rings: {windows}").format(windows="; ".join(said)) if said else _no_rings()


def fit(font: QFont, words: str, room: float) -> None:
    """Make a font smaller where words have no room, in pixels: `semaine` is wider than `week`."""
    width = QFontMetricsF(font).horizontalAdvance(words)
    if width > room:
        font.setPixelSize(max(8, int(font.pixelSize() * room / width)))


def _no_rings() -> str:
    return translate("Rings", "Usage rings: no reading yet")


def _short_name(window: WindowView) -> str:
    known = {"session": translate("Rings", "session"), "week": translate("Rings", "week")}
    return texts.clean(window.model or known.get(window.id) or texts.window_name(window.id), 9)
