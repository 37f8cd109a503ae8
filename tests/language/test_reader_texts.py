"""What the gate's reader and the routes say: every sentence of theirs is known, and is said again as it was."""

import ast
import re
from gettext import NullTranslations
from pathlib import Path

import pytest

import ringfence
from parts import pseudo
from ringfence import gate_reader, language, texts
from ringfence.reader_texts import FAULTS, FIGURES, REASONS, retold

READERS = ("gate_reader", "route_facts", "route_rules", "core/failover")
NOT_SAID = {"monitor stopped"}
"""What a program writes for a program."""
UNTIL = 1_795_303_550.0
NOW = UNTIL - 3600


class Everything(NullTranslations):
    """A catalogue that has whatever it is asked for."""

    def gettext(self, message: str) -> str:
        """Return the text in the language that nobody speaks."""
        return pseudo.text(message)

    def pgettext(self, context: str, message: str) -> str:
        """Return the text; a decimal point becomes a comma."""
        return {".": ","}.get(message, pseudo.text(message))


@pytest.fixture
def foreign(monkeypatch):
    monkeypatch.setattr(language, "_chosen", [("pseudo", Everything())])


def texts_in(module: str) -> list[tuple[int, str]]:
    """Return the line and the text of each string that a module may say, `{}` for what is filled in."""
    tree = ast.parse(Path(ringfence.__file__).parent.joinpath(f"{module}.py").read_text())
    passed_over = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over |= {id(part) for value in node.values for part in ast.walk(value)}
            pieces = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            found.append((node, "".join(map(str, pieces))))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((node, node.value))
    return [(node.lineno, text) for node, text in found if id(node) not in passed_over]


def is_said(text: str) -> bool:
    """Tell whether a text is for people: it has two words in a row, or ends as a sentence does."""
    return text not in NOT_SAID and bool(re.search(r"[a-z]{2,} [a-z]{2,}|[a-z]\.$", text))


@pytest.mark.parametrize("module", READERS)
def test_every_sentence_of_a_reader_can_be_said_in_another_language(module):
    said = [(line, text) for line, text in texts_in(module) if is_said(text)]
    assert said
    for line, text in said:
        shown = text.replace("limit ({}): ", "limit: ")  # the code of a threshold, which nobody is told
        shown = re.sub(r"^\{\} \{\} needs", "{} needs", shown)  # another reason stands before it
        pattern = ".+".join(map(re.escape, shown.split("{}")))
        known = [each for each in (*REASONS, *FIGURES, *FAULTS) if re.search(pattern, each)]
        assert known, f"{module}.py:{line}: {text!r} is missing in reader_texts"


def test_in_english_nothing_is_touched():
    assert retold("There is no account.", str) == "There is no account."
    assert retold("anything", str) == "anything"


@pytest.mark.parametrize("template", [*REASONS, *(f"The gate file {{path}} {fault}." for fault in FAULTS)])
def test_each_is_recognised_and_its_fields_stand_where_they_stood(foreign, template):
    fields = {
        "used": "92.5", "threshold": "90", "time": "2026-11-22T04:00:58Z", "band": "resting", "window": "session",
        "reason": "There is no account.", "figure": "work is 92.5 % used", "fault": "belongs to somebody else",
        "path": "/home/me/.local/state/ringfence/gate.json",
    }  # fmt: skip
    names = re.findall(r"\{(\w+)\}", template)
    given = {name: fields.get(name, f"<{number}>") for number, name in enumerate(names)}
    said = retold(template.format(**given), lambda window: f"<{window}>")
    for name, value in given.items():
        if name in {"reason", "figure", "fault"}:
            assert pseudo.text(value.removeprefix("work ").removesuffix("92.5 % used").strip()) in said
        else:
            known = {"window": "<session>", "used": "92,5", "band": pseudo.text("resting")}
            assert known.get(name, value) in said
    data = re.compile(r"<\w+>|\d+[.,]?\d*|/[\w/.]+|T|Z|work")
    assert pseudo.english_in(said, data) == []


HOLD = {
    "kind": "threshold",
    "window": "week",
    "until": UNTIL,
    "utilization_pct": 92.5,
    "threshold_pct": 90,
    "reason": "week",
}


@pytest.mark.parametrize(
    "hold",
    [
        {**HOLD, "reason": "week_threshold"},
        {**HOLD, "reason": "model_threshold", "window": "model:Opus", "until": None},
        {**HOLD, "kind": "exhausted"},
        {**HOLD, "kind": "exhausted", "window": "model:Opus"},
        {**HOLD, "kind": "budget", "window": "budget:nightly"},
        {"kind": "manual", "until": None},
        {"kind": "manual", "until": UNTIL, "why": "deploying. Back soon."},
    ],
)
def test_a_hold_is_told_with_its_moment_on_the_clock_of_here(foreign, hold):
    said = texts.why_sentence(gate_reader.why_closed(hold), NOW)
    data = re.compile(r"Opus|nightly|deploying. Back soon|\d\d:\d\d|92,5|90")
    assert pseudo.english_in(said, data) == []
    assert "T" not in re.sub(r"[^A-Z]", "", said)


def test_several_reasons_in_a_row_are_each_told(foreign):
    why = "work: Paused by you, until you unpause. home is not signed in. ollama needs no account."
    said = retold(why, str)
    assert said == " ".join(
        [
            pseudo.text("{account}: {reason}").format(
                account="work", reason=pseudo.text("Paused by you, until you unpause.")
            ),
            pseudo.text("{account} is not signed in.").format(account="home"),
            pseudo.text("{tier} needs no account.").format(tier="ollama"),
        ]
    )


def test_the_account_before_a_reason_is_no_part_of_its_window(foreign):
    said = retold("work: session is over its limit: 92 % used, threshold 90 %.", lambda window: f"<{window}>")
    threshold = pseudo.text("{window} is over its limit: {used} % used, threshold {threshold} %.")
    reason = threshold.format(window="<session>", used="92", threshold="90")
    assert said == pseudo.text("{account}: {reason}").format(account="work", reason=reason)


@pytest.mark.parametrize("note", ["a. " * 66, "A is not signed in. " * 10, "x: " * 66, "There is no account. " * 9])
def test_a_note_of_a_person_stays_as_it_is(foreign, note):
    said = retold(f"work: Paused by you: {note}, until you unpause.", str)
    template = pseudo.text("Paused by you: {note}, until you unpause.").format(note=note)
    assert said == pseudo.text("{account}: {reason}").format(account="work", reason=template)


def test_what_no_reader_says_comes_back_as_it_is(foreign):
    assert retold("Somebody else's sentence.", str) == "Somebody else's sentence."
    assert retold("work: somebody else's sentence.", str) == "work: somebody else's sentence."
    assert retold("", str) == ""
