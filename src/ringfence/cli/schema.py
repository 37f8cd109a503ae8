"""What `status --json` prints (DESIGN 5): the document that every face for programs shares."""

from __future__ import annotations

from typing import Any

from ringfence.cli.reading import Reading


def status_json(seen: Reading) -> dict[str, Any]:
    """Return the object; times are whole epoch seconds, percentages 0-100 and more."""
    from ringfence.documents import base, status

    trouble = seen.view.trouble or " ".join(seen.remarks) or None
    return base.plain(status.status_document(seen.view, seen.answer, monitor_runs=seen.running, trouble=trouble))
