"""What may and may not be, from DESIGN's promises alone: it knows the account's truth and asks the gate as a launcher.

Nothing here is imported from the code under test but `read_gate`, which every launcher uses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ringfence.core.model import AlertKind
from ringfence.gate_reader import read_gate
from soak.account import Answered
from soak.world import BEGIN, World

SESSION, WEEK = 0.90, 0.95
BLIND_S, EVIDENCE_S, LEASE_S = 1200.0, 6 * 1200.0, 900.0
SLACK_S = 60.0
"""Between an answer and the gate: the write, a retry of a full disk (30 s), a second reading where one is needed."""
PER_HOUR = 20


@dataclass
class Judge:
    """The verdicts on a soak."""

    world: World
    wrong: list[str] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=lambda: {"open": 0, "closed": 0, "unknown": 0})
    wakes: list[float] = field(default_factory=list)
    """Where time was lost: starts and sleeps. For a moment after one nothing is promised but that it is not open."""
    clock_wrong_until: float = 0.0
    paused_until: float = 0.0
    overridden_until: float = 0.0
    overrides: list[float] = field(default_factory=list)
    """When each began."""

    def say(self, what: str) -> None:
        """Note what was wrong, with its time."""
        self.wrong.append(f"{(self.world.clock.true() - BEGIN) / 86400:7.3f} d  {what}")

    def ask(self, path: Path) -> None:
        """Ask the gate and compare with what may be."""
        now = self.world.clock.true()
        answer = read_gate(path, now=self.world.clock.now())
        self.asked[answer.verdict] += 1
        if now < self.paused_until - 1:
            if answer.verdict != "closed":
                self.say(f"paused, but {answer.verdict}: {answer.why}")
            return
        allowed = self._allowed(now)
        if now < self.paused_until + 1:  # the file has whole seconds
            allowed |= {"closed"}
        if answer.verdict not in allowed:
            last = self.world.account.answered[-1] if self.world.account.answered else None
            self.say(f"the gate is {answer.verdict} where {' or '.join(sorted(allowed))} may be ({answer.why}); {last}")

    def _allowed(self, now: float) -> set[str]:
        answers = self.world.account.answered
        if not answers:
            return {"unknown"}
        last, age = answers[-1], now - answers[-1].at
        verdicts = self._of(last, age)
        if age < SLACK_S and len(answers) > 1:  # it may not have been written yet
            verdicts |= self._of(answers[-2], now - answers[-2].at)
        if last.suspicious and len(answers) > 1:  # believed only when a second reading says the same
            verdicts |= self._of(answers[-2], now - answers[-2].at) | {"open", "unknown"}
        just_woke = any(0 <= now - at < SLACK_S for at in self.wakes)
        if self.world.monitor is None or just_woke or now < self.clock_wrong_until:
            verdicts |= {"unknown"}
        if any(since <= now < until + SLACK_S for since, until in self.world.full):
            verdicts |= {"unknown", "open", "closed"}  # the file could not be written; its lease ends by itself
        return verdicts

    def _of(self, answered: Answered, age: float) -> set[str]:
        over = answered.session >= SESSION or answered.week >= WEEK
        now = answered.at + age
        if over and now < self.overridden_until:
            return {"open"} | ({"unknown"} if age >= BLIND_S - SLACK_S else set())
        if over:
            return _until("closed", age, EVIDENCE_S)
        return _until("open", age, BLIND_S)

    # ---- at the end

    def finish(self) -> None:
        """Judge what can only be judged as a whole: requests, alerts, resets, secrets, growth."""
        self._requests()
        self._alerts()
        self._resets()
        self._secrets()

    def _requests(self) -> None:
        asked = self.world.account.requests
        first = 0
        for last, at in enumerate(asked):
            while at - asked[first] >= 3600:
                first += 1
            if last - first + 1 > PER_HOUR:
                self.wrong.append(f"{(at - BEGIN) / 86400:7.3f} d  {last - first + 1} requests within an hour")
                return

    def _alerts(self) -> None:
        seen: set[tuple[object, ...]] = set()
        closed: dict[str, float] = {}
        anew = [*self.overrides, *(at for at, _, _ in self.world.account.resets)]  # after these it may be told again
        for at, alert in self.world.alerts:
            if alert.kind is AlertKind.TIER and alert.window is not None:
                key = (alert.window.id, alert.line, round((alert.window.resets_at or 0) / 1200))
                if key in seen:
                    self.wrong.append(f"{(at - BEGIN) / 86400:7.3f} d  told twice: {key}")
                seen.add(key)
            if alert.kind is AlertKind.GATE_CLOSED and alert.hold is not None:
                before = closed.get(alert.hold.window)
                if before is not None and not any(before <= moment <= at for moment in anew):
                    self.wrong.append(f"{(at - BEGIN) / 86400:7.3f} d  told twice that the gate is closed")
                closed[alert.hold.window] = at

    def _resets(self) -> None:
        """Every reset with a reading soon before and after must have been seen: the history has lower use after it."""
        from ringfence.storage.history import History

        kept = History(self.world.paths.ledger)
        for window in ("session", "week"):
            found = [reset.at for reset in kept.resets("soak", window, 0, 1e11)]
            answers = self.world.account.answered
            for at, name, _early in self.world.account.resets:
                if name != window:
                    continue
                before = [a for a in answers if at - 1800 <= a.at < at]
                # A session that did not begin again is no window, and nothing of it is read.
                after = [a for a in answers if at <= a.at < at + 1800 and not a.suspicious and a.session_resets_at]
                told = [getattr(a, window) for a in before[-1:] + after[:1]]
                fell = len(told) == 2 and told[0] > 0.05 and told[1] < told[0]
                if fell and not any(abs(f - at) < 3600 for f in found):
                    near = [round(f - at) for f in found if abs(f - at) < 20000]
                    self.wrong.append(
                        f"{(at - BEGIN) / 86400:7.3f} d  the {window}'s reset is not in the history: {told}, {near}"
                    )
        kept.close()

    def _secrets(self) -> None:
        for path in self.world.home.rglob("*"):
            if path.is_file() and path != self.world.login and b"soak-token" in path.read_bytes():
                self.wrong.append(f"the token stands in {path.name}")


def _until(verdict: str, age: float, limit_s: float) -> set[str]:
    """Return what may be said by evidence of an age: the verdict up to the limit, unknown from there on."""
    before, after = age < limit_s + SLACK_S, age >= limit_s - SLACK_S
    return ({verdict} if before else set()) | ({"unknown"} if after else set())
