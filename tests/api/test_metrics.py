"""`GET /metrics`: a Prometheus can read it, whatever stands in a name."""

from __future__ import annotations

import re

from core.story import Story, answered, sample, settings, spent
from ringfence.api import metrics

LINE = re.compile(
    r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?P<value>\S+)'
)


def parsed(text: str) -> dict[tuple[str, str], float]:
    """Read the text format, strictly: HELP and TYPE once before the samples of a family, and no family twice."""
    found: dict[tuple[str, str], float] = {}
    families: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            assert kind in {"gauge", "counter"}
            assert name not in families
            families.append(name)
        elif not line.startswith("# HELP "):
            match = LINE.fullmatch(line)
            assert match, line
            assert match["name"] == families[-1]
            key = match["name"], match["labels"] or ""
            assert key not in found
            found[key] = float(match["value"])
    return found


def of(story: Story, verdict: str = "open") -> dict[tuple[str, str], float]:
    return parsed(metrics.text(story.state, verdict, clients=2, dropped=1))


def test_windows_verdict_holds_and_clients_are_told():
    found = of(Story(session_pct=90) >> sample(session=0.92, week=0.41), "closed")
    assert found["ringfence_used_ratio", 'account="default",window="session"'] == 0.92
    assert found["ringfence_threshold_ratio", 'account="default",window="session"'] == 0.9
    assert found["ringfence_gate_verdict", 'verdict="closed"'] == 1
    assert found["ringfence_gate_verdict", 'verdict="open"'] == 0
    assert found["ringfence_holds", 'kind="threshold"'] == 1
    assert found["ringfence_api_event_clients", ""] == 2
    assert found["ringfence_api_dropped_clients_total", ""] == 1


def test_a_budget_is_told_and_one_that_is_not_counted_has_no_share():
    budgets = [{"name": name, "tokens": 10, "per": "day"} for name in ("a", "b", "c")]
    found = of(Story(budgets=budgets) >> sample(session=0.4) >> spent(a=5, b=12))
    shares = {labels: value for (name, labels), value in found.items() if name == "ringfence_budget_used_ratio"}
    assert shares == {'budget="a"': 0.5, 'budget="b"': 1.2}
    held = {labels: value for (name, labels), value in found.items() if name == "ringfence_budget_holds"}
    assert held == {'budget="a"': 0, 'budget="b"': 1, 'budget="c"': 0}


def test_what_is_not_known_is_left_out():
    found = of(Story())
    assert not [name for name, _ in found if name in {"ringfence_used_ratio", "ringfence_resets_timestamp_seconds"}]
    assert found["ringfence_account_state", 'account="default",state="stale"'] == 1


def test_a_name_from_outside_cannot_end_a_line_or_a_label():
    evil = 'a"} 1\nringfence_used_ratio{account="x\\'
    story = Story(settings(accounts=("a", evil))) >> sample(account=evil, session=0.5)
    found = of(story >> answered(account=evil, model='m\r\n\\"} 9'))
    labels = [labels for name, labels in found if name == "ringfence_used_ratio"]
    assert labels == ['account="a\\"} 1\\nringfence_used_ratio{account=\\"x\\\\",window="session"']
