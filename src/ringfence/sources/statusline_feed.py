"""What Claude Code tells its status line: session and week, without a request (FORMATS D, H).

`ringfence statusline` keeps it in a file (`feed`). It names no model's week and no spend, so its sample is a partial
one; each window is there only while Claude Code reports it, and one whose reset has passed says nothing any more.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ringfence import feed
from ringfence.core.model import SESSION_S, WEEK_S, Sample, Window
from ringfence.ports import FeedSpec
from ringfence.sentence import N_

if TYPE_CHECKING:
    from pathlib import Path

    from ringfence.core.account_settings import Account
    from ringfence.ports import Tools

ID = "statusline_feed"
_WINDOWS = (("five_hour", "session", N_("5-hour session"), SESSION_S), ("seven_day", "week", N_("Week"), WEEK_S))


def _files(account: Account, folder: Path, tools: Tools) -> tuple[str, ...]:
    """Return the feeds that are this account's: the one of its folder, and the one that was given its name."""
    keys = [feed.key_of(folder="", account=account.name)]
    given = account.config_dir or (tools.environ("CLAUDE_CONFIG_DIR") or "~/.claude" if account.default else None)
    keys += [feed.key_of(folder=given)] if given else []
    return tuple(str(folder / feed.file_name(key)) for key in keys)


def _read(path: str, account: str, *, now: float) -> Sample | None:
    document = feed.read(path, now)
    if document is None or not _is_of(document, path):
        return None
    windows = tuple(
        Window(
            id=window_id, label=label, used=found["used_percentage"] / 100, resets_at=float(found["resets_at"]),
            duration_s=duration_s,
        )
        for name, window_id, label, duration_s in _WINDOWS
        if (found := document[name]) and found["resets_at"] > now
    )  # fmt: skip
    if not windows:
        return None
    observed_at = min(float(document["observed_at"]), now)
    return Sample(account=account, source=ID, observed_at=observed_at, windows=windows, partial=True)


def _is_of(document: dict[str, Any], path: str) -> bool:
    """Tell whether a feed is the one that its name says: another login's numbers are never taken for this one's."""
    account, folder = document.get("account"), document.get("config_dir")
    if not isinstance(folder, str) or not (account is None or isinstance(account, str)):
        return False
    return os.path.basename(path) == feed.file_name(feed.key_of(folder=folder, account=account))  # noqa: PTH119


SPEC = FeedSpec(
    id=ID,
    label=N_("Claude Code's status line"),
    help=N_(
        "Takes session and week from what Claude Code tells its status line, without a request."
        " `ringfence hooks install statusline` begins it."
    ),
    files=_files,
    read=_read,
)
