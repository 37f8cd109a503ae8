"""The gate's answer as the commands say it to people: `gate check`, which scripts read, has the English words."""

from __future__ import annotations

from ringfence import gate_reader
from ringfence.cli.gate_check import one_line
from ringfence.language import _, pgettext, told


def word(verdict: str) -> str:
    """Return `open`, `closed` or `unknown` in the language in use."""
    match verdict:
        case gate_reader.OPEN:
            return pgettext("gate", "open")
        case gate_reader.CLOSED:
            return pgettext("gate", "closed")
        case _other:
            return pgettext("gate", "unknown")


def why(answer: gate_reader.Answer) -> str:
    """Return the reason in one line, as the file has it: with the codes that scripts know, its moments in UTC."""
    return one_line(told(answer.why))


def answered(answer: gate_reader.Answer) -> str:
    """Return `closed: Session 92 % used (session_threshold), threshold 90 %.`."""
    return _("{verdict}: {why}").format(verdict=word(answer.verdict), why=why(answer))


def waiting(verdict: str, why: str) -> str:
    """Return why a run waits: `closed, waiting: Session 92 % used.`."""
    return _("{verdict}, waiting: {why}").format(verdict=word(verdict), why=why)
