"""What a monitor works with: the adapters and files that `wiring` chooses, in one value."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ringfence.core.events import Event
from ringfence.core.gate_changes import GateChange
from ringfence.core.model import AccountStatus, Memory, Sample, Status
from ringfence.core.route_memory import Move
from ringfence.core.settings import Settings
from ringfence.launch_watch import DAY_S
from ringfence.ports import Clock, GateChannel, LaunchBook, Notifier, PairBook, RefusalSpec, Source, TokenBook, Watch
from ringfence.storage.settings_file import Loaded
from ringfence.system_ports import SystemSpec

if TYPE_CHECKING:
    from ringfence.monitor import Monitor


async def _nothing() -> None:
    return


@dataclass(slots=True, kw_only=True)
class Parts:
    """Everything the monitor works with, filled in `wiring`."""

    clock: Clock
    gate: GateChannel
    notifiers: tuple[Notifier, ...]
    build_sources: Callable[[Settings], Mapping[str, Source]]
    login_files: Callable[[Settings], Mapping[str, str]]
    """Path to account: the files whose change means that a login changed."""
    load_settings: Callable[[], Loaded]
    load_memory: Callable[[], tuple[Memory, tuple[AccountStatus, ...], str]]
    save_memory: Callable[[Memory], None]
    write_status: Callable[[Status], None]
    append_history: Callable[[Sample | Move | GateChange], Coroutine[Any, Any, None]]
    build_watch: Callable[[Callable[[str], None]], Watch]
    settings_path: str
    gate_path: str
    read_request: str = ""
    """The file by which another process asks for a reading; empty: nobody may."""
    take_read_request: Callable[[], bool] = lambda: False
    """Remove that file; False when it is not there."""
    feed_files: Callable[[Settings], Mapping[str, str]] = lambda _: {}
    """Path to account: the files in which an account is told of without a request."""
    read_feed: Callable[[str, str], Sample | None] = lambda _path, _account: None
    """What such a file says of the account now; None: nothing."""
    identity_files: Callable[[Settings], Mapping[str, tuple[str, ...]]] = lambda _: {}
    """Account to the files that say who is signed in to it."""
    read_identity: Callable[[tuple[str, ...]], str | None] = lambda _: None
    """A digest of whom such files name; None: nobody."""
    write_route: Callable[[dict[str, Any]], None] = lambda _: None
    requests: Mapping[str, Callable[[float], Iterable[Event]]] = field(default_factory=dict)
    """The files in which other processes leave word for a monitor, and how what they say is taken out at a moment."""
    launches: LaunchBook | None = None
    launch_paths: tuple[str, ...] = ()
    """The files whose change means that a launch was held, released or given up."""
    next_midnight: Callable[[float], float] = lambda now: now + DAY_S
    """When the counts of today begin anew."""
    tokens: TokenBook | None = None
    pairs: Callable[[], PairBook] | None = None
    """Opens the readings beside the tokens, when something is learnt from them for the first time."""
    refusal_specs: tuple[RefusalSpec, ...] = ()
    system_specs: tuple[SystemSpec, ...] = ()
    begin_history: Callable[[], Coroutine[Any, Any, None]] = _nothing
    """Adds what `append_history` has put off, a moment after the start. Raises FileError."""
    companion: Callable[[Monitor], Coroutine[Any, Any, None]] | None = None
    """What runs beside the monitor for as long as it does: the local API. Cancelled at the end."""
    seed: int = 0
    on_close: list[Callable[[], object]] = field(default_factory=list)
