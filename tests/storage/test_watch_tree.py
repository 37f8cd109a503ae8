"""Folders whose files others write, on the real kernel."""

import asyncio

import pytest

from ringfence.storage.watch import Watcher


class Told:
    """What a watcher told, and a way to wait for it."""

    def __init__(self):
        self.paths, self.news = set(), asyncio.Event()

    def __call__(self, paths):
        self.paths |= paths
        self.news.set()

    async def holds(self, path):
        async with asyncio.timeout(10):
            while str(path) not in self.paths:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def told():
    return Told()


@pytest.fixture
async def watch(told):
    made = Watcher(lambda _path: None, asyncio.get_running_loop().call_soon_threadsafe)
    yield lambda *folders: made.watch_trees([str(f) for f in folders], told)
    made.close()


async def test_a_write_deep_below_a_folder_is_told(tmp_path, watch, told):
    deep = tmp_path / "slug" / "session" / "subagents"
    deep.mkdir(parents=True)
    watch(tmp_path)
    (deep / "agent-1.jsonl").write_text("{}\n")
    await told.holds(deep / "agent-1.jsonl")


async def test_a_file_that_stays_open_is_told_with_each_write(tmp_path, watch, told):
    with (tmp_path / "a.jsonl").open("w") as file:
        watch(tmp_path)
        for _ in range(2):
            told.paths.clear()
            file.write("{}\n")
            file.flush()
            await told.holds(tmp_path / "a.jsonl")


async def test_a_folder_that_is_made_later_is_watched_from_then_on(tmp_path, watch, told):
    folder = tmp_path / "claude" / "projects"
    watch(folder)
    folder.mkdir(parents=True)
    await told.holds(tmp_path / "claude")
    async with asyncio.timeout(10):
        number = 0
        while not any(path.endswith(".jsonl") for path in told.paths):  # until the watch has moved down to it
            number += 1
            (folder / f"{number}.jsonl").write_text("{}\n")
            told.news.clear()
            await asyncio.wait([asyncio.ensure_future(told.news.wait())], timeout=0.05)


async def test_folders_of_before_are_told_no_more(tmp_path, watch, told):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    watch(old)
    watch(new)
    (old / "a.jsonl").write_text("{}\n")
    (new / "b.jsonl").write_text("{}\n")
    await told.holds(new / "b.jsonl")
    assert str(old / "a.jsonl") not in told.paths


async def test_a_file_is_told_by_the_name_of_the_folder_that_was_given(tmp_path, watch, told):
    real, link = tmp_path / "dotfiles", tmp_path / "claude"
    real.mkdir()
    link.symlink_to(real)
    watch(link)
    (real / "a.jsonl").write_text("{}\n")
    await told.holds(link / "a.jsonl")
