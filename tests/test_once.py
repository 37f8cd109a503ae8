"""One reading without a monitor: a subscription with several folders is asked once, and another login begins anew."""

from __future__ import annotations

import json
import time

import pytest

from parts.account import LoopbackAccount
from ringfence.core.model import FailureKind
from ringfence.once import read_once
from ringfence.storage import records
from ringfence.storage.paths import find_paths


@pytest.fixture
def paths(home, tmp_path):
    home.mkdir(mode=0o700)
    return find_paths()


@pytest.fixture
def account():
    with LoopbackAccount(five_hour=0.42) as made:
        yield made


def sign_in(folder, who, *, hours=1.0):
    """Sign in to a folder, as Claude Code does."""
    folder.mkdir(exist_ok=True)
    login = {"accessToken": "sk-ant-oat01-invented", "expiresAt": (time.time() + hours * 3600) * 1000}
    (folder / ".credentials.json").write_text(json.dumps({"claudeAiOauth": {**login, "scopes": ["user:profile"]}}))
    (folder / ".claude.json").write_text(json.dumps({"oauthAccount": {"accountUuid": who, "emailAddress": "a@x.org"}}))
    return folder


def use(paths, account, *folders):
    entries = (f'[[accounts]]\nname = "{folder.name}"\nconfig_dir = "{folder}"\n' for folder in folders)
    paths.settings.write_text(f'[usage]\nbase_url = "{account.url}"\n' + "".join(entries))


def used(status):
    return [None if a.sample is None else a.sample.window("session").used for a in status.accounts]


async def test_two_folders_of_one_login_are_one_request(paths, account, tmp_path):
    use(paths, account, sign_in(tmp_path / "work", "ann"), sign_in(tmp_path / "home", "ann"))
    status, trouble = await read_once(paths)
    assert (used(status), trouble, len(account.usage_requests)) == ([0.42, 0.42], "", 1)
    assert [(a.name, a.same_as) for a in status.accounts] == [("work", None), ("home", "work")]
    assert status.accounts[1].sample.account == "home"


async def test_two_logins_are_two_requests(paths, account, tmp_path):
    use(paths, account, sign_in(tmp_path / "work", "ann"), sign_in(tmp_path / "home", "bob"))
    status, _ = await read_once(paths)
    assert (len(account.usage_requests), [a.same_as for a in status.accounts]) == (2, [None, None])


async def test_where_the_first_has_expired_the_other_is_asked(paths, account, tmp_path):
    use(paths, account, sign_in(tmp_path / "work", "ann", hours=-1), sign_in(tmp_path / "home", "ann"))
    status, _ = await read_once(paths)
    assert used(status) == [None, 0.42]
    assert status.accounts[0].failure.kind is FailureKind.EXPIRED


async def test_another_login_is_not_shown_the_last_ones_reading(paths, account, tmp_path):
    use(paths, account, sign_in(tmp_path / "work", "ann"))
    await read_once(paths)
    account.set(usage_mode="500")
    sign_in(tmp_path / "work", "bob")
    status, _ = await read_once(paths)
    assert used(status) == [None]
    memory, _ = records.load_memory(paths.memory)
    assert [(m.name, len(m.poll.requested_at)) for m in memory.accounts] == [("work", 1), ("work", 1)]


async def test_no_address_and_no_id_is_written_anywhere(paths, account, tmp_path):
    use(paths, account, sign_in(tmp_path / "work", "ann-0000"))
    await read_once(paths)
    written = [path.read_text(errors="replace") for path in paths.state.rglob("*") if path.is_file()]
    assert len(written) > 1
    assert "ann-0000" not in "".join(written)
