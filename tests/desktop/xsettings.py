"""A stand-in of a desktop's manager of X settings, for its scale: `python tests/desktop/xsettings.py`.

It reads percents from standard input, a line each, and tells every program on the screen (freedesktop.org, XSETTINGS
0.5): the font's resolution, `Xft/DPI`, is what Qt on X11 takes its scale from.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import struct
import sys

REPLACE, INTEGER, CLIENT_MESSAGE, STRUCTURE_NOTIFY = 0, 0, 33, 1 << 17
SELECTION, SETTINGS = b"_XSETTINGS_S0", b"_XSETTINGS_SETTINGS"
DPI = b"Xft/DPI"


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent, as large as the largest XEvent."""

    _fields_ = (
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong), ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5), ("pad", ctypes.c_long * 12),
    )  # fmt: skip


def settings(percent: int, serial: int) -> bytes:
    """Return the settings as they lie in the property, little-endian."""
    name = DPI + b"\0" * (-len(DPI) % 4)
    one = struct.pack("<BxH", INTEGER, len(DPI)) + name + struct.pack("<Ii", serial, round(96 * 1024 * percent / 100))
    return struct.pack("<BxxxII", 0, serial, 1) + one


def main() -> None:
    """Manage the settings until standard input ends."""
    x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    for name in ("XInternAtom", "XDefaultRootWindow", "XCreateSimpleWindow"):
        getattr(x, name).restype = ctypes.c_ulong
    display = ctypes.c_void_p(x.XOpenDisplay(None))
    if not display.value:
        sys.exit("xsettings: there is no screen")
    root = ctypes.c_ulong(x.XDefaultRootWindow(display))
    window = ctypes.c_ulong(x.XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, 0, 0))
    selection, prop, manager = (
        ctypes.c_ulong(x.XInternAtom(display, name, 0)) for name in (SELECTION, SETTINGS, b"MANAGER")
    )

    def tell(percent: int, serial: int) -> None:
        data = settings(percent, serial)
        x.XChangeProperty(display, window, prop, prop, 8, REPLACE, data, len(data))
        x.XSync(display, 0)

    tell(100, 0)
    x.XSetSelectionOwner(display, selection, window, ctypes.c_ulong(0))
    told = ClientMessage(type=CLIENT_MESSAGE, window=root.value, message_type=manager.value, format=32)
    told.data[1], told.data[2] = selection.value, window.value
    x.XSendEvent(display, root, 0, ctypes.c_long(STRUCTURE_NOTIFY), ctypes.byref(told))
    x.XSync(display, 0)
    print("ready", flush=True)
    for serial, line in enumerate(sys.stdin, 1):
        tell(int(line), serial)


if __name__ == "__main__":
    main()
