"""The monitor learns what a window costs after a reading, and shows where it stands before the next one."""

from __future__ import annotations

import pytest

from ringfence.core.calibration import Pair
from ringfence.core.events import TokensSeen
from ringfence.core.meters import Reading, TokenNews
from ringfence.core.sums import Tokens
from test_monitor import NOW, World, sample


class LearningWorld(World):
    """A world whose readings are known beside its tokens: a million weighted tokens are a tenth of the session."""

    def __init__(self):
        super().__init__()
        self.asked, self.opened, self.shut = [], 0, False

    def parts(self):
        made = super().parts()
        made.pairs = self.open
        return made

    def open(self):
        self.opened += 1
        return self

    def pairs(self, account, since, now, *, spenders):
        assert spenders == (account,)
        self.asked.append((account, len(self.readings)))
        seen = (Pair(since=n, until=n + 1, before=n / 100, after=(n + 1) / 100, weighted=1e5) for n in range(40))
        return {"session": tuple(seen)}

    def close(self):
        self.shut = True

    def spend(self, amount):
        """So many input tokens of Haiku since the last reading."""
        readings = tuple(
            Reading(meter=m, since=m.since, until=None, by_model=(("claude-haiku-5-5", Tokens(input=amount)),))
            for m in self.monitor.state.meters
        )
        self.monitor.dispatch(TokensSeen(at=self.clock.now(), news=TokenNews(readings=readings)))


@pytest.fixture
async def learning():
    made = LearningWorld()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


async def test_between_two_readings_the_ring_moves_by_what_was_spent(learning):
    learning.answers.append(sample(0.4, NOW))
    await learning.start()
    learning.spend(1_000_000)
    (session,) = (w for w in learning.views[-1].accounts[0].windows if w.id == "session")
    assert (session.used, session.estimate.used) == (0.4, 0.5)
    assert learning.statuses[-1].accounts[0].outlooks[0].estimate.used == 0.5


async def test_it_learns_when_the_reading_is_in_the_history_and_seldom(learning):
    learning.answers.append(sample(0.4, NOW))
    await learning.start()
    assert learning.asked == [("default", 1)]
    await learning.read(sample(0.41, NOW + 400))
    assert len(learning.asked) == 1
    await learning.read(sample(0.42, NOW + 800))
    assert learning.asked[1:] == [("default", 3)]


async def test_nothing_is_learnt_while_nothing_is_read(learning):
    learning.answers.append(sample(0.4, NOW))
    await learning.start()
    for _ in range(5):
        await learning.pass_time(60)
    assert (learning.opened, len(learning.asked)) == (1, 1)


async def test_the_book_is_closed_with_the_monitor(learning):
    learning.answers.append(sample(0.4, NOW))
    await learning.start()
    await learning.monitor.close()
    assert learning.shut
