"""Whether somebody sees Ringfence for the first time."""

from __future__ import annotations

from collections.abc import Collection

from ringfence.core.model import Hint


def is_first(*, settings_there: bool, hidden: Collection[Hint], quiet: bool) -> bool:
    """Tell whether to welcome the person.

    Args:
        settings_there: there is a settings file: somebody has chosen something already.
        hidden: the explanations that were hidden for good; the welcome is one.
        quiet: the app was started by the desktop, or as a demo: nobody asked to see anything.
    """
    return not (settings_there or quiet or Hint.WELCOME in hidden)
