"""The login that Claude Code keeps (FORMATS B): where it is found, and what is said when it cannot be used."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.core.model import FailureKind
from ringfence.ports import Secret, SecretError, SourceError, Tools
from ringfence.sources import credentials
from ringfence.sources.credentials import Finder, Machine

NOW = 1_795_300_000.0
CANARY = "sk-ant-oat01-CANARY"


def kept(**changes: Any) -> dict[str, Any]:
    oauth = {
        "accessToken": CANARY,
        "refreshToken": "sk-ant-ort01-CANARY",
        "expiresAt": int((NOW + 3600) * 1000),
        "scopes": ["user:profile", "user:inference"],
        "subscriptionType": "max",
        "rateLimitTier": "default_claude_max_20x",
    }
    return {"claudeAiOauth": {**oauth, **changes}, "mcpOAuth": {"other": {"accessToken": "sk-mcp-CANARY"}}}


@dataclass
class World:
    """A person's machine: a home folder, variables, a keyring, and on a Mac the program `security`."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    keyring: dict[str, str] = field(default_factory=dict)
    keyring_error: str = ""
    platform: str = "linux"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def file(self) -> Path:
        return self.home / ".claude" / ".credentials.json"

    def sign_in(self, login: Any = None, folder: Path | None = None) -> Path:
        path = (folder or self.home / ".claude") / ".credentials.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(login if isinstance(login, str) else json.dumps(kept() if login is None else login))
        path.chmod(0o600)
        return path

    def keychain(self, script: str) -> None:
        """Put a program in the place of /usr/bin/security; it writes down what it was asked."""
        self.platform = "darwin"
        program = self.folder / "security"
        program.write_text(f'#!/bin/sh\necho "$@" >> "{self.folder}/asked"\n{script}\n')
        program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []

    def finder(self, account: Account = DEFAULT_ACCOUNT) -> Finder:
        async def read_secret(name: str) -> Secret | None:
            if self.keyring_error:
                raise SecretError(self.keyring_error)
            return Secret(self.keyring[name]) if name in self.keyring else None

        tools = Tools(now=lambda: NOW, environ=self.environ.get, read_secret=read_secret)
        machine = Machine(
            platform=self.platform, home=lambda: self.home, security=self.folder / "security", user=lambda: "os-user"
        )
        return Finder(account=account, tools=tools, machine=machine)

    async def token(self, account: Account = DEFAULT_ACCOUNT) -> str:
        return (await self.finder(account).login(now=NOW)).token.reveal()

    async def refusal(self, account: Account = DEFAULT_ACCOUNT) -> SourceError:
        return await refusal(self.finder(account))


async def refusal(finder: Finder, now: float = NOW) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await finder.login(now=now)
    error = caught.value
    assert not error.requested
    assert "CANARY" not in str(error)
    assert error.detail.endswith(".")
    return error


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(credentials, "SECOND_LOOK_S", 0)
    return World(tmp_path)


# ---- where it is found -----------------------------------------------------------------------------------------------


async def test_the_login_in_the_home_folder_is_found(person):
    path = person.sign_in()
    login = await person.finder().login(now=NOW)
    assert (login.token.reveal(), login.plan, login.where) == (CANARY, "max", str(path))


async def test_the_folder_that_claude_code_was_told_is_looked_into(person):
    person.environ["CLAUDE_CONFIG_DIR"] = str(person.folder / "work")
    person.sign_in(kept(accessToken="elsewhere"))
    person.sign_in(folder=person.folder / "work")
    assert await person.token() == CANARY


async def test_an_accounts_own_folder_comes_before_the_variable(person):
    person.environ["CLAUDE_CONFIG_DIR"] = str(person.folder / "work")
    person.sign_in(kept(accessToken="elsewhere"), folder=person.folder / "work")
    person.sign_in(folder=person.home / "second")
    assert await person.token(Account(name="b", config_dir="~/second")) == CANARY


async def test_an_account_without_a_folder_reads_the_keyring_under_its_name(person):
    person.keyring["team"] = f" {CANARY}\n"
    login = await person.finder(Account(name="team")).login(now=NOW)
    assert (login.token.reveal(), login.plan) == (CANARY, None)


async def test_the_variable_with_a_token_is_the_last_resort(person):
    person.environ["CLAUDE_CODE_OAUTH_TOKEN"] = CANARY
    assert await person.token() == CANARY
    person.sign_in(kept(accessToken="from-the-file"))
    assert await person.token() == "from-the-file"


async def test_the_variable_is_the_default_accounts_alone(person):
    person.environ["CLAUDE_CODE_OAUTH_TOKEN"] = CANARY
    assert (await person.refusal(Account(name="b", config_dir="~/second"))).kind is FailureKind.SIGNED_OUT


async def test_the_file_is_read_anew_each_time(person):
    person.sign_in()
    finder = person.finder()
    await finder.login(now=NOW)
    person.sign_in(kept(accessToken="renewed"))
    assert (await finder.login(now=NOW)).token.reveal() == "renewed"


async def test_nothing_is_written_beside_the_login(person):
    path = person.sign_in()
    before = path.stat()
    await person.token()
    after = path.stat()
    assert (after.st_mtime_ns, after.st_mode, after.st_ino) == (before.st_mtime_ns, before.st_mode, before.st_ino)
    assert [p.name for p in path.parent.iterdir()] == [".credentials.json"]


async def test_a_login_that_is_just_being_written_is_looked_at_again(person, monkeypatch):
    whole = json.dumps(kept())
    person.sign_in(whole[: len(whole) // 2])
    pause = asyncio.sleep

    async def finish_writing(seconds: float) -> None:
        person.sign_in(whole)
        await pause(seconds)

    monkeypatch.setattr(credentials.asyncio, "sleep", finish_writing)
    assert await person.token() == CANARY


def test_the_watched_file_is_the_one_that_is_read(person):
    assert person.finder().file() == person.file
    assert person.finder(Account(name="b", config_dir="/srv/b")).file() == Path("/srv/b/.credentials.json")
    assert person.finder(Account(name="team")).file() is None


# ---- what cannot be used ---------------------------------------------------------------------------------------------


async def test_without_a_login_the_file_and_the_next_step_are_named(person):
    error = await person.refusal()
    assert error.kind is FailureKind.SIGNED_OUT
    assert str(person.file) in error.detail
    assert "run `claude` and sign in" in error.detail


@pytest.mark.parametrize(
    ("login", "kind"),
    [
        ("", FailureKind.SIGNED_OUT),
        ("not json sk-ant-CANARY", FailureKind.SIGNED_OUT),
        ("[" * 100_000, FailureKind.SIGNED_OUT),
        ("[]", FailureKind.SIGNED_OUT),
        ({}, FailureKind.SIGNED_OUT),
        ({"claudeAiOauth": None}, FailureKind.SIGNED_OUT),
        ({"claudeAiOauth": "sk-ant-CANARY"}, FailureKind.SIGNED_OUT),
        (kept(accessToken=""), FailureKind.SIGNED_OUT),
        (kept(accessToken="  "), FailureKind.SIGNED_OUT),
        (kept(accessToken=None), FailureKind.SIGNED_OUT),
        (kept(accessToken=7), FailureKind.SIGNED_OUT),
        (kept(accessToken="CANARY\r\nX-Evil: 1"), FailureKind.SIGNED_OUT),
        (kept(accessToken="CANARY-ü"), FailureKind.SIGNED_OUT),
        (kept(expiresAt="soon"), FailureKind.SIGNED_OUT),
        (kept(expiresAt=int((NOW - 1) * 1000)), FailureKind.EXPIRED),
        (kept(expiresAt=int(NOW * 1000)), FailureKind.EXPIRED),
        (kept(scopes=["user:inference"]), FailureKind.MISSING_SCOPE),
    ],
)
async def test_a_login_that_cannot_be_used_is_named_without_a_request(person, login, kind):
    path = person.sign_in(login)
    error = await person.refusal()
    assert error.kind is kind
    assert str(path) in error.detail


@pytest.mark.parametrize("changes", [{"scopes": None}, {"scopes": []}, {"expiresAt": None}, {"subscriptionType": None}])
async def test_what_a_login_does_not_say_is_not_held_against_it(person, changes):
    person.sign_in(kept(**changes))
    assert await person.token() == CANARY


async def test_a_file_that_may_not_be_read_says_so(person, monkeypatch):
    person.sign_in()

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(credentials.os, "open", denied)
    error = await person.refusal()
    assert "cannot be read (Permission denied)" in error.detail


async def test_a_folder_of_that_name_says_so(person):
    person.file.mkdir(parents=True)
    assert "is not a file" in (await person.refusal()).detail


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
async def test_a_named_pipe_of_that_name_stops_nobody(person):
    person.file.parent.mkdir(parents=True)
    os.mkfifo(person.file)
    assert "is not a file" in (await person.refusal()).detail


async def test_a_file_that_is_too_large_is_not_read_whole(person):
    person.sign_in(" " * (credentials.MAX_BYTES + 1))
    assert "too large" in (await person.refusal()).detail


async def test_a_folder_that_cannot_exist_says_so(person):
    assert (await person.refusal(Account(name="b", config_dir="/srv/\0"))).kind is FailureKind.SIGNED_OUT
    person.sign_in()
    below_a_file = Account(name="b", config_dir=str(person.file))
    assert "There is no login" in (await person.refusal(below_a_file)).detail


async def test_an_account_whose_token_is_missing_in_the_keyring_says_how_to_store_it(person):
    assert "ringfence account add team" in (await person.refusal(Account(name="team"))).detail


async def test_a_keyring_that_does_not_answer_is_quoted(person):
    person.keyring_error = "The system keyring is locked: unlock it, then try again."
    error = await person.refusal(Account(name="team"))
    assert (error.kind, error.detail) == (FailureKind.SIGNED_OUT, person.keyring_error)


# ---- the macOS keychain ----------------------------------------------------------------------------------------------


def printed(login: dict[str, Any]) -> str:
    return f"cat <<'END'\n{json.dumps(login)}\nEND"


async def test_on_a_mac_the_keychain_is_asked_as_claude_code_asks_it(person):
    person.environ["USER"] = "ada"
    person.keychain(printed(kept()))
    login = await person.finder().login(now=NOW)
    assert login.token.reveal() == CANARY
    assert login.where == 'the keychain\'s item "Claude Code-credentials"'
    assert person.asked == ["find-generic-password -a ada -w -s Claude Code-credentials"]


@pytest.mark.parametrize(("name", "used"), [("", "os-user"), ("ada lovelace", "os-user"), ("ada.l-1_x", "ada.l-1_x")])
async def test_the_keychains_account_is_a_plain_name(person, name, used):
    person.environ["USER"] = name
    person.keychain(printed(kept()))
    await person.token()
    assert person.asked[0].startswith(f"find-generic-password -a {used} ")


async def test_a_folder_of_ones_own_has_a_keychain_item_of_its_own(person):
    folder = "/Users/ada/wo\u0308rk"  # as macOS spells a file's name: the letter and its dots apart
    person.environ["CLAUDE_CONFIG_DIR"] = folder
    person.keychain(printed(kept()))
    await person.token()
    # Hashed is the composed form (NFC), written out here by hand.
    digest = hashlib.sha256(b"/Users/ada/w\xc3\xb6rk").hexdigest()[:8]
    assert person.asked[0].endswith(f"-s Claude Code-credentials-{digest}")


@pytest.mark.parametrize(("override", "hashed"), [("", False), ("/secure", True)])
async def test_the_keychain_items_folder_can_be_overridden(person, override, hashed):
    person.environ |= {"CLAUDE_CONFIG_DIR": "/work", "CLAUDE_SECURESTORAGE_CONFIG_DIR": override}
    person.keychain(printed(kept()))
    await person.token()
    end = f"-{hashlib.sha256(b'/secure').hexdigest()[:8]}" if hashed else ""
    assert person.asked[0].endswith(f"-s Claude Code-credentials{end}")


async def test_the_usual_folder_named_in_the_settings_is_found_under_both_names(person):
    person.keychain(f'case "$*" in *credentials) {printed(kept())}\n;; *) exit 44;; esac')
    assert await person.token(Account(name="b", config_dir="~/.claude")) == CANARY
    assert len(person.asked) == 2


async def test_what_the_keychain_prints_as_hex_is_read(person):
    person.keychain(f"echo {json.dumps(kept()).encode().hex()}")
    assert await person.token() == CANARY


async def test_without_a_keychain_item_the_file_is_read(person):
    person.keychain("exit 44")
    person.sign_in()
    assert await person.token() == CANARY


async def test_with_neither_item_nor_file_the_person_is_signed_out(person):
    person.keychain("exit 44")
    assert "There is no login in" in (await person.refusal()).detail


async def test_the_keychain_comes_before_a_stale_file(person):
    person.keychain(printed(kept()))
    person.sign_in(kept(accessToken="stale"))
    assert await person.token() == CANARY


async def test_an_expired_login_in_the_keychain_is_not_replaced_by_a_file(person):
    person.keychain(printed(kept(expiresAt=1)))
    person.sign_in()
    assert (await person.refusal()).kind is FailureKind.EXPIRED


async def test_a_locked_keychain_says_so_and_is_asked_again(person):
    person.keychain("exit 36")
    finder = person.finder()
    assert "keychain is locked" in (await refusal(finder)).detail
    await refusal(finder, NOW + 60)
    assert len(person.asked) == 2


async def test_a_keychain_that_refused_is_left_in_peace_for_an_hour(person):
    person.keychain("exit 128")
    finder = person.finder()
    assert "did not give the login out" in (await refusal(finder)).detail
    assert "left in peace" in (await refusal(finder, NOW + 60)).detail
    assert len(person.asked) == 1
    await refusal(finder, NOW + 3601)
    assert len(person.asked) == 2


async def test_a_clock_that_was_set_back_does_not_lengthen_the_rest(person):
    person.keychain("exit 128")
    finder = person.finder()
    await refusal(finder, NOW + 86_400)
    await refusal(finder, NOW)
    assert len(person.asked) == 2


async def test_a_keychain_that_waits_for_its_dialog_is_given_up(person, monkeypatch):
    monkeypatch.setattr(credentials, "KEYCHAIN_DEADLINE_S", 1.0)
    person.keychain(f'echo $$ > "{person.folder}/pid"; exec sleep 60')
    began = time.monotonic()
    assert "did not give the login out" in (await person.refusal()).detail
    assert time.monotonic() - began < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((person.folder / "pid").read_text()), 0)


async def test_a_mac_without_the_program_reads_the_file(person):
    person.platform = "darwin"
    person.sign_in()
    assert await person.token() == CANARY


async def test_the_token_never_stands_in_an_argument_list(person):
    person.keychain(printed(kept()))
    await person.token()
    assert "CANARY" not in "".join(person.asked)
