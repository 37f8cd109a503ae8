"""Who is signed in, from Claude Code's file to the core: at the start, when it changes, and with each reading."""

import asyncio

import pytest

from ringfence import identity_watch
from ringfence.core.account_settings import Account
from ringfence.core.settings import Settings
from test_monitor import World, sample

FILE = "/claude/.claude.json"
TWO = Settings(accounts=(Account(name="work", config_dir="/claude"), Account(name="home", config_dir="/other")))


class Scene(World):
    """The monitor's world with people in it, by the file that names them."""

    def __init__(self):
        super().__init__()
        self.who, self.looks = {FILE: "ann"}, 0

    def read(self, paths):  # type: ignore[override]
        self.looks += 1
        return next((self.who[p] for p in paths if p in self.who), None)

    def files(self, settings):
        return {
            a.name: (FILE if a.name in {"default", "work"} else f"/other/{a.name}.json",) for a in settings.accounts
        }

    def parts(self):
        made = super().parts()
        made.identity_files, made.read_identity = self.files, self.read
        return made

    async def poll(self, answer):
        self.answers.append(answer)
        await self.pass_time(400)

    def used(self, number=0):
        found = self.status.accounts[number].sample
        return found.window("session").used if found else None


@pytest.fixture
async def scene(monkeypatch):
    monkeypatch.setattr(identity_watch, "LOOK_EVERY_S", 0)
    made = Scene()
    yield made
    if made.monitor is not None:
        await made.monitor.close()


async def test_it_is_known_from_the_start_and_remembered(scene):
    await scene.start()
    assert FILE in scene.watch.paths
    assert scene.memory.accounts[0].identity == "ann"


async def test_another_login_starts_another_account_and_a_reading(scene):
    scene.answers = [0.97]
    await scene.start()
    scene.answers.append(0.02)
    scene.who[FILE] = "bob"
    scene.watch.tell(FILE)
    await scene.settle()
    assert scene.did.count("poll default") == 2
    assert scene.used() == 0.02
    assert scene.told() == ["Your usage at a glance"]


async def test_a_file_that_is_written_all_the_time_is_no_news(scene):
    await scene.start()
    did = len(scene.did)
    for _ in range(100):
        scene.watch.tell(FILE)
    await scene.settle()
    assert len(scene.did) == did
    assert scene.looks < 10


async def test_a_reading_of_who_was_signed_in_before_is_dropped(scene):
    """The login changes while the endpoint is being asked."""
    await scene.start()
    answer = asyncio.get_running_loop().create_future()
    scene.answers = [answer, 0.02]
    scene.clock.go(400)
    scene.monitor._alarm.ring()
    await scene.sources[0].asked.wait()
    scene.who[FILE] = "bob"
    answer.set_result(sample(0.97, scene.clock.now()))
    await scene.settle()
    assert scene.used() == 0.02
    assert [made.window("session").used for made in scene.readings] == [0.42, 0.02]


async def test_a_reading_while_the_file_says_nothing_counts(scene):
    await scene.start()
    del scene.who[FILE]
    await scene.poll(0.5)
    assert scene.used() == 0.5


async def test_two_folders_of_one_login_are_asked_once(scene):
    scene.settings, scene.who["/other/home.json"] = TWO, "ann"
    await scene.start()
    assert (scene.did.count("poll work"), scene.did.count("poll home")) == (1, 0)
    assert (scene.used(0), scene.used(1)) == (0.42, 0.42)
    assert [made.account for made in scene.readings] == ["work"]
    assert scene.status.accounts[1].same_as == "work"


async def test_new_settings_bring_who_is_signed_in_there(scene):
    await scene.start()
    scene.who["/other/home.json"] = "ann"
    scene.change_settings(TWO)
    await scene.settle()
    assert "/other/home.json" in scene.watch.paths
    assert scene.status.accounts[1].same_as == "work"
    assert scene.did.count("poll home") == 0


async def test_an_alert_says_which_of_several_accounts_it_is_about(scene):
    scene.settings, scene.answers = TWO, [0.3, 0.1]
    await scene.start()
    scene.answers = [0.85, 0.1]
    await scene.pass_time(400)
    assert scene.told() == ["work: 5-hour session at 85 %"]
