"""Whether what the local API needs is installed."""

from __future__ import annotations

from importlib.util import find_spec

from ringfence.sentence import Sentence

MISSING = Sentence(
    "The local API needs the package aiohttp, which is not installed: pip install 'ringfence[api]', or pipx inject"
    " ringfence aiohttp."
)


def installed() -> bool:
    """Tell whether the API can be switched on, without loading anything of it."""
    return find_spec("aiohttp") is not None
