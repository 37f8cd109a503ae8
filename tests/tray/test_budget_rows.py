"""Budgets in the window: rings in the windows' tiers, amounts in words, and why a number is missing."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel

from ringfence import budget_texts
from ringfence.core.budget_settings import Action
from ringfence.core.model import Tier
from ringfence.core.periods import Period
from ringfence.tray.budget_rows import MOST, BudgetRow
from ringfence.tray.labels import MAY_BREAK
from ringfence.tray.look import ArcLook
from ringfence.tray.rows import Bar, QuietRow, SmallRing
from tray.states import DAILY, MONEY, NOW, STATES, budgeted
from tray.test_window import HOSTILE, clock, said, window

__all__ = ["clock", "window"]


def show(window, *spent):
    window.show_view(budgeted(*spent), NOW)
    return [row for row in window.findChildren(BudgetRow) if row.isVisible()]


def test_without_budgets_nothing_is_said_of_them(window):
    assert show(window) == []
    assert "Budgets" not in said(window)


def test_a_budget_says_its_amount_in_words_and_its_percent(window):
    (row,) = show(window, (DAILY, 3_149_000, None))
    assert said(row).split("\n") == ["Every day", "62 %", "3.1M of 5M tokens today, resets at midnight"]
    bar = row.findChild(Bar)
    assert (bar.value(), bar.accessibleName()) == (62, row.accessibleName())
    assert row.accessibleName().startswith(
        "Budget Every day 62 %, elevated, 3\u00a0149\u00a0000 of 5\u00a0000\u00a0000 tokens today"
    )


@pytest.mark.parametrize(
    ("spent", "tier"),
    [(2_499_999, Tier.CALM), (2_500_000, Tier.ELEVATED), (4_000_000, Tier.HIGH), (4_750_000, Tier.CRITICAL)],
)
def test_its_ring_has_the_tiers_of_the_windows(window, spent, tier):
    (row,) = show(window, (DAILY, spent, None))
    assert row.findChild(SmallRing)._arc.tier is tier


def test_one_that_is_not_reached_is_never_said_to_be(window):
    (row,) = show(window, (DAILY, 4_999_999, None))
    assert "99 %" in said(row)
    assert "100 %" not in said(row) + row.accessibleName()


def test_one_that_is_reached_holds_and_stands_out(window):
    (row,) = show(window, (replace(DAILY, project="/home/me/work", class_="autonomous"), 5_060_000, None))
    assert "holds new runs" in said(row)
    assert "autonomous, in /home/me/work" in said(row)
    assert row._name.font().weight() == QFont.Weight.DemiBold


def test_money_is_at_list_prices_and_says_why_it_is_not_known(window):
    known, unknown = show(window, (MONEY, 9, 12.4), (replace(MONEY, name="x"), 9, None))
    assert "12.40 of 50.00 USD this week, at list prices, resets" in said(known)
    assert "50.00 USD this week, cost not known (install ringfence[prices])" in said(unknown)
    assert "–" in said(unknown)
    assert "0 %" not in said(unknown)
    assert unknown.findChild(Bar)._arc == ArcLook()


def test_what_is_not_counted_yet_is_no_zero(window):
    (row,) = show(window, (DAILY, None, None))
    assert said(row).split("\n") == ["Every day", "–", "5M tokens today, not counted yet"]


def test_the_fullest_have_a_row_in_the_order_of_the_settings_and_the_others_are_counted_and_named(window):
    rows = show(window, *((replace(DAILY, name=f"b{n}"), 100_000 * (n * 5 % 13), None) for n in range(13)))
    assert [row._name.text() for row in rows] == ["b2", "b4", "b5", "b7", "b10", "b12"]
    assert len(rows) == MOST
    assert "and 7 more" in said(window)
    assert window._budgets._more.accessibleDescription().count("Budget b") == 7


def test_rings_stand_below_each_other_and_numbers_below_those_of_the_limits(window):
    window.show_view(STATES["budgets"](), NOW)
    rows = [row for kind in (BudgetRow, QuietRow) for row in window.findChildren(kind) if row.isVisible()]
    rings = window._budgets.findChildren(SmallRing)
    assert len(rows) == 7
    assert len({ring.mapTo(window, ring.rect().topLeft()).x() for ring in rings}) == 1
    assert {(ring.width(), ring.height()) for ring in rings} == {(rings[0].width(), rings[0].width())}
    assert len({row._number.mapTo(window, row._number.rect().topRight()).x() for row in rows}) == 1


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_budget_may_be_called_anything(window, hostile):
    (row,) = show(window, (replace(DAILY, name=hostile, project=f"/{hostile}", model=hostile), 1, None))
    assert {label.textFormat() for label in row.findChildren(QLabel)} == {Qt.TextFormat.PlainText}
    assert not {"\u202e", "\x1b"} & set(said(row) + row.toolTip() + row.accessibleName())
    assert "<" not in row.toolTip()
    assert MAY_BREAK not in row.accessibleName()
    assert window.width() <= 480, "a long name does not widen the window"


def test_an_end_at_midnight_is_called_so_and_another_by_its_clock():
    (day, week) = budgeted((DAILY, 1, None), (replace(DAILY, per=MONEY.per), 1, None)).budgets
    assert budget_texts.budget_line(day, NOW).endswith("today, resets at midnight")
    assert budget_texts.budget_line(week, NOW).endswith("this week, resets Wed 00:00")
    assert budget_texts.budget_line(replace(day, until=NOW), NOW).endswith("tokens today")


def test_one_that_never_holds_says_so_in_the_words_of_the_terminal():
    alert, endless = replace(DAILY, action=Action.ALERT), replace(DAILY, per=Period.ALL)
    for budget, ending in ((alert, "only tells you"), (endless, "holds nothing")):
        (view,) = budgeted((budget, 1, None)).budgets
        for told in (budget_texts.budget_line(view, NOW), budget_texts.budget_detail(view, NOW)):
            assert told.endswith(f" · {ending}")
