"""Messages: which of them take one another's place."""

from ringfence import texts
from ringfence.core.model import Alert, AlertKind, Hold, Scope, Window
from ringfence.core.route_memory import Move

NOW = 1_795_270_000.0
HOLD = Hold(
    kind="threshold", reason="session_threshold", window="session", scope=Scope(), also_unnamed=False, since=NOW,
    until=NOW + 60, used=0.91, threshold_pct=90.0, observed_at=NOW, evidence_until=NOW + 7200,
)  # fmt: skip


def subject(kind: AlertKind, **more) -> str:
    return texts.message_of(Alert(kind=kind, at=NOW, account="work", **more), NOW).subject


def test_what_the_gate_does_is_one_subject_however_it_is_told():
    closed = subject(AlertKind.GATE_CLOSED, hold=HOLD, critical=True)
    assert closed == subject(AlertKind.GATE_OPENED) == subject(AlertKind.SUMMARY, hold=HOLD, critical=True)


def test_every_other_message_stands_for_itself():
    window = Window(id="session", label="5-hour session", used=0.81, resets_at=None)
    assert subject(AlertKind.TIER, window=window, line=0.8) == ""
    assert subject(AlertKind.SUMMARY, windows=(window,)) == ""


def test_a_move_of_a_class_is_told_with_its_reason():
    move = Move(at=NOW, class_="batch", left="work", to="home", cause="threshold", why="work: session is full.")
    message = texts.message_of(Alert(kind=AlertKind.FAILOVER, at=NOW, move=move), NOW)
    assert (message.title, message.body) == ("batch runs on home now", "work: session is full.")
