"""Desktop notifications, on a real session bus with a server that keeps what it is sent."""

import asyncio
import subprocess
import sys
import threading

import pytest

from parts.notification_server import NotificationServer, connections
from parts.session_bus import session_bus
from ringfence.core.model import AlertAction
from ringfence.notifiers.desktop import LONGEST_BODY, LONGEST_TITLE, DesktopNotifications
from ringfence.ports import Button, Message, NotifyError

__all__ = ["session_bus"]

OPEN = Button(action=AlertAction.OPEN_WINDOW, label="Open")
OVERRIDE = Button(action=AlertAction.OVERRIDE_UNTIL_RESET, label="Override until reset")
CLOSED = Message(title="Gate closed", body="Session 91 %", critical=True, buttons=(OVERRIDE, OPEN))
DEADLINE_S = 20


@pytest.fixture
async def server(session_bus):
    started = await NotificationServer().start()
    yield started
    await started.stop()


@pytest.fixture
async def notifier(session_bus):
    made = DesktopNotifications()
    yield made
    await made.aclose()


class Pressed:
    def __init__(self):
        self.actions = asyncio.Queue()
        self.threads = set()

    def __call__(self, action):
        self.threads.add(threading.get_ident())
        self.actions.put_nowait(action)

    async def next(self):
        async with asyncio.timeout(DEADLINE_S):
            return await self.actions.get()


@pytest.fixture
def pressed():
    return Pressed()


async def test_a_message_is_shown_under_our_name_with_its_buttons(server, notifier, pressed):
    await notifier.send(CLOSED, pressed)
    [note] = server.notes
    assert (note.app, note.title, note.body) == ("Ringfence", "Gate closed", "Session 91 %")
    assert note.icon == "ringfence"
    assert note.actions["override_until_reset"] == "Override until reset"
    assert note.actions["open_window"] == "Open"


async def test_only_a_critical_message_is_urgent(server, notifier, pressed):
    await notifier.send(CLOSED, pressed)
    await notifier.send(Message(title="Session 80 %", body="", buttons=(OPEN,)), pressed)
    assert [note.hints["urgency"] for note in server.notes] == [2, 1]


async def test_news_on_a_subject_takes_the_place_of_what_was_said_before(server, notifier, pressed):
    for title in ("Gate closed", "Gate open", "Gate closed"):
        await notifier.send(Message(title=title, body="", subject="gate"), pressed)
    await notifier.send(Message(title="Session 80 %", body=""), pressed)
    assert [note.title for note in server.notes] == ["Gate closed", "Gate open", "Gate closed", "Session 80 %"]
    assert server.closed == [1, 2]


async def test_what_the_person_has_closed_is_not_closed_again(server, notifier, pressed):
    await notifier.send(Message(title="Gate closed", body="", subject="gate"), pressed)
    server.dismiss(server.notes[0])
    await notifier.send(Message(title="Gate open", body="", subject="gate"), pressed)
    assert server.closed == []


async def test_the_icon_is_our_own_drawing_when_there_is_one(server, session_bus, tmp_path, pressed):
    drawing = tmp_path / "ringfence.svg"
    drawing.write_text("<svg/>")
    notifier = DesktopNotifications(drawing)
    await notifier.send(CLOSED, pressed)
    await notifier.aclose()
    assert server.notes[0].icon == drawing.as_uri()


@pytest.mark.parametrize("key", ["override_until_reset", "open_window"])
async def test_a_pressed_button_reaches_the_caller_on_the_loops_thread(server, notifier, pressed, key):
    await notifier.send(CLOSED, pressed)
    server.press(server.notes[0], key)
    assert await pressed.next() == AlertAction(key)
    assert pressed.threads == {threading.get_ident()}


async def test_a_click_on_the_message_itself_opens_the_window(server, notifier, pressed):
    await notifier.send(CLOSED, pressed)
    server.press(server.notes[0])
    assert await pressed.next() is AlertAction.OPEN_WINDOW


async def test_a_click_on_a_message_that_opens_nothing_does_nothing(server, notifier, pressed):
    await notifier.send(Message(title="a", body="b", buttons=(OVERRIDE,)), pressed)
    await notifier.send(CLOSED, pressed)
    first, second = server.notes
    server.press(first)
    server.dismiss(first)
    server.press(second, "open_window")  # signals keep their order: had the first done something, it would be first
    assert await pressed.next() is AlertAction.OPEN_WINDOW
    assert pressed.actions.empty()


async def test_each_message_keeps_its_own_listener(server, notifier):
    first, second = Pressed(), Pressed()
    await notifier.send(CLOSED, first)
    await notifier.send(CLOSED, second)
    server.press(server.notes[1], "override_until_reset")
    assert await second.next() is AlertAction.OVERRIDE_UNTIL_RESET
    server.press(server.notes[0], "open_window")
    assert await first.next() is AlertAction.OPEN_WINDOW


HOSTILE = "<img src='file:///etc/passwd'> & <b>x</b>"


async def test_text_is_escaped_for_a_server_that_reads_markup(server, notifier, pressed):
    await notifier.send(Message(title="a & <b>", body=HOSTILE), pressed)
    [note] = server.notes
    assert note.body == "&lt;img src='file:///etc/passwd'&gt; &amp; &lt;b&gt;x&lt;/b&gt;"
    assert note.title == "a & <b>"  # the standard has no markup in titles


async def test_a_command_is_quoted_and_not_between_a_terminals_backticks(server, notifier, pressed):
    await notifier.send(Message(title="Not signed in", body="Run `claude`, or `ringfence account add`."), pressed)
    assert server.notes[0].body == "Run “claude”, or “ringfence account add”."


async def test_text_is_plain_for_a_server_that_shows_it_as_it_is(session_bus, notifier, pressed):
    server = await NotificationServer(capabilities=("body", "actions")).start()
    await notifier.send(Message(title="a", body=HOSTILE), pressed)
    assert server.notes[0].body == HOSTILE
    await server.stop()


async def test_control_and_direction_characters_do_not_reach_the_desktop(server, notifier, pressed):
    await notifier.send(Message(title="a\u202eb\x1b[31m\nc", body="one\u2066two\x00\nthree\r\n\nfour"), pressed)
    [note] = server.notes
    assert note.title == "a b [31m c"
    assert note.body == "one two\nthree\nfour"


async def test_long_text_is_cut_and_never_inside_an_entity(server, notifier, pressed):
    await notifier.send(Message(title="t" * 1000, body="&" * 5000), pressed)
    [note] = server.notes
    assert note.title == "t" * (LONGEST_TITLE - 1) + "…"
    assert note.body.replace("&amp;", "&").strip("&") == "…"
    assert len(note.body.replace("&amp;", "&")) <= LONGEST_BODY


async def test_a_server_without_actions_is_sent_no_buttons(session_bus, notifier, pressed):
    server = await NotificationServer(capabilities=("body",)).start()
    await notifier.send(CLOSED, pressed)
    assert not server.notes[0].actions.keys() & {"override_until_reset", "open_window"}
    assert "without buttons" in await notifier.probe()
    await server.stop()


async def test_messages_are_shown_in_the_order_they_were_sent(server, notifier, pressed):
    await asyncio.gather(*(notifier.send(Message(title=str(n), body=""), pressed) for n in range(5)))
    assert [note.title for note in server.notes] == ["0", "1", "2", "3", "4"]


async def test_the_probe_says_who_shows_messages(server, notifier):
    assert await notifier.probe() == "Notifications are shown by fake 1.0, with buttons."
    assert server.notes == []


async def told(notifier):
    with pytest.raises(NotifyError) as probe:
        await notifier.probe()
    with pytest.raises(NotifyError) as send:
        await notifier.send(CLOSED, print)
    assert str(send.value) == str(probe.value)
    assert str(send.value).startswith("No notification service shows alerts here: ")
    return str(send.value)


async def test_without_a_session_bus_it_says_so():
    assert "no session bus" in await told(DesktopNotifications())


async def test_with_an_address_that_is_none_it_says_so(monkeypatch):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "nonsense:")
    assert "no session bus" in await told(DesktopNotifications())


async def test_without_a_server_it_says_so_and_keeps_no_connection(notifier):
    before = await connections()
    for _ in range(3):
        assert "none is running" in await told(notifier)
    assert await connections() == before


async def test_a_server_that_does_not_answer_is_given_up(server):
    server.answers.clear()
    notifier = DesktopNotifications(deadline_s=0.1)
    before = await connections()
    assert "did not answer within 0.1 s" in await told(notifier)
    assert await connections() == before
    server.answers.set()
    patient = DesktopNotifications()
    assert "fake 1.0" in await patient.probe()
    await patient.aclose()


async def test_a_message_that_the_server_refuses_is_not_taken_for_shown(server, notifier, pressed):
    await notifier.send(CLOSED, pressed)
    server.refuses = True
    with pytest.raises(NotifyError, match=r"fake 1\.0 did not take the message"):
        await notifier.send(CLOSED, pressed)
    server.press(server.notes[0], "open_window")  # what was shown before keeps its buttons
    assert await pressed.next() is AlertAction.OPEN_WINDOW


async def test_a_server_that_comes_later_is_used(notifier, pressed):
    assert "none is running" in await told(notifier)
    server = await NotificationServer().start()
    await notifier.send(CLOSED, pressed)
    server.press(server.notes[0], "open_window")
    assert await pressed.next() is AlertAction.OPEN_WINDOW
    await server.stop()


async def test_after_the_server_restarted_messages_and_buttons_work_again(notifier, pressed):
    for _ in range(3):
        server = await NotificationServer().start()
        await notifier.send(CLOSED, pressed)
        server.press(server.notes[0], "override_until_reset")
        assert await pressed.next() is AlertAction.OVERRIDE_UNTIL_RESET
        await server.stop()
    assert "none is running" in await told(notifier)


async def test_another_server_is_sent_what_it_understands(notifier, pressed):
    first = await NotificationServer(name="first").start()
    await notifier.send(Message(title="a", body="<b>"), pressed)
    await first.stop()
    second = await NotificationServer(name="Xfce Notify Daemon", capabilities=("actions", "body")).start()
    await notifier.send(Message(title="a", body="<b>", buttons=(OPEN,)), pressed)
    await second.stop()
    assert (first.notes[0].body, second.notes[0].body) == ("&lt;b&gt;", "<b>")
    assert "default" in first.notes[0].actions
    assert "default" not in second.notes[0].actions  # it knows no click on the message


async def test_after_the_bus_itself_restarted_messages_are_shown_again(session_bus, notifier, pressed):
    server = await NotificationServer().start()
    await notifier.send(CLOSED, pressed)
    session_bus.stop()
    await server.gone()
    assert "no session bus" in await told(notifier)
    session_bus.start()
    again = await NotificationServer().start()
    await notifier.send(CLOSED, pressed)
    assert (len(server.notes), len(again.notes)) == (1, 1)
    await again.stop()


async def test_closing_gives_back_the_connection_and_ends_it(server, pressed):
    before = await connections()
    notifier = DesktopNotifications()
    await notifier.send(CLOSED, pressed)
    assert await connections() == before + 1
    await notifier.aclose()
    await notifier.aclose()
    assert await connections() == before
    server.press(server.notes[0], "open_window")
    assert "Ringfence is ending" in await told(notifier)
    assert await connections() == before
    assert pressed.actions.empty()


def test_the_library_is_loaded_with_the_first_message_only():
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from ringfence.notifiers import specs\n"
        "built = [spec.build() for spec in specs()]\n"
        "print(sorted({'desktop_notifier', 'dbus_fast'} & sys.modules.keys()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *sys.path], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == "[]\n"
