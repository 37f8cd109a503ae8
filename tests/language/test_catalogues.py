"""The catalogues: complete, true to the sources, and compiled from what stands beside them."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ringfence import language

TOP = Path(__file__).parents[2]
sys.path.insert(0, str(TOP / "packaging" / "builder"))
import catalogues  # noqa: E402

TRANSLATED = [key for key in language.LANGUAGES if key != language.ENGLISH]
FIELDS = re.compile(r"\{\w*\}")
COMMANDS = re.compile(r"`[^`]*`")
MNEMONIC = re.compile(r"&(?!&)\w")


def texts(key: str) -> list[tuple[str, str]]:
    """Return every text of a language's two catalogues, the source and what it became; a plural's forms each."""
    found = []
    for message in catalogues.read(key):
        sources = message.id if isinstance(message.id, tuple | list) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id:
            paired = sources if len(strings) == len(sources) else [sources[-1]] * len(strings)
            found += zip(paired, strings, strict=True)
    for message in ElementTree.parse(catalogues.ts_file(key)).iter("message"):
        found.append((message.findtext("source"), message.findtext("translation") or ""))
    return found


def test_there_is_a_catalogue_for_every_language_and_no_other():
    assert catalogues.languages() == sorted(TRANSLATED)


@pytest.mark.parametrize("key", TRANSLATED)
def test_every_text_is_translated(key):
    assert list(catalogues.missing([key])) == []


@pytest.mark.parametrize("key", TRANSLATED)
def test_a_catalogue_has_the_texts_of_the_sources(key):
    stands = catalogues.po_file(key).read_bytes()
    assert catalogues.po_text(catalogues.updated(key)) == stands, "run make catalogues ARGS=update"


@pytest.mark.parametrize("key", TRANSLATED)
def test_the_trays_catalogue_has_the_words_of_the_tray(key, tmp_path):
    ts = tmp_path / "tray.ts"
    ts.write_bytes(catalogues.ts_file(key).read_bytes())
    catalogues.lupdate(key, ts)
    assert ts.read_text() == catalogues.ts_file(key).read_text(), "run make catalogues ARGS=update"


@pytest.mark.parametrize("key", TRANSLATED)
def test_what_is_loaded_was_compiled_from_what_stands_there(key, tmp_path):
    assert catalogues.po_file(key).with_suffix(".mo").read_bytes() == catalogues.mo_bytes(catalogues.read(key))
    catalogues.lrelease(catalogues.ts_file(key), tmp_path / "tray.qm")
    assert catalogues.ts_file(key).with_suffix(".qm").read_bytes() == (tmp_path / "tray.qm").read_bytes()


@pytest.mark.parametrize("key", TRANSLATED)
def test_a_translation_has_the_fields_and_the_commands_of_its_source(key):
    for source, said in texts(key):
        # A form for one alone may spell the number out.
        fields = sorted(field for field in FIELDS.findall(source) if field != "{count}")
        assert sorted(field for field in FIELDS.findall(said) if field != "{count}") == fields, (source, said)
        assert sorted(COMMANDS.findall(said)) == sorted(COMMANDS.findall(source)), (source, said)


@pytest.mark.parametrize("key", TRANSLATED)
def test_a_button_keeps_its_letter_and_no_other_text_gets_one(key):
    for source, said in texts(key):
        assert len(MNEMONIC.findall(said)) == len(MNEMONIC.findall(source)), (source, said)


@pytest.mark.parametrize("key", TRANSLATED)
def test_a_translation_begins_and_ends_as_its_source_does(key):
    for source, said in texts(key):
        if source != " %":  # Japanese and Chinese write 90%
            assert source.startswith(" ") == said[:1].isspace(), (source, said)
        assert source.endswith("…") == said.endswith("…"), (source, said)


def test_the_extractor_leaves_the_tray_to_qt_and_finds_a_text_in_the_core():
    found = {message.id for message in catalogues.extracted()}
    assert "Agents may start" in found
    assert "5-hour session" in found
    assert "&Open Ringfence" not in found


@pytest.mark.parametrize(
    ("key", "one", "two"),
    [("de", "1 Konto", "2 Konten"), ("fr", "1 compte", "2 comptes"), ("es", "1 cuenta", "2 cuentas")],
)
def test_a_count_has_the_form_of_its_language(key, one, two):
    from ringfence import texts as sentences

    language.speak([key])
    assert (sentences.accounts_text(1), sentences.accounts_text(2)) == (one, two)


def test_french_counts_nothing_as_one():
    from ringfence import texts as sentences

    language.speak(["fr"])
    assert sentences.accounts_text(0) == "0 compte"
