"""What may and may not be, from DESIGN's promises alone: it knows the account's truth and asks the gate as a launcher.

Nothing that decides is imported from the code under test but `read_gate`, which every launcher uses.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from pathlib import Path

from ringfence.core.gate_changes import GateChange
from ringfence.core.model import AlertKind
from ringfence.gate_reader import Answer, read_gate
from ringfence.storage.history import History
from soak.account import Account, Answered
from soak.world import BEGIN, World

SESSION, WEEK = 0.90, 0.95
BLIND_S, EVIDENCE_S, LEASE_S = 1200.0, 6 * 1200.0, 900.0
SLACK_S = 60.0
"""Between an answer and the gate: the write, a retry of a full disk (30 s), a second reading where one is needed."""
PER_HOUR = 20
MOST_METERED = 0.8
"""Requests on a metered connection, as a share of those on others."""


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
    heard: list[tuple[float, str]] = field(default_factory=list)
    """What a launch that names nothing was told, and when."""
    metered: list[tuple[float, float]] = field(default_factory=list)
    """When the connection was metered."""
    wrong_clocks: list[tuple[float, float]] = field(default_factory=list)

    def say(self, what: str) -> None:
        """Note what was wrong, with its time."""
        self.wrong.append(f"{(self.world.clock.true() - BEGIN) / 86400:7.3f} d  {what}")

    def connect_to(self, *, metered: bool) -> None:
        """Join another network."""
        now = self.world.clock.true()
        if metered:
            self.metered.append((now, float("inf")))
        else:
            self.metered[-1] = self.metered[-1][0], now
        self.world.system.connect_to(metered=metered)

    def ask(self, path: Path) -> None:
        """Ask the gate for each account and compare with what may be."""
        for account in self.world.accounts:
            answer = read_gate(str(path), account=account.name, now=self.world.clock.now())
            self.asked[answer.verdict] += 1
            self._judge(account, answer)
        self.heard.append((self.world.clock.true(), read_gate(str(path), now=self.world.clock.now()).verdict))

    def _judge(self, account: Account, answer: Answer) -> None:
        now = self.world.clock.true()
        if now < self.paused_until - 1:
            if answer.verdict != "closed":
                self.say(f"paused, but {answer.verdict}: {answer.why}")
            return
        allowed = self._allowed(account, now)
        if now < self.paused_until + 1:  # the file has whole seconds
            allowed |= {"closed"}
        if answer.verdict not in allowed:
            last = account.answered[-1] if account.answered else None
            may = " or ".join(sorted(allowed))
            self.say(f"{account.name}: the gate is {answer.verdict} where {may} may be ({answer.why}); {last}")

    def _allowed(self, account: Account, now: float) -> set[str]:
        answers = account.answered
        if not answers:
            return {"unknown"}
        last, age = answers[-1], now - answers[-1].at
        verdicts = self._of(last, age)
        if age < SLACK_S and len(answers) > 1:  # it may not have been written yet
            verdicts |= self._of(answers[-2], now - answers[-2].at)
        if last.suspicious and len(answers) > 1:  # believed only when a second reading says the same
            verdicts |= self._of(answers[-2], now - answers[-2].at) | {"open", "unknown"}
        if self.world.monitor is None or self._just_woke(now) or now < self.clock_wrong_until:
            verdicts |= {"unknown"}
        if self._was_full(now):
            verdicts |= {"unknown", "open", "closed"}  # the file could not be written; its lease ends by itself
        return verdicts

    def _just_woke(self, now: float) -> bool:
        return any(0 <= now - at < SLACK_S for at in self.wakes)

    def _was_full(self, now: float) -> bool:
        return any(since <= now < until + SLACK_S for since, until in self.world.full)

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
        """Judge what can only be judged as a whole: requests, alerts, the history, secrets."""
        kept = History(self.world.paths.ledger)
        for account in self.world.accounts:
            self._requests(account)
            self._resets(account, kept)
        self._changes(kept.changes(0, 1e11))
        kept.close()
        self._metered()
        self._alerts()
        self._secrets()

    def _requests(self, account: Account) -> None:
        asked = account.requests
        first = 0
        for last, at in enumerate(asked):
            while at - asked[first] >= 3600:
                first += 1
            if last - first + 1 > PER_HOUR:
                self.wrong.append(f"{(at - BEGIN) / 86400:7.3f} d  {last - first + 1} requests within an hour")
                return

    def _metered(self) -> None:
        """While data costs, fewer readings are asked for: half as many, and more near a threshold or after a sleep."""
        cheap, dear = self.rates()
        if dear > MOST_METERED * cheap:
            self.wrong.append(f"{dear:.1f} requests an hour on a metered connection, {cheap:.1f} on others")

    def rates(self) -> tuple[float, float]:
        """Return how many requests an hour were made on a connection that costs nothing, and on a metered one."""
        asked = [at for account in self.world.accounts for at in account.requests]
        whole_s = self.world.days * 86400
        dear_s = sum(min(until, BEGIN + whole_s) - since for since, until in self.metered)
        dear = sum(any(since <= at < until for since, until in self.metered) for at in asked)
        return (len(asked) - dear) / (whole_s - dear_s) * 3600, dear / dear_s * 3600 if dear_s else 0.0

    def _changes(self, changes: list[GateChange]) -> None:
        """What a launcher heard stands in the history, a killed monitor's last word and its end, too."""
        times = [change.at for change in changes]
        for at, verdict in self.heard:
            index = bisect(times, at) - 1
            near = any(abs(moment - at) < SLACK_S for moment in times[max(index - 5, 0) : index + 6])
            if near or self._was_full(at) or self._just_woke(at) or any(a <= at < b for a, b in self.wrong_clocks):
                continue
            said = changes[index].verdict if index >= 0 else "unknown"
            if said != verdict:
                when = f"{(at - BEGIN) / 86400:7.3f} d"
                self.wrong.append(f"{when}  a launcher heard {verdict}, and the history has {said}")

    def _alerts(self) -> None:
        seen: set[tuple[object, ...]] = set()
        closed: dict[tuple[str, str], float] = {}
        for at, alert in self.world.alerts:
            if alert.kind is AlertKind.TIER and alert.window is not None:
                key = (alert.account, alert.window.id, alert.line, round((alert.window.resets_at or 0) / 1200))
                if key in seen:
                    self.wrong.append(f"{(at - BEGIN) / 86400:7.3f} d  told twice: {key}")
                seen.add(key)
            if alert.kind is AlertKind.GATE_CLOSED and alert.hold is not None:
                whose = alert.account, alert.hold.window
                before = closed.get(whose)
                if before is not None and not any(before <= moment <= at for moment in self._anew(alert.account)):
                    self.wrong.append(f"{(at - BEGIN) / 86400:7.3f} d  told twice that the gate is closed")
                closed[whose] = at

    def _anew(self, name: str) -> list[float]:
        """Return after which moments an account's closed gate may be told of again."""
        resets = [at for account in self.world.accounts if account.name == name for at, _, _ in account.resets]
        return [*self.overrides, *resets]

    def _resets(self, account: Account, kept: History) -> None:
        """Every reset with a reading soon before and after must have been seen: the history has lower use after it."""
        for window in ("session", "week"):
            found = [reset.at for reset in kept.resets(account.name, window, 0, 1e11)]
            for at, name, _early in account.resets:
                if name != window:
                    continue
                before = [a for a in account.answered if at - 1800 <= a.at < at]
                # A session that did not begin again is no window, and nothing of it is read.
                later = [a for a in account.answered if at <= a.at < at + 1800]
                after = [a for a in later if not a.suspicious and a.session_resets_at]
                told = [getattr(a, window) for a in before[-1:] + after[:1]]
                fell = len(told) == 2 and told[0] > 0.05 and told[1] < told[0]
                if fell and not any(abs(f - at) < 3600 for f in found):
                    near = [round(f - at) for f in found if abs(f - at) < 20000]
                    self.wrong.append(
                        f"{(at - BEGIN) / 86400:7.3f} d  the {window}'s reset is not in the history: {told}, {near}"
                    )

    def _secrets(self) -> None:
        for path in self.world.home.rglob("*"):
            if path.is_file() and path not in self.world.logins and b"soak-token" in path.read_bytes():
                self.wrong.append(f"the token stands in {path.name}")


def _until(verdict: str, age: float, limit_s: float) -> set[str]:
    """Return what may be said by evidence of an age: the verdict up to the limit, unknown from there on."""
    before, after = age < limit_s + SLACK_S, age >= limit_s - SLACK_S
    return ({verdict} if before else set()) | ({"unknown"} if after else set())
