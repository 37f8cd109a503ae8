"""`ringfence route --simulate`: the facts of a moment in which so much were used. Nothing is read from the endpoint."""

from __future__ import annotations

from ringfence import gate_reader, wiring
from ringfence.cli.output import paths
from ringfence.core import failover, gating
from ringfence.core.model import SESSION_S, WEEK_S, Gate, Latches, Sample, Window
from ringfence.core.route_memory import RouteMemory
from ringfence.core.settings import Settings
from ringfence.route import read_route, route_path
from ringfence.route_facts import Facts

_SIMULATED = "simulated"
_WINDOWS = (("session", "5-hour session", SESSION_S), ("week", "Week", WEEK_S))
EXAMPLE = "used=0.85,0.40 or used=work:0.85,0.40;home:0.10,0.20"


def simulated_facts(text: str, now: float) -> Facts:
    """Return what would be known if so much were used: the thresholds close the gate as they would then.

    The person's pauses count, and resets that are known are kept. Raises ValueError with a sentence.
    """
    settings, _ = wiring.settings_in_force(paths())
    real = gate_reader.read_gate(str(paths().gate), now=now).document
    latches = gating.trimmed(gating.latches_in(real), now) if real else Latches()
    used = parse(text, settings)
    samples = [(name, _sample(name, fractions, real, now)) for name, fractions in used.items()]
    gate: Gate = gating.decide_gate(samples, settings, now=now)
    document = gating.gate_document(gate, latches, now=now)
    remembered = read_route(route_path())
    memory, _ = failover.advance(RouteMemory(), document, settings, _signed_out(remembered), now)
    return Facts(document, failover.route_document(memory, settings, _signed_out(remembered)))


def parse(text: str, settings: Settings) -> dict[str, tuple[float, float]]:
    """Return session and week of each account from `used=0.85,0.40` or `used=work:0.85,0.40;...`.

    Raises ValueError with a sentence.
    """
    key, equals, value = text.partition("=")
    if key != "used" or not equals:
        raise ValueError(f"--simulate must be like {EXAMPLE}.")
    names = [account.name for account in settings.accounts]
    found = dict.fromkeys(names, (0.0, 0.0))
    for part in value.split(";"):
        name, colon, numbers = part.rpartition(":")
        if colon and name not in found:
            raise ValueError(f"--simulate names the account {name}, but there are {', '.join(names)}.")
        fractions = _fractions(numbers)
        found |= {name: fractions} if colon else dict.fromkeys(names, fractions)
    return found


def _fractions(text: str) -> tuple[float, float]:
    try:
        session, week = (float(number) for number in text.split(","))
    except ValueError:
        raise ValueError(f"--simulate must be like {EXAMPLE}: two fractions, session and week.") from None
    if not (0 <= session <= 10 and 0 <= week <= 10):
        raise ValueError("--simulate takes fractions: 0.85 is 85 %.")
    return session, week


def _sample(name: str, used: tuple[float, float], real: gate_reader.Document | None, now: float) -> Sample:
    windows = tuple(
        Window(id=id_, label=label, used=fraction, resets_at=_reset(name, id_, real, now) or now + length_s / 2,
               duration_s=length_s)
        for (id_, label, length_s), fraction in zip(_WINDOWS, used, strict=True)
    )  # fmt: skip
    return Sample(account=name, source=_SIMULATED, observed_at=now, windows=windows)


def _reset(name: str, window_id: str, real: gate_reader.Document | None, now: float) -> float | None:
    for window in (real or {}).get("windows", ()):
        if window.get("account") == name and window.get("id") == window_id:
            reset = window.get("resets_at")
            return float(reset) if isinstance(reset, int | float) and reset > now else None
    return None


def _signed_out(remembered: gate_reader.Document | None) -> frozenset[str]:
    return frozenset(a["name"] for a in remembered["accounts"] if a["signed_out"]) if remembered else frozenset()
