"""Who is signed in, as Claude Code notes it: read where it stands, as a digest, and never a fault."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from ringfence.core.account_settings import DEFAULT_ACCOUNT, Account
from ringfence.ports import Tools
from ringfence.sources import identity
from ringfence.sources.identity import Identities

ANN = {
    "accountUuid": "0a5d6f3c-0000-4000-8000-0000000000a1",
    "organizationUuid": "org-1",
    "emailAddress": "ann@x.example",
}
BOB = {**ANN, "accountUuid": "0a5d6f3c-0000-4000-8000-0000000000b0"}


def tools(**environ: str) -> Tools:
    async def no_secret(_name: str) -> None:
        return None

    return Tools(now=lambda: 0.0, environ=environ.get, read_secret=no_secret)


def note(path: Path, login: object, **more: object) -> str:
    """Write what Claude Code keeps, the login among much else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"numStartups": 3, "projects": {"/w": {"history": ["x"] * 10}}, "oauthAccount": login, **more})
    )
    return str(path)


@pytest.mark.parametrize(
    ("account", "environ", "wanted"),
    [
        (DEFAULT_ACCOUNT, {}, ("/h/.claude/.config.json", "/h/.claude.json")),
        (DEFAULT_ACCOUNT, {"CLAUDE_CONFIG_DIR": "/c"}, ("/c/.config.json", "/c/.claude.json")),
        (Account(name="a", config_dir="/c"), {"CLAUDE_CONFIG_DIR": "/other"}, ("/c/.config.json", "/c/.claude.json")),
        (Account(name="a", config_dir="~/c"), {}, ("/h/c/.config.json", "/h/c/.claude.json")),
        (
            Account(name="a", config_dir="~/.claude"), {},
            ("/h/.claude/.config.json", "/h/.claude/.claude.json", "/h/.claude.json"),
        ),
        (Account(name="a"), {}, ()),
    ],
)  # fmt: skip
def test_it_stands_where_claude_code_looks_for_it(account, environ, wanted):
    assert identity.files(account, tools(**environ), home=lambda: Path("/h")) == wanted


def test_it_is_a_digest_of_person_and_organization(tmp_path):
    read = Identities().of
    ann = read((note(tmp_path / "a.json", ANN),))
    assert ann == hashlib.sha256(f"{ANN['accountUuid']} org-1".encode()).hexdigest()[:16]
    assert read((note(tmp_path / "b.json", {**ANN, "emailAddress": "other", "displayName": "Ann"}),)) == ann
    assert read((note(tmp_path / "c.json", BOB),)) not in {ann, None}
    assert read((note(tmp_path / "d.json", {**ANN, "organizationUuid": "org-2"}),)) not in {ann, None}


@pytest.mark.parametrize("login", [None, {}, {"accountUuid": None}, {"accountUuid": ""}])
def test_where_nobody_is_signed_in_nobody_is_named(tmp_path, login):
    assert Identities().of((note(tmp_path / "a.json", login),)) is None
    assert Identities().of((str(tmp_path / "none.json"),)) is None
    assert Identities().of(()) is None


def test_the_first_file_that_names_somebody_counts(tmp_path):
    empty, ann, bob = note(tmp_path / "0", None), note(tmp_path / "1", ANN), note(tmp_path / "2", BOB)
    read = Identities().of
    assert read((str(tmp_path / "none"), empty, ann, bob)) == read((ann,)) != read((bob,))


@pytest.mark.parametrize(
    "raw", ["", "{", '{"oauthAccount": 3}', '{"oauthAccount": {"accountUuid": 7}}', "[" * 100_000, "null"]
)
def test_what_cannot_be_read_names_nobody_and_takes_nothing_back(tmp_path, raw):
    path = tmp_path / ".claude.json"
    read = Identities().of
    path.write_text(raw)
    assert read((str(path),)) is None
    ann = read((note(path, ANN),))
    assert ann is not None
    path.write_text(raw)
    assert read((str(path),)) == ann
    path.unlink()
    assert read((str(path),)) is None


def test_what_is_no_file_of_ours_to_read_names_nobody(tmp_path, monkeypatch):
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    monkeypatch.setattr(identity, "MAX_BYTES", 50)
    huge = note(tmp_path / "huge", ANN)
    for path in (str(folder), str(pipe), huge, "\0"):
        assert Identities().of((path,)) is None


def test_it_is_read_again_only_when_it_has_changed(tmp_path, monkeypatch):
    path, parsed = tmp_path / ".claude.json", []
    parse = identity._parse
    monkeypatch.setattr(identity, "_parse", lambda raw: parsed.append(raw) or parse(raw))
    read = Identities().of
    ann = read((note(path, ANN),))
    assert [read((str(path),)) for _ in range(5)] == [ann] * 5
    assert len(parsed) == 1
    assert read((note(path, BOB, more=1),)) != ann


def test_text_in_the_history_that_looks_like_a_login_is_none(tmp_path):
    path = note(
        tmp_path / "a.json",
        None,
        projects={"/w": {"history": [json.dumps({"oauthAccount": ANN})], "oauthAccount": ANN}},
    )
    assert Identities().of((path,)) is None
