"""The week begins where the person lives."""

from __future__ import annotations

import pytest

from ringfence.core.weeks import first_weekday


@pytest.mark.parametrize(
    ("environment", "day"),
    [
        ({}, 0),
        ({"LANG": "C"}, 0),
        ({"LANG": "C.UTF-8"}, 0),
        ({"LANG": "POSIX"}, 0),
        ({"LANG": "en_US.UTF-8"}, 6),
        ({"LANG": "en-US"}, 6),
        ({"LANG": "de_DE@euro"}, 0),
        ({"LANG": "en_GB"}, 0),
        ({"LANG": "ar_EG.UTF-8"}, 5),
        ({"LANG": "dv_MV"}, 4),
        ({"LANG": "zh_Hant_TW.UTF-8"}, 6),
        ({"LANG": "en"}, 0),
        ({"LANG": "../../etc_US/x"}, 0),
        ({"LANG": "en_US.UTF-8", "LC_TIME": "en_DK.UTF-8"}, 0),
        ({"LANG": "en_US.UTF-8", "LC_TIME": ""}, 6),
        ({"LANG": "de_DE", "LC_TIME": "de_DE", "LC_ALL": "en_US.UTF-8"}, 6),
    ],
)
def test_the_first_day_is_the_territorys(environment: dict[str, str], day: int) -> None:
    assert first_weekday(environment.get) == day
