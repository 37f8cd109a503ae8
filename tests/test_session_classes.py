"""The classes of sessions: what the hook notes and the readers of transcripts find."""

import os
import stat
from pathlib import Path

import pytest

from ringfence import session_classes
from ringfence.session_classes import FOLDER, KEPT_S, class_of, note, sweep

ID = "fd9e0220-560f-4c73-abaa-c5ced85d3b81"


@pytest.fixture
def state(tmp_path):
    return str(tmp_path / "state")


def folder_in(state):
    return Path(state) / FOLDER


def files(state):
    return sorted(path.name for path in folder_in(state).glob("*"))


def test_what_was_noted_is_found_and_a_session_keeps_the_class_it_began_with(state):
    note(state, ID, "batch")
    note(state, ID, "nightly")
    assert class_of(state, ID) == "batch"
    assert files(state) == [ID]


def test_a_name_keeps_its_letters(state):
    note(state, ID, "Nächtlich 7")
    assert class_of(state, ID) == "Nächtlich 7"


def test_nothing_noted_is_no_class(state):
    assert class_of(state, ID) is None
    note(state, ID, "batch")
    assert class_of(state, ID.replace("f", "e")) is None


def test_an_id_is_the_same_in_capitals(state):
    note(state, ID.upper(), "batch")
    assert class_of(state, ID) == "batch"


@pytest.mark.parametrize("session", ["", ".", "..", "../gate", "a/b", "a\\b", "con", "s1", "a\0b", "a" * 65, "\ud800"])
def test_what_is_no_id_touches_no_file(state, session):
    note(state, session, "batch")
    assert class_of(state, session) is None
    assert not Path(state).exists()


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m", "c" * 101])
def test_what_is_no_name_is_not_noted(state, name):
    note(state, ID, name)
    assert files(state) == []


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"a\nb", b"c" * 500])
def test_a_damaged_note_is_none(state, data):
    note(state, ID, "batch")
    (folder_in(state) / ID).write_bytes(data)
    assert class_of(state, ID) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")
def test_files_and_folders_are_for_their_owner_alone(state):
    note(state, ID, "batch")
    folder = folder_in(state)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (Path(state), folder, folder / ID)]
    assert modes == [0o700, 0o700, 0o600]


def test_a_note_that_cannot_be_written_is_an_error_and_leaves_nothing(state, monkeypatch):
    def full(*_):
        raise OSError("full")

    monkeypatch.setattr(session_classes.os, "replace", full)
    with pytest.raises(OSError, match="full"):
        note(state, ID, "batch")
    assert files(state) == []


def test_what_is_over_a_week_old_is_swept_and_the_rest_stays(state):
    other = ID.replace("f", "e")
    for session in (ID, other):
        note(state, session, "batch")
    made = (folder_in(state) / ID).stat().st_mtime
    os.utime(folder_in(state) / other, (made + 60, made + 60))
    sweep(state, made + KEPT_S)
    assert len(files(state)) == 2
    sweep(state, made + KEPT_S + 1)
    assert files(state) == [other]


def test_where_nothing_was_noted_there_is_nothing_to_sweep(state):
    sweep(state, KEPT_S)
    assert not Path(state).exists()


def test_what_cannot_be_removed_stands_in_nobodys_way(state):
    note(state, ID, "batch")
    (folder_in(state) / "folder").mkdir()
    sweep(state, 4e9)
    assert files(state) == ["folder"]
