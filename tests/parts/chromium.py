"""The real browser, headless, for pages that must not get through. Debian's package `chromium` brings it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_BROWSE_S = 60


def program() -> str | None:
    """Return the browser, None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def why_not() -> str:
    """Return why the browser cannot be had here, else nothing."""
    return "" if program() else "chromium is not there; Debian's package of that name brings it"


def dump(url: str, folder: Path, *, budget_ms: int = 8000) -> str:
    """Open a page, let its scripts run for so long, and return its document as it stands then."""
    given = program()
    assert given is not None
    done = subprocess.run(
        [
            given, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP evil.example 127.0.0.1", f"--user-data-dir={folder}",
            f"--virtual-time-budget={budget_ms}", "--dump-dom", url,
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)}, capture_output=True, text=True, timeout=_BROWSE_S,
        check=True,
    )  # fmt: skip
    return done.stdout
