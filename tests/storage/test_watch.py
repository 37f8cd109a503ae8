"""The watcher, on real files: what changes is told once, what is only read is not."""

import asyncio
import errno
import logging
import threading
from pathlib import Path

import pytest
import watchdog.observers

from ringfence.storage import watch
from ringfence.storage.logs import start_logging

DEADLINE_S = 20


class Told:
    """What was told, and the wait for it."""

    def __init__(self):
        self.paths = []
        self.threads = set()
        self._more = asyncio.Event()

    def __call__(self, path):
        self.paths.append(Path(path).name)
        self.threads.add(threading.get_ident())
        self._more.set()

    async def until(self, name):
        async with asyncio.timeout(DEADLINE_S):
            while name not in self.paths:
                self._more.clear()
                await self._more.wait()
        self.paths.clear()


@pytest.fixture
def told():
    return Told()


@pytest.fixture
async def watcher(told):
    made = watch.Watcher(told, asyncio.get_running_loop().call_soon_threadsafe, poll_s=0.05)
    yield made
    made.close()


def replace(path, text="new"):
    fresh = path.with_name(f"{path.name}.tmp")
    fresh.write_text(text)
    fresh.replace(path)


async def settled(watcher, told, folder):
    """Wait until everything done so far has been told: a marker is written last, and events keep their order."""
    marker = folder / "marker"
    watcher.watch(str(marker))
    marker.write_text("")
    async with asyncio.timeout(DEADLINE_S):
        while "marker" not in told.paths:
            told._more.clear()
            await told._more.wait()
    return [name for name in told.paths if name != "marker"]


async def test_an_atomic_replace_is_told_each_time(watcher, told, tmp_path):
    path = tmp_path / "gate.json"
    path.write_text("old")
    watcher.watch(str(path))
    for _ in range(3):
        replace(path)
        await told.until("gate.json")


async def test_a_file_is_told_when_it_appears_is_rewritten_in_place_and_goes(watcher, told, tmp_path):
    path = tmp_path / "settings.toml"
    watcher.watch(str(path))
    path.write_text("a")
    await told.until("settings.toml")
    with path.open("a") as file:
        file.write("b")
    await told.until("settings.toml")
    path.unlink()
    await told.until("settings.toml")


async def test_it_is_told_on_the_thread_of_the_loop(watcher, told, tmp_path):
    path = tmp_path / "f"
    watcher.watch(str(path))
    path.write_text("")
    await told.until("f")
    assert told.threads == {threading.get_ident()}


async def test_reading_a_file_when_told_does_not_tell_it_again(told, tmp_path):
    path = tmp_path / "f"
    reads = []

    def read_it(changed):
        told(changed)
        if Path(changed).name == "f":
            reads.append(path.read_text())

    watcher = watch.Watcher(read_it, asyncio.get_running_loop().call_soon_threadsafe)
    watcher.watch(str(path))
    replace(path)
    await told.until("f")
    again = await settled(watcher, told, tmp_path)
    watcher.close()
    assert again == []
    assert len(reads) == 1


async def test_other_files_of_the_folder_do_not_wake_the_loop(told, tmp_path):
    calls = []
    loop = asyncio.get_running_loop()

    def call_soon(*args):
        calls.append(args)
        return loop.call_soon_threadsafe(*args)

    watcher = watch.Watcher(told, call_soon)
    watcher.watch(str(tmp_path / "f"))
    for number in range(50):
        (tmp_path / f"other-{number}").write_text("")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub").rmdir()
    replace(tmp_path / "f")
    await told.until("f")
    watcher.close()
    assert len(calls) == 2  # the event, and the one callback


def test_a_burst_of_events_in_one_turn_is_one_callback(tmp_path):
    told, turn, enough = [], [], threading.Event()

    def call_soon(function, *args):
        turn.append((function, args))
        if len(turn) == 20:
            enough.set()

    watcher = watch.Watcher(told.append, call_soon)
    watcher.watch(str(tmp_path / "f"))
    for number in range(20):
        replace(tmp_path / "f", str(number))
    assert enough.wait(DEADLINE_S)
    for function, args in turn:  # it grows by the one callback while it is gone through
        function(*args)
    watcher.close()
    assert told == [str(tmp_path / "f")]


async def test_a_log_at_debug_in_the_watched_folder_does_not_feed_on_itself(watcher, told, tmp_path):
    stop = start_logging(tmp_path / "ringfence.log", debug=True)
    watcher.watch(str(tmp_path / "gate.json"))
    for _ in range(3):
        logging.getLogger("ringfence").debug("a line")
        replace(tmp_path / "gate.json")
        await told.until("gate.json")
    watcher.close()
    stop()
    lines = (tmp_path / "ringfence.log").read_text().splitlines()
    assert len([line for line in lines if "a line" in line]) == 3
    assert not [line for line in lines if "watchdog" in line]


@pytest.mark.parametrize("how", ["inotify", "polling"])
async def test_folders_that_do_not_exist_yet_are_waited_for(watcher, told, tmp_path, how):
    watcher._polling = how == "polling"
    path = tmp_path / "config" / "ringfence" / "settings.toml"
    watcher.watch(str(path))
    path.parent.mkdir(parents=True)
    path.write_text("")
    await told.until("settings.toml")
    replace(path)
    await told.until("settings.toml")


async def test_a_folder_moved_into_place_with_the_file_in_it_is_told(watcher, told, tmp_path):
    watcher.watch(str(tmp_path / "home" / ".claude" / ".credentials.json"))
    made = tmp_path / "made" / ".claude"
    made.mkdir(parents=True)
    (made / ".credentials.json").write_text("{}")
    made.parent.rename(tmp_path / "home")
    await told.until(".credentials.json")


async def test_a_folder_that_is_removed_and_made_anew_is_watched_again(watcher, told, tmp_path):
    path = tmp_path / "state" / "gate.json"
    path.parent.mkdir()
    path.write_text("")
    watcher.watch(str(path))
    for _ in range(3):
        path.unlink()
        path.parent.rmdir()
        await told.until("gate.json")
        path.parent.mkdir()
        path.write_text("")
        await told.until("gate.json")
        told.paths.clear()


async def test_a_change_behind_a_link_is_told_under_the_links_name(watcher, told, tmp_path):
    dotfiles, config = tmp_path / "dotfiles", tmp_path / "config"
    dotfiles.mkdir()
    config.mkdir()
    (dotfiles / "ringfence.toml").write_text("")
    (config / "settings.toml").symlink_to(dotfiles / "ringfence.toml")
    watcher.watch(str(config / "settings.toml"))
    replace(dotfiles / "ringfence.toml")
    await told.until("settings.toml")


async def test_a_folder_that_is_a_link_is_followed(watcher, told, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    watcher.watch(str(tmp_path / "linked" / "f"))
    replace(tmp_path / "real" / "f")
    await told.until("f")


async def test_two_files_of_one_folder_are_told_apart(watcher, told, tmp_path):
    watcher.watch(str(tmp_path / "a"))
    watcher.watch(str(tmp_path / "b"))
    replace(tmp_path / "b")
    await told.until("b")
    assert await settled(watcher, told, tmp_path) == []


async def test_after_closing_nothing_is_told_and_no_thread_is_left(told, tmp_path):
    before = set(threading.enumerate())
    turn = []
    watcher = watch.Watcher(told, lambda *args: turn.append(args))
    watcher.watch(str(tmp_path / "f"))
    heard = threading.Event()
    watcher._call_soon = lambda *args: (turn.append(args), heard.set())
    replace(tmp_path / "f")
    assert await asyncio.to_thread(heard.wait, DEADLINE_S)
    watcher.close()
    watcher.close()
    for function, *args in turn:
        function(*args)
    assert told.paths == []
    assert {t for t in threading.enumerate() if not t.name.startswith("asyncio")} <= before
    with pytest.raises(RuntimeError):
        watcher.watch(str(tmp_path / "f"))


async def test_a_loop_that_has_ended_is_no_error(tmp_path, caplog):
    heard = threading.Event()

    def call_soon(*args):
        heard.set()
        raise RuntimeError("Event loop is closed")

    watcher = watch.Watcher(print, call_soon)
    watcher.watch(str(tmp_path / "f"))
    replace(tmp_path / "f")
    assert await asyncio.to_thread(heard.wait, DEADLINE_S)
    replace(tmp_path / "f")
    watcher.close()
    assert not caplog.records


@pytest.mark.parametrize("limit", ["of watches", "of instances"])
async def test_without_watches_from_the_system_the_folders_are_looked_at_and_it_is_said_once(
    watcher, told, tmp_path, monkeypatch, caplog, limit
):
    refusal = OSError(errno.ENOSPC, f"inotify limit {limit} reached")

    class Refusing(watchdog.observers.Observer):
        def __init__(self, **options):
            if limit == "of instances":
                raise refusal
            super().__init__(**options)

        def schedule(self, *args, **options):
            raise refusal

    monkeypatch.setattr(watchdog.observers, "Observer", Refusing)
    (tmp_path / "there").mkdir()
    with caplog.at_level(logging.INFO, "ringfence"):
        watcher.watch(str(tmp_path / "a"))
        watcher.watch(str(tmp_path / "there" / "b"))
        watcher.watch(str(tmp_path / "later" / "c"))
        replace(tmp_path / "a")
        await told.until("a")
        replace(tmp_path / "there" / "b")
        await told.until("b")
        (tmp_path / "later").mkdir()
        replace(tmp_path / "later" / "c")
        await told.until("c")
    [record] = [r for r in caplog.records if r.name.startswith("ringfence")]
    assert record.levelno == logging.INFO
    assert f"inotify limit {limit} reached" in record.getMessage()


def test_watchdog_is_loaded_with_the_first_watch_only(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from ringfence.storage.watch import Watcher\n"
        "Watcher(print, print)\n"
        "print('watchdog' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *sys.path], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == "False\n"
