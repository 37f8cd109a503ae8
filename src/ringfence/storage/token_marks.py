"""How far each transcript was read, as the ledger has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from ringfence.core.tokens import FileMark, Stamp

_64 = (1 << 64) - 1
"""A file system's 64-bit numbers have no sign; SQLite's have."""


def stamps(connection: sqlite3.Connection) -> dict[str, Stamp]:
    """Return how every transcript looked when it was last read, by its path."""
    found = connection.execute("SELECT path, device, inode, size, mtime_ns FROM token_files")
    return {
        path.decode("utf-8", "surrogateescape"): (device & _64, inode & _64, size, mtime_ns)
        for path, device, inode, size, mtime_ns in found
    }


def mark(connection: sqlite3.Connection, path: str) -> FileMark | None:
    """Return how far a transcript was read, None when it never was."""
    from ringfence.core.tokens import FileMark  # noqa: PLC0415 - what is new needs it; a report over known files not
    from ringfence.storage.token_rows import Names  # noqa: PLC0415

    found = connection.execute(
        "SELECT device, inode, size, mtime_ns, offset, head, tail, origin, agent, last_at FROM token_files"
        " WHERE path = ?",
        (path.encode("utf-8", "surrogateescape"),),
    ).fetchone()
    if found is None:
        return None
    device, inode, size, mtime_ns, offset, head, tail, origin, agent, last_at = found
    return FileMark(
        path=path, device=device & _64, inode=inode & _64, size=size, mtime_ns=mtime_ns, offset=offset, head=head,
        tail=tail, origin=None if origin is None else Names(connection).origin_of(origin)[0], agent=bool(agent),
        last_at=last_at,
    )  # fmt: skip
