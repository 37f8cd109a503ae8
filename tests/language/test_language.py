"""Which language is spoken, and how a sentence is said in it that was made where none is known."""

import copy
import json
import pickle
from gettext import GNUTranslations
from io import BytesIO

import msgspec
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from ringfence import language, words
from ringfence.cli.settings import help_text
from ringfence.core import settings
from ringfence.language import told, wanted_by
from ringfence.sentence import N_, Sentence, plain


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, []),
        ({"LANG": "de_AT.UTF-8"}, ["de_AT.UTF-8"]),
        ({"LANG": "de_AT.UTF-8", "LC_MESSAGES": "fr_FR.UTF-8"}, ["fr_FR.UTF-8"]),
        ({"LANG": "de_AT.UTF-8", "LC_MESSAGES": "fr_FR.UTF-8", "LC_ALL": "es_ES"}, ["es_ES"]),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:fr"}, ["de", "fr", "en_US.UTF-8"]),
        ({"LANG": "C.UTF-8", "LANGUAGE": "de"}, ["en"]),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, ["en"]),
        ({"LC_ALL": "", "LANG": "de_DE.UTF-8"}, ["de_DE.UTF-8"]),
    ],
)
def test_the_environment_is_read_as_gettext_reads_it(environment, wanted):
    assert wanted_by(environment) == wanted


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, ["ja"]),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de"}, ["ja"]),
        ({"LANG": "C.UTF-8"}, ["ja"]),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, ["ja"]),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, ["en"]),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, ["fr_FR.UTF-8"]),
    ],
)
def test_the_language_of_the_settings_goes_before_the_desktops_and_after_lc_all(environment, wanted):
    assert wanted_by(environment, "ja") == wanted


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        (["de_AT.UTF-8"], "de"),
        (["fr-CA"], "fr"),
        (["es_ES@euro"], "es"),
        (["DE"], "de"),
        (["zh_CN.UTF-8"], "zh_CN"),
        (["zh-Hans-CN"], "zh_CN"),
        (["zh"], "zh_CN"),
        (["zh_TW", "ja"], "ja"),
        (["zh-Hant-HK"], "en"),
        (["it_IT", "de_DE"], "de"),
        (["en_GB", "de"], "en"),
        (["../../etc"], "en"),
        ([""], "en"),
        ([], "en"),
    ],
)
def test_the_dearest_language_that_there_is_is_spoken(wanted, spoken):
    assert language.speak(wanted) == spoken
    assert language.spoken() == spoken


def test_english_needs_no_catalogue():
    language.speak(["en"])
    assert language.ngettext("{count} run", "{count} runs", 1) == "{count} run"
    assert language.ngettext("{count} run", "{count} runs", 0) == "{count} runs"
    assert language.pgettext("month", "May") == "May"


def test_a_sentence_is_its_english_text_to_whoever_does_not_ask():
    made = Sentence("{name} must be from {low} to {high}", name="interval_s", low=60, high=3600)
    assert made == "interval_s must be from 60 to 3600"
    assert told(made) == made
    assert copy.deepcopy(made) == made
    assert pickle.loads(pickle.dumps(made)) == made


def test_an_error_that_was_given_a_sentence_gives_it_back():
    error = ValueError(Sentence("{path} is damaged.", path="/tmp/x"))
    assert str(error).template == "{path} is damaged."


def test_a_sentence_is_a_text_to_who_writes_json():
    made = Sentence("{path} is damaged.", path="/tmp/x")
    assert json.dumps(made) == '"/tmp/x is damaged."'
    assert msgspec.json.encode({"trouble": made}, enc_hook=plain) == b'{"trouble":"/tmp/x is damaged."}'
    assert type(msgspec.to_builtins(made, enc_hook=plain)) is str
    with pytest.raises(TypeError):
        msgspec.json.encode(object(), enc_hook=plain)


def test_a_sentence_keeps_what_it_was_made_of_also_inside_another():
    inner = Sentence("must be a text")
    outer = Sentence("{key} {what}", key="name", what=inner)
    assert told(outer) == "name must be a text"
    assert outer.fields["what"].template == "must be a text"


def test_braces_in_a_value_are_not_filled_in():
    assert told(Sentence("{path} is damaged", path="/tmp/{home}")) == "/tmp/{home} is damaged"


def test_what_was_not_marked_comes_back_as_it_is():
    language.speak(["de"])
    assert told("") == ""
    assert told("A name of the server's") == "A name of the server's"
    assert N_("kept") == "kept"


GERMAN = {
    "{what} It was moved to {name} and Ringfence goes on without it.": "{what} Sie heißt nun {name}, es geht ohne sie.",
    "{path} is damaged.": "{path} ist beschädigt.",
    "{model} week": "{model}-Woche",
    "Week": "Woche",
    ("{count} file is damaged.", "{count} files are damaged."): ("{count} Datei ist hin.", "{count} Dateien sind hin."),
}


@pytest.fixture
def german(monkeypatch):
    written, made = Catalog("de"), BytesIO()
    for source, translation in GERMAN.items():
        written.add(source, translation)
    write_mo(made, written)
    made.seek(0)
    monkeypatch.setattr(language, "_chosen", [("de", GNUTranslations(made))])


def test_a_sentence_that_a_file_kept_as_text_is_recognised(german):
    inner = Sentence("{path} is damaged.", path="/tmp/x")
    made = Sentence("{what} It was moved to {name} and Ringfence goes on without it.", what=inner, name="x.damaged")
    assert told(made) == "/tmp/x ist beschädigt. Sie heißt nun x.damaged, es geht ohne sie."
    assert told(json.loads(json.dumps(made))) == told(made)


def test_what_is_filled_in_is_never_taken_for_a_text_of_ours(german):
    assert told("Week is damaged.") == "Week ist beschädigt."


def test_a_template_that_says_next_to_nothing_recognises_nothing(german):
    assert told("Any other week") == "Any other week"
    assert told("") == ""


def test_the_log_is_english_whoever_reads_the_rest(german):
    assert language.in_english(lambda: (language.spoken(), told("Week"))) == ("en", "Week")
    with pytest.raises(ZeroDivisionError):
        language.in_english(lambda: 1 // 0)
    assert told("Week") == "Woche"


def test_in_english_nothing_is_looked_for():
    assert told("/tmp/x is damaged.") == "/tmp/x is damaged."


@pytest.mark.parametrize(
    ("key", "row", "list_"),
    [
        ("", "One. Two.", "a, b; c"),
        ("de", "One. Two.", "a, b; c"),
        ("ja", "One.Two.", "a, b / c"),
        ("zh_CN", "One.Two.", "a, b；c"),
    ],
)
def test_sentences_and_things_stand_in_a_row_as_a_language_parts_them(key, row, list_):
    language.speak([key] if key else [])
    assert words.sentences(["One.", "", "Two."]) == row
    assert words.listed(["a, b", "c"]) == list_


@pytest.mark.parametrize(("key", "said"), [("", "1 to 100 %"), ("ja", "1〜100%"), ("zh_CN", "1 到 100%")])
def test_a_setting_says_its_percentages_as_the_language_writes_them(key, said):
    language.speak([key] if key else [])
    setting = next(each for each in settings.schema() if each.key == "thresholds.week_pct")
    assert said in help_text(setting)
