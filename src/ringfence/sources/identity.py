"""Who is signed in, as Claude Code itself notes it beside its settings (FORMATS B): read, never written.

The file is `.claude.json` in CLAUDE_CONFIG_DIR, else in the home folder; it holds every project's history and grows to
megabytes, of which two fields are decoded. What leaves this module is a digest: no id, no address.

The organization belongs to it: one person's seat in a team and their own plan have limits of their own.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ringfence.core.account_settings import Account
    from ringfence.ports import Tools

FILE_NAME = ".claude.json"
OLDER_NAME = ".config.json"
"""In the config folder; where it is there, Claude Code takes it instead."""
MAX_BYTES = 64_000_000


def files(account: Account, tools: Tools, home: Callable[[], Path] = Path.home) -> tuple[str, ...]:
    """Return the files that may say who is signed in to an account, the one that counts first.

    None for a token of the keyring: nobody says whose that is.
    """
    if account.config_dir is None and not account.default:
        return ()
    given = account.config_dir or tools.environ("CLAUDE_CONFIG_DIR")
    usual = home() / ".claude"
    folder = usual if not given else home() / given[2:] if given.startswith(("~/", "~\\")) else Path(given)
    found = [folder / OLDER_NAME, (folder if given else home()) / FILE_NAME]
    if given and folder == usual:  # named in the settings, and used by Claude Code without the variable
        found.append(home() / FILE_NAME)
    return tuple(str(path) for path in found)


class _Login(msgspec.Struct, rename="camel"):
    account_uuid: str | None = None
    organization_uuid: str | None = None


class _Kept(msgspec.Struct):
    login: _Login | None = msgspec.field(default=None, name="oauthAccount")


class Identities:
    """Reads those files, each again only when it has changed. Any thread, one at a time; never raises."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[int, ...], str | None]] = {}

    def of(self, paths: tuple[str, ...]) -> str | None:
        """Return a digest of who is signed in, by the first file that says so; None where none does."""
        return next((who for path in paths if (who := self._of(path)) is not None), None)

    def _of(self, path: str) -> str | None:
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError):
            self._read.pop(path, None)
            return None
        try:
            found = os.fstat(handle)
            mark = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
            known = self._read.get(path)
            if known is not None and known[0] == mark:
                return known[1]
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
                return None
            with os.fdopen(handle, "rb", closefd=False) as file:
                readable, who = _parse(file.read(MAX_BYTES))
        except OSError:
            return None
        finally:
            os.close(handle)
        if not readable:  # it is being written: what it said before counts until it can be read
            return known[1] if known else None
        self._read[path] = (mark, who)
        return who


def _parse(raw: bytes) -> tuple[bool, str | None]:
    """Return whether it is JSON of that form, and a digest of who is signed in by it."""
    try:
        login = msgspec.json.decode(raw, type=_Kept).login
    except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
        return False, None
    if login is None or not login.account_uuid:
        return True, None
    who = f"{login.account_uuid} {login.organization_uuid or ''}".lower()
    return True, hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:16]
