"""The two ways in: a Unix socket that only its owner may open, and loopback TCP; and who came through the first."""

from __future__ import annotations

import os
import socket
import stat
import struct
from pathlib import Path

from ringfence.file_errors import FileError
from ringfence.sentence import Sentence

KNOCK_S = 1.0
"""How long somebody who listens on our socket may take to answer before it counts as left behind."""
LONGEST = 100
"""Bytes of a socket's path; systems allow 104 to 108."""


def unix_socket(path: Path) -> socket.socket:
    """Return a listening socket (0600, in a folder of 0700). Raises FileError.

    A socket that a killed monitor left is replaced; one at which somebody answers is not.
    """
    _check_folder(path.parent)
    if len(os.fsencode(path)) > LONGEST:
        raise FileError(
            Sentence(
                "Cannot listen on {path}: the path is too long for a socket; set RINGFENCE_HOME to a shorter one.",
                path=path,
            )
        )
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        made.bind(str(path))
        path.chmod(0o600)
        made.setblocking(False)
        made.listen(128)
    except OSError as error:
        made.close()
        raise FileError.of("listen on", path, error) from None
    except FileError:
        made.close()
        raise
    return made


def loopback_socket(port: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1. Raises FileError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        made.setblocking(False)
        made.listen(128)
    except OSError as error:
        made.close()
        reason = error.strerror or type(error).__name__
        raise FileError(
            Sentence(
                "Cannot listen on 127.0.0.1:{port}: {reason}; choose another one with"
                " `ringfence settings set api.port PORT`.",
                port=port,
                reason=reason,
            )
        ) from None
    return made


def remove(path: Path, inode: int) -> None:
    """Remove our socket's file, unless another one stands in its place."""
    try:
        if path.lstat().st_ino == inode:
            path.unlink()
    except OSError:
        return


def peer_uid(peer: socket.socket) -> int | None:
    """Return who is at the other end of a Unix socket; None where the system does not tell."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return int(struct.unpack("3i", raw)[1])
        if hasattr(socket, "LOCAL_PEERCRED"):  # macOS and BSD: struct xucred, its version first
            raw = peer.getsockopt(0, socket.LOCAL_PEERCRED, 76)
            return int(struct.unpack_from("=2I", raw)[1])
    except (OSError, struct.error):
        return -1
    return None


def _check_folder(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise FileError(
            Sentence(
                "Cannot listen in {folder}: it must be a folder of yours that nobody else may write; mend it (chmod"
                " 700).",
                folder=folder,
            )
        )


def _clear(path: Path) -> None:
    """Make room for our socket. Raises FileError when something else stands there, or somebody answers."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise FileError(Sentence("Cannot listen on {path}: something else stands there; move it away.", path=path))
    if answers(path):
        raise FileError(Sentence("Cannot listen on {path}: another program answers there; end it first.", path=path))
    path.unlink()


def answers(path: Path) -> bool:
    """Tell whether somebody listens on a Unix socket."""
    if not os.access(path, os.F_OK):  # where nobody may look nobody can ask
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knocking:
        knocking.settimeout(KNOCK_S)
        try:
            knocking.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # it is too busy to answer, or does not let us: it is there
            return True
        return True
