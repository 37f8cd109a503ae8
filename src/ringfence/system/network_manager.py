"""Whether the connection is metered, as NetworkManager tells it on the system bus; else nobody knows: not metered."""

from __future__ import annotations

from collections.abc import Callable

from ringfence.sentence import N_, Sentence
from ringfence.system import _bus
from ringfence.system_ports import Connection, SystemNews, SystemSpec

MANAGER = "org.freedesktop.NetworkManager"
METERED = _bus.of_property(
    service=MANAGER, path="/org/freedesktop/NetworkManager", interface=MANAGER, name="Metered",
    signal=("org.freedesktop.DBus.Properties", "PropertiesChanged"),
)  # fmt: skip
YES, GUESS_YES = 1, 3
"""NMMetered: 0 unknown, 1 yes, 2 no, 3 yes as a guess (a phone's hotspot), 4 no as a guess."""


class NetworkManager:
    """NetworkManager's Metered."""

    async def follow(self, tell: Callable[[SystemNews], None]) -> None:
        """Tell at the start and at each change of the connection."""
        await _bus.follow(METERED, lambda value: tell(Connection(metered=value in {YES, GUESS_YES})))

    async def probe(self) -> tuple[bool, str]:
        """Ask what the connection is."""
        _, value = await _bus.ask(METERED)
        if not isinstance(value, int):
            return False, Sentence("no NetworkManager to tell whether it is metered: taken as not metered")
        if value in {YES, GUESS_YES}:
            return True, Sentence("metered") if value == YES else Sentence("metered, as NetworkManager guesses")
        return True, Sentence("not metered")


SPEC = SystemSpec(
    id="network_manager",
    label=N_("connection"),
    help=N_("A metered connection is asked half as often."),
    build=NetworkManager,
)
