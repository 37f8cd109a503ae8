"""What a failed reading is called, and what the person can do about it. Plain text."""

from __future__ import annotations

from typing import assert_never

from ringfence.core.model import FailureKind
from ringfence.language import _


def failure_title(kind: FailureKind) -> str:
    """Return what went wrong in three words."""
    match kind:
        case FailureKind.SIGNED_OUT:
            return _("Not signed in")
        case FailureKind.EXPIRED:
            return _("The login has expired")
        case FailureKind.MISSING_SCOPE:
            return _("This login may not read usage")
        case FailureKind.THROTTLED:
            return _("The endpoint asks for a pause")
        case FailureKind.OFFLINE:
            return _("The endpoint cannot be reached")
        case FailureKind.SERVER_ERROR:
            return _("The endpoint has trouble")
        case FailureKind.FORMAT_CHANGED:
            return _("The answer has a new form")
        case _:
            assert_never(kind)


def failure_state(kind: FailureKind) -> str:
    """Return the same as a state within a sentence: `not signed in`."""
    match kind:
        case FailureKind.SIGNED_OUT:
            return _("not signed in")
        case FailureKind.EXPIRED:
            return _("the login has expired")
        case FailureKind.MISSING_SCOPE:
            return _("this login may not read usage")
        case FailureKind.THROTTLED:
            return _("the endpoint asks for a pause")
        case FailureKind.OFFLINE:
            return _("the endpoint cannot be reached")
        case FailureKind.SERVER_ERROR:
            return _("the endpoint has trouble")
        case FailureKind.FORMAT_CHANGED:
            return _("the answer has a new form")
        case _:
            assert_never(kind)


def failure_next(kind: FailureKind) -> str:
    """Return what the person can do about it."""
    match kind:
        case FailureKind.SIGNED_OUT:
            return _("Run `claude` and sign in, or store a token with `ringfence account add`.")
        case FailureKind.EXPIRED:
            return _("Run `claude` once; it renews the login by itself.")
        case FailureKind.MISSING_SCOPE:
            return _("A setup-token cannot read usage: run `claude` and sign in with the browser.")
        case FailureKind.THROTTLED:
            return _("Nothing to do: this limits reading, not your quota.")
        case FailureKind.OFFLINE:
            return _("Check the network; Ringfence tries again by itself.")
        case FailureKind.SERVER_ERROR:
            return _("Nothing to do: Ringfence tries again by itself.")
        case FailureKind.FORMAT_CHANGED:
            return _("Look for a newer Ringfence; `ringfence doctor` says more.")
        case _:
            assert_never(kind)


def failure_text(kind: FailureKind) -> str:
    """Return both: what went wrong, and what can be done."""
    return _("{title}. {step}").format(title=failure_title(kind), step=failure_next(kind))
