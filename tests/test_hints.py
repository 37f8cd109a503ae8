"""An explanation that was read and hidden does not come back: over a restart, and beside a daemon too."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from core.story import Story, killed, sample
from ringfence import face_texts, wiring
from ringfence.core.events import HintHidden
from ringfence.core.model import Hint, Memory
from ringfence.core.ring import build_view
from ringfence.storage import records, request_files
from ringfence.storage.atomic import make_folder
from ringfence.storage.paths import find_paths
from test_monitor import NOW, World


def hidden(story):
    return build_view(story.status, None, story.settings, now=story.now).hidden_hints


def test_a_hidden_explanation_stays_hidden_over_a_restart():
    story = Story() >> sample(session=0.1)
    assert hidden(story) == ()
    story.feed(HintHidden(at=story.now, hint=Hint.NO_TRAY))
    story.feed(HintHidden(at=story.now, hint=Hint.NO_TRAY))
    assert hidden(story) == (Hint.NO_TRAY,)
    story >> killed(down_s=60)
    assert hidden(story) == (Hint.NO_TRAY,)
    assert story.memory.hidden_hints == (Hint.NO_TRAY,)


def test_a_memory_of_before_hides_nothing():
    assert msgspec.json.decode(b"{}", type=Memory).hidden_hints == ()


async def test_a_face_beside_a_monitor_leaves_word_and_the_monitor_keeps_it(home):
    paths = find_paths()
    make_folder(paths.state)
    wiring.build_follower(paths)._parts.hide_hint(Hint.NO_TRAY)
    monitor, _ = wiring.build_monitor(paths, desktop_alerts=False)
    running = asyncio.ensure_future(monitor.run())
    await asyncio.sleep(0)
    monitor._file_changed(str(paths.hint_request))
    assert not paths.hint_request.exists()
    assert records.load_memory(paths.memory)[0].hidden_hints == (Hint.NO_TRAY,)
    assert wiring.last_status(paths).hidden_hints == (Hint.NO_TRAY,)
    await monitor.close()
    await running


@pytest.mark.parametrize("word", [b"", b"everything", b"\xff" * 200])
def test_a_request_that_names_nothing_known_is_taken_away_and_hides_nothing(home, word):
    paths = find_paths()
    make_folder(paths.state)
    paths.hint_request.write_bytes(word)
    assert list(request_files.take_hint(paths.hint_request, NOW)) == []
    assert not paths.hint_request.exists()
    assert list(request_files.take_hint(paths.hint_request, NOW)) == []


async def test_what_other_processes_leave_is_taken_when_its_file_changes():
    scene = World()
    made = scene.parts()
    scene.parts = lambda: made
    made.requests = {"/hint.request": lambda at: [HintHidden(at=at, hint=Hint.NO_TRAY)]}
    await scene.start()
    assert "/hint.request" in scene.watch.paths
    scene.watch.tell("/hint.request")
    assert scene.view.hidden_hints == (Hint.NO_TRAY,)
    await scene.monitor.close()


@pytest.mark.parametrize("desktop", ["GNOME", "ubuntu:GNOME", "GNOME-Classic:GNOME", "gnome"])
def test_on_gnome_the_extension_is_named_as_its_page_has_it(desktop):
    assert face_texts.no_tray_text(desktop) == (
        "GNOME shows no tray icons by itself; its extension “AppIndicator and KStatusNotifierItem Support” adds them."
    )


@pytest.mark.parametrize("desktop", ["", "KDE", "XFCE", "sway", "GNOME-Flashback", "X-GNOMELIKE"])
def test_elsewhere_nothing_is_said(desktop):
    assert face_texts.no_tray_text(desktop) == ""
