"""One account in the window: its trouble if there is any, its rings, its limits."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ringfence import texts
from ringfence.core.ring import AccountView, View
from ringfence.tray import theme
from ringfence.tray.labels import describe, label, say
from ringfence.tray.look import look_of_account, look_of_first
from ringfence.tray.notices import Ask, Notice, notice_of
from ringfence.tray.ring_widget import HERO_PX, SMALL_PX, RingWidget, binding_window, ring_words
from ringfence.tray.rows import QuietRow, WindowRow

MANY = 3
"""So many accounts each say by themselves where their numbers come from: the foot of the window has no room."""
RINGED = ("session", "week")
"""The limits that have a ring; every other one is a quiet row."""


class NoticeCard(QFrame):
    """A sentence about what is wrong and the button that helps, on a card."""

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ask = Ask.REFRESH
        self.sentence = label(wrap=True)
        self.button = QPushButton()
        self.button.clicked.connect(lambda: self.asked.emit(self._ask))
        row = QVBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID + 4, theme.GRID + 4, theme.GRID + 4)
        row.setSpacing(theme.GRID)
        row.addWidget(self.sentence)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_notice(self, notice: Notice | None) -> None:
        """Show a notice, or hide."""
        self.setVisible(notice is not None)
        if notice is None:
            return
        self._ask = notice.ask
        say(self.sentence, notice.sentence)
        self.button.setText(notice.button)
        describe(self.button, notice.sentence)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card with the error's colour at its edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.card(self.palette()))
        painter.drawRoundedRect(QRectF(self.rect()), theme.GRID, theme.GRID)
        colours = theme.colours_of(theme.scheme_of(self.palette()))
        painter.setBrush(QColor(colours.error))
        painter.drawRoundedRect(QRectF(theme.GRID / 2, theme.GRID, 3, self.height() - 2 * theme.GRID), 1.5, 1.5)
        painter.end()


class AccountSection(QWidget):
    """One account."""

    asked = Signal(object)

    def __init__(self, *, first: bool, named: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first = first
        self._account: AccountView | None = None
        self._rows: dict[str, WindowRow | QuietRow] = {}
        self._shape: tuple[str, ...] | None = None
        self._title = label(weight=QFont.Weight.DemiBold, wrap=True)
        self._title.setVisible(named)
        self._read = label(scale=0.92, quiet=True, wrap=True)
        # Above the numbers, or where the numbers will be. Two cards: a widget that is moved keeps its old measures.
        self.above, self.beside = NoticeCard(), NoticeCard()
        for card in (self.above, self.beside):
            card.asked.connect(self._notice_asked)
        self._hero = QWidget()
        self.ring = RingWidget(HERO_PX if first else SMALL_PX)
        self._ringed, self._quiet = QVBoxLayout(), QVBoxLayout()
        self._ringed.setSpacing(theme.GRID + 4)
        self._quiet.setSpacing(theme.GRID + 4)
        beside = QHBoxLayout(self._hero)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(2 * theme.GRID)
        beside.addWidget(self.ring, 0, Qt.AlignmentFlag.AlignVCenter)
        beside.addLayout(self._ringed, 1)
        self._ringed.addStretch()  # stretches, not an alignment: that one forgets heightForWidth
        self._ringed.addWidget(self.beside)
        self._ringed.addStretch()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID + 4)
        self._column.addWidget(self._title)
        self._column.addWidget(self._read)
        self._column.addWidget(self.above)
        self._column.addWidget(self._hero)
        self._column.addLayout(self._quiet)

    def show_account(self, account: AccountView, view: View, now: float) -> None:
        """Show an account of a view."""
        self._account = account
        if self._title.isVisibleTo(self):
            say(self._title, f"{texts.clean(account.name, 40)} · {texts.state_text(account.state)}")
        read = texts.provenance_text(account, now) if len(view.accounts) >= MANY else ""
        say(self._read, " · ".join(part for part in (texts.same_as_text(account), read) if part))
        self._arrange(tuple(w.id for w in account.windows))
        notice = notice_of(account, now)
        self.above.show_notice(notice if account.windows else None)
        self.beside.show_notice(None if account.windows else notice)
        look = look_of_first(account, view) if self._first else look_of_account(account, theme.Panel.AUTO)
        binding = binding_window(account, view)
        self.ring.show_look(look, binding, ring_words(account, now))
        for window in account.windows:
            self._rows[window.id].show_window(window, now, stale=look.stale, binds=window is binding)

    def _arrange(self, shape: tuple[str, ...]) -> None:
        """Make a row for each limit; only when another set of limits is reported."""
        if shape == self._shape:
            return
        self._shape = shape
        for old in self._rows.values():
            old.hide()
            old.deleteLater()
        self._rows = {}
        for window_id in shape:
            ringed = window_id in RINGED
            row: WindowRow | QuietRow = WindowRow() if ringed else QuietRow()
            self._rows[window_id] = row
            if ringed:
                self._ringed.insertWidget(self._ringed.count() - 1, row)
            else:
                self._quiet.addWidget(row)
            row.show()  # now, not with the next round of the event loop: the window measures itself at once
        self._hero.setVisible(not shape or any(window_id in RINGED for window_id in shape))

    def _notice_asked(self, ask: object) -> None:
        if ask is Ask.COPY and self._account is not None and self._account.failure is not None:
            QGuiApplication.clipboard().setText(self._account.failure.detail)
            return
        self.asked.emit(ask)


class Hairline(QWidget):
    """A line between parts."""

    def sizeHint(self) -> QSize:
        """Return one pixel of height."""
        return QSize(1, 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.line(self.palette()))
        painter.end()
