"""The first line of every face."""

from datetime import UTC

from ringfence import texts
from ringfence.core.model import Pause, Scope
from ringfence.core.ring import View


def test_the_pause_of_every_launch_is_named_before_an_older_one_for_a_model():
    pauses = (Pause(since=1.0, until=None, scope=Scope(model="Opus")), Pause(since=2.0, until=None, why="deploying"))
    view = View(verdict="closed", pauses=pauses)
    assert texts.headline(view, 3.0, UTC) == "Paused by you (deploying)"


def test_a_pause_for_a_model_alone_does_not_speak_for_every_launch():
    view = View(verdict="open", pauses=(Pause(since=1.0, until=None, scope=Scope(model="Opus")),))
    assert texts.headline(view, 3.0, UTC) == "Agents may start"
