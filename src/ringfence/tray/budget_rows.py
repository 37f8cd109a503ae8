"""The person's budgets, a quiet row each, with a ring in the tiers of the windows."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ringfence import budget_texts, texts, token_texts
from ringfence.core.budget_view import BudgetView
from ringfence.tray import theme
from ringfence.tray.labels import label, plain_tip, say
from ringfence.tray.look import ArcLook, quantized
from ringfence.tray.rows import LONGEST_NAME, BarRow
from ringfence.words import listed

MOST = 6
"""How many budgets have a row: those that hold runs, then the fullest; the others are counted."""


class BudgetRow(BarRow):
    """A budget: ring, name and percent, below them the amounts and their end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, ring=True)

    def show_budget(self, budget: BudgetView, now: float) -> None:
        """Show a budget; one that holds new runs has a heavier name."""
        words = budget_texts.budget_text(budget, now)
        fill = None if budget.used is None else quantized(budget.used)
        self._bar.show_arc(ArcLook(fill=fill, tier=budget.tier), words, stale=False)
        self.show_name(texts.clean(budget.name, LONGEST_NAME), heavy=budget.holds)
        say(self._number, budget_texts.used_text(budget))
        say(self._details, budget_texts.budget_line(budget, now))
        self.show_stop(self.tr("holds new runs") if budget.holds else "", heavy=budget.holds)
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))


class BudgetsSection(QWidget):
    """`Budgets`; hidden when the settings have none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[BudgetRow] = []
        self._more = label(scale=0.92, quiet=True, wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID)
        self._column.addWidget(label(self.tr("Budgets"), weight=QFont.Weight.DemiBold))
        self._column.addWidget(self._more)
        self.hide()

    def show_budgets(self, budgets: tuple[BudgetView, ...], now: float) -> None:
        """Show these budgets, in their order."""
        drawn, others = _drawn(budgets)
        while len(self._rows) < len(drawn):
            row = BudgetRow()
            self._column.insertWidget(len(self._rows) + 1, row)  # below the title, above `and 3 more`
            self._rows.append(row)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(drawn))
        for row, budget in zip(self._rows, drawn, strict=False):
            row.show_budget(budget, now)
        words = [budget_texts.budget_text(budget, now) for budget in others]
        say(self._more, token_texts.more_text(len(others)))
        self._more.setToolTip(plain_tip("\n".join(words)))
        self._more.setAccessibleDescription(listed(words))
        self.setVisible(bool(budgets))


def _drawn(budgets: tuple[BudgetView, ...]) -> tuple[list[BudgetView], list[BudgetView]]:
    """Return the budgets that have a row, and the others, each in the order of the settings."""
    chosen = {b.name for b in sorted(budgets, key=lambda b: (not b.holds, -(b.used or 0.0)))[:MOST]}
    return [b for b in budgets if b.name in chosen], [b for b in budgets if b.name not in chosen]
