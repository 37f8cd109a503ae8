"""Tokens in the system keyring: kept, read, deleted, and what happens when it is missing, locked or broken.

The real keyring is asked in tests/desktop/test_keyring.py.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, fail, null
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError

from ringfence.ports import Secret, SecretError
from ringfence.storage.secrets import backend_name, delete_secret, read_secret, store_secret

SOURCE_FOLDER = Path(__file__).parents[2] / "src"
CANARY = "sk-ant-oat01-CANARY"


class InMemory(KeyringBackend):
    """A keyring of this test alone."""

    priority = 1
    viable = False  # keyring finds every subclass that was ever defined, and would choose it for other tests
    name = "a test's keyring"

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("no such password")
        del self.kept[service, username]


class Failing(InMemory):
    """A keyring whose every call fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


class Blocking(InMemory):
    """A locked keyring: a call waits for the person, who answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()
        self.dialogs = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.dialogs += 1
        self.unlocked.wait(30)
        return super().get_password(service, username)


@pytest.fixture
def chosen(monkeypatch):
    """Return what makes a backend keyring's choice."""

    def choose(backend: KeyringBackend) -> KeyringBackend:
        monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
        return backend

    return choose


async def message_of(asked) -> str:
    with pytest.raises(SecretError) as caught:
        await asked
    error = caught.value
    assert "CANARY" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)
    return str(error)


async def test_a_token_is_kept_under_our_name_and_read_back(chosen):
    backend = chosen(InMemory())
    await store_secret("team", Secret(CANARY))
    assert backend.kept == {("ringfence", "team"): CANARY}
    token = await read_secret("team")
    assert token is not None
    assert token.reveal() == CANARY


async def test_a_token_that_was_never_stored_is_none(chosen):
    chosen(InMemory())
    assert await read_secret("team") is None


async def test_a_token_is_deleted_and_deleting_it_twice_is_no_error(chosen):
    backend = chosen(InMemory())
    await store_secret("team", Secret(CANARY))
    assert await delete_secret("team")
    assert backend.kept == {}
    assert not await delete_secret("team")


async def test_the_keyring_has_a_name_for_the_doctor(chosen):
    chosen(InMemory())
    assert await backend_name() == "a test's keyring"


async def test_accounts_may_be_read_at_the_same_time(chosen):
    chosen(InMemory())
    await store_secret("a", Secret("1"))
    await store_secret("b", Secret("2"))
    found = await asyncio.gather(*(read_secret(name) for name in ("a", "b", "c", "a")))
    assert [token and token.reveal() for token in found] == ["1", "2", None, "1"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: read_secret("a"),
        lambda: store_secret("a", Secret(CANARY)),
        lambda: delete_secret("a"),
        backend_name,
    ],
    ids=["read", "store", "delete", "name"],
)
async def test_without_a_keyring_the_person_is_told_what_to_start(chosen, ask):
    chosen(fail.Keyring())
    assert "No system keyring answers: start one" in await message_of(ask())


async def test_a_keyring_that_was_started_after_us_is_seen(chosen, monkeypatch):
    chosen(fail.Keyring())
    monkeypatch.setattr(InMemory, "viable", True)
    monkeypatch.setattr(SecretService, "Keyring", InMemory)
    assert await backend_name() == "a test's keyring"


async def test_a_keyring_that_drops_what_it_is_given_is_found_out(chosen):
    chosen(null.Keyring())
    assert "did not keep the token" in await message_of(store_secret("team", Secret(CANARY)))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyringLocked("Failed to unlock CANARY"), "keyring is locked: unlock it"),
        (InitError("CANARY"), "No system keyring answers"),
        (OSError(CANARY), "The system keyring failed (OSError)"),
        (RuntimeError(CANARY), "The system keyring failed (RuntimeError)"),
    ],
)
async def test_a_keyrings_error_is_told_in_our_own_words(chosen, error, said):
    chosen(Failing(error))
    assert said in await message_of(read_secret("team"))


async def test_a_locked_keyring_does_not_hold_up_the_loop(chosen):
    backend = chosen(Blocking())
    began = time.monotonic()
    try:
        assert "did not answer within 0.2 s" in await message_of(read_secret("team", deadline_s=0.2))
        assert time.monotonic() - began < 5
    finally:
        backend.unlocked.set()


async def test_a_locked_keyring_opens_one_dialog_and_works_once_unlocked(chosen):
    backend = chosen(Blocking())
    backend.kept["ringfence", "team"] = CANARY
    try:
        for _ in range(3):
            await message_of(read_secret("team", deadline_s=0.1))
        assert backend.dialogs == 1
    finally:
        backend.unlocked.set()
    token = await read_secret("team")
    assert token is not None
    assert token.reveal() == CANARY


async def test_a_reading_that_is_cancelled_leaves_nothing_behind(chosen):
    backend = chosen(Blocking())
    task = asyncio.ensure_future(read_secret("team"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    backend.unlocked.set()


def test_a_dialog_that_nobody_answers_does_not_hold_up_the_end():
    script = (
        "import asyncio, threading, keyring\n"
        "from keyring.backend import KeyringBackend\n"
        "from ringfence.ports import SecretError\n"
        "from ringfence.storage.secrets import read_secret\n"
        "class Locked(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, *_): threading.Event().wait()\n"
        "    set_password = delete_password = get_password\n"
        "keyring.core._keyring_backend = Locked()\n"
        "async def main():\n"
        "    try: await read_secret('a', deadline_s=0.1)\n"
        "    except SecretError: print('late')\n"
        "asyncio.run(main())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(SOURCE_FOLDER)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "late\n", "")
