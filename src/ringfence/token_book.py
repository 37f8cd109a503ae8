"""The transcripts and their ledger as the monitor and the command line use them: one book for reading and counting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, assert_never

from ringfence import gate_reader
from ringfence.core.meters import Meter, Reading, TokenNews
from ringfence.core.periods import Period
from ringfence.core.sums import ByModel, ScanProgress
from ringfence.core.tokens import Run, SeenRefusal

if TYPE_CHECKING:
    from ringfence.core.settings import Settings
    from ringfence.storage.token_ledger import TokenLedger
    from ringfence.transcripts import Transcripts

FOREVER = 4e9
REFUSAL_S = 8 * 86400.0
"""A refusal that names no reset is no news after this: no window is longer than a week."""


class Book:
    """`ports.TokenBook` over a ledger and what fills it. Every method blocks, from any thread, and raises FileError."""

    def __init__(
        self,
        reports: TokenLedger,
        transcripts: Transcripts,
        *,
        bounds: Callable[[Period, float], tuple[float, float]],
        price: Callable[[ByModel], float | None],
    ) -> None:
        """Put a book together.

        Args:
            reports: the ledger of tokens.
            transcripts: what fills it.
            bounds: when the day or the week of a moment begins and ends here.
            price: what tokens cost in USD at API list prices; None where that is not known.
        """
        self._reports = reports
        self._transcripts = transcripts
        self._bounds = bounds
        self._price = price

    def folders(self, settings: Settings) -> tuple[str, ...]:
        """Return the folders below which transcripts are written, there or not."""
        return self._transcripts.folders(settings.accounts)

    def catch_up(
        self, settings: Settings, paths: frozenset[str] | None, *, now: float, scanned: Callable[[ScanProgress], bool]
    ) -> TokenNews:
        """Count what is new in the transcripts, and return what runs and what was refused."""
        caught = self._transcripts.catch_up(settings.accounts, paths, now=now, scanned=scanned)
        refusals = tuple(_standing(self._reports.refusals(), now))
        return TokenNews(runs=self.runs(now), refusals=refusals, unread=caught.unread)

    def runs(self, now: float) -> tuple[Run, ...]:
        """Return the sessions that answered within the last minutes."""
        return tuple(self._reports.runs(now))

    def measure(self, meters: Sequence[Meter], *, now: float) -> tuple[Reading, ...]:
        """Count the meters."""
        return tuple(self._reading(meter, now) for meter in meters)

    def _reading(self, meter: Meter, now: float) -> Reading:
        since, until = self._span(meter, now)
        counted = self._reports.spent(
            since, FOREVER if until is None else until,
            account=meter.account, project=meter.project, class_=meter.class_,
        )  # fmt: skip
        model = meter.model
        wanted = tuple(each for each in counted if model is None or gate_reader.same_model(model, each[0]))
        cost = self._price(wanted) if meter.priced else None
        return Reading(meter=meter, since=since, until=until, by_model=wanted, cost_usd=cost)

    def _span(self, meter: Meter, now: float) -> tuple[float, float | None]:
        match meter.period:
            case Period.DAY | Period.WEEK:
                return self._bounds(meter.period, now)
            case Period.SESSION:
                return meter.since or 0.0, meter.until
            case Period.SINCE:
                return meter.since or 0.0, None
            case Period.ALL:
                return 0.0, None
            case _:
                assert_never(meter.period)


def _standing(refusals: Iterable[SeenRefusal], now: float) -> Iterable[SeenRefusal]:
    for refusal in refusals:
        ends = refusal.at + REFUSAL_S if refusal.resets_at is None else refusal.resets_at
        if refusal.at <= now < ends:
            yield refusal
