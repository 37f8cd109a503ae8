"""One tray app per person: a second start asks the first to show its window, and ends."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

SHOW = b"show\n"
_TIMEOUT_MS = 1000
_LONGEST = 4096


def raise_first(socket: Path) -> bool:
    """Ask a running tray app to show its window; False when there is none that answers within a second."""
    if not socket.exists():
        return False
    asking = QLocalSocket()
    asking.connectToServer(str(socket))
    if not asking.waitForConnected(_TIMEOUT_MS):
        return False
    asking.write(SHOW)
    asking.waitForBytesWritten(_TIMEOUT_MS)
    # The answer proves that a tray app listens, not a socket left behind by something else.
    heard = asking.waitForReadyRead(_TIMEOUT_MS) and bytes(asking.readAll().data()) == SHOW
    asking.disconnectFromServer()
    return heard


class FirstInstance(QObject):
    """Listens for second starts. The monitor's lock is taken before: whoever holds it owns the socket's place."""

    show_asked = Signal()

    def __init__(self, socket: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        # Only this person may connect (the folder is 0700 as well); one word is understood.
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        QLocalServer.removeServer(str(socket))  # a killed app leaves its socket, and listen() then says "in use"
        self.listens = self._server.listen(str(socket))

    def close(self) -> None:
        """Stop listening and take the socket away."""
        self._server.close()

    def _answer(self) -> None:
        while (asking := self._server.nextPendingConnection()) is not None:
            asking.readyRead.connect(lambda asking=asking: self._read(asking))
            asking.disconnected.connect(asking.deleteLater)

    def _read(self, asking: QLocalSocket) -> None:
        if bytes(asking.read(_LONGEST).data()) == SHOW:
            asking.write(SHOW)
            asking.flush()
            self.show_asked.emit()
        asking.disconnectFromServer()
