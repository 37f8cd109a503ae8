"""The other end of `scan_apart`: reads the transcripts and tells how far it is, until nobody listens any more."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ringfence import scan_apart, wiring
from ringfence.core.sums import ScanProgress
from ringfence.file_errors import FileError
from ringfence.storage.paths import Paths


def run(arguments: Sequence[str]) -> int:
    """Read what is new in all transcripts into the ledger below the two folders given: config and state."""
    config, state = arguments
    paths = Paths(config=Path(config), state=Path(state))
    ledger = wiring.token_reports(paths)
    try:
        settings, _ = wiring.settings_in_force(paths)
        wiring.transcripts(paths, ledger).catch_up(settings.accounts, None, now=wiring.now(), scanned=_tell)
    except FileError:  # it is met again by whoever asked
        return 1
    except BrokenPipeError:  # nobody does any more, nor takes what Python still holds for them: it would exit with 120
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        ledger.close()
    return 0


def _tell(progress: ScanProgress) -> bool:
    print(scan_apart.line_of(progress), flush=True)
    return True
