"""The sources of refusals, followed for the core: each looked at every so often while the settings name something."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from ringfence.core.events import PanesSeen
from ringfence.core.settings import Settings, Tmux
from ringfence.core.tokens import SeenRefusal
from ringfence.panes import PaneRefusal
from ringfence.ports import RefusalSource, RefusalSpec

log = logging.getLogger(__name__)


class RefusalWatch:
    """Tells the refusals that panes show, each time they are others than before.

    All methods are called on the loop's thread. Where the settings name nothing to look at there is no timer.
    """

    def __init__(
        self,
        specs: Iterable[RefusalSpec],
        *,
        now: Callable[[], float],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        tell: Callable[[PanesSeen], None],
    ) -> None:
        self._specs = tuple(specs)
        self._now = now
        self._spawn = spawn
        self._tell = tell
        self._named: Tmux | None = None
        self._told: dict[RefusalSource, tuple[PaneRefusal, ...]] = {}
        """The sources in use, each with what it told last."""
        self._timers: dict[RefusalSource, asyncio.TimerHandle] = {}
        self._crashed: set[str] = set()

    def use(self, settings: Settings) -> None:
        """Look at what these settings name, at once and from now on; the same panes as before go on undisturbed."""
        if settings.tmux == self._named:
            return
        self.close()
        self._named = settings.tmux
        for spec in self._specs:
            source = spec.build(settings)
            if source is not None:
                self._told[source] = ()
                self._begin(spec, source, spec.every_s(settings))

    def close(self) -> None:
        """Look no more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._told.clear()

    def _begin(self, spec: RefusalSpec, source: RefusalSource, every_s: float) -> None:
        self._timers.pop(source, None)
        self._spawn(self._look(spec, source, every_s), spec.id)

    async def _look(self, spec: RefusalSpec, source: RefusalSource, every_s: float) -> None:
        try:
            found = await source.sweep(now=self._now())
        except Exception:  # a bug must not end the looking; the log has it once
            if spec.id not in self._crashed:
                log.exception("%s failed in a way it should not", spec.id)
            self._crashed.add(spec.id)
            found = ()
        if source not in self._told:  # other settings came meanwhile, or the end
            return
        timer = asyncio.get_running_loop().call_later(every_s, self._begin, spec, source, every_s)
        self._timers[source] = timer
        before, self._told[source] = self._told[source], found
        if found and found != before:
            self._tell(PanesSeen(at=self._now(), refusals=tuple(_seen(each) for each in found)))


def _seen(found: PaneRefusal) -> SeenRefusal:
    """Return what panes say as the core takes it: the limit is the same where Claude Code goes on by itself."""
    refusal = found.refusal
    return SeenRefusal(
        account=found.account, session=f"tmux:{found.panes[0]}", at=found.said_at, claim=str(refusal.claim),
        model=refusal.model, resets_at=refusal.resets_at, text=refusal.text,
    )  # fmt: skip
