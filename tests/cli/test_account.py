"""`ringfence account`: logins and tokens; a token goes into the keyring and nowhere else."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from cli.world import account, failure, program, window
from ringfence.cli import account as commands
from ringfence.core.model import FailureKind
from ringfence.storage.paths import Paths

CANARY = "sk-ant-oat01-canary-that-must-not-be-seen"


class Memory(KeyringBackend):
    """A keyring that forgets at the end of the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def safe() -> Iterator[Memory]:
    """Put a keyring in place, and the real one back."""
    before = keyring.get_keyring()
    made = Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    """Return what lets standard input hold a text."""

    def hold(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    hold("")
    return hold


def accounts(paths: Paths) -> list[dict[str, str]]:
    found = tomllib.loads(paths.settings.read_text()).get("accounts", [])
    return [dict(each) for each in found]


@pytest.fixture
def claude(world: Path) -> Path:
    """Make ~/.claude, as a person has it who uses Claude Code."""
    folder = world / "home" / ".claude"
    folder.mkdir()
    return folder


def test_a_login_of_claude_code_is_added_by_its_folder(cli, paths: Paths, tmp_path: Path) -> None:
    ran = cli("account", "add", "work", "--config-dir", str(tmp_path))
    assert ran.status == 0
    assert ran.out.startswith(f"Account work is added; its login is in {tmp_path}.")
    assert accounts(paths) == [{"name": "work", "config_dir": str(tmp_path)}]


def test_the_first_account_keeps_the_login_that_was_watched_without_a_name(cli, paths: Paths, claude, tmp_path) -> None:
    ran = cli("account", "add", "work", "--config-dir", str(tmp_path))
    assert accounts(paths) == [
        {"name": "default", "config_dir": str(claude)},
        {"name": "work", "config_dir": str(tmp_path)},
    ]
    assert f"The login in {claude}, watched so far, stays as the account default" in ran.out
    assert "`ringfence account remove default`" in ran.out


def test_where_there_is_no_such_login_the_new_account_is_the_only_one(cli, paths: Paths, tmp_path: Path) -> None:
    ran = cli("account", "add", "work", "--config-dir", str(tmp_path))
    assert "There is no login in " in ran.out
    assert "so work is the only account." in ran.out
    assert len(accounts(paths)) == 1


def test_an_account_that_is_called_default_does_not_hide_the_old_one(cli, paths: Paths, claude, tmp_path: Path) -> None:
    cli("account", "add", "default", "--config-dir", str(tmp_path))
    assert [a["name"] for a in accounts(paths)] == ["claude", "default"]


def test_later_accounts_are_only_added(cli, paths: Paths, claude, tmp_path: Path) -> None:
    cli("account", "add", "work", "--config-dir", str(tmp_path))
    paths.settings.write_text("# mine\n" + paths.settings.read_text())
    ran = cli("account", "add", "home", "--config-dir", str(tmp_path), "--base-url", "http://127.0.0.1:9")
    assert "watched so far" not in ran.out
    assert [a["name"] for a in accounts(paths)] == ["default", "work", "home"]
    assert accounts(paths)[2]["base_url"] == "http://127.0.0.1:9"
    assert paths.settings.read_text().startswith("# mine\n")


def test_a_token_from_stdin_goes_into_the_keyring_alone(cli, paths: Paths, safe: Memory, typed, home: Path) -> None:
    typed(f"{CANARY}\n")
    ran = cli("account", "add", "work", "--token-stdin")
    assert ran.status == 0
    assert CANARY not in ran.out + ran.err
    assert list(safe.kept.values()) == [CANARY]
    assert all(CANARY.encode() not in file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert accounts(paths) == [{"name": "work"}]


def test_in_a_terminal_the_token_is_asked_for_without_showing_it(cli, safe: Memory, monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(commands.getpass, "getpass", lambda prompt: asked.append(prompt) or CANARY)
    assert cli("account", "add", "work").status == 0
    assert asked == ["Token of the account work (it is not shown): "]
    assert list(safe.kept.values()) == [CANARY]


def test_without_a_terminal_the_options_are_named(cli, paths: Paths, typed) -> None:
    ran = cli("account", "add", "work")
    assert ran.status == 64
    assert "--token-stdin or --config-dir" in ran.err
    assert not paths.settings.exists()


@pytest.mark.parametrize("token", ["", "\n", "two words", "a\nb", "tök", "x" * 9000, "a\x00b"])
def test_what_is_no_token_is_not_stored(cli, paths: Paths, safe: Memory, typed, token: str) -> None:
    typed(token)
    ran = cli("account", "add", "work", "--token-stdin")
    assert ran.status == 1
    assert "not a token" in ran.err
    assert token.strip() not in ran.err or not token.strip()
    assert not safe.kept
    assert not paths.settings.exists()


def test_without_a_keyring_nothing_is_stored_and_the_other_way_is_named(cli, paths: Paths, typed) -> None:
    typed(CANARY)
    ran = cli("account", "add", "work", "--token-stdin")
    assert ran.status == 1
    assert "--config-dir needs no keyring" in ran.err
    assert CANARY not in ran.err
    assert not paths.settings.exists()


def test_a_token_whose_entry_cannot_be_saved_is_taken_out_of_the_keyring(cli, paths: Paths, safe, typed) -> None:
    typed(CANARY)
    paths.settings.parent.mkdir(parents=True)
    paths.settings.with_suffix(".lock").mkdir()  # the lock cannot be taken, so nothing can be saved
    ran = cli("account", "add", "work", "--token-stdin")
    assert ran.status == 1
    assert not safe.kept


@pytest.mark.parametrize(
    "arguments",
    [
        ("",),
        ("a\x1bb",),
        ("work", "--config-dir", "/x", "--token-stdin"),
        ("work", "--config-dir", "/x", "--base-url", "http://example.org"),
    ],
)
def test_wrong_usage_changes_nothing(cli, paths: Paths, typed, arguments: tuple[str, ...]) -> None:
    ran = cli("account", "add", *arguments)
    assert ran.status == 64
    assert ran.err.count("\n") == 1
    assert not paths.settings.exists()


def test_a_name_is_used_once(cli, paths: Paths, safe: Memory, typed, tmp_path: Path) -> None:
    cli("account", "add", "work", "--config-dir", str(tmp_path))
    typed(CANARY)
    ran = cli("account", "add", "work", "--token-stdin")
    assert ran.status == 1
    assert "already an account called work" in ran.err
    assert not safe.kept


def test_damaged_settings_are_mended_first(cli, paths: Paths, tmp_path: Path) -> None:
    paths.config.mkdir(parents=True)
    paths.settings.write_text("[thresholds\n")
    ran = cli("account", "add", "work", "--config-dir", str(tmp_path))
    assert ran.status == 1
    assert "Mend the settings first" in ran.err
    assert paths.settings.read_text() == "[thresholds\n"


def test_removing_deletes_the_token_and_says_what_is_watched_then(cli, paths: Paths, safe: Memory, typed) -> None:
    typed(CANARY)
    cli("account", "add", "work", "--token-stdin")
    ran = cli("account", "remove", "work")
    assert ran.status == 0
    assert "Its token was deleted from the keyring." in ran.out
    assert "Without any account the login in " in ran.out
    assert not safe.kept
    assert accounts(paths) == []


def test_removing_a_login_of_claude_code_leaves_it_alone(cli, paths: Paths, claude: Path, tmp_path: Path) -> None:
    (claude / ".credentials.json").write_text("{}")
    cli("account", "add", "work", "--config-dir", str(tmp_path))
    assert cli("account", "remove", "default").out == "Account default is no longer watched.\n"
    assert (claude / ".credentials.json").read_text() == "{}"
    assert [a["name"] for a in accounts(paths)] == ["work"]


def test_what_is_not_there_cannot_be_removed(cli) -> None:
    assert "There is no account called nobody; there is default." in cli("account", "remove", "nobody").err
    assert "watched when no account is set" in cli("account", "remove", "default").err


@pytest.mark.usefixtures("clock", "running")
def test_the_list_says_where_each_login_is_and_how_it_stands(cli, furnish) -> None:
    two = '[[accounts]]\nname = "work"\nconfig_dir = "/a"\n[[accounts]]\nname = "h\\u001b[2Jome"\n'
    furnish(account(window("session", 0.5), name="work", failure=failure(FailureKind.EXPIRED)), settings=two)
    ran = cli("account", "list")
    assert ran.out == (
        "work      /a                  the login has expired\nh [2Jome  the system keyring  not read yet\n"
    )


@pytest.mark.usefixtures("clock", "running")
def test_two_folders_of_one_subscription_are_told(cli, furnish) -> None:
    two = "".join(f'[[accounts]]\nname = "{name}"\nconfig_dir = "/{name}"\n' for name in ("work", "home"))
    work = account(window("session", 0.5), name="work")
    furnish(work, account(window("session", 0.5), name="home", same_as="work"), settings=two)
    assert "home  /home  up to date, the same subscription as work\n" in cli("account", "list").out
    shown = " ".join(cli("status").out.split())
    assert "home (max) · up to date the same subscription as work" in shown
    assert json.loads(cli("status", "--json").out)["accounts"][1]["same_as"] == "work"


@pytest.mark.desktop
def test_a_token_goes_into_the_desktops_own_keyring_and_out_again(paths: Paths, home: Path) -> None:
    added = program("account", "add", "canary", "--token-stdin", input=CANARY)
    try:
        assert added.returncode == 0, added.stderr
        assert "canary" in program("account", "list").stdout
        login = next(
            c for c in json.loads(program("doctor", "--json").stdout)["checks"] if c["name"].startswith("login")
        )
        assert (login["health"], login["found"]) == ("ok", "the keyring's entry canary")
        assert all(CANARY.encode() not in file.read_bytes() for file in home.rglob("*") if file.is_file())
    finally:
        removed = program("account", "remove", "canary")
    assert "Its token was deleted from the keyring." in removed.stdout
    assert CANARY not in added.stdout + added.stderr + removed.stdout + removed.stderr


@pytest.mark.desktop
def test_doctor_finds_the_desktops_tray_notifications_and_keyring() -> None:
    found = {check["name"]: check for check in json.loads(program("doctor", "--json").stdout)["checks"]}
    assert {name: found[name]["health"] for name in ("tray", "alerts", "keyring", "qt")} == {
        "tray": "ok", "alerts": "ok", "keyring": "ok", "qt": "ok",
    }  # fmt: skip
