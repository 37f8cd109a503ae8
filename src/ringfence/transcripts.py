"""The transcripts of all accounts, as reports and the book of tokens have them read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ringfence.core.account_settings import Account
    from ringfence.core.sums import Caught, ScanProgress
    from ringfence.tokens.reader import TokenReader

PROJECTS = "projects"
"""The folder in Claude Code's own below which it writes transcripts (FORMATS C)."""


class Transcripts:
    """Where transcripts are, and what reads them. Methods block, one at a time, from any thread."""

    def __init__(
        self,
        reader: TokenReader,
        *,
        config_folders: Callable[[Account], Sequence[str]],
        tidy: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Put them together.

        Args:
            reader: what reads them into the ledger.
            config_folders: Claude Code's folders of an account.
            tidy: forgets, at a moment, what only helped to read transcripts. Called after a look at all of them.
        """
        self._reader = reader
        self._config_folders = config_folders
        self._tidy = tidy

    def folders(self, accounts: Sequence[Account]) -> tuple[str, ...]:
        """Return the folders below which they are written, there or not."""
        return transcript_folders(accounts, self._config_folders)

    def catch_up(
        self,
        accounts: Sequence[Account],
        paths: frozenset[str] | None,
        *,
        now: float,
        scanned: Callable[[ScanProgress], bool],
    ) -> Caught:
        """Read what is new in all of them, or in `paths` alone, into the ledger. Raises FileError.

        `scanned` is told the progress about twice a second and ends the work by returning False; what was counted until
        then stays counted.
        """
        caught = self._reader.catch_up({a.name: self._config_folders(a) for a in accounts}, paths, scanned)
        if paths is None and caught.complete:
            self._tidy(now)
        return caught


def transcript_folders(
    accounts: Sequence[Account], config_folders: Callable[[Account], Sequence[str]]
) -> tuple[str, ...]:
    """Return the folders below which the accounts' transcripts are written, there or not."""
    configs = (folder for account in accounts for folder in config_folders(account))
    return tuple(dict.fromkeys(str(Path(folder) / PROJECTS) for folder in configs))
