"""What every notifier keeps, whatever it shows its messages with."""

import inspect

import pytest

from parts.notification_server import NotificationServer
from parts.session_bus import session_bus
from ringfence.core.model import AlertAction
from ringfence.notifiers import specs
from ringfence.ports import Button, Message, NotifierSpec, NotifyError

__all__ = ["session_bus"]

MESSAGE = Message(
    title="Gate closed",
    body="Session 91 %",
    critical=True,
    buttons=(Button(action=AlertAction.OPEN_WINDOW, label="Open"),),
)

pytestmark = pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.id)


@pytest.fixture
async def server(session_bus):
    started = await NotificationServer().start()
    yield started
    await started.stop()


def sentence(text):
    return text[0].isupper() and text.endswith(".") and "\n" not in text


def test_its_spec_says_what_it_is(spec):
    assert isinstance(spec, NotifierSpec)
    assert [other.id for other in specs()].count(spec.id) == 1
    assert spec.label
    assert sentence(spec.help)


async def test_a_message_is_shown_and_the_probe_says_by_whom(spec, server):
    notifier = spec.build()
    assert sentence(await notifier.probe())
    assert await notifier.send(MESSAGE, print) is None
    await notifier.aclose()


async def test_where_there_is_no_desktop_it_shows_the_message_or_says_why_not(spec):
    notifier = spec.build()
    if spec.id == "log":
        await notifier.send(MESSAGE, print)
    else:
        for asked in (notifier.probe(), notifier.send(MESSAGE, print)):
            with pytest.raises(NotifyError) as told:
                await asked
            assert sentence(str(told.value))
    await notifier.aclose()


async def test_building_it_reaches_out_to_nobody_and_closing_it_unused_is_fine(spec):
    built = spec.build()
    assert not inspect.isawaitable(built)
    await built.aclose()


async def test_closing_it_twice_is_fine(spec, server):
    notifier = spec.build()
    await notifier.send(MESSAGE, print)
    await notifier.aclose()
    await notifier.aclose()
