"""Live frames: what changed between two views, told to every client that follows; who is too slow is dropped.

Nothing here waits for a client: each has a bounded queue of frames that all share, and a ring of the last ones lets it
go on where it was (`Last-Event-ID`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from ringfence import gate_reader
from ringfence.api.answers import GateAnswer, LaunchRefused, Refusal, ThresholdCrossed, UsageDocument, gate_answer
from ringfence.api.port import Launch
from ringfence.core.gating import percent
from ringfence.core.model import WindowState, reaches
from ringfence.core.ring import View, WindowView
from ringfence.core.tokens import Run
from ringfence.documents.base import Document, encoded, second
from ringfence.documents.tokens import LiveRun, run_document

SNAPSHOT, CROSSED, GATE, USAGE, REFUSED = "snapshot", "threshold_crossed", "gate", "usage", "launch_refused"
RING_FRAMES, RING_BYTES = 512, 1 << 20
"""How much is kept for clients that come back."""
RING_S = 300.0
"""How long frames are kept for nobody: a program that comes back later than this begins with a snapshot."""
QUEUE_FRAMES = 64
"""A client that is so many frames behind is dropped."""
AT_ONCE, PAUSE_S = 8, 0.002
"""How many clients are woken in one turn, and how long the loop is everything else's between two: 200 clients have a
frame within 50 ms."""
REFUSALS_EVERY_S = 0.2
"""Launches that are refused more often than this share a frame: a loop in a script may ask all the time."""


class Frame:
    """One event, made into text once for all clients."""

    __slots__ = ("_sse", "_text", "data", "event", "id")

    def __init__(self, frame_id: str, event: str, data: bytes) -> None:
        self.id, self.event, self.data = frame_id, event, data
        self._sse: bytes | None = None
        self._text: str | None = None

    def sse(self) -> bytes:
        """Return it as a server-sent event."""
        if self._sse is None:
            self._sse = b"id: %s\nevent: %s\ndata: %s\n\n" % (self.id.encode(), self.event.encode(), self.data)
        return self._sse

    def text(self) -> str:
        """Return it as a message of a WebSocket."""
        if self._text is None:
            self._text = f'{{"id":"{self.id}","event":"{self.event}","data":{self.data.decode()}}}'
        return self._text


class GoneError(Exception):
    """The client was dropped, or the API is being switched off."""


class Client:
    """One that follows: its frames, until it falls behind."""

    def __init__(self, drop: Callable[[], None]) -> None:
        self._drop = drop
        self._frames: deque[Frame] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._gone = False

    def offer(self, frame: Frame) -> bool:
        """Queue a frame; False when the client is too far behind, and dropped."""
        if len(self._frames) >= QUEUE_FRAMES:
            self.end()
            self._drop()
            return False
        self._frames.append(frame)
        return True

    def wake(self) -> None:
        """Let it take what is queued."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def end(self) -> None:
        """Let it take nothing any more."""
        self._gone = True
        self._frames.clear()
        self.wake()

    async def next(self, patience_s: float) -> Frame | None:
        """Return the next frame; None when there was none for so long. Raises GoneError."""
        if not self._frames and not self._gone:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(patience_s):
                    await self._waiter
            except TimeoutError:
                return None
            finally:
                self._waiter = None
        if self._gone:
            raise GoneError
        return self._frames.popleft() if self._frames else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """How the hub looks at the world when something is to be told."""

    now: Callable[[], float]
    ask_gate: Callable[[], gate_reader.Answer]
    usage: Callable[[View], UsageDocument]


class Hub:
    """Makes frames and hands them on. All methods are called on the loop's thread."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self._born = f"{int(eyes.now() * 1000):x}"
        self._count = 0
        self._ring: deque[Frame] = deque()
        self._ring_bytes = 0
        self._clients: set[Client] = set()
        self._left_at = float("-inf")
        self._view: View | None = None
        self._told: UsageDocument | None = None
        self._to_wake: deque[Client] = deque()
        self._waking = False
        self._turn: asyncio.Handle | None = None
        self._own_refusals = 0
        self._refused: LaunchRefused | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.dropped = 0
        """How many clients were too slow."""

    @property
    def clients(self) -> int:
        """How many follow now."""
        return len(self._clients)

    def show(self, view: View) -> None:
        """Tell what changed since the last view."""
        before, self._view = self._view, view
        foreign = self._foreign_refusals(before, view)
        if not self._is_heard():
            return
        if before is not None:
            for crossed in crossings(before, view):
                self._publish(CROSSED, crossed)
            if _gate_key(before) != _gate_key(view):
                self._publish(GATE, self._gate())
            for run in grown(before.runs, view.runs):
                self._publish(USAGE, run)
        if foreign:
            self.refused(foreign, None, None)
        usage = self._eyes.usage(view)
        if self._told is None or msgspec.structs.replace(usage, at=self._told.at) != self._told:
            self._told = usage
            self._publish(SNAPSHOT, usage)

    def noted(self, count: int) -> None:
        """Note that launches which the API refused go into the ledger: what it counts of them is no news."""
        self._own_refusals = max(self._own_refusals + count, 0)

    def refused(self, count: int, launch: Launch | None, refusal: Refusal | None) -> None:
        """Tell of refused launches: at once, or together with others a moment later."""
        if not self._is_heard():
            return
        named = launch or Launch()
        held = self._refused
        if held is not None and refusal is None:
            self._refused = msgspec.structs.replace(held, count=held.count + count)
        else:
            self._refused = LaunchRefused(
                at=round(self._eyes.now()), count=count + (held.count if held else 0), refusal=refusal,
                account=named.account, model=named.model, class_=named.class_,
            )  # fmt: skip
        if self._timer is None:
            self._tell_refused()

    def join(self, last_id: str | None, drop: Callable[[], None]) -> Client:
        """Return a new client: it begins with what it missed since `last_id`, else with a snapshot of now."""
        client = Client(drop)
        missed = self._since(last_id)
        for frame in [self._snapshot()] if missed is None else missed:
            client.offer(frame)
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        self._left_at = self._eyes.now()

    def close(self) -> None:
        """End every client."""
        for handle in (self._timer, self._turn):
            if handle is not None:
                handle.cancel()
        for client in self._clients:
            client.end()

    def _publish(self, event: str, document: Document) -> None:
        frame = Frame(self._next_id(), event, encoded(document))
        self._ring.append(frame)
        self._ring_bytes += len(frame.data)
        while len(self._ring) > RING_FRAMES or self._ring_bytes > RING_BYTES:
            self._ring_bytes -= len(self._ring.popleft().data)
        for client in list(self._clients):
            if client.offer(frame):
                self._to_wake.append(client)
            else:
                self._clients.discard(client)
                self.dropped += 1
        if self._to_wake and not self._waking:
            self._waking = True
            self._turn = asyncio.get_running_loop().call_soon(self._wake_some)

    def _wake_some(self) -> None:
        for _ in range(min(AT_ONCE, len(self._to_wake))):
            self._to_wake.popleft().wake()
        self._waking = bool(self._to_wake)
        if self._waking:
            self._turn = asyncio.get_running_loop().call_later(PAUSE_S, self._wake_some)

    def _is_heard(self) -> bool:
        """Tell whether anybody follows, or may come back; nothing is made for nobody."""
        if self._clients or 0 <= self._eyes.now() - self._left_at < RING_S:
            return True
        self._ring.clear()
        self._ring_bytes, self._told = 0, None
        return False

    def _snapshot(self) -> Frame:
        """Return the snapshot of now, under the id of the last frame: what comes after that is news to its reader."""
        view = self._view or View(verdict=gate_reader.UNKNOWN)
        self._told = self._eyes.usage(view)
        return Frame(f"{self._born}-{self._count}", SNAPSHOT, encoded(self._told))

    def _since(self, last_id: str | None) -> list[Frame] | None:
        """Return the frames after one; None when it is not known, or too much came after it."""
        if last_id is None:
            return None
        born, _, number = last_id.partition("-")
        if born != self._born or not number.isdecimal() or len(number) > 15 or int(number) > self._count:
            return None
        missed = [frame for frame in self._ring if int(frame.id.partition("-")[2]) > int(number)]
        return missed if len(missed) == self._count - int(number) and len(missed) <= QUEUE_FRAMES else None

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._born}-{self._count}"

    def _gate(self) -> GateAnswer:
        return gate_answer(self._eyes.ask_gate(), self._eyes.now())

    def _foreign_refusals(self, before: View | None, view: View) -> int:
        """Return how many more launches the ledger tells of that others refused."""
        if before is None:
            return 0
        more = max(view.launches.refused_today - before.launches.refused_today, 0)
        own = min(more, self._own_refusals)
        self._own_refusals -= own
        return more - own

    def _tell_refused(self) -> None:
        told, self._refused, self._timer = self._refused, None, None
        if told is not None:
            self._publish(REFUSED, told)
            self._timer = asyncio.get_running_loop().call_later(REFUSALS_EVERY_S, self._tell_refused)


def crossings(before: View, after: View) -> Iterator[ThresholdCrossed]:
    """Yield the windows that reached their threshold, or fell below it, from one view to the next."""
    stood = {(a.name, w.id): _is_over(w) for a in before.accounts for w in a.windows}
    for account in after.accounts:
        for window in account.windows:
            over = _is_over(window)
            if window.threshold_pct is None or over == stood.get((account.name, window.id), False):
                continue
            yield ThresholdCrossed(
                account=account.name, window=window.id, label=window.label, direction="up" if over else "down",
                used_pct=None if window.used is None else percent(window.used), threshold_pct=window.threshold_pct,
                resets_at=second(window.resets_at),
            )  # fmt: skip


def grown(before: tuple[Run, ...], after: tuple[Run, ...]) -> Iterator[LiveRun]:
    """Yield the runs that are new, or have spent tokens since."""
    known = {(run.account, run.session): run.tokens for run in before}
    for run in after:
        if known.get((run.account, run.session)) != run.tokens:
            yield run_document(run)


def _is_over(window: WindowView) -> bool:
    if window.threshold_pct is None or window.used is None or window.state is not WindowState.LIVE:
        return False
    return reaches(window.used, window.threshold_pct)


def _gate_key(view: View) -> object:
    # Without what every reading changes: how much is used, and until when that counts.
    holds = tuple((h.kind, h.reason, h.window, h.scope, h.threshold_pct) for h in view.holds)
    return view.verdict, view.pauses, holds, view.override
