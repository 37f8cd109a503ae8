"""What `status.json` carries (DESIGN 3)."""

from ringfence.core.effects import WriteStatus
from ringfence.core.events import SampleArrived, Started
from ringfence.core.model import SESSION_S, Sample, Window
from ringfence.core.reducer import step
from ringfence.core.settings import Settings
from ringfence.core.state import State

NOW = 1_795_303_550.0


def test_the_status_carries_the_lines_that_were_announced():
    window = Window(id="session", label="5-hour session", used=0.83, resets_at=NOW + 3600, duration_s=SESSION_S)
    sample = Sample(account="default", source="oauth_usage", observed_at=NOW, windows=(window,))
    state, _ = step(State(), Started(at=NOW, settings=Settings()))
    _, effects = step(state, SampleArrived(at=NOW, sample=sample))
    status = next(e.status for e in effects if isinstance(e, WriteStatus))
    assert {(s.window, s.line) for s in status.accounts[0].shown} == {("session", "80"), ("session", "50")}
