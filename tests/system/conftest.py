"""A person's folders, with a Ringfence in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.system_ports import Host


def program(path: Path) -> Path:
    """Make a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def host(tmp_path: Path) -> Callable[..., Host]:
    """Return a maker of hosts in one person's home; `host()` starts HOME/venv/bin/ringfence."""

    def make(*command: str, **environ: str) -> Host:
        own = command or (str(program(tmp_path / "home" / "venv" / "bin" / "ringfence")),)
        given = {
            "HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", "XDG_DATA_DIRS": str(tmp_path / "usr/share"),
            "XDG_CONFIG_DIRS": str(tmp_path / "etc/xdg"),
        } | environ  # fmt: skip
        return Host(command=own, environ=given, receipt=tmp_path / "state" / "desktop-files.json")

    return make
