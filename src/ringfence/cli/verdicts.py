"""The gate's answer as the commands say it to people: `gate check`, which scripts read, has the English words."""

from __future__ import annotations

from ringfence import gate_reader, texts
from ringfence.cli.gate_check import one_line
from ringfence.language import ENGLISH, _, pgettext, spoken


def word(verdict: str) -> str:
    """Return `open`, `closed` or `unknown` in the language in use."""
    match verdict:
        case gate_reader.OPEN:
            return pgettext("gate", "open")
        case gate_reader.CLOSED:
            return pgettext("gate", "closed")
        case _other:
            return pgettext("gate", "unknown")


def why(answer: gate_reader.Answer, now: float) -> str:
    """Return the gate's reason: in English as `gate check` says it, else with local times and without its codes."""
    return answer.why if spoken() == ENGLISH else texts.why_sentence(answer.why, now)


def answered(answer: gate_reader.Answer, now: float) -> str:
    """Return `closed: Session is over its limit (session_threshold): 92 % used, ...`."""
    return _("{verdict}: {why}").format(verdict=word(answer.verdict), why=one_line(why(answer, now)))


def waiting(answer: gate_reader.Answer, now: float) -> str:
    """Return why a run waits: `closed, waiting: Paused by you.`."""
    said = _("{verdict}, waiting: {why}")
    return said.format(verdict=word(answer.verdict), why=one_line(why(answer, now)))


def waiting_for_others(answer: gate_reader.Answer) -> str:
    """Return the same for a run that may start by the gate, and waits for its turn."""
    return _("{verdict}, waiting: other runs start first.").format(verdict=word(answer.verdict))
