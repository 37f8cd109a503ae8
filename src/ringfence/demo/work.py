"""What Claude Code would write while the demo's account is used: transcripts in its own format, in the demo's folder.

The runs spend exactly what the session grows by, at a price that never changes, so that budgets, burn and estimates
agree with what the endpoint says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ringfence import session_classes
from ringfence.core.calibration import CACHE_READ, CACHE_WRITE, INPUT, OUTPUT, weight_of
from ringfence.storage.atomic import make_folder

SESSION_WHOLE = 2_250_000.0
"""What fills the demo's session, as `core.calibration.weighted` counts."""
LARGEST_STEP = 0.03
"""More than that within a second is no work: another round of the story began."""
VERSION = "2.1.332"
_PER_ANSWER = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 4_000,
    "cache_read_input_tokens": 120_000,
    "output_tokens": 1_500,
}
"""The proportions of an answer in the middle of a long run."""
_WEIGHTS = (INPUT, CACHE_WRITE, CACHE_READ, OUTPUT)
_OF_ANSWER = sum(count * weight for count, weight in zip(_PER_ANSWER.values(), _WEIGHTS, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One run of Claude Code, and its share of what all spend together."""

    project: str
    model: str
    entrypoint: str
    share: float
    class_: str | None = None
    """The class that its launcher names."""
    subagent: bool = False
    """Whether every second answer is a subagent's."""

    @property
    def session(self) -> str:
        """Its session's id."""
        return str(uuid5(NAMESPACE_URL, f"demo:{self.project}:{self.entrypoint}"))

    @property
    def folder(self) -> str:
        """Where it works."""
        return f"/home/demo/{self.project}"


WORKERS = (
    Worker(project="api", model="claude-opus-4-8", entrypoint="cli", share=0.5, subagent=True),
    Worker(project="website", model="claude-sonnet-4-6", entrypoint="cli", share=0.2),
    Worker(project="reviews", model="claude-sonnet-4-6", entrypoint="sdk-cli", share=0.3, class_="batch"),
)


class Work:
    """The runs while they go on. Methods append to files and block no longer than that; they raise OSError."""

    def __init__(self, config: Path, state: Path) -> None:
        """Begin with nothing done.

        Args:
            config: Claude Code's folder of the account.
            state: Ringfence's, in which a hook would note a run's class.
        """
        self._config = config
        self._state = state
        self._answers = 0
        self._used: float | None = None
        self._refused = False

    def go_on(self, used: float, now: float) -> None:
        """Spend what the session grew by since the last call; `used` is how full it is."""
        grown = 0.0 if self._used is None else used - self._used
        self._used, self._refused = used, False
        if 0 < grown <= LARGEST_STEP:
            self.spend(grown, now)

    def spend(self, share: float, now: float) -> None:
        """Let every run answer once; together they spend this share of a session."""
        for worker in WORKERS:
            self.answer(worker, share * SESSION_WHOLE * worker.share, now)

    def answer(self, worker: Worker, weighted: float, now: float, *, session: str | None = None) -> None:
        """Let a run answer once, for so many weighted tokens."""
        self._answers += 1
        times = weighted / weight_of(worker.model) / _OF_ANSWER
        usage = {name: round(count * times) for name, count in _PER_ANSWER.items()}
        message = {
            "id": f"msg_demo{self._answers:08}", "type": "message", "role": "assistant", "model": worker.model,
            "content": [{"type": "text", "text": "Part of the story."}], "stop_reason": "end_turn",
            "stop_sequence": None, "usage": usage,
        }  # fmt: skip
        aside = worker.subagent and self._answers % 2 == 0
        self._write(worker, now, session, {"message": message, "requestId": f"req_demo{self._answers:08}"}, aside=aside)

    def refuse(self, resets_at: float, now: float) -> None:
        """Let Claude refuse every run, once, until the session's reset."""
        if self._refused:
            return
        self._refused = True
        said = f"You've hit your session limit · resets {datetime.fromtimestamp(resets_at, UTC):%H:%M} (UTC)"
        usage = dict.fromkeys(_PER_ANSWER, 0)
        message = {
            "id": f"demo-refusal-{now:.0f}", "type": "message", "role": "assistant", "model": "<synthetic>",
            "content": [{"type": "text", "text": said}], "stop_reason": "stop_sequence", "stop_sequence": "",
            "usage": usage,
        }  # fmt: skip
        limits = {"status": "rejected", "resetsAt": int(resets_at), "rateLimitType": "five_hour"}
        error = {"isApiErrorMessage": True, "error": "rate_limit", "apiErrorStatus": 429, "quotaLimits": limits}
        for worker in WORKERS:
            self._write(worker, now, None, {"message": message, **error})

    def _write(
        self, worker: Worker, now: float, session: str | None, told: dict[str, Any], *, aside: bool = False
    ) -> None:
        """Append a line to a run's transcript, or to its subagent's."""
        session = session or worker.session
        folder = self._config / "projects" / re.sub(r"[^0-9A-Za-z]", "-", worker.folder)
        path = folder / session / "subagents" / "agent-1a2b3c.jsonl" if aside else folder / f"{session}.jsonl"
        make_folder(path.parent)
        if worker.class_ is not None:
            session_classes.note(str(self._state), session, worker.class_)
        record = {
            "parentUuid": None, "isSidechain": aside, "userType": "external", "cwd": worker.folder,
            "sessionId": session, "version": VERSION, "entrypoint": worker.entrypoint, **told, "type": "assistant",
            "uuid": str(uuid5(NAMESPACE_URL, f"{path}{now}")), "timestamp": _stamp(now),
        }  # fmt: skip
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
