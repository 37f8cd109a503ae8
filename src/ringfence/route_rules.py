"""The rule of routes: may a launch start, on which account, with which model, or must it wait. docs/route.md tells it.

`decide_route` is pure: what is known at a moment in (`route_facts.Facts`), one decision out. The monitor uses the same
rule for what it remembers, so the two agree.
"""

from __future__ import annotations

from ringfence import gate_reader
from ringfence.route_facts import (
    AUTO,
    BANDS,
    COOLDOWN,
    HIGH,
    NO_EVIDENCE,
    PAUSED,
    REFUSED,
    START,
    TRIGGERS,
    WAIT,
    Decision,
    Facts,
    Obstacle,
    Request,
    Step,
    band_of,
)

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ringfence.route_facts import Document

    Better = Callable[[str, str], bool]
    Order = Callable[[], list[str]]
    Look = Callable[[str], "Obstacle | None"]

SAME_RESET_S = 600.0
"""Resets nearer to each other than this are one: the endpoint's wander (core.model.SAME_WINDOW_S)."""


def decide_route(request: Request, facts: Facts, now: float) -> Decision:
    """Decide one launch at one moment (epoch seconds). Pure; every route has a verdict, none is an exception."""
    path: list[Step] = []
    if request.account != AUTO and request.account not in facts.accounts:
        known = ", ".join(facts.accounts)
        return Decision(REFUSED, "unknown_account", f"There is no account called {request.account} ({known}).", path)
    chain = chain_of(facts.route, request.class_) if request.account == AUTO else None
    if chain is not None:
        return _by_chain(request, chain, facts, now, path)
    names = list(facts.accounts) if request.account == AUTO else [request.account]
    return _by_tiers(request, facts.route["tiers"], names, facts, now, path)


def chain_of(route: Document, class_: str | None) -> Document | None:
    """Return the chain of a class, None when it has none."""
    return next((f for f in route["failover"] if f["class"] == class_), None)


def follow(
    line: Document, names: Collection[str], order: Order, look: Look, better: Better, cooldown_s: float, now: float,
    triggers: Sequence[str] | None = None,
) -> tuple[str | None, list[Step]]:  # fmt: skip
    """Return which of several places to take now, or None, and what was looked at.

    The place that was taken last stays while nothing is in its way and none is better; one that was left is not taken
    again within the cool-down, whatever happens to the others. With `triggers` other obstacles than these are waited
    for. `line` has `at`, `since` and `left` (name to second); `moved` returns the next one. `order` sorts the names,
    the first preferred, when it comes to that.
    """
    steps: list[Step] = []
    at = line["at"] if line["at"] in names else None
    if at is not None:
        obstacle = look(at)
        if obstacle is None and now - line["since"] < cooldown_s:
            return at, [Step("account", at, "stays", f"{at} was taken last.", taken=True)]
        if obstacle is not None:
            steps.append(_met("account", at, obstacle))
        ahead = order()
        if obstacle is None or (triggers is not None and TRIGGERS.get(obstacle.code, "") not in triggers):
            ahead = [name for name in ahead if better(name, at)]
        for name in (n for n in ahead if n != at):
            if _is_free(name, line, look, cooldown_s, now, steps):
                return name, steps
        return (at if obstacle is None else None), steps
    found = next((name for name in order() if _is_free(name, line, look, cooldown_s, now, steps)), None)
    return found, steps


def moved(line: Document, to: str | None, now: float, cooldown_s: float) -> Document:
    """Return the line after a choice: the place that was left is remembered for the cool-down."""
    if to is None or to == line["at"]:
        return line
    left = {name: at for name, at in line["left"].items() if at + cooldown_s > now and name != to}
    if line["at"] is not None:
        left[line["at"]] = now
    return {**line, "at": to, "since": now, "left": left}


def choose_account(
    names: Sequence[str], model: str | None, class_: str | None, facts: Facts, now: float, line: Document | None = None
) -> tuple[str | None, list[Step]]:
    """Return the account that a launch of a model and a class is given, None when something is in the way of each.

    `line`: what is remembered of such launches; None: what the route's document says of them.
    """
    strategy = facts.route["strategy"]
    index = {name: number for number, name in enumerate(names)}

    def order() -> list[str]:
        if strategy == "in-order":
            return list(names)
        first = 2 if strategy == "most-left" else 0
        return sorted(names, key=lambda name: facts.standing(name, now)[first:])

    def better(name: str, at: str) -> bool:
        if strategy == "in-order":
            return index[name] < index[at]
        (band, reset, used), (band_at, reset_at, used_at) = facts.standing(name, now), facts.standing(at, now)
        enough = used < used_at and used_at - used >= facts.route["hysteresis_pct"]
        if strategy == "most-left":
            return enough
        if band != band_at:
            return band < band_at and enough
        return reset + SAME_RESET_S < reset_at

    def look(name: str) -> Obstacle | None:
        return facts.obstacle(name, model, class_, now)

    line = line_of(facts.route, class_, model) if line is None else line
    return follow(line, index, order, look, better, facts.route["cooldown_s"], now)


def choose_in_chain(chain: Document, model: str | None, facts: Facts, now: float) -> tuple[str | None, list[Step]]:
    """Return the place in a chain that its class is at now, None while it has to wait."""
    names = [link["name"] for link in chain["chain"]]
    index = {name: number for number, name in enumerate(names)}

    def look(name: str) -> Obstacle | None:
        return link_obstacle(chain["chain"][index[name]], model, chain["class"], facts, now)

    def better(name: str, at: str) -> bool:
        return index[name] < index[at]

    return follow(at_home(chain), index, lambda: names, look, better, facts.route["cooldown_s"], now, chain["triggers"])


def at_home(chain: Document) -> Document:
    """Return a chain's line; one of which nothing is remembered stands at its first place."""
    home = chain["chain"][0]["name"]
    return chain if chain["at"] is not None else {**chain, "at": home, "since": 0.0}


def line_of(route: Document, class_: str | None, model: str | None) -> Document:
    """Return what is remembered of launches of a class and a model; what nothing names counts as not named."""
    best: Document | None = None
    for line in route["choices"]:
        if line["class"] not in {None, class_}:
            continue
        fits = line["model"] is None or (model is not None and gate_reader.same_model(line["model"], model))
        if fits and (best is None or _precision(line) > _precision(best)):
            best = line
    return best or {"class": class_, "model": model, "at": None, "since": 0.0, "left": {}}


def takes(value: str | None, band: str, depth: int) -> bool:
    """Tell whether work of a value runs on a Claude tier in a band; `depth` is the tier's place below the best.

    On the best tier: everything in burst, high-value work in active, none in resting. Each tier below it counts one
    band lower.
    """
    level = max(BANDS.index(band) - depth, 0)
    return value is None or level == 0 or (level == 1 and value == HIGH)


def _by_chain(request: Request, chain: Document, facts: Facts, now: float, path: list[Step]) -> Decision:
    name, steps = choose_in_chain(chain, request.model, facts, now)
    path += [Step("chain", s.name, s.code, s.told) for s in steps if not s.taken]
    links = chain["chain"]
    if name is None and facts.knows_nothing(now):
        name = next((link["name"] for link in links if _is_local(link, facts)), None)
    if name is None:
        at = next((link for link in links if link["name"] == chain["at"]), links[0])
        return _waiting([link_obstacle(at, request.model, request.class_, facts, now)], path)
    start = next(number for number, link in enumerate(links) if link["name"] == name)
    last: Decision | None = None
    for link in links[start:]:  # the first may be there for other work only: a band shuts it to this
        path.append(Step("chain", link["name"], "followed", f"{request.class_} runs on {link['name']}.", taken=True))
        made = _at_link(request, link, facts, now, path)
        if made.verdict == START:
            made.code = "failover" if link["name"] != links[0]["name"] else made.code
            return made
        last = last or made
    assert last is not None
    return last


def _at_link(request: Request, link: Document, facts: Facts, now: float, path: list[Step]) -> Decision:
    if "account" in link:
        tiers = [tier for tier in facts.route["tiers"] if tier["kind"] != "local"]
        return _by_tiers(request, tiers, [link["account"]], facts, now, path)
    tiers = [tier for tier in facts.route["tiers"] if tier["name"] == link["tier"]]
    return _by_tiers(request, tiers, list(facts.accounts), facts, now, path)


def _by_tiers(
    request: Request, tiers: Sequence[Document], names: Sequence[str], facts: Facts, now: float, path: list[Step]
) -> Decision:
    """Take the first tier that takes the work and has an account for it."""
    claude = [tier["name"] for tier in facts.route["tiers"] if tier["kind"] != "local"]
    obstacles: list[Obstacle | None] = []
    for tier in tiers:
        if tier["kind"] == "local":
            made = _on_local(request, tier, facts, now, path, obstacles)
        else:
            made = _on_claude(request, tier, claude.index(tier["name"]), names, facts, now, path, obstacles)
        if made is not None:
            return made
    return _waiting(obstacles, path)


def _on_local(
    request: Request, tier: Document, facts: Facts, now: float, path: list[Step], obstacles: list[Obstacle | None]
) -> Decision | None:
    if not request.local:
        return None
    obstacle = facts.local_obstacle(request.class_, now)
    if obstacle is not None:
        path.append(_met("tier", tier["name"], obstacle))
        obstacles.append(obstacle)
        return None
    before = obstacles[0] if obstacles else None
    why = f"{before.why} {tier['name']} needs no account." if before else f"{tier['name']} comes first."
    path.append(Step("tier", tier["name"], "local", f"{tier['name']} needs no account.", taken=True))
    made = Decision(START, before.code if before else "best", why, path)
    made.tier, made.model = tier["name"], tier["model"]
    return made


def _on_claude(
    request: Request, tier: Document, depth: int, names: Sequence[str], facts: Facts, now: float, path: list[Step],
    obstacles: list[Obstacle | None],
) -> Decision | None:  # fmt: skip
    model = request.model or tier["model"]
    if request.model and tier["model"] and not gate_reader.same_model(tier["model"], request.model):
        path.append(Step("tier", tier["name"], "other_model", f"{tier['name']} runs {tier['model']}."))
        return None
    account, steps = choose_account(names, model, request.class_, facts, now)
    path += [s for s in steps if not s.taken]
    if account is None:
        met = [s.obstacle for s in steps if s.obstacle is not None]
        obstacles += met
        path.append(
            Step("tier", tier["name"], met[0].code if met else NO_EVIDENCE, f"{tier['name']}: no account is open.")
        )
        return None
    used = facts.used_pct(account, model, now)
    band = band_of(used, facts.route)
    figure = f"{account} is {used:g} % used" if used is not None else f"{account} has used nothing yet"
    if not takes(request.value, band, depth):
        kept = "high-value work alone" if takes(HIGH, band, depth) else "no work"
        why = f"{figure}: {tier['name']} takes {kept} while it is {band}."
        path.append(Step("tier", tier["name"], "band", why))
        obstacles.append(Obstacle("band", why, _finite(facts.reset_at(account, now))))
        return None
    before = next((o for o in obstacles if o is not None), None)
    why = f"{before.why} " if before else ""
    why += f"{figure} ({band}): {tier['name']} takes it."
    path.append(Step("tier", tier["name"], band, f"{figure} ({band}).", taken=True))
    made = Decision(START, before.code if before else "best", why, path)
    made.account, made.tier, made.model = account, tier["name"], model
    made.config_dir = facts.accounts[account]["config_dir"]
    return made


def _waiting(obstacles: Sequence[Obstacle | None], path: list[Step]) -> Decision:
    """Return the decision when nothing takes the launch: the obstacle that can end soonest is named."""
    met = [o for o in obstacles if o is not None]
    if not met:
        return Decision(REFUSED, "no_tier", "No tier runs that model; name it in [[route.tiers]].", path)
    ending = [o for o in met if o.until is not None]
    first = min(ending, key=lambda o: o.until or 0.0) if ending else met[0]
    final = not ending and all(o.code in {PAUSED, "no_folder"} for o in met)
    made = Decision(REFUSED if final else WAIT, first.code, first.why, path)
    made.until, made.hold = first.until, first.hold
    return made


def link_obstacle(link: Document, model: str | None, class_: str | None, facts: Facts, now: float) -> Obstacle | None:
    """Return what keeps launches of a class from a place of their chain, None when nothing does."""
    if "account" in link:
        return facts.obstacle(link["account"], model, class_, now)
    tier = next(tier for tier in facts.route["tiers"] if tier["name"] == link["tier"])
    if tier["kind"] == "local":
        return facts.local_obstacle(class_, now)
    wanted = model or tier["model"]
    account, steps = choose_account(list(facts.accounts), wanted, class_, facts, now)
    if account is not None:
        return None
    met = [s.obstacle for s in steps if s.obstacle is not None]
    return next(
        (o for o in met if o.code in TRIGGERS), met[0] if met else Obstacle(NO_EVIDENCE, "There is no account.")
    )


def _is_free(name: str, line: Document, look: Look, cooldown_s: float, now: float, steps: list[Step]) -> bool:
    obstacle = look(name)
    if obstacle is None:
        left = line["left"].get(name)
        if left is None or left + cooldown_s <= now:
            return True
        back = left + cooldown_s
        why = f"{name} was left lately; it is taken again from {gate_reader.iso(back)} on."
        obstacle = Obstacle(COOLDOWN, why, back)
    steps.append(_met("account", name, obstacle))
    return False


def _met(what: str, name: str, obstacle: Obstacle) -> Step:
    step = Step(what, name, obstacle.code, obstacle.told)
    step.obstacle = obstacle
    return step


def _is_local(link: Document, facts: Facts) -> bool:
    return any(t["name"] == link.get("tier") and t["kind"] == "local" for t in facts.route["tiers"])


def _precision(line: Document) -> int:
    return 2 * (line["class"] is not None) + (line["model"] is not None)


def _finite(at: float) -> float | None:
    return at if at < gate_reader.LATEST else None
