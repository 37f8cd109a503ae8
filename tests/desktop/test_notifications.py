"""Notifications as a person sees and presses them, with the real dunst."""

import asyncio
import sys
import threading

import pytest

from ringfence.core.model import AlertAction
from ringfence.notifiers.desktop import SPEC
from ringfence.ports import Button, Message, NotifyError

BUTTONS = (
    Button(action=AlertAction.OVERRIDE_UNTIL_RESET, label="Override until reset"),
    Button(action=AlertAction.OPEN_WINDOW, label="Open"),
)
CLOSED = Message(title="Gate closed <i>", body="Session 91 % & <b>rising</b>", critical=True, buttons=BUTTONS)
HIGH = Message(title="Session 80 %", body="resets in 2 h", buttons=BUTTONS[1:])


@pytest.fixture
async def notifier():
    made = SPEC.build()
    yield made
    await made.aclose()


class Pressed(asyncio.Queue):
    def __call__(self, action):
        self.put_nowait((action, threading.get_ident()))

    async def next(self):
        async with asyncio.timeout(20):
            action, thread = await self.get()
        assert thread == threading.get_ident()
        return action


async def newest(desktop, title):
    return await asyncio.to_thread(
        desktop.until, lambda: [n for n in desktop.notes() if n["summary"] == title and n["id"]]
    )


async def test_the_closed_gate_is_urgent_escaped_and_its_button_overrides(desktop, notifier):
    pressed = Pressed()
    await notifier.send(CLOSED, pressed)
    note = (await newest(desktop, "Gate closed <i>"))[-1]
    assert (note["app"], note["urgency"]) == ("Ringfence", 2)
    assert note["body"] == "Session 91 % &amp; &lt;b&gt;rising&lt;/b&gt;"
    assert {"Override until reset", "Open"} <= set(note["actions"].values())
    await asyncio.to_thread(desktop.note_click, "Override until reset")
    assert await pressed.next() is AlertAction.OVERRIDE_UNTIL_RESET


async def test_a_click_on_an_ordinary_message_opens_the_window(desktop, notifier):
    pressed = Pressed()
    await notifier.send(HIGH, pressed)
    assert (await newest(desktop, "Session 80 %"))[-1]["urgency"] == 1
    await asyncio.to_thread(desktop.note_click)
    assert await pressed.next() is AlertAction.OPEN_WINDOW


async def test_while_the_server_is_away_it_is_said_and_after_its_return_buttons_work(desktop, notifier):
    pressed = Pressed()
    assert "dunst" in await notifier.probe()
    await asyncio.to_thread(desktop.part, "stop", "notify")
    with pytest.raises(NotifyError, match="none is running"):
        await notifier.send(HIGH, pressed)
    await asyncio.to_thread(desktop.part, "start", "notify")
    await notifier.send(CLOSED, pressed)
    await asyncio.to_thread(desktop.note_click, "Open")
    assert await pressed.next() is AlertAction.OPEN_WINDOW


IN_THE_TRAYS_LOOP = """
import asyncio, logging, sys
sys.path[:0] = sys.argv[1:]
import qasync
from PySide6.QtWidgets import QApplication
from ringfence.core.model import AlertAction
from ringfence.notifiers.desktop import SPEC
from ringfence.ports import Button, Message

logging.basicConfig(level=logging.WARNING, format="LOGGED %(message)s")

async def main():
    notifier, pressed = SPEC.build(), asyncio.Queue()
    button = Button(action=AlertAction.OPEN_WINDOW, label="Open")
    await notifier.send(Message(title="In the tray's loop", body="x", buttons=(button,)), pressed.put_nowait)
    print("shown", flush=True)
    print("pressed", await asyncio.wait_for(pressed.get(), 20), flush=True)
    await notifier.aclose()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    print("closed", left or "clean", flush=True)

app = QApplication(sys.argv)
qasync.run(main())
"""


def test_it_works_the_same_in_the_loop_of_the_tray(desktop):
    program = desktop.start(sys.executable, "-c", IN_THE_TRAYS_LOOP, *sys.path, QT_QPA_PLATFORM="offscreen")
    desktop.until(lambda: "shown" in program.said())
    desktop.note_click("Open")
    desktop.until(lambda: program.process.poll() is not None)
    assert program.said().splitlines() == ["shown", "pressed open_window", "closed clean"]
