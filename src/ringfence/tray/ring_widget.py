"""The hero: the icon's drawing at full size, with the binding percent in the middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QProgressBar, QSizePolicy, QWidget

from ringfence import texts
from ringfence.core.ring import AccountView, View, WindowView
from ringfence.tray import theme
from ringfence.tray.look import Mark, RingLook, ringed, with_panel
from ringfence.tray.marks import paint_mark
from ringfence.tray.painter import Geometry, colours_on, geometry_of, paint_rings
from ringfence.tray.translation import translate
from ringfence.words import listed

HERO_PX = 136
SMALL_PX = 96
LEAST_NUMERAL_PX = 14

_MIDDLE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
"""The lines stand closer than a font likes: the tail of a g is not cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A text in the middle of the rings."""

    words: str
    font: QFont
    box: QRectF

    def reach(self, middle: QPointF) -> float:
        """Return how far from the middle its letters go."""
        metrics = QFontMetricsF(self.font)
        ink, baseline = metrics.tightBoundingRect(self.words), (metrics.ascent() - metrics.descent()) / 2
        left = self.box.center().x() - metrics.horizontalAdvance(self.words) / 2
        ink.translate(left - middle.x(), self.box.center().y() + baseline - middle.y())
        return math.hypot(max(abs(ink.left()), abs(ink.right())), max(abs(ink.top()), abs(ink.bottom())))


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
        shape = geometry_of(min(rect.width(), rect.height()), rim=False)
        sign = shape.hole_r * 0.42 if look.mark is not Mark.NONE else 0.0
        lines = self._lines(rect, shape, sign)
        colours = self.palette().color(QPalette.ColorRole.WindowText), theme.quiet(self.palette())
        for line, colour in zip(lines, colours, strict=False):
            painter.setFont(line.font)
            painter.setPen(colour)
            painter.drawText(line.box, _MIDDLE, line.words)
        if sign:
            ink = QColor(colours_on(look.panel).ink)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            at = QPointF(rect.center().x(), lines[-1].box.bottom() + sign * 0.62)
            paint_mark(painter, at, sign * 0.72, look.mark, ink)

    def _lines(self, rect: QRectF, shape: Geometry, sign: float) -> list[_Line]:
        """Return number and caption as they fit into the rings; a caption of long words is left out.

        No text is smaller than 12 px, and the row beside the rings says in bold whose number it is.
        """
        small = theme.font(QApplication.font(), 0.9)
        big = theme.font(QApplication.font(), 1.0, weight=QFont.Weight.DemiBold)
        edge = shape.inner_r - shape.inner_w / 2 - 1
        lines: list[_Line] = []
        for captioned in (True, False):
            for px in range(max(LEAST_NUMERAL_PX, round(shape.hole_r * 0.62)), LEAST_NUMERAL_PX - 1, -1):
                numeral = QFont(big)
                numeral.setPixelSize(px)
                said = [(self._numeral, numeral), (self._caption, small)]
                lines = _stacked(rect, said if captioned else said[:1], sign)
                if all(line.reach(rect.center()) <= edge for line in lines):
                    return lines
        return lines


def _stacked(rect: QRectF, said: list[tuple[str, QFont]], sign: float) -> list[_Line]:
    """Return lines under each other, in the middle together with a sign of that height below them."""
    heights = [font.pixelSize() * 1.14 for _words, font in said]
    top, made = rect.center().y() - (sum(heights) + sign * 0.9) / 2, []
    for (words, font), height in zip(said, heights, strict=True):
        made.append(_Line(words=words, font=font, box=QRectF(rect.left(), top, rect.width(), height)))
        top += height
    return made


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
    return translate("Rings", "Usage rings: {windows}").format(windows=listed(said)) if said else _no_rings()


def _no_rings() -> str:
    return translate("Rings", "Usage rings: no reading yet")


def _short_name(window: WindowView) -> str:
    known = {"session": translate("Rings", "session"), "week": translate("Rings", "week")}
    return texts.clean(window.model or known.get(window.id) or texts.window_name(window.id), 9)
