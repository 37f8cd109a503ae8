"""The real keyring of the desktop (gnome-keyring): what `ringfence account add` stores, another process reads."""

from __future__ import annotations

import gc
import subprocess
import sys
import uuid

import keyring
import pytest
from keyring.backends import SecretService, fail

from ringfence.ports import Secret, SecretError
from ringfence.storage.secrets import backend_name, delete_secret, read_secret, store_secret

CANARY = "sk-ant-oat01-CANARY"


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4()}"


def read_in_another_process(name: str) -> str:
    code = "import keyring, sys; print(keyring.get_password('ringfence', sys.argv[1]))"
    run = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, timeout=30, check=True)
    return run.stdout.strip()


async def test_a_token_survives_in_the_desktops_keyring(desktop, name):
    await store_secret(name, Secret(CANARY))
    assert read_in_another_process(name) == CANARY
    token = await read_secret(name)
    assert token is not None
    assert token.reveal() == CANARY
    assert await delete_secret(name)
    assert await read_secret(name) is None


async def test_the_desktops_keyring_has_a_name(desktop):
    assert "SecretService" in await backend_name()


async def test_a_keyring_that_was_started_after_us_is_used(desktop, name, monkeypatch):
    monkeypatch.setattr(keyring.core, "_keyring_backend", fail.Keyring())
    await store_secret(name, Secret(CANARY))
    assert SecretService.Keyring().get_password("ringfence", name) == CANARY
    assert await delete_secret(name)


# keyring forgets the connection on which it found that nobody is there; it is closed when it is collected.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning")
async def test_a_keyring_that_goes_away_is_told_and_its_return_is_seen(desktop, name):
    desktop.part("stop", "secrets")
    with pytest.raises(SecretError, match="No system keyring answers: start one"):
        await read_secret(name)
    gc.collect()
    desktop.part("start", "secrets")
    await store_secret(name, Secret(CANARY))
    assert await delete_secret(name)
