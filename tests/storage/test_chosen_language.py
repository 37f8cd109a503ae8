"""The language that the settings name, read before anything is said."""

import os
import subprocess
import sys

import pytest

from ringfence.core.settings import schema
from ringfence.language import LANGUAGES
from ringfence.storage.chosen_language import NAME, SECTION, chosen_language
from ringfence.storage.paths import find_paths


@pytest.fixture
def written(home):
    def write(text):
        home.mkdir(mode=0o700, exist_ok=True)
        (home / "settings.toml").write_bytes(text)
        return chosen_language()

    return write


def test_it_is_the_one_that_is_declared_and_every_language_can_be_chosen(written):
    [declared] = [setting for setting in schema() if setting.key == f"{SECTION}.{NAME}"]
    assert [*declared.choices] == ["auto", *LANGUAGES]
    for key in LANGUAGES:
        assert written(f'[appearance]\nlanguage = "{key}"\n'.encode()) == key


def test_without_settings_or_a_choice_it_is_left_to_the_environment(written):
    assert chosen_language() == ""
    assert written(b"") == ""
    assert written(b'[appearance]\nlanguage = "auto"\n') == ""
    assert written(b'# language = "de"\n[gate]\nif_unknown = "open"\n') == ""


@pytest.mark.parametrize(
    "text",
    [
        b'[appearance]\nlanguage = "tlh"\n', b"[appearance]\nlanguage = [1]\n", b'appearance = "language"\n',
        b"language = \xff", b'[appearance\nlanguage = "de"', b'[appearance]\nlanguage = "../../etc"\n',
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_settings_is_told_by_others(written, text):
    assert written(text) == ""


def test_a_file_that_cannot_be_read_chooses_nothing(home):
    (home / "settings.toml").mkdir(parents=True)
    assert chosen_language() == ""


def test_it_is_looked_for_where_the_settings_are(written):
    assert written(b'[appearance]\nlanguage = "de"\n') == "de"
    settings = find_paths().settings
    settings.rename(settings.with_name("other.toml"))
    assert chosen_language() == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no fifos here")
def test_a_fifo_is_not_waited_for(home):
    home.mkdir(mode=0o700)
    os.mkfifo(home / "settings.toml")
    assert chosen_language() == ""


def test_without_a_home_nothing_is_chosen(monkeypatch, tmp_path):
    for name in ("RINGFENCE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "")
    monkeypatch.chdir(tmp_path)
    here = tmp_path / ".config" / "ringfence"
    here.mkdir(parents=True)
    (here / "settings.toml").write_text('[appearance]\nlanguage = "de"\n')
    assert chosen_language() == ""


def test_whoever_never_chose_waits_for_no_parser(home):
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text('[gate]\nif_unknown = "closed"\n')
    asked = "import sys; from ringfence.storage.chosen_language import chosen_language as c; print(c(), *sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not {"tomllib", "tomlkit", "msgspec", "ringfence.core.settings"} & set(ran.stdout.split())


def test_the_tray_wants_it_too(written, monkeypatch):
    from ringfence.tray import translation

    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert translation.wanted() == ["fr_FR.UTF-8"]
    written(b'[appearance]\nlanguage = "de"\n')
    assert translation.wanted() == ["de"]
