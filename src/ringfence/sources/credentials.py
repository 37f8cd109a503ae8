"""The login that Claude Code keeps, read and never written (FORMATS B).

Read afresh before every request and forgotten after it. Ringfence never refreshes: refresh tokens are single-use, and
spending one logs the person out everywhere (DESIGN 2.7). Of the file, whose other parts are other programs' secrets,
only four fields are decoded.

No function that holds a file's bytes or a token in the open raises: they return a `_Trouble`, and the error is raised
where nothing secret is at hand, so that not even a traceback with local variables can show one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import stat
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ringfence.core.model import FailureKind
from ringfence.ports import Secret, SecretError, SourceError
from ringfence.sentence import Sentence
from ringfence.texts import clean

if TYPE_CHECKING:
    from ringfence.core.account_settings import Account
    from ringfence.ports import Tools

FILE_NAME = ".credentials.json"
SCOPE = "user:profile"
"""What the usage endpoint asks of a token; a setup-token has `user:inference` alone (FORMATS B)."""
MAX_BYTES = 1_000_000
SECOND_LOOK_S = 0.25
KEYCHAIN_DEADLINE_S = 10.0
KEYCHAIN_REST_S = 3600.0
"""After a refusal the keychain is left in peace: asking again would show the person the same dialog every minute."""
SERVICE = "Claude Code-credentials"
_NOT_FOUND, _LOCKED = 44, 36
"""Exit codes of `security`: errSecItemNotFound and errSecInteractionNotAllowed, modulo 256."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
"""One line of visible ASCII: anything else would break the header, and the HTTP library would quote it in its error."""


class _Oauth(msgspec.Struct, rename="camel"):
    """The four fields that are read of a login; the refresh token beside them is not even decoded."""

    access_token: str | None = None
    expires_at: float | None = None
    """Epoch milliseconds."""
    scopes: list[str] | None = None
    subscription_type: str | None = None


class _Kept(msgspec.Struct):
    """What the file and the keychain's item hold; other programs' secrets stand beside it."""

    login: _Oauth | None = msgspec.field(default=None, name="claudeAiOauth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A token that may be tried now."""

    token: Secret
    where: str
    """The place it was read from, for sentences: a path, the keychain, a variable's name."""
    plan: str | None = None
    """`subscriptionType`, as the login says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """Why a place gave no login."""

    kind: FailureKind
    detail: str
    nothing_there: bool = False
    """True when the place holds no login at all, so that the next place may be asked."""
    damaged: bool = False
    """True when it may be half-written: Claude Code writes the file while its change wakes us."""


def _user() -> str:
    import getpass  # noqa: PLC0415 - macOS alone asks

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What differs from system to system; tests put in their own."""

    platform: str = sys.platform
    home: Callable[[], Path] = Path.home
    security: Path = Path("/usr/bin/security")
    """By absolute path: the same binary made the item, so reading through it shows no dialog (FORMATS B)."""
    user: Callable[[], str] = _user


@dataclass(slots=True, kw_only=True)
class Finder:
    """Finds one account's login, each time anew."""

    account: Account
    tools: Tools
    machine: Machine = field(default_factory=Machine)
    _keychain_rests_until: float = 0.0

    async def login(self, *, now: float) -> Login:
        """Return the login to try.

        Raises SourceError with `requested=False`: `signed_out` when there is none or it cannot be read, `expired` when
        it says so itself, `missing_scope` when its scopes lack `user:profile`.
        """
        found = await (self._stored() if self._in_keyring() else self._of_claude_code(now))
        if isinstance(found, _Trouble):
            raise SourceError(found.kind, found.detail, requested=False)
        return found

    def file(self) -> Path | None:
        """Return where Claude Code keeps the login in a file; None for an account whose token is in the keyring."""
        return None if self._in_keyring() else self._folder() / FILE_NAME

    def _in_keyring(self) -> bool:
        return self.account.config_dir is None and not self.account.default

    def _folder(self) -> Path:
        given = self.account.config_dir or self.tools.environ("CLAUDE_CONFIG_DIR")
        if not given:
            return self.machine.home() / ".claude"
        return self.machine.home() / given[2:] if given.startswith(("~/", "~\\")) else Path(given)

    async def _stored(self) -> Login | _Trouble:
        name = self.account.name
        advice = Sentence("store one with `ringfence account add {name}`", name=name)
        try:
            token = await self.tools.read_secret(name)
        except SecretError as error:
            return _signed_out(str(error))
        if token is None:
            return _signed_out(
                Sentence("No token is stored for the account {name}: {advice}.", name=name, advice=advice)
            )
        where = Sentence("the keyring's entry {name}", name=name)
        return _login_of(token.reveal().strip(), where, None, advice)

    async def _of_claude_code(self, now: float) -> Login | _Trouble:
        path = self._folder() / FILE_NAME
        refused: _Trouble | None = None
        if self.machine.platform == "darwin":
            found = await self._in_keychain(now)
            if isinstance(found, Login) or not found.nothing_there:
                return found
            refused = found if found.detail else None
        found = await asyncio.to_thread(_in_file, path, now)
        if isinstance(found, _Trouble) and found.damaged:
            await asyncio.sleep(SECOND_LOOK_S)
            found = await asyncio.to_thread(_in_file, path, now)
        if isinstance(found, _Trouble) and found.nothing_there:
            return self._in_environment() or refused or found
        return found

    def _in_environment(self) -> Login | _Trouble | None:
        """Return the login of CLAUDE_CODE_OAUTH_TOKEN, the last resort: a setup-token, which rarely may read usage."""
        name = "CLAUDE_CODE_OAUTH_TOKEN"
        token = (self.tools.environ(name) or "").strip() if self.account.default else ""
        return _login_of(token, Sentence("the variable {name}", name=name), None) if token else None

    async def _in_keychain(self, now: float) -> Login | _Trouble:
        """Ask the macOS keychain. Trouble with `nothing_there` and no detail: it holds no such item."""
        if 0 < self._keychain_rests_until - now <= KEYCHAIN_REST_S:  # more: the clock was set back
            return _refused(
                Sentence(
                    "The macOS keychain did not give the login out when it was asked last;"
                    " it is left in peace for an hour."
                )
            )
        for service in self._services():
            code, raw = await _run_security(self.machine.security, self._keychain_account(), service)
            if code == _NOT_FOUND:
                continue
            if code == 0:
                return _parse(_unhexed(raw), Sentence('the keychain\'s item "{name}"', name=service), now)
            if code == _LOCKED:
                return _refused(
                    Sentence("The macOS keychain is locked: unlock it, and Ringfence reads the login by itself.")
                )
            self._keychain_rests_until = now + KEYCHAIN_REST_S
            return _refused(
                Sentence(
                    "The macOS keychain did not give the login out:"
                    " allow `security` to read it, then restart Ringfence."
                )
            )
        return _Trouble(kind=FailureKind.SIGNED_OUT, detail="", nothing_there=True)

    def _services(self) -> tuple[str, ...]:
        """Return the names that the item may have: with CLAUDE_CONFIG_DIR a hash of it stands behind the name."""
        given = self.account.config_dir or self.tools.environ("CLAUDE_CONFIG_DIR") or ""
        if self.account.default:
            override = self.tools.environ("CLAUDE_SECURESTORAGE_CONFIG_DIR")
            given = given if override is None else override
        if not given:
            return (SERVICE,)
        folder = str(self.machine.home() / given[2:]) if given.startswith("~/") else given
        digest = hashlib.sha256(unicodedata.normalize("NFC", folder).encode()).hexdigest()[:8]
        hashed = f"{SERVICE}-{digest}"
        # A person may name in the settings the folder that Claude Code uses without the variable.
        return (hashed, SERVICE) if Path(folder) == self.machine.home() / ".claude" else (hashed,)

    def _keychain_account(self) -> str:
        for name in (self.tools.environ("USER") or "", self.machine.user()):
            if re.fullmatch(r"[A-Za-z0-9._-]+", name):
                return name
        return "claude-code-user"


async def _run_security(program: Path, account: str, service: str) -> tuple[int, bytes]:
    """Return `security`'s exit code and output; -1 when it did not end in time or cannot be started."""
    arguments = ("find-generic-password", "-a", account, "-w", "-s", service)
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(program, *arguments, stdin=null, stdout=pipe, stderr=null)
    except OSError:
        return -1, b""
    try:
        async with asyncio.timeout(KEYCHAIN_DEADLINE_S):
            raw, _ = await process.communicate()
    except TimeoutError:
        return -1, b""
    finally:
        if process.returncode is None:  # late, or our own task was cancelled
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, raw


def _unhexed(raw: bytes) -> bytes:
    """Return what `security -w` printed: it prints hex when a character is not printable."""
    text = raw.strip()
    return bytes.fromhex(text.decode()) if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", text) else text


def _in_file(path: Path, now: float) -> Login | _Trouble:
    """Return the login of a credentials file. Runs in a thread: home folders may be on a network."""
    raw = _read(path)
    return raw if isinstance(raw, _Trouble) else _parse(raw, clean(str(path)), now)


def _read(path: Path) -> bytes | _Trouble:
    where = clean(str(path))
    try:
        # Not blocking: somebody's named pipe of that name must not stop the reading.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        detail = Sentence(
            "There is no login in {where}: run `claude` and sign in, or store a token with `ringfence account add`.",
            where=where,
        )
        return _signed_out(detail, nothing_there=True)
    except (OSError, ValueError) as error:
        return _unreadable(where, error)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return _signed_out(Sentence("{path} is not a file: remove it, then run `claude` and sign in.", path=where))
        with os.fdopen(handle, "rb", closefd=False) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _unreadable(where, error)
    finally:
        os.close(handle)
    too_large = Sentence("{path} is too large to be a login: run `claude` and sign in again.", path=where)
    return _signed_out(too_large) if len(raw) > MAX_BYTES else raw


def _unreadable(where: str, error: OSError | ValueError) -> _Trouble:
    reason: str = Sentence("its name is not valid")
    if isinstance(error, OSError) and error.errno:
        reason = os.strerror(error.errno)
    return _signed_out(
        Sentence(
            "The login in {where} cannot be read ({reason}): make it readable for you alone (mode 600).",
            where=where, reason=reason,
        )
    )  # fmt: skip


def _parse(raw: bytes, where: str, now: float) -> Login | _Trouble:
    """Return the login in the JSON that Claude Code keeps, or why there is none."""
    try:
        kept = msgspec.json.decode(raw, type=_Kept)
    except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
        damaged = Sentence(
            "The login in {where} is damaged or of an unknown form: run `claude` and sign in again.", where=where
        )
        return _signed_out(damaged, damaged=True)
    oauth = kept.login
    if oauth is None:
        other = Sentence("{where} holds no Claude subscription's login: run `claude` and sign in.", where=where)
        return _signed_out(other, nothing_there=True)
    token = (oauth.access_token or "").strip()
    if not token:
        # The endpoint answers an empty token with an hour's block (FORMATS A1): never send one.
        return _signed_out(Sentence("The login in {where} is empty: run `claude` and sign in.", where=where))
    if oauth.expires_at is not None and oauth.expires_at / 1000 <= now:
        detail = Sentence(
            "The login in {where} has expired: run `claude` once, it renews the login by itself.", where=where
        )
        return _Trouble(kind=FailureKind.EXPIRED, detail=detail)
    if oauth.scopes and SCOPE not in oauth.scopes:
        detail = Sentence(
            "The login in {where} may not read usage ({scope} is missing): run `claude` and sign in with the browser.",
            where=where, scope=SCOPE,
        )  # fmt: skip
        return _Trouble(kind=FailureKind.MISSING_SCOPE, detail=detail)
    return _login_of(token, where, clean(oauth.subscription_type or "", 40) or None)


def _login_of(token: str, where: str, plan: str | None, advice: Sentence | None = None) -> Login | _Trouble:
    if not _TOKEN.fullmatch(token):
        advice = advice or Sentence("run `claude` and sign in")
        return _signed_out(Sentence("What is kept in {where} is not a token: {advice}.", where=where, advice=advice))
    return Login(token=Secret(token), where=where, plan=plan)


def _signed_out(detail: str, *, nothing_there: bool = False, damaged: bool = False) -> _Trouble:
    return _Trouble(kind=FailureKind.SIGNED_OUT, detail=detail, nothing_there=nothing_there, damaged=damaged)


def _refused(what: Sentence) -> _Trouble:
    # The file is still looked for: Claude Code writes one where it cannot use the keychain.
    return _signed_out(what, nothing_there=True)
