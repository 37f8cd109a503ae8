"""What a refusal and a budget say to a person."""

from datetime import UTC

import pytest

from ringfence import alert_texts, texts
from ringfence.core.budget_settings import Budget
from ringfence.core.model import Alert, AlertKind, Hold, Scope, Window
from ringfence.core.periods import Period

NOW = 1_795_302_650.0
AT = texts.clock_text(NOW + 3600, NOW, UTC)


def hold(kind="exhausted", window="session", **more):
    made = {
        "kind": kind, "reason": "x", "window": window, "scope": Scope(), "also_unnamed": False, "since": NOW,
        "until": NOW + 3600, "used": None, "threshold_pct": None, "observed_at": NOW, "evidence_until": NOW + 3600,
    }  # fmt: skip
    return Hold(**made | more)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (hold(), f"Claude refused: the session limit is reached, resets {AT}"),
        (hold(window="week", until=None), "Claude refused: the weekly limit is reached"),
        (hold(window="model:Opus", until=None), "Claude refused: the Opus limit is reached"),
        (hold(window="spend:extra", until=None), "Claude refused: the spend limit is reached"),
        (hold(window="usage", until=NOW), "Claude refused: the usage limit is reached"),
        (
            hold("threshold", used=0.9, threshold_pct=90.0, until=None, scope=Scope(account="w\x1b[1m")),
            "Session of w [1m 90 % used, threshold 90 %",
        ),
        (
            hold(window="week", until=None, scope=Scope(account="work")),
            "Claude refused: the weekly limit of work is reached",
        ),
        (hold("budget", "budget:nightly", used=1.02), f"Budget nightly 102 % used, resets {AT}"),
        (
            hold("budget", "budget:a\x1b[1m", used=1.0, scope=Scope(model="Opus", class_="autonomous", project="/w")),
            f"Budget a [1m (Opus, autonomous, in /w) 100 % used, resets {AT}",
        ),
    ],
)  # fmt: skip
def test_a_hold_says_what_it_is_and_until_when(made, said):
    assert texts.hold_text(made, NOW, UTC) == said


def test_the_message_of_a_refusal_says_that_claude_refused():
    message = alert_texts.message_of(Alert(kind=AlertKind.GATE_CLOSED, at=NOW, hold=hold(), critical=True), NOW, UTC)
    assert message.title == "New agents are held"
    assert message.body == f"Claude refused: the session limit is reached, resets {AT}. Running work goes on."


def test_a_budgets_line_is_told_like_a_windows():
    window = Window(id="budget:nightly", label="Budget nightly", used=0.82, resets_at=NOW + 3600)
    message = alert_texts.message_of(Alert(kind=AlertKind.TIER, at=NOW, window=window, line=0.8), NOW, UTC)
    assert (message.title, message.body) == ("Budget nightly at 82 %", f"Resets in 1 h, at {AT}.")


def test_with_a_budget_it_is_not_said_that_nothing_closes_the_gate():
    from ringfence.core.model import AccountStatus, Sample, Status
    from ringfence.core.ring import build_view
    from ringfence.core.settings import Settings

    sample = Sample(
        account="default", source="x", observed_at=NOW,
        windows=(Window(id="session", label="S", used=0.5, resets_at=NOW + 3600),),
    )  # fmt: skip
    status = Status(written_at=NOW, accounts=(AccountStatus(name="default", sample=sample),))
    budget = Budget(name="a", tokens=1, per=Period.DAY)
    bare = build_view(status, None, Settings(), now=NOW)
    assert "nothing closes the gate but you" in texts.next_stop_text(bare, NOW)
    assert texts.next_stop_text(build_view(status, None, Settings(budgets=(budget,)), now=NOW), NOW) == ""


@pytest.mark.parametrize(("hours", "said"), [(2, "resets at midnight"), (23, "resets at midnight"), (26, "resets")])
def test_the_next_midnight_is_called_so_however_far(hours, said):
    midnight = NOW - NOW % 86400 + 86400
    told = texts.reset_text(midnight, midnight - hours * 3600, UTC)
    assert told == said if hours < 24 else (told.startswith("resets ") and told.endswith(" 00:00"))
