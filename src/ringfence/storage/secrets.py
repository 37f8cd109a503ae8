"""Tokens in the system keyring, for accounts whose login is not Claude Code's own on this machine.

A locked keyring asks the person for a password in a dialog, and the call blocks until they answer (DESKTOP 3). So every
call runs in a thread of its own, with a deadline; the thread is a daemon, for it must not hold up the program's end.
No exception of a keyring leaves that thread: its traceback may hold the secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ringfence.ports import Secret, SecretError
from ringfence.sentence import Sentence

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "ringfence"
DEADLINE_S = 10.0
T = TypeVar("T")

_NONE = Sentence(
    "No system keyring answers: start one (GNOME Keyring, KWallet, KeePassXC), or give the account a config_dir whose "
    "login Claude Code keeps."
)
_LOCKED = Sentence("The system keyring is locked: unlock it, then try again.")
_turn = threading.Lock()
"""One call at a time: a second one beside a locked keyring would only open a second dialog."""


async def read_secret(name: str, *, deadline_s: float = DEADLINE_S) -> Secret | None:
    """Return the token stored under a name, None when there is none. Raises SecretError."""

    def call() -> Secret | SecretError | None:
        token = _backend().get_password(SERVICE, name)
        return Secret(token) if token else None

    return await _ask(call, deadline_s)


async def store_secret(name: str, secret: Secret, *, deadline_s: float = DEADLINE_S) -> None:
    """Store a token under a name. Raises SecretError, also when the keyring takes it and does not keep it."""

    def call() -> SecretError | None:
        backend = _backend()
        backend.set_password(SERVICE, name, secret.reveal())
        # The null backend drops what it is given without a word (DESKTOP 3).
        if backend.get_password(SERVICE, name) == secret.reveal():
            return None
        keyring = _name_of(backend)
        return SecretError(
            Sentence("The keyring ({name}) did not keep the token: choose another keyring backend.", name=keyring)
        )

    await _ask(call, deadline_s)


async def delete_secret(name: str, *, deadline_s: float = DEADLINE_S) -> bool:
    """Delete the token of a name; False when there was none. Raises SecretError."""

    def call() -> bool | SecretError:
        backend = _backend()
        if backend.get_password(SERVICE, name) is None:
            return False
        backend.delete_password(SERVICE, name)
        return True

    return await _ask(call, deadline_s)


async def backend_name(*, deadline_s: float = DEADLINE_S) -> str:
    """Return what the keyring is called, for `doctor` ("SecretService Keyring"). Raises SecretError without one."""

    def call() -> str | SecretError:
        return _name_of(_backend())

    return await _ask(call, deadline_s)


async def _ask(call: Callable[[], T | SecretError], deadline_s: float) -> T:
    """Return what `call` returns in a thread. Raises SecretError, also at the deadline; a dialog may stay open."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[T | SecretError] = loop.create_future()

    def hand_over(answer: T | SecretError) -> None:
        if not answered.done():
            answered.set_result(answer)

    def work() -> None:
        if not _turn.acquire(timeout=deadline_s):
            return  # somebody's dialog still stands there, and nobody waits for us any more
        try:
            answer = _answer(call)
        finally:
            _turn.release()
        with contextlib.suppress(RuntimeError):  # the loop was closed while the dialog stood there
            loop.call_soon_threadsafe(hand_over, answer)

    threading.Thread(target=work, name="keyring", daemon=True).start()
    answer: T | SecretError
    try:
        async with asyncio.timeout(deadline_s):
            answer = await answered
    except TimeoutError:
        late = Sentence(
            "The system keyring did not answer within {seconds} s: look for its password dialog, unlock it, then try"
            " again.",
            seconds=f"{deadline_s:g}",
        )
        answer = SecretError(late)
    if isinstance(answer, SecretError):
        raise answer
    return answer


def _answer(call: Callable[[], T | SecretError]) -> T | SecretError:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - every backend has errors of its own
        return SecretError(_sentence(error))


def _backend() -> KeyringBackend:
    """Return the keyring of this system, also one that was started after us. Raises NoKeyringError."""
    import keyring  # noqa: PLC0415 - 70-140 ms that only accounts of the keyring need
    from keyring.backends import SecretService, fail  # noqa: PLC0415
    from keyring.errors import NoKeyringError  # noqa: PLC0415

    chosen = keyring.get_keyring()
    if not isinstance(chosen, fail.Keyring):
        return chosen
    # keyring keeps its first choice for ever, even `fail`; the service is asked directly (DESKTOP 3).
    if SecretService.Keyring.viable:
        return SecretService.Keyring()  # type: ignore[no-untyped-call]
    raise NoKeyringError


def _name_of(backend: KeyringBackend) -> str:
    return str(backend.name)


def _sentence(error: Exception) -> Sentence:
    """Return a keyring's error in words of our own; its text may be anything."""
    from keyring.errors import InitError, KeyringLocked, NoKeyringError  # noqa: PLC0415

    match error:
        case KeyringLocked():
            return _LOCKED
        case NoKeyringError() | InitError():
            return _NONE
        case _:
            return Sentence(
                "The system keyring failed ({error}): `ringfence doctor` names it; try again.",
                error=type(error).__name__,
            )
