"""What windows cost is learnt after a reading, seldom, and never by the clock."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ringfence.calibration_watch import LEARN_EVERY_S, CalibrationWatch
from ringfence.core.calibration import LOOK_BACK_S, Pair
from ringfence.core.model import Sample
from ringfence.file_errors import FileError

T0 = 1_795_300_000.0


def pairs(count):
    return tuple(
        Pair(since=T0 + n, until=T0 + n + 1, before=n / 100, after=(n + 1) / 100, weighted=1e5) for n in range(count)
    )


class Book:
    """A book of pairs that notes what it was asked."""

    def __init__(self, made=None, error=None):
        self.made, self.error, self.asked, self.closed, self.opened = made or {}, error, [], False, 0

    def open(self):
        self.opened += 1
        return self

    def close(self):
        self.closed = True

    def pairs(self, account, since, now, *, spenders=()):
        self.asked.append((account, since, now, *spenders))
        if self.error is not None:
            raise self.error
        return self.made


class Scene:
    def __init__(self, book):
        self.now, self.told, self.tasks = T0, [], []
        self.watch = CalibrationWatch(book and book.open, now=lambda: self.now, spawn=self.spawn, tell=self.told.append)

    def spawn(self, work, name):
        self.tasks.append(asyncio.get_running_loop().create_task(work, name=name))

    async def sampled(self, account="a", *more):
        self.watch.sampled(Sample(account=account, source="x", observed_at=self.now, windows=()), *more)
        await asyncio.gather(*self.tasks)


async def test_a_reading_is_learnt_from_at_once():
    book = Book({"session": pairs(40), "week": pairs(3)})
    scene = Scene(book)
    await scene.sampled()
    (event,) = scene.told
    assert (event.account, event.at, [window for window, _ in event.calibrations]) == ("a", T0, ["session"])
    assert event.calibrations[0][1].whole == pytest.approx(1e7)
    assert book.asked == [("a", T0 - LOOK_BACK_S, T0)]


async def test_the_next_readings_are_learnt_from_together():
    scene = Scene(Book())
    for _ in range(4):
        await scene.sampled()
        scene.now += LEARN_EVERY_S / 3 + 1
    assert [event.at for event in scene.told] == [T0, T0 + LEARN_EVERY_S + 3]


async def test_each_account_has_its_own_time():
    scene = Scene(Book())
    await scene.sampled("a")
    await scene.sampled("b")
    assert [event.account for event in scene.told] == ["a", "b"]


async def test_a_clock_that_was_set_back_stops_nothing():
    scene = Scene(Book())
    await scene.sampled()
    scene.now -= 86400
    await scene.sampled()
    assert len(scene.told) == 2


async def test_a_history_that_cannot_be_read_is_noted_and_nothing_is_told(caplog):
    caplog.set_level(logging.INFO)
    scene = Scene(Book(error=FileError("Cannot read it.")))
    await scene.sampled()
    assert scene.told == []
    assert "Cannot read it." in caplog.text


async def test_without_a_book_nothing_is_asked():
    scene = Scene(None)
    await scene.sampled()
    assert (scene.told, scene.tasks) == ([], [])


async def test_the_book_is_opened_with_the_first_reading_once_and_closed_at_the_end():
    book = Book()
    scene = Scene(book)
    assert book.opened == 0
    await scene.sampled("a")
    await scene.sampled("b")
    assert (book.opened, book.closed) == (1, False)
    scene.watch.close()
    assert book.closed


async def test_nothing_is_opened_after_the_end():
    book = Book()
    scene = Scene(book)
    scene.watch.close()
    await scene.sampled()
    assert book.opened == 0


async def test_another_login_is_learnt_of_at_once_and_from_its_own_readings_alone():
    book = Book()
    scene = Scene(book)
    await scene.sampled("a", ("a",), 0.0)
    await scene.sampled("a", ("a",), T0 - 60)
    await scene.sampled("a", ("a", "b"), T0 - 60)
    assert [asked[1:] for asked in book.asked] == [
        (T0 - LOOK_BACK_S, T0, "a"), (T0 - 60, T0, "a"), (T0 - 60, T0, "a", "b"),
    ]  # fmt: skip
