"""GTK itself takes the symbolic files for what they are, and draws all of each in the colour of its text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

ASSETS = Path(__file__).resolve().parents[2] / "assets"
LOADER = """
import ctypes, sys

gtk, gio, pixbuf = (ctypes.CDLL(f"lib{name}.so.0") for name in ("gtk-3", "gio-2.0", "gdk_pixbuf-2.0"))
pointer = ctypes.c_void_p
for library, names in (
    (gio, ("g_file_new_for_path", "g_file_icon_new")),
    (gtk, ("gtk_icon_theme_get_default", "gtk_icon_theme_lookup_by_gicon", "gtk_icon_info_load_symbolic")),
):
    for name in names:
        getattr(library, name).restype = pointer

assert gtk.gtk_init_check(None, None)
theme = pointer(gtk.gtk_icon_theme_get_default())
red = (ctypes.c_double * 4)(1, 0, 0, 1)
for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    icon = pointer(gio.g_file_icon_new(pointer(gio.g_file_new_for_path(source.encode()))))
    info = pointer(gtk.gtk_icon_theme_lookup_by_gicon(theme, icon, 64, 0))
    symbolic, error = ctypes.c_int(), pointer()
    picture = pointer(
        gtk.gtk_icon_info_load_symbolic(info, red, None, None, None, ctypes.byref(symbolic), ctypes.byref(error))
    )
    assert symbolic.value and not error.value, source
    assert pixbuf.gdk_pixbuf_save(picture, target.encode(), b"png", None, None)
"""


@pytest.fixture
def recoloured(desktop, tmp_path):
    files = sorted(ASSETS.rglob("*-symbolic.svg"))
    pairs = [str(path) for file in files for path in (file, tmp_path / f"{file.stem}.png")]
    done = subprocess.run([sys.executable, "-c", LOADER, *pairs], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {file.stem: QImage(str(tmp_path / f"{file.stem}.png")) for file in files}


def test_gtk_draws_every_symbolic_file_in_its_own_colour(recoloured):
    assert len(recoloured) > 5
    for name, image in recoloured.items():
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        assert {pixel.name() for pixel in pixels if pixel.alpha() > 60} == {"#ff0000"}, name
        assert sum(pixel.alpha() > 200 for pixel in pixels) > 200, name
