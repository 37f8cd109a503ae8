"""What `status --json` prints (DESIGN 5): the document that every face for programs shares."""

from __future__ import annotations

from typing import Any

from ringfence.cli.reading import Reading
from ringfence.documents import status
from ringfence.documents.base import plain


def status_json(seen: Reading) -> dict[str, Any]:
    """Return the object; times are whole epoch seconds, percentages 0-100 and more."""
    trouble = seen.view.trouble or " ".join(seen.remarks) or None
    return plain(status.status_document(seen.view, seen.answer, monitor_runs=seen.running, trouble=trouble))
