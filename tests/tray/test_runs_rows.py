"""What runs now, in the window: to eyes, to screen readers, whatever a project is called."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar

from ringfence import token_texts
from ringfence.core.sums import ScanProgress
from ringfence.tray.labels import MAY_BREAK
from ringfence.tray.runs_rows import MOST, RunRow
from tray.states import NOW, RUNS, STATES, run
from tray.test_window import HOSTILE, clock, said, window

__all__ = ["clock", "window"]


def show(window, *runs, now=NOW, state="open"):
    window.show_view(replace(STATES[state](), runs=runs), now)


def rows(window):
    return [row for row in window.findChildren(RunRow) if row.isVisible()]


def test_nothing_is_said_while_nothing_runs(window):
    show(window)
    assert "Running now" not in said(window)
    assert rows(window) == []


def test_a_run_shows_project_model_tokens_rate_length_and_subagents(window):
    show(window, RUNS[0])
    (row,) = rows(window)
    assert said(row).split("\n") == ["api-server", "12.4k/min", "Opus 4.5 · 84.2k tokens · 2 subagents", "6 min"]
    assert row.accessibleName() == "api-server, Opus 4.5, 84.2k tokens in 6 min, 12.4k tokens a minute, 2 subagents"
    assert row._rate.accessibleName() == "12.4k tokens a minute"
    assert "/home/me/api-server" in row.toolTip()
    assert "/home/me/api-server" in row.accessibleDescription()


def test_four_runs_have_a_row_and_the_others_are_counted_and_named(window):
    show(window, *RUNS)
    assert len(rows(window)) == MOST == 4
    assert "and 8 more" in said(window)
    more = window._runs._more
    assert more.toolTip().count("\n") == 7
    assert more.accessibleDescription().count("glm-4.6") == 6


def test_four_runs_are_all_and_nothing_more_is_said(window):
    show(window, *RUNS[:4])
    assert "more" not in said(window)


def test_runs_that_ended_leave_nothing_behind(window):
    show(window, *RUNS)
    high = window.height()
    show(window, RUNS[0])
    assert len(rows(window)) == 1
    assert "more" not in said(window)
    show(window)
    assert "Running now" not in said(window)
    assert window.height() < high


def test_with_several_accounts_a_run_names_its_own(window):
    show(window, RUNS[0], state="two_accounts")
    assert "work · Opus 4.5" in said(window)


def test_the_length_goes_on_with_the_minutes(window, clock):
    show(window, RUNS[0])
    clock.now = NOW + 60
    window._refresh()
    assert "7 min" in said(rows(window)[0])


def test_the_figures_end_at_one_edge_with_those_of_the_limits(window):
    show(window, *RUNS)
    edges = {r._rate.mapTo(window, r._rate.rect().topRight()).x() for r in rows(window)}
    edges |= {r._lasted.mapTo(window, r._lasted.rect().topRight()).x() for r in rows(window)}
    edges |= {window._accounts.itemAt(0).widget().geometry().right()}
    assert len(edges) == 1


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_project_may_be_called_anything(window, hostile):
    show(window, run(f"/x/{hostile}", model=hostile, account=hostile, session=hostile), state="two_accounts")
    (row,) = rows(window)
    assert {label.textFormat() for label in row.findChildren(QLabel)} == {Qt.TextFormat.PlainText}
    shown = said(row) + row.toolTip() + row.accessibleName() + row.accessibleDescription()
    assert not {"\u202e", "\x1b"} & set(shown)
    assert "<" not in row.toolTip()
    assert MAY_BREAK not in row.accessibleName()
    assert all(MAY_BREAK not in (label.accessibleName() or label.text()) for label in row.findChildren(QLabel))
    assert window.width() <= 480, "a long name does not widen the window"


# ---- the first scan


def bar(window):
    return next(b for b in window.findChildren(QProgressBar) if b.isVisible() and "transcripts" in b.accessibleName())


def test_the_first_scan_says_how_far_it_is_and_goes_when_it_is_done(window):
    view = STATES["open"]()
    scan = ScanProgress(done_bytes=714, total_bytes=2100, files=5)
    window.show_view(replace(view, scan=scan), NOW)
    assert "Reading your transcripts, 34 % of 2.1 kB" in said(window)
    assert (bar(window).value(), bar(window).accessibleName()) == (34, token_texts.scan_text(scan))
    window.show_view(replace(view, scan=replace(scan, done_bytes=1050)), NOW)
    assert bar(window).value() == 50
    window.show_view(view, NOW)
    assert "transcripts" not in said(window)
