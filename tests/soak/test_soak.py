"""A simulated day of everything that goes wrong breaks no promise. `make soak` runs ten (docs/reliability.md)."""

import logging

import pytest

from soak.run import Result, soak, table


@pytest.fixture(scope="module")
def result():
    logger = logging.getLogger("ringfence")
    before = logger.propagate
    logger.propagate = False  # what a full disk makes it log is part of the story
    try:
        return soak(1.0, 3)
    finally:
        logger.propagate = before


def test_no_promise_is_broken_and_nothing_grows(result: Result):
    assert result.wrong == []


def test_everything_that_can_go_wrong_did_and_only_the_full_disk_was_logged(result: Result):
    told = {name: (value, of) for name, value, of in result.figures}
    assert int(told["readings asked for"][0]) > 120
    assert int(told["the gate was asked"][0]) > 250
    assert "1 disk" in told["what happened to the machine"][1]
    assert {line.split(": ", 1)[1].partition(" /")[0] for line in result.warnings} == {"Cannot write"}


def test_the_figures_are_a_table(result: Result):
    lines = table(result).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "promises broken" in lines[-1]
