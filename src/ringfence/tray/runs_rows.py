"""What runs now, a row each, and how far the first reading of the transcripts has come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ringfence import token_texts
from ringfence.core.ring import View
from ringfence.core.sums import ScanProgress
from ringfence.core.tokens import Run
from ringfence.tray import theme
from ringfence.tray.labels import label, plain_tip, say
from ringfence.words import listed

MOST = 4
"""How many runs have a row; the others are counted."""


class RunRow(QWidget):
    """A run: project and tokens a minute, below them model, tokens so far and length."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = label(wrap=True)
        self._rate = label(weight=QFont.Weight.DemiBold)
        self._details = label(scale=0.92, quiet=True, wrap=True)
        self._lasted = label(scale=0.92, quiet=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(2)
        for line, (left, right) in enumerate(((self._name, self._rate), (self._details, self._lasted))):
            grid.addWidget(left, line, 0)
            grid.addWidget(right, line, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(0, 1)

    def show_run(self, run: Run, project: str, now: float, *, account: bool) -> None:
        """Show a run under its name among the others; with its account where there are several."""
        said = token_texts.run_text(run, project, now)
        say(self._name, said.project)
        say(self._rate, said.rate)
        say(self._details, token_texts.run_line(run, said, account=account))
        say(self._lasted, said.lasted)
        self._rate.setAccessibleName(
            self.tr("{tokens} a minute").format(tokens=token_texts.tokens_text(run.burn_per_min))
        )
        detail = token_texts.run_detail(run, now)
        self.setToolTip(plain_tip(detail))
        self.setAccessibleName(token_texts.run_words(run, said, account=account))
        self.setAccessibleDescription(detail)


class RunsSection(QWidget):
    """`Running now`: the runs that spend most; hidden while nothing runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[RunRow] = []
        self._more = label(scale=0.92, quiet=True, wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID)
        self._column.addWidget(label(self.tr("Running now"), weight=QFont.Weight.DemiBold))
        self._column.addWidget(self._more)
        self.hide()

    def show_runs(self, view: View, now: float) -> None:
        """Show what runs in a view."""
        runs, several = view.runs, len(view.accounts) > 1
        names = dict(zip(runs, token_texts.project_names(runs), strict=True))
        drawn = token_texts.drawn_runs(runs, MOST)
        self._make_rows(len(drawn))
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(drawn))
        for row, run in zip(self._rows, drawn, strict=False):
            row.show_run(run, names[run], now, account=several)
        self._show_more([run for run in runs if run not in drawn], names, now)
        self.setVisible(bool(runs))

    def _make_rows(self, count: int) -> None:
        while len(self._rows) < count:
            row = RunRow()
            self._column.insertWidget(len(self._rows) + 1, row)  # below the title, above `and 3 more`
            self._rows.append(row)

    def _show_more(self, others: Sequence[Run], names: dict[Run, str], now: float) -> None:
        words = [token_texts.run_words(r, token_texts.run_text(r, names[r], now), account=False) for r in others]
        say(self._more, token_texts.more_text(len(others)))
        self._more.setToolTip(plain_tip("\n".join(words)))
        self._more.setAccessibleDescription(listed(words))


class ScanRow(QWidget):
    """`Reading your transcripts, 34 % of 2.1 GB` over a slim bar; hidden when everything is counted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = label(scale=0.92, quiet=True, wrap=True)
        self._bar = _SlimBar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self._said)
        column.addWidget(self._bar)
        self.hide()

    def show_scan(self, scan: ScanProgress | None) -> None:
        """Show how far the first reading has come; None: there is none."""
        if scan is not None:
            text = token_texts.scan_text(scan)
            say(self._said, text)
            self._bar.setValue(token_texts.scan_percent(scan))
            self._bar.setAccessibleName(text)
        self.setVisible(scan is not None)


class _SlimBar(QProgressBar):
    """A bar in the desktop's accent: progress is no tier."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(0, 100)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return half a grid step of height."""
        return QSize(16 * theme.GRID, theme.GRID // 2)

    def minimumSizeHint(self) -> QSize:
        """Return the same height: a style's own bar is higher."""
        return QSize(0, theme.GRID // 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw track and fill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        fill = QRectF(0, 0, max(self.height(), self.width() * self.value() / 100), self.height())
        accent = theme.accent(self.palette())
        for rect, colour in ((QRectF(self.rect()), theme.line(self.palette())), (fill, accent)):
            painter.setBrush(colour)
            painter.drawRoundedRect(rect, radius, radius)
        painter.end()
