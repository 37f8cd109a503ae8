"""The token of the local API: made once, kept for its owner alone."""

import stat

import pytest

from ringfence.file_errors import FileError
from ringfence.storage import api_token
from ringfence.storage.api_token import read_token


@pytest.fixture
def path(tmp_path):
    return tmp_path / "api.token"


def test_it_is_made_once_and_for_its_owner_alone(path):
    made = read_token(path).reveal()
    assert len(made) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_token(path).reveal() == made


def test_one_that_others_could_have_read_is_another_from_now_on(path):
    made = read_token(path).reveal()
    path.chmod(0o644)
    assert read_token(path).reveal() != made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_on_windows_where_every_file_seems_open_to_others_it_stays(path, monkeypatch):
    made = read_token(path).reveal()
    path.chmod(0o666)
    monkeypatch.setattr(api_token, "_WINDOWS", True)
    assert read_token(path).reveal() == made


def test_one_that_is_too_short_is_replaced(path):
    path.write_text("short\n")
    path.chmod(0o600)
    assert len(read_token(path).reveal()) >= 32


def test_a_file_that_holds_none_is_named_and_left(path):
    path.write_bytes(b"\xff" * 40)
    path.chmod(0o600)
    with pytest.raises(FileError, match="delete it, and a new one is made"):
        read_token(path)
    assert path.read_bytes() == b"\xff" * 40
