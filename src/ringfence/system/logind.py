"""Sleep and waking up, as systemd's logind (or elogind) tells it on the system bus.

No inhibitor lock is taken: every file is written whole or not at all, so there is nothing that sleep has to wait for.
Where nobody tells, the monitor finds the gap between its clocks within a minute.
"""

from __future__ import annotations

from collections.abc import Callable

from ringfence.sentence import N_, Sentence
from ringfence.system import _bus
from ringfence.system_ports import Awake, Sleeping, SystemNews, SystemSpec

MANAGER = "org.freedesktop.login1.Manager"
PREPARING = _bus.of_property(
    service="org.freedesktop.login1", path="/org/freedesktop/login1", interface=MANAGER, name="PreparingForSleep",
    signal=(MANAGER, "PrepareForSleep"),
)  # fmt: skip


class Logind:
    """logind's PrepareForSleep."""

    async def follow(self, tell: Callable[[SystemNews], None]) -> None:
        """Tell each sleep that begins and ends."""
        await _bus.follow(PREPARING, lambda preparing: tell(Sleeping() if preparing is True else Awake()))

    async def probe(self) -> tuple[bool, str]:
        """Ask whether it is there."""
        _, preparing = await _bus.ask(PREPARING)
        if isinstance(preparing, bool):
            return True, Sentence("logind tells when the machine sleeps and wakes up")
        return False, Sentence("no logind: that the machine slept is seen from its clocks within a minute")


SPEC = SystemSpec(
    id="logind", label=N_("sleep"), help=N_("When the machine sleeps and wakes up: a reading soon after."), build=Logind
)
