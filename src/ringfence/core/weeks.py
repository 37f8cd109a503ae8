"""Which day a week begins with where the person lives: a locale names a territory, and CLDR its first day. Pure.

Python cannot ask for glibc's `_NL_TIME_FIRST_WEEKDAY`. That would also need the locale to be generated, and says Sunday
for the C locale, which is of no country; macOS and Windows have nothing like it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
"""As `date.weekday` counts."""

_VARIABLES = ("LC_ALL", "LC_TIME", "LANG")
"""In POSIX' order: the first that is set and not empty counts."""
_LOCALE = re.compile(r"[A-Za-z]{2,3}[_-](?:[A-Za-z]{4}[_-])?([A-Za-z]{2})(?:[.@_-].*)?")
# CLDR's supplemental weekData, `firstDay`, as of 2026. Every other territory begins with Monday (001, as ISO 8601).
_SUNDAY = (
    "AG AO AS BD BR BS BT BW BZ CA CO CV DM DO ET GQ GT GU GW HK HN ID IL IN IS JM JP KE KH KR LA MH MM MO MT MX MZ"
    " NI NP PA PE PH PK PR PT PY SA SG ST SV TH TL TT TW UM US VE VI WS YE ZA ZW"
)
_SATURDAY = "AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY"


def first_weekday(environ: Callable[[str], str | None]) -> int:
    """Return the first day of the week by the locale's variables, 0 is Monday; Monday where they name no territory."""
    named = next((value for name in _VARIABLES if (value := environ(name))), "")
    found = _LOCALE.fullmatch(named)
    territory = found[1].upper() if found else ""
    if territory in _SUNDAY.split():
        return SUNDAY
    if territory in _SATURDAY.split():
        return SATURDAY
    return FRIDAY if territory == "MV" else MONDAY
