"""What tokens would cost, against sums done by hand and against the table's own calculation."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from ringfence import prices
from ringfence.core.sums import Tokens

NOW = 1795305600.0  # 2026-11-22
M = 1_000_000


def test_every_kind_has_its_own_price() -> None:
    """Opus 4.5: $5 input, $25 output, $6.25 written for five minutes, $10 for an hour, $0.50 read, a million each."""
    opus = "claude-opus-4-5-20251101"
    each = {
        "input": (Tokens(input=M), 5.0),
        "output": (Tokens(output=M), 25.0),
        "five minutes": (Tokens(cache_creation=M), 6.25),
        "an hour": (Tokens(cache_creation=M, cache_creation_1h=M), 10.0),
        "read": (Tokens(cache_read=M), 0.5),
    }
    found = {kind: prices.price_usd(((opus, tokens),), now=NOW) for kind, (tokens, _) in each.items()}
    assert found == {kind: usd for kind, (_, usd) in each.items()}


def test_a_sum_done_by_hand() -> None:
    tokens = Tokens(
        input=1_234, cache_creation=500_000, cache_creation_1h=200_000, cache_read=7_000_000, output=30_000, responses=9
    )
    by_hand = (1_234 * 3 + 300_000 * 3.75 + 200_000 * 6 + 7_000_000 * 0.3 + 30_000 * 15) / M
    assert prices.price_usd((("claude-sonnet-4-5-20250929", tokens),), now=NOW) == pytest.approx(by_hand, rel=1e-12)


def test_models_add_up() -> None:
    both = (("claude-opus-4-5", Tokens(input=M)), ("claude-haiku-4-5-20251001", Tokens(output=M)))
    assert prices.price_usd(both, now=NOW) == 10.0


@pytest.mark.parametrize(
    "model",
    ["claude-opus-4-1-20250805", "claude-opus-4-5-20251101", "claude-haiku-4-5", "claude-opus-5-5", "claude-fable-5-2"],
)
def test_one_answer_costs_what_the_table_itself_says(model: str) -> None:
    """Without tiers, and below their start: there the package's own calculation is the same."""
    from genai_prices import Usage, calc_price

    usage = Usage(
        input_tokens=100 + 3_000 + 2_000 + 50_000, cache_write_tokens=5_000, cache_write_5m_tokens=3_000,
        cache_write_1h_tokens=2_000, cache_read_tokens=50_000, output_tokens=700,
    )  # fmt: skip
    at = datetime.fromtimestamp(NOW, UTC)
    theirs = calc_price(usage, model, provider_id="anthropic", genai_request_timestamp=at).total_price
    ours = Tokens(input=100, cache_creation=5_000, cache_creation_1h=2_000, cache_read=50_000, output=700, responses=1)
    assert prices.price_usd(((model, ours),), now=NOW) == pytest.approx(float(theirs), rel=1e-12)


def test_a_large_sum_of_small_answers_does_not_pay_for_a_long_context() -> None:
    """Sonnet 4.5 doubles its price for an answer with over 200,000 tokens of input, not for a day with more."""
    assert prices.price_usd((("claude-sonnet-4-5", Tokens(input=10 * M)),), now=NOW) == 30.0


def test_a_model_without_a_price_is_named_and_never_free() -> None:
    mixed = (("claude-opus-4-5", Tokens(input=M)), ("claude-nova-9", Tokens(input=M)))
    assert prices.price_usd(mixed, now=NOW) is None
    cost = prices.cost_of(mixed, now=NOW)
    assert (cost.known_usd, cost.unknown, cost.usd) == (5.0, ("claude-nova-9",), None)


def test_a_kind_without_a_price_is_unknown_too() -> None:
    assert prices.price_usd((("claude-2", Tokens(input=M)),), now=NOW) == 8.0
    assert prices.price_usd((("claude-2", Tokens(input=M, cache_read=1)),), now=NOW) is None


def test_a_model_that_spent_nothing_costs_nothing_whatever_it_is() -> None:
    assert prices.price_usd((("claude-nova-9", Tokens(responses=1)),), now=NOW) == 0.0
    assert prices.price_usd((), now=NOW) == 0.0


def test_another_makers_model_is_not_priced_by_its_name() -> None:
    assert prices.price_usd((("gpt-5", Tokens(input=M)),), now=NOW) is None


def test_without_the_package_there_is_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "PACKAGE", "no_such_package_anywhere")
    assert not prices.installed()
    assert prices.price_usd((("claude-opus-4-5", Tokens(input=M)),), now=NOW) is None


def test_the_table_is_loaded_with_the_first_price_only() -> None:
    code = (
        "import sys; from ringfence import prices; prices.installed(); prices.price_usd((), now=0.0);"
        "print('genai_prices' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "False\n"
