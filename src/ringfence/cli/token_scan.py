"""Reading what is new in the transcripts before a report: with progress where it takes long, and ended by Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ringfence import token_texts, wiring, words
from ringfence.cli.output import warn
from ringfence.language import _, ngettext, told

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ringfence.core.account_settings import Account
    from ringfence.core.sums import ScanProgress
    from ringfence.transcripts import Transcripts

SHOWN_AFTER_S = 0.5
"""What is over sooner needs no progress."""
MOST_UNREAD = 3
"""So many files that cannot be read are named."""


def goes_on() -> str:
    """Return what is said after Ctrl-C."""
    return _("Interrupted: what was read is kept, and the next `ringfence tokens` goes on there.")


class Interrupted(Exception):  # noqa: N818 - the person's wish, not an error
    """Ctrl-C ended the reading; what was read until then is kept."""


def catch_up(
    transcripts: Transcripts,
    accounts: Sequence[Account],
    scanned_elsewhere: Callable[[], ScanProgress | None],
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Count what is new in the transcripts. Raises FileError, and Interrupted after Ctrl-C.

    A reading that takes long is left to the monitor when that is at it (`scanned_elsewhere`): two would do it twice.
    """
    with _Told(monotonic) as teller, _interruptible() as interrupted:
        left = False

        def scanned(progress: ScanProgress) -> bool:
            nonlocal left
            if teller.is_long and not teller.has_told and (theirs := scanned_elsewhere()):
                left = True
                said = _("{sentence}: the monitor is at it, and these sums grow with it.")
                warn(said.format(sentence=token_texts.scan_text(theirs)))
            if not left:
                teller.show(progress)
            return not (left or interrupted())

        caught = transcripts.catch_up(accounts, None, now=wiring.now(), scanned=scanned)
        for sentence in caught.unread[:MOST_UNREAD]:
            warn(words.clean(told(sentence), 400))
        if (more := len(caught.unread) - MOST_UNREAD) > 0:
            said = ngettext(
                "{count} more file could not be read; its tokens are missing.",
                "{count} more files could not be read; their tokens are missing.",
                more,
            )
            warn(said.format(count=more))
        if interrupted():
            raise Interrupted


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Note the first Ctrl-C, so that what was read is written; a second one ends at once."""
    asked = False

    def ask(_signal: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


class _Told:
    """Tells on standard error how far it is: a bar in a terminal, elsewhere a line at the start and one at the end.

    A reading that is soon over shows nothing, and does not load rich.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._show_at = monotonic() + SHOWN_AFTER_S
        self._bar: tuple[Progress, TaskID] | None = None
        self._last: ScanProgress | None = None

    @property
    def is_long(self) -> bool:
        """Whether it has taken so long that it is to be told."""
        return self._monotonic() >= self._show_at

    @property
    def has_told(self) -> bool:
        """Whether anything was told."""
        return self._last is not None

    def __enter__(self) -> _Told:
        return self

    def show(self, progress: ScanProgress) -> None:
        if not self.is_long:
            return
        first, self._last = self._last is None, progress
        if not sys.stderr.isatty():
            if first:
                warn(f"{token_texts.scan_text(progress)} ...")
            return
        bar, task = self._bar = self._bar or _bar(progress)
        bar.update(task, completed=progress.done_bytes, total=progress.total_bytes)

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if self._bar is not None:
            bar, task = self._bar
            if kind is None and self._last is not None:
                bar.update(task, completed=self._last.total_bytes)
            bar.stop()
        elif self._last is not None and kind is None:
            said = ngettext("Read {size} in {count} file.", "Read {size} in {count} files.", self._last.files)
            warn(said.format(size=token_texts.bytes_text(self._last.total_bytes), count=self._last.files))


def _bar(progress: ScanProgress) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn(_("Reading your transcripts")), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False), transient=True,
    )  # fmt: skip
    bar.start()
    return bar, bar.add_task("", total=progress.total_bytes)
