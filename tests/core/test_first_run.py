"""Who is welcomed, and that nobody is welcomed twice."""

import pytest

from ringfence.core.first_run import is_first
from ringfence.core.model import Hint


@pytest.mark.parametrize(
    ("there", "hidden", "quiet", "first"),
    [
        (False, (), False, True),
        (False, (Hint.NO_TRAY,), False, True),
        (True, (), False, False),
        (False, (Hint.WELCOME,), False, False),
        (False, (), True, False),
    ],
)
def test_only_who_chose_nothing_and_saw_nothing_is_welcomed_and_never_at_sign_in(there, hidden, quiet, first):
    assert is_first(settings_there=there, hidden=hidden, quiet=quiet) is first
