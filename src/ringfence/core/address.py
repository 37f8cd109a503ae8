"""Addresses that a credential may be sent to (https anywhere, http on this machine alone), and ports."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ringfence.sentence import Sentence

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""This machine, as a host of an address."""
REAL_FLOOR_S = 180.0
"""The least time between two requests to an endpoint elsewhere (DESIGN 3)."""
LOOPBACK_FLOOR_S = 1.0


def url_fault(value: Any) -> str | None:
    """Return why a base URL is refused, None when it is fine: https anywhere, http on loopback alone."""
    if not isinstance(value, str):
        return Sentence("must be a text")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Sentence("is not an address")
    if not all(c.isprintable() and not c.isspace() for c in value):
        return Sentence("must not hold spaces or control characters")
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        return Sentence("must be an address such as https://api.anthropic.com, with no user name, query or fragment")
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK):
        return None
    return Sentence("must start with https:// (http:// is for this machine alone: 127.0.0.1, localhost)")


def without_password(address: str) -> str:
    """Return an address to be shown: without the user name and the password that a proxy's may carry."""
    scheme, marks, rest = address.rpartition("://")
    return scheme + marks + rest.rpartition("@")[2]


def port_in(value: Any) -> tuple[Any, str | None]:
    """Return a TCP port (0: none) and None, or anything and the reason why it is refused."""
    whole = not isinstance(value, bool) and isinstance(value, int | float) and value == value // 1
    return (int(value), None) if whole and 0 <= value < 65536 else (value, Sentence("must be a port from 0 to 65535"))
