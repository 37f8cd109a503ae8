"""Live frames: what is told when, by both ways; who is too slow is dropped, who comes back goes on where they were."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest

from api.served import serving
from core.story import RESET, T0, Story, answered, change, fed, later, paused, sample, settings, unpaused
from ringfence.api import hub, stream
from ringfence.core import events
from ringfence.core.model import Launches


class Follower:
    """A client of server-sent events."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content

    async def line(self) -> str:
        """Return the next line. Raises EOFError at the end."""
        async with asyncio.timeout(20):
            line = await self._content.readline()
        if not line:
            raise EOFError
        return line.decode().removesuffix("\n")

    async def next(self) -> tuple[str, str, dict]:
        """Return the next frame: id, event, data. Comments are passed over."""
        told: dict[str, str] = {}
        while (line := await self.line()) or not told:
            name, _, value = line.partition(": ")
            if name and not line.startswith(":"):
                assert name not in told
                told[name] = value
        return told["id"], told["event"], json.loads(told["data"])

    async def until(self, *wanted: str) -> dict[str, dict]:
        """Return the data of frames up to the last one of these kinds."""
        found: dict[str, dict] = {}
        while not set(wanted) <= set(found):
            _, event, data = await self.next()
            found[event] = data
        return found


def session_of(api) -> aiohttp.ClientSession:
    return aiohttp.ClientSession("http://localhost", connector=aiohttp.UnixConnector(path=str(api.places.socket)))


@asynccontextmanager
async def following(api, last_id=None):
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    async with session_of(api) as session, session.get("/v1/events", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        yield Follower(answer.content)


@asynccontextmanager
async def websocket(api):
    async with session_of(api) as session, session.ws_connect("/v1/events") as made:
        yield made


async def received(socket) -> dict:
    async with asyncio.timeout(20):
        return json.loads((await socket.receive()).data)


# ---- what is told


async def test_a_snapshot_comes_at_once_and_with_every_reading_with_pace(api):
    async with following(api) as follower:
        _, event, data = await follower.next()
        assert (event, data["accounts"][0]["usage"][0]["used_pct"]) == ("snapshot", 42)
        api.happens(sample(after=300, session=0.61, week=0.87))
        _, event, data = await follower.next()
        [session, _] = data["accounts"][0]["usage"]
        assert (event, session["used_pct"], session["pace"], data["at"]) == ("snapshot", 61, "hot", T0 + 300)


async def test_a_threshold_that_is_reached_is_told_before_the_snapshot_with_the_gate(tmp_path):
    async with serving(tmp_path, Story(session_pct=90) >> sample(session=0.8)) as api, following(api) as follower:
        await follower.until("snapshot")
        api.happens(sample(after=300, session=0.92))
        events_ = [await follower.next() for _ in range(3)]
    assert [event for _, event, _ in events_] == ["threshold_crossed", "gate", "snapshot"]
    crossed, gate, snapshot = (data for _, _, data in events_)
    assert crossed == {
        "account": "default", "window": "session", "label": "5-hour session", "direction": "up", "used_pct": 92,
        "threshold_pct": 90, "resets_at": RESET,
    }  # fmt: skip
    assert (gate["verdict"], gate["refusal"]["reason"]) == ("closed", "session_threshold")
    assert snapshot["accounts"][0]["paused"] is True


async def test_a_threshold_that_is_set_below_what_is_used_is_crossed(api):
    async with following(api) as follower:
        await follower.until("snapshot")
        api.happens(change(week_pct=80))
        found = await follower.until("threshold_crossed", "gate", "snapshot")
    assert (found["threshold_crossed"]["window"], found["threshold_crossed"]["direction"]) == ("week", "up")


async def test_a_window_that_is_below_its_threshold_again_is_told(tmp_path):
    async with serving(tmp_path, Story(session_pct=90) >> sample(session=0.92)) as api, following(api) as follower:
        await follower.until("snapshot")
        api.happens(sample(after=3 * 3600 + 60, session=0.02, resets_at=RESET + 5 * 3600))
        found = await follower.until("threshold_crossed", "gate", "snapshot")
    assert found["threshold_crossed"]["direction"] == "down"
    assert found["gate"]["verdict"] == "open"


async def test_a_pause_is_told_as_a_gate_and_a_reading_under_it_is_not(api):
    async with following(api) as follower:
        await follower.until("snapshot")
        api.happens(paused(why="deploying"))
        found = await follower.until("gate", "snapshot")
        assert (found["gate"]["verdict"], found["gate"]["pauses"][0]["why"]) == ("closed", "deploying")
        api.happens(sample(after=300, session=0.5, week=0.9))
        assert (await follower.next())[1] == "snapshot"
        api.happens(unpaused())
        assert (await follower.until("gate"))["gate"]["verdict"] == "open"


async def test_a_runs_tokens_are_told_as_they_grow_and_only_then(api):
    async with following(api) as follower:
        await follower.until("snapshot")
        api.happens(answered(session="s1"))
        _, event, data = await follower.next()
        assert (event, data["session"], data["tokens"]["output"]) == ("usage", "s1", 1)
        api.happens(later(10), answered(session="s1"))  # the same tokens
        api.happens(answered(session="s2"))
        assert (await follower.until("usage"))["usage"]["session"] == "s2"


async def test_a_launch_that_asked_the_api_and_was_refused_is_told_once(tmp_path):
    story = Story(session_pct=90) >> sample(session=0.92)
    async with serving(tmp_path, story) as api, api.client() as client, following(api) as follower:
        await follower.until("snapshot")
        await client.post("/v1/launches", json={"model": "opus", "class": "batch"})
        told = (await follower.until("launch_refused"))["launch_refused"]
        assert (told["count"], told["model"], told["class"]) == (1, "opus", "batch")
        assert told["refusal"]["reason"] == "session_threshold"
        assert len(api.noted) == 1
        # The ledger counts it too, a moment later; one more was refused by `ringfence run`.
        api.happens(lambda s: s.feed(events.LaunchesSeen(at=s.now, launches=Launches(refused_today=2))))
        told = (await follower.until("launch_refused"))["launch_refused"]
    assert (told["count"], told["refusal"]) == (1, None)


async def test_launches_refused_in_a_burst_share_a_frame(tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "REFUSALS_EVERY_S", 0.05)
    story = Story(session_pct=90) >> sample(session=0.92)
    async with serving(tmp_path, story) as api, api.client() as client, following(api) as follower:
        await follower.until("snapshot")
        for _ in range(40):
            await client.post("/v1/launches", json={})
        count = frames = 0
        while count < 40:
            count += (await follower.until("launch_refused"))["launch_refused"]["count"]
            frames += 1
    assert (count, frames < 20) == (40, True)


# ---- both ways in


async def test_a_websocket_gets_the_same_frames(api):
    async with websocket(api) as socket:
        first = await received(socket)
        assert (first["event"], first["data"]["accounts"][0]["name"]) == ("snapshot", "default")
        api.happens(sample(after=300, session=0.61, week=0.87))
        second = await received(socket)
        assert second["data"]["accounts"][0]["usage"][0]["used_pct"] == 61
        assert second["id"] != first["id"]
    await asyncio.sleep(0)


async def test_what_a_websocket_says_is_of_no_interest_and_too_much_ends_it(api):
    async with websocket(api) as socket:
        await received(socket)
        await socket.send_str("hello")
        api.happens(sample(after=300, session=0.61, week=0.87))
        assert (await received(socket))["event"] == "snapshot"
        await socket.send_str("x" * 5000)
        async with asyncio.timeout(20):
            message = await socket.receive()
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


async def test_a_client_that_goes_away_is_forgotten(api):
    async with following(api) as follower:
        await follower.until("snapshot")
    async with websocket(api) as socket:
        await received(socket)
    async with asyncio.timeout(20), api.client() as client:
        health = {"event_clients": 2}
        while health["event_clients"]:  # its end of the line is noticed in a turn of the loop or two
            health = (await client.get("/v1/health")).json()
    assert (health["event_clients"], health["dropped_clients"]) == (0, 0)


async def test_a_quiet_line_is_kept_alive(api, monkeypatch):
    monkeypatch.setattr(stream, "ALIVE_S", 0.02)
    async with following(api) as follower:
        await follower.until("snapshot")
        assert await follower.line() == ":"


async def test_more_clients_than_there_is_room_for_are_asked_to_come_again(api, monkeypatch):
    monkeypatch.setattr(stream, "MOST", 1)
    async with following(api) as follower, api.client() as client:
        await follower.until("snapshot")
        answer = await client.get("/v1/events")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


async def test_switching_off_ends_every_client(tmp_path):
    story = Story() >> sample(session=0.42)
    async with serving(tmp_path, story) as api, following(api) as follower, websocket(api) as socket:
        await follower.until("snapshot")
        await received(socket)
        await api.server.close()
        with pytest.raises((EOFError, aiohttp.ClientError)):
            await follower.next()


# ---- coming back


async def test_a_client_that_comes_back_gets_what_it_missed_and_nothing_twice(api):
    async with following(api) as follower:
        await follower.until("snapshot")
        api.happens(sample(after=300, session=0.50, week=0.87))
        last_id, _, _ = await follower.next()
    api.happens(sample(after=300, session=0.55, week=0.87))
    api.happens(sample(after=300, session=0.60, week=0.87))
    async with following(api, last_id) as follower:
        told = [(await follower.next())[2]["accounts"][0]["usage"][0]["used_pct"] for _ in range(2)]
        assert told == [55, 60]
        api.happens(sample(after=300, session=0.65, week=0.87))
        assert (await follower.next())[2]["accounts"][0]["usage"][0]["used_pct"] == 65


async def test_the_id_of_the_first_snapshot_is_a_place_to_go_on_from(api):
    async with following(api) as follower:
        first_id, _, _ = await follower.next()
    api.happens(sample(after=200, session=0.5, week=0.87))
    async with following(api, first_id) as follower:
        assert (await follower.next())[2]["accounts"][0]["usage"][0]["used_pct"] == 50


@pytest.mark.parametrize("last_id", ["", "x", "0-1", "-1", "{born}-99999", "{born}-x", "{born}-" + "9" * 40, "{born}"])
async def test_an_id_that_is_not_known_begins_with_a_snapshot(api, last_id):
    async with following(api) as follower:
        born = (await follower.next())[0].partition("-")[0]
    async with following(api, last_id.format(born=born)) as follower:
        assert (await follower.next())[1] == "snapshot"


async def test_who_was_away_for_too_long_begins_with_a_snapshot(api):
    async with following(api) as follower:
        last_id, _, _ = await follower.next()
    for minute in range(1, hub.QUEUE_FRAMES + 8):
        api.happens(sample(after=2, session=0.42 + minute / 1000, week=0.87))
    async with following(api, last_id) as follower:
        assert (await follower.next())[2]["accounts"][0]["usage"][0]["used_pct"] > 45
        assert len(api.server._endpoints.hub._ring) <= hub.RING_FRAMES


async def test_nothing_is_made_for_nobody(api):
    api.happens(later(hub.RING_S + 1), sample(session=0.5, week=0.87))
    assert not api.server._endpoints.hub._ring


# ---- who is too slow


async def test_a_client_that_does_not_read_is_dropped_and_the_others_are_not(api):
    stalled_reader, stalled = await asyncio.open_unix_connection(str(api.places.socket), limit=1024)
    stalled.write(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await stalled_reader.readline()
    stalled.transport.pause_reading()
    async with following(api) as follower:
        await follower.until("snapshot")
        live = api.server._endpoints.hub
        for number in range(2000):
            api.happens(sample(after=1, session=0.42 + number % 7 / 100, week=0.87))
            await follower.until("snapshot")
            if live.dropped:
                break
        assert (live.dropped, live.clients) == (1, 1)
    stalled.transport.resume_reading()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        async with asyncio.timeout(20):
            await stalled_reader.readexactly(1 << 30)
    stalled.close()


async def test_a_frame_that_cannot_be_written_in_time_drops_its_client(api, monkeypatch):
    monkeypatch.setattr(stream, "WRITE_S", 0.05)
    reader, writer = await asyncio.open_unix_connection(str(api.places.socket), limit=1024)
    writer.write(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readline()
    writer.transport.pause_reading()
    live = api.server._endpoints.hub
    async with asyncio.timeout(60):
        number = 0
        while live.clients:
            number += 1
            api.happens(sample(after=1, session=0.42 + number % 7 / 100, week=0.87))
            await asyncio.sleep(0.001)
    writer.close()


def test_an_unstarted_window_crosses_nothing():
    before = (Story(session_pct=90) >> fed(session=0.2)).state.view
    after = (Story(settings(session_pct=90)) >> sample(session=0.0, resets_at=None)).state.view
    assert list(hub.crossings(before, after)) == []
