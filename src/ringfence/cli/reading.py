"""What the files say at one moment: the view that `status` prints, and the reset that `pause` asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ringfence import gate_reader, why_texts, wiring
from ringfence.core import resets
from ringfence.core.model import AccountStatus, Launches, Scope, Status
from ringfence.core.ring import View, build_view
from ringfence.core.settings import Settings
from ringfence.file_errors import FileError
from ringfence.sentence import N_
from ringfence.storage import records
from ringfence.storage.paths import Paths

NO_MONITOR = N_("No monitor runs, so nothing is watched: start `ringfence` or `ringfence daemon`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything `status` shows, as of `at`."""

    at: float
    view: View
    answer: gate_reader.Answer
    running: bool
    """Whether a monitor runs."""
    remarks: tuple[str, ...] = ()
    """Sentences about files that could not be read."""


def read(paths: Paths, *, running: bool) -> Reading:
    """Read the files; `running` says whether a monitor runs."""
    status, trouble = records.load_status(paths.status)
    return _made(paths, status, trouble, running=running)


async def read_or_ask(paths: Paths) -> Reading:
    """Read the files where no monitor runs, after the endpoint was asked once, where its budget allows that."""
    from ringfence import once  # with the rules of polling 40 ms, which nobody waits for beside a monitor

    status, trouble = await once.read_once(paths)
    return _made(paths, status, trouble, running=False)


def _made(paths: Paths, status: Status | None, trouble: str, *, running: bool) -> Reading:
    settings, wrong = wiring.settings_in_force(paths)
    at = wiring.now()
    answer = gate_reader.read_gate(str(paths.gate), now=at)
    launches, unread = _launches(paths, at)
    seen = _known(status or Status(written_at=at, accounts=()), settings)
    seen = replace(seen, running=seen.running and running)  # one that was killed could not say so
    view = build_view(seen, answer.document, settings, now=at, why_unknown=answer.why, launches=launches)
    # `gate check` and `status` must not differ: the reader also holds the file to its first line.
    view = replace(
        view, verdict=answer.verdict, why_unknown=answer.why if answer.verdict == gate_reader.UNKNOWN else ""
    )
    said = [trouble] if wrong in trouble else [trouble, wrong]  # read_once tells of the settings too
    said += [unread, why_texts.blind_between(settings)]
    remarks = tuple(text for text in said if text and text != view.trouble)
    return Reading(at=at, view=view, answer=answer, running=running, remarks=remarks)


def last_samples(paths: Paths) -> tuple[AccountStatus, ...]:
    """Return the last readings of every account; none when there are none."""
    status, _ = records.load_status(paths.status)
    return status.accounts if status else ()


def reset_of(paths: Paths, scope: Scope, *, now: float) -> float | None:
    """Return when the window that a pause is about resets; None when no reading names a reset that is still to come."""
    return resets.reset_of(((known.name, known.sample) for known in last_samples(paths)), scope, now)


def _launches(paths: Paths, now: float) -> tuple[Launches, str]:
    try:
        return wiring.held_launches(paths, now=now), ""
    except FileError as error:
        return Launches(), error.args[0]


def _known(status: Status, settings: Settings) -> Status:
    """Return the status with the accounts of the settings, in their order: one that was never read is shown too."""
    seen = {a.name: a for a in status.accounts}
    accounts = tuple(seen.get(a.name) or AccountStatus(name=a.name) for a in settings.accounts)
    return replace(status, accounts=accounts, interval_s=status.interval_s or settings.usage.interval_s)
