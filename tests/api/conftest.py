"""The local API of a story, on a socket of the test's own."""

from __future__ import annotations

import pytest

from api.served import serving
from core.story import Story, sample


@pytest.fixture
async def api(tmp_path):
    """Serve a monitor whose session stands at 42 % and whose week at 87 %; no threshold is set."""
    async with serving(tmp_path, Story() >> sample(session=0.42, week=0.87)) as served:
        yield served


@pytest.fixture
async def client(api):
    """Return a client of its socket."""
    async with api.client() as made:
        yield made


@pytest.fixture
async def tcp(tmp_path):
    """Serve the same over loopback TCP too."""
    async with serving(tmp_path, Story() >> sample(session=0.42, week=0.87), tcp=True) as served:
        yield served
