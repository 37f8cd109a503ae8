"""Why the next reading is when it is, in words."""

from __future__ import annotations

from ringfence.core.polling import Why


def why_text(why: str) -> str:
    """Return a polling reason in words."""
    known = {
        Why.START: "first reading",
        Why.REGULAR: "regular",
        Why.NEAR_THRESHOLD: "near a threshold",
        Why.SECOND_READING: "second reading of a window that starts full",
        Why.RESET_PASSED: "a window resets",
        Why.WOKE: "the machine woke up",
        Why.CLOCK_JUMPED: "the clock was set",
        Why.WINDOW_OPENED: "you are looking",
        Why.CREDENTIALS_CHANGED: "the login changed",
        Why.ASKED: "you asked",
        Why.REFUSED: "Claude refused a run",
        Why.SIGN_IN: "looking for a login",
        Why.RETRY_AFTER: "the endpoint asked to wait",
        Why.BACK_OFF: "waiting after a failure",
        Why.FEED: "Claude Code tells by itself",
        Why.FLOOR: "never faster than the endpoint likes",
        Why.BUDGET: "this hour's requests are used up",
        Why.IN_FLIGHT: "reading now",
    }
    return known.get(Why(why), "") if why in set(Why) else ""
