"""What an agent is told when it asks: windows, a launch, the held launches. Times are RFC 3339 in UTC, ages in seconds.

The descriptions are read by a model through the schema: each says what a value means and what to do with it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ringfence import gate_reader
from ringfence.core.gating import percent
from ringfence.core.model import HeldLaunch, Launches, Tier, WindowState
from ringfence.core.pace import PaceVerdict
from ringfence.core.ring import AccountState, AccountView, View, WindowView
from ringfence.documents.base import Document

SETTLED_S = 60.0
"""How long after an end the monitor has surely read the account again, and written what it found."""
Verdict = Literal["open", "closed", "unknown"]
Moment = Annotated[str, Meta(description="RFC 3339, UTC")]
Name = Annotated[str, Meta(max_length=100)]


class AgentWindow(Document, frozen=True):
    """One limit of the subscription with its own reset."""

    id: Annotated[str, Meta(description="session (5 hours), week, model:<Name> (a model's own week), ...")]
    label: str
    used_pct: Annotated[
        float | None, Meta(description="As read. Null: no number speaks about now (see state); never take it for 0.")
    ]
    state: Annotated[
        WindowState, Meta(description="live; not_started; elapsed (has reset since it was read); unreported")
    ]
    tier: Tier | None
    pace: Annotated[PaceVerdict | None, Meta(description="Use against time gone by; hot: it will run out early.")]
    resets_at: Moment | None
    source: Annotated[str, Meta(description="Where the number was read.")]
    age_s: Annotated[int, Meta(description="How old the number is.")]
    estimated_pct: Annotated[
        float | None, Meta(description="AN ESTIMATE of where it stands by now, not a reading; null: none.")
    ]
    expected_full_at: Annotated[
        str | None,
        Meta(description="A FORECAST at the present rate, RFC 3339; null: not before the reset, or unknown."),
    ]
    threshold_pct: Annotated[float | None, Meta(description="Where the person holds new runs; null: nowhere.")]
    holds: Annotated[bool, Meta(description="Whether this window holds new runs now.")]


class AgentAccount(Document, frozen=True):
    """One account of the person's."""

    name: str
    state: Annotated[AccountState, Meta(description="ok, or why its numbers are old or missing.")]
    age_s: Annotated[int | None, Meta(description="How old the last reading is; null: there is none.")]
    windows: list[AgentWindow]


class UsageAnswer(Document, frozen=True):
    """How much of the subscription's windows is used."""

    at: Moment
    verdict: Annotated[Verdict, Meta(description="May a run that names nothing start? unknown: nobody can tell.")]
    why: str
    monitor_runs: bool
    accounts: list[AgentAccount]
    warning: Annotated[str | None, Meta(description="What makes this answer less than it should be.")]


class LaunchQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"class_": "class"}):
    """A run that somebody wants to start; name what is known of it."""

    account: Annotated[Name | None, Meta(description="The account it would use; the first one when not given.")] = None
    model: Annotated[Name | None, Meta(description='Its model, in any spelling: "Opus", "claude-opus-4-6".')] = None
    class_: Annotated[Name | None, Meta(description='Its class, as the person\'s launchers name it: "batch".')] = None
    project: Annotated[
        Annotated[str, Meta(max_length=4096)] | None, Meta(description="The folder it would work in, absolute.")
    ] = None


class Refusal(Document, frozen=True):
    """Why a run is held."""

    error: str
    reason: str
    utilization_pct: float | None
    threshold_pct: float | None
    resets_at: str | None


class LaunchAnswer(Document, frozen=True):
    """Whether a run may start."""

    allowed: Annotated[bool, Meta(description="False: do not start it. Work that runs already is never held.")]
    verdict: Annotated[
        Verdict, Meta(description="unknown: nobody can tell, and `allowed` is what the person chose for that case.")
    ]
    why: Annotated[str, Meta(description="One sentence for the person.")]
    refusal: Refusal | None
    valid_until: Annotated[str | None, Meta(description="Up to when this verdict holds by itself; null: no end.")]
    ask_again_at: Annotated[
        str | None,
        Meta(description="When another answer may be had, RFC 3339; null: allowed, or held until the person says so."),
    ]
    ask_again_in_s: int | None


class AgentHeldLaunch(Document, frozen=True):
    """A run that waits for the gate."""

    id: int
    command: Annotated[str, Meta(description="Its name; arguments only where the person keeps them.")]
    class_: str | None
    account: str | None
    model: str | None
    reason: str
    waits_since: Moment


class HeldLaunchesAnswer(Document, frozen=True):
    """The runs that the gate holds."""

    at: Moment
    waiting: Annotated[list[AgentHeldLaunch], Meta(description="In the order in which they will start.")]
    refused_today: int
    released_today: int
    by_reason: Annotated[dict[str, int], Meta(description="Today's held runs by what held them.")]


def usage_answer(
    view: View, answer: gate_reader.Answer, *, now: float, monitor_runs: bool, warning: str | None
) -> UsageAnswer:
    """Return every account's windows as of `now` (epoch seconds)."""
    return UsageAnswer(
        at=_moment(now),
        verdict=_verdict(answer),
        why=answer.why,
        monitor_runs=monitor_runs,
        accounts=[_account(account, now) for account in view.accounts],
        warning=warning,
    )


def launch_answer(answer: gate_reader.Answer, *, now: float, unknown_opens: bool) -> LaunchAnswer:
    """Return whether a launch may start; `unknown_opens` is what an unknown gate means to the person."""
    again = _ask_again_at(answer, now)
    return LaunchAnswer(
        allowed=answer.verdict == gate_reader.OPEN or (answer.verdict == gate_reader.UNKNOWN and unknown_opens),
        verdict=_verdict(answer),
        why=answer.why,
        refusal=None if answer.refusal is None else msgspec.convert(answer.refusal, Refusal),
        valid_until=gate_reader.iso(answer.valid_until),
        ask_again_at=gate_reader.iso(again),
        ask_again_in_s=None if again is None else round(again - now),
    )


def held_launches_answer(launches: Launches, *, now: float) -> HeldLaunchesAnswer:
    """Return what waits, and what became of today's."""
    return HeldLaunchesAnswer(
        at=_moment(now),
        waiting=[_held(launch) for launch in launches.waiting],
        refused_today=launches.refused_today,
        released_today=launches.released_today,
        by_reason=dict(launches.by_reason),
    )


def schema_of(document: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a document's JSON schema with the object itself at the root, where MCP wants it."""
    schema = msgspec.json.schema(document)
    named: dict[str, Any] = schema.pop("$defs")
    root = named.pop(schema.pop("$ref").rpartition("/")[2])
    return {**root, "$defs": named} if named else dict(root)


def _ask_again_at(answer: gate_reader.Answer, now: float) -> float | None:
    """Return when another answer may be had. A hold ends with a reading after its window's reset (DESIGN 2.6)."""
    if answer.verdict == gate_reader.OPEN:
        return None
    if answer.hold is None:
        return now + SETTLED_S
    until: float | None = answer.hold["until"]
    return None if until is None else max(until, now) + SETTLED_S


def _account(account: AccountView, now: float) -> AgentAccount:
    return AgentAccount(
        name=account.name,
        state=account.state,
        age_s=None if account.observed_at is None else _age(account.observed_at, now),
        windows=[_window(window, now) for window in account.windows],
    )


def _window(window: WindowView, now: float) -> AgentWindow:
    live = window.state is WindowState.LIVE and window.used is not None
    return AgentWindow(
        id=window.id,
        label=window.label,
        used_pct=percent(window.used) if live and window.used is not None else None,
        state=window.state,
        tier=window.tier,
        pace=window.pace.verdict if live and window.pace else None,
        resets_at=gate_reader.iso(window.resets_at),
        source=window.source,
        age_s=_age(window.observed_at, now),
        estimated_pct=percent(window.estimate.used) if window.estimate else None,
        expected_full_at=gate_reader.iso(window.forecast.full_at) if window.forecast else None,
        threshold_pct=window.threshold_pct,
        holds=window.holds,
    )


def _held(launch: HeldLaunch) -> AgentHeldLaunch:
    return AgentHeldLaunch(
        id=launch.id,
        command=launch.command,
        class_=launch.class_,
        account=launch.account,
        model=launch.model,
        reason=launch.reason,
        waits_since=_moment(launch.asked_at),
    )


def _verdict(answer: gate_reader.Answer) -> Verdict:
    verdict: Verdict = msgspec.convert(answer.verdict, Verdict)
    return verdict


def _moment(at: float) -> str:
    said = gate_reader.iso(at)
    assert said is not None  # it is None for None alone
    return said


def _age(observed_at: float, now: float) -> int:
    return max(round(now - observed_at), 0)
