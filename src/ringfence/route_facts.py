"""What a route is asked, what is known, and what is answered: the values of `route_rules`. docs/route.md tells them.

`Facts` arranges a gate document and a route document (`route.json`, format 1) for one moment. Whether an account is
closed is the gate's own rule (`gate_reader.evaluate`). Like the reader it imports nothing heavy: `ringfence route` is
asked before every launch, so these are classes with slots and not dataclasses, whose import alone takes 6 ms.
"""

from __future__ import annotations

from ringfence import gate_reader

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Document = dict[str, Any]

FORMAT = 1
AUTO = "auto"
LOW, MEDIUM, HIGH = VALUES = ("low", "medium", "high")
START, WAIT, REFUSED = "start", "wait", "refused"
BANDS = ("burst", "active", "resting")
NO_EVIDENCE, PAUSED, COOLDOWN, QUARANTINE, AUTH_ERROR = "no_evidence", "paused", "cooldown", "quarantine", "auth_error"
TRIGGERS = {
    "threshold": "threshold", "exhausted": "exhausted", QUARANTINE: "exhausted", "budget": "budget",
    AUTH_ERROR: "auth_error",
}  # fmt: skip
"""Which trigger of a chain an obstacle is."""
_NUMBER = (int, float)  # asked by the exact type: True is none
NO_GATE: Document = {"verdict": "unknown", "lease_until": 0, "holds": [], "override": None, "accounts": []}
"""What is known of the gate when there is none."""


class Request:
    """What a launch asks for.

    value: what the task is worth, "low", "medium" or "high"; None: bands do not count. model: the Claude model it has
    to be, in any spelling; None: the tier's. class_: as the person's launchers name it. account: a name, or "auto".
    local: whether a local tier is an answer.
    """

    __slots__ = ("account", "class_", "local", "model", "value")

    def __init__(
        self, value: str | None = None, *, model: str | None = None, class_: str | None = None, account: str = AUTO,
        local: bool = True,
    ) -> None:  # fmt: skip
        self.value, self.model, self.class_ = value, model, class_
        self.account, self.local = account, local


class _Told:
    """Something with a sentence. Of a hundred accounts few are told of: `told` may be what makes the sentence."""

    __slots__ = ("told",)

    def __init__(self, told: str | Callable[[], str]) -> None:
        self.told = told

    @property
    def why(self) -> str:
        """One sentence."""
        return self.told if isinstance(self.told, str) else self.told()


class Step(_Told):
    """One thing that was looked at on the way to a decision: what, its name, whether it was taken, and why.

    obstacle: what was met there, where that is known.
    """

    __slots__ = ("code", "name", "obstacle", "taken", "what")

    def __init__(self, what: str, name: str, code: str, told: str | Callable[[], str], *, taken: bool = False) -> None:
        self.what, self.name, self.code, self.told, self.taken = what, name, code, told, taken
        self.obstacle: Obstacle | None = None


class Obstacle(_Told):
    """Why a launch cannot start somewhere: a code, a sentence, and the second from which on it may (None: unknown)."""

    __slots__ = ("code", "hold", "until")

    def __init__(
        self, code: str, told: str | Callable[[], str], until: float | None = None, hold: Document | None = None
    ) -> None:
        self.code, self.told, self.until, self.hold = code, told, until, hold


class Decision:
    """Where a launch may start.

    verdict: "start", "wait" or "refused". account, config_dir: of a Claude tier, None for a local one; config_dir is
    None too for the login that is found without one. tier, model: model None: the launcher's own choice. code, why: the
    reason. until: while it waits, the second at which something ends that is in the way, None: nobody knows. hold: the
    gate's hold that is in the way. path: every Step.
    """

    __slots__ = ("account", "code", "config_dir", "hold", "model", "path", "tier", "until", "verdict", "why")

    def __init__(self, verdict: str, code: str, why: str, path: list[Step]) -> None:
        self.verdict, self.code, self.why, self.path = verdict, code, why, path
        self.account: str | None = None
        self.tier: str | None = None
        self.model: str | None = None
        self.config_dir: str | None = None
        self.until: float | None = None
        self.hold: Document | None = None


class Facts:
    """A gate document and a route document of one moment, arranged so that a hundred accounts are asked quickly.

    What was worked out is kept: every question has to be about the same `now`.

    `project` is the folder that the launch would work in, None: not named.
    """

    def __init__(self, gate: Document | None, route: Document, project: str | None = None) -> None:
        self._project = project
        self.gate = NO_GATE if gate is None else gate
        self.route = route
        self.accounts: dict[str, Document] = {a["name"]: a for a in route["accounts"]}
        self._evidence = {a["name"]: a for a in self.gate.get("accounts") or ()}
        self._quarantined: dict[str, list[Document]] = {}
        for entry in route["quarantined"]:
            self._quarantined.setdefault(entry["account"], []).append(entry)
        self._windows: dict[str, list[Document]] = {}
        for window in self.gate.get("windows") or ():
            if isinstance(window, dict) and isinstance(window.get("account"), str):
                self._windows.setdefault(window["account"], []).append(window)
        self._holds: dict[tuple[str | None, str | None], list[Document]] = {}
        for hold in self.gate["holds"]:
            scope = hold["applies_to"]
            self._holds.setdefault((scope.get("account"), scope.get("class")), []).append(hold)
        # A document of one account after the other: what may apply to it takes its place in here.
        self._part = {k: v for k, v in self.gate.items() if k not in {"windows", "holds", "accounts"}}
        self._gathered: dict[tuple[str, str | None], tuple[list[Document], bool, bool]] = {}
        self._standings: dict[str, tuple[int, float, float]] = {}
        self._met: dict[tuple[str, str | None, str | None], Obstacle | None] = {}
        self._numbers: dict[tuple[str, str | None], tuple[float | None, float]] = {}

    def knows_nothing(self, now: float) -> bool:
        """Tell whether nobody stands behind the gate: no monitor, or no reading of any account."""
        fresh = [a for a in self._evidence.values() if a["evidence_until"] is not None and a["evidence_until"] > now]
        return bool(self.gate["lease_until"] <= now or not fresh)

    def answer(self, account: str, model: str | None, class_: str | None, now: float) -> gate_reader.Answer:
        """Ask the gate for one account. Only what may apply is looked at; whether it does is the gate's rule."""
        entry, part = self._evidence.get(account), self._part
        part["holds"], part["accounts"] = self._may_apply(account, class_)[0], [entry] if entry else []
        return gate_reader.evaluate(part, now, account=account, model=model, class_=class_, project=self._project)

    def obstacle(self, account: str, model: str | None, class_: str | None, now: float) -> Obstacle | None:
        """Return what keeps a launch from an account, None when it may start there."""
        _, of_class, of_model = self._may_apply(account, class_)
        key = (account, model if of_model else None, class_ if of_class else None)  # else one answer is everybody's
        if key not in self._met:
            self._met[key] = self._obstacle(account, model, class_, now)
        return self._met[key]

    def _may_apply(self, account: str, class_: str | None) -> tuple[list[Document], bool, bool]:
        """Return the holds that may apply, and whether the class and the model of a launch make a difference."""
        found = self._gathered.get((account, class_))
        if found is None:
            of = self._holds.get
            holds = [*of((None, None), ()), *of((account, None), ())]
            of_all = len(holds)
            if class_ is not None:
                holds += [*of((None, class_), ()), *of((account, class_), ())]
            apart = "project_holds" in self.gate
            of_model = apart or account in self._quarantined
            for hold in holds:
                of_model = of_model or "model" in hold["applies_to"]
            found = self._gathered[account, class_] = holds, apart or len(holds) > of_all, of_model
        return found

    def _obstacle(self, account: str, model: str | None, class_: str | None, now: float) -> Obstacle | None:
        entry = self.accounts[account]
        if entry["config_dir"] is None and not entry["default"]:
            return Obstacle("no_folder", f"{account} has no config_dir, so no run can be started on it.")
        for refused in self._quarantined.get(account, ()):
            scoped = refused["model"] is not None and not (model and gate_reader.same_model(refused["model"], model))
            if refused["until"] > now and not scoped:
                why = f"{account} refused a run and is left alone until {gate_reader.iso(refused['until'])}."
                return Obstacle(QUARANTINE, why, refused["until"])
        answer = self.answer(account, model, class_, now)
        if answer.verdict == gate_reader.CLOSED and answer.hold is not None:
            kind = answer.hold["kind"]
            until = answer.hold["until"]
            code = PAUSED if kind == "manual" else kind
            return Obstacle(code, lambda: f"{account}: {answer.why}", until, answer.hold)
        if entry["signed_out"]:
            return Obstacle(AUTH_ERROR, f"{account} is not signed in.")
        if answer.verdict != gate_reader.OPEN:
            return Obstacle(NO_EVIDENCE, lambda: f"{account}: {answer.why}")
        return None

    def local_obstacle(self, class_: str | None, now: float) -> Obstacle | None:
        """Return the person's pause that holds local work too: one of everything, or of this class."""
        for key in {(None, None), (None, class_)}:
            for hold in self._holds.get(key, ()):
                held = hold["kind"] == "manual" and (hold["until"] is None or hold["until"] > now)
                if held and "model" not in hold["applies_to"]:
                    return Obstacle(PAUSED, gate_reader.why_closed(hold), hold["until"], hold)
        return None

    def used_pct(self, account: str, model: str | None, now: float) -> float | None:
        """Return how much of the fullest window is used that counts for a model; None without any number."""
        return self._read(account, model, now)[0]

    def reset_at(self, account: str, now: float) -> float:
        """Return the next reset of session or week, infinity when none is known."""
        return self._read(account, None, now)[1]

    def standing(self, account: str, now: float) -> tuple[int, float, float]:
        """Return an account's band, as its place in BANDS, its next reset, and how much of it is used, in percent."""
        if account not in self._standings:
            used, reset = self._read(account, None, now)
            self._standings[account] = BANDS.index(band_of(used, self.route)), reset, used or 0.0
        return self._standings[account]

    def _read(self, account: str, model: str | None, now: float) -> tuple[float | None, float]:
        key = (account, model)
        if key not in self._numbers:
            used, soonest = None, float("inf")
            for window in self._windows.get(account, ()):
                reset, pct = window.get("resets_at"), window.get("used_pct")
                live = reset is None or (type(reset) in _NUMBER and reset > now)  # else it tells of the window before
                if not live or not _counts(window, model):
                    continue
                if type(pct) in _NUMBER and (used is None or pct > used):
                    used = pct
                if reset is not None and reset < soonest:
                    soonest = reset
            self._numbers[key] = used, soonest
        return self._numbers[key]


def band_of(used_pct: float | None, route: Document) -> str:
    """Return the band of a percentage; without a number nothing is used. An edge belongs to the band above it."""
    pct, bands = (used_pct or 0.0) + 1e-9, route["bands"]
    if pct < bands["active"][0]:
        return "burst"
    return "active" if pct < bands["resting"][0] else "resting"


def _counts(window: Document, model: str | None) -> bool:
    name = window.get("id")
    if name in {"session", "week"}:
        return True
    limited = name.partition("model:")[2] if isinstance(name, str) else ""
    return bool(limited and model and gate_reader.same_model(limited, model))
