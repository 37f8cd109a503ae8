"""Why something is as it is, in words: when the next reading is due, what the gate and the routes say."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ringfence.core.polling import Why, quiet_longest_s
from ringfence.language import _

if TYPE_CHECKING:
    from ringfence.core.settings import Settings

_CODE = re.compile(r" \((?:session|week|model)_threshold\)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def without_codes(why: str) -> str:
    """Return a reason without the codes that programs read."""
    return _CODE.sub("", why)


def with_moments(why: str, clock: Callable[[float], str]) -> str:
    """Return a reason with its moments (UTC) as `clock` says an epoch second."""

    def local(found: re.Match[str]) -> str:
        return clock(datetime.strptime(found[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())

    return _MOMENT.sub(local, why)


def why_text(why: str) -> str:
    """Return a polling reason in words."""
    known = {
        Why.START: _("first reading"),
        Why.REGULAR: _("regular"),
        Why.NEAR_THRESHOLD: _("near a threshold"),
        Why.SECOND_READING: _("second reading of a window that starts full"),
        Why.RESET_PASSED: _("a window resets"),
        Why.WOKE: _("the machine woke up"),
        Why.CLOCK_JUMPED: _("the clock was set"),
        Why.WINDOW_OPENED: _("you are looking"),
        Why.CREDENTIALS_CHANGED: _("the login changed"),
        Why.ASKED: _("you asked"),
        Why.REFUSED: _("Claude refused a run"),
        Why.SIGN_IN: _("looking for a login"),
        Why.RETRY_AFTER: _("the endpoint asked to wait"),
        Why.BACK_OFF: _("waiting after a failure"),
        Why.FEED: _("Claude Code tells by itself"),
        Why.FLOOR: _("never faster than the endpoint likes"),
        Why.BUDGET: _("this hour's requests are used up"),
        Why.IN_FLIGHT: _("reading now"),
    }
    return known.get(Why(why), "") if why in set(Why) else ""


def blind_between(settings: Settings) -> str:
    """Say that by these settings the gate goes blind between two readings in time, and what to set; empty when not."""
    asked_s, blind_s, quiet_s = settings.usage.interval_s, settings.gate.blind_after_s, quiet_longest_s(settings)
    if blind_s >= quiet_s:
        return ""
    return _(
        "With usage.interval_s {interval} and gate.blind_after_s {blind} the gate turns unknown between two readings:"
        " set gate.blind_after_s to at least {least}, or ask more often."
    ).format(interval=f"{asked_s:g}", blind=f"{blind_s:g}", least=f"{quiet_s:g}")
