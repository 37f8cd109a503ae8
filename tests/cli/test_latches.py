"""`pause`, `unpause`, `override`: the person's latches, told in one sentence, with or without a monitor."""

from __future__ import annotations

import json

import pytest

from cli.world import HOUR, NOW, account, window
from ringfence import gate_reader
from ringfence.storage.paths import Paths

pytestmark = pytest.mark.usefixtures("clock")
CLOSING = "[thresholds]\nsession_pct = 90\n"


def gate(paths: Paths, **launch: str) -> gate_reader.Answer:
    return gate_reader.read_gate(str(paths.gate), now=NOW, **launch)


def test_a_pause_needs_no_monitor(cli, paths: Paths) -> None:
    ran = cli("pause")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "Paused by you until you unpause. Running work goes on.\n"
    assert gate(paths).verdict == "closed"
    assert gate(paths).refusal["reason"] == "manual_pause"


@pytest.mark.parametrize(
    ("options", "said", "seconds"),
    [
        (["--for", "2h"], "Paused by you until 02:00.", 2 * HOUR),
        (["--until", "18:00", "--why", "deploying"], "Paused by you until 18:00 (deploying).", 18 * HOUR),
        (["--until", "2026-11-30 18:00"], "Paused by you until 30 Nov, 18:00.", 8 * 24 * HOUR + 18 * HOUR),
    ],
)
def test_a_pause_says_until_when(cli, paths: Paths, options: list[str], said: str, seconds: float) -> None:
    ran = cli("pause", *options)
    assert ran.out == f"{said} Running work goes on.\n"
    assert gate(paths).valid_until == NOW + seconds


def test_a_pause_until_the_reset_ends_with_the_session(cli, paths: Paths, furnish) -> None:
    furnish(account(window("session", 0.5, resets_in=2 * HOUR), window("week", 0.1, resets_in=50 * HOUR)))
    assert cli("pause", "--until-reset").out.startswith("Paused by you until 02:00.")
    assert gate(paths).valid_until == NOW + 2 * HOUR


def test_a_models_pause_until_the_reset_ends_with_that_models_week(cli, paths: Paths, furnish) -> None:
    opus = window("model:Opus", 0.5, resets_in=30 * HOUR, model="Opus")
    furnish(account(window("session", 0.5), opus))
    cli("pause", "--until-reset", "--model", "opus")
    assert gate(paths, model="claude-opus-4-6").valid_until == NOW + 30 * HOUR
    assert gate(paths).verdict == "open"


def test_without_a_known_reset_nothing_is_paused(cli, paths: Paths) -> None:
    ran = cli("pause", "--until-reset")
    assert (ran.status, ran.out) == (1, "")
    assert "No reset is known yet" in ran.err
    assert not paths.gate.exists()


def test_a_reset_that_has_passed_is_not_known(cli, paths: Paths, furnish) -> None:
    furnish(account(window("session", 0.5, resets_in=-60)))
    assert cli("pause", "--until-reset").status == 1
    assert gate(paths).verdict == "open"


@pytest.mark.parametrize(
    "options",
    [
        ["--for", "2h", "--until", "18:00"],
        ["--for", "2h", "--until-reset"],
        ["--until", "18:00", "--until-reset"],
        ["--until", "2020-01-01 10:00"],
        ["--until", "tomorrow"],
        ["--for", "0s"],
        ["--for", "yesterday"],
        ["--model", ""],
        ["--model", "a\x1bb"],
        ["--colour"],
        ["2h"],
    ],
)
def test_what_cannot_be_meant_is_wrong_usage_and_changes_nothing(cli, paths: Paths, options: list[str]) -> None:
    ran = cli("pause", *options)
    assert ran.status == 64
    assert ran.out == ""
    assert ran.err.startswith("ringfence pause: ")
    assert ran.err.count("\n") == 1
    assert "\x1b" not in ran.err
    assert not paths.gate.exists()


def test_a_pause_for_an_account_that_does_not_exist_is_refused(cli, furnish, paths: Paths) -> None:
    furnish(account(name="work"), settings='[[accounts]]\nname = "work"\nconfig_dir = "/nowhere"\n', gate=False)
    ran = cli("pause", "--account", "wrok")
    assert (ran.status, ran.err) == (1, "ringfence: There is no account called wrok; did you mean work?\n")
    assert not paths.gate.exists()


def test_the_word_for_a_pause_carries_no_escape_sequence(cli, paths: Paths) -> None:
    ran = cli("pause", "--why", "now \x1b[31mred\x1b[0m \u202eevil\u202c")
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert "\x1b" not in gate(paths).hold["why"]


def test_unpause_lifts_every_pause(cli, paths: Paths, furnish) -> None:
    furnish(account(window("session", 0.5)))
    cli("pause", "--model", "Opus")
    cli("pause")
    assert cli("unpause").out == "Unpaused. Agents may start.\n"
    assert gate(paths, model="Opus").verdict == "open"


def test_unpause_of_a_scope_lifts_that_one_and_names_the_others(cli, paths: Paths, furnish) -> None:
    furnish(account(window("session", 0.5)))
    cli("pause", "--model", "Opus")
    cli("pause", "--class", "batch")
    assert cli("unpause", "--model", "opus").out == "Unpaused. Still in force: Paused by you for class batch.\n"
    assert gate(paths, model="Opus").verdict == "open"
    assert gate(paths, class_="batch").verdict == "closed"


def test_unpause_without_a_pause_says_so(cli, furnish) -> None:
    furnish(account(window("session", 0.5)))
    ran = cli("unpause")
    assert (ran.status, ran.out) == (0, "There was no pause. Agents may start.\n")


def test_unpause_says_what_still_holds_runs(cli, furnish) -> None:
    furnish(account(window("session", 0.92)), settings=CLOSING)
    cli("pause")
    assert cli("unpause").out == ("Unpaused. New agents are held: Session 92 % used, threshold 90 %, resets 01:00.\n")


def test_unpause_without_a_monitor_says_that_nobody_can_tell(cli) -> None:
    cli("pause")
    assert cli("unpause").out.startswith("Unpaused. The gate is unknown: ")


def test_an_override_without_a_word_lasts_until_the_window_that_holds_resets(cli, paths: Paths, furnish) -> None:
    furnish(account(window("session", 0.92), window("week", 0.2, resets_in=40 * HOUR)), settings=CLOSING)
    assert gate(paths).verdict == "closed"
    assert cli("override").out == "Overridden by you until 01:00.\n"
    assert gate(paths).verdict == "open"
    assert cli("override", "--off").out.startswith("The override is off. New agents are held: Session 92 %")
    assert gate(paths).verdict == "closed"


def test_an_override_does_not_lift_the_persons_pause_and_says_so(cli, paths: Paths, furnish) -> None:
    furnish(account(window("session", 0.92)), settings=CLOSING)
    cli("pause")
    ran = cli("override", "--for", "30m")
    assert ran.out == ("Overridden by you until 00:30. Paused by you all the same; lift it with `ringfence unpause`.\n")
    assert gate(paths).verdict == "closed"


def test_an_override_until_the_reset_of_nothing_is_refused(cli, furnish) -> None:
    furnish(account(window("session", 0.2)), settings=CLOSING)
    ran = cli("override", "--until-reset")
    assert (ran.status, ran.out) == (1, "")
    assert "no threshold holds runs now" in ran.err
    assert "--for 30m" in ran.err


def test_an_override_takes_one_option(cli) -> None:
    assert cli("override", "--for", "1h", "--off").status == 64


def test_an_override_without_a_monitor_says_that_the_gate_stays_unknown(cli) -> None:
    assert "The gate is unknown: " in cli("override", "--for", "30m").out


def test_a_pause_keeps_the_monitors_part_and_raises_the_serial(cli, paths: Paths, furnish) -> None:
    furnish(account(window("session", 0.92)), settings=CLOSING)
    before = json.loads(paths.gate.read_text())
    cli("pause")
    after = json.loads(paths.gate.read_text())
    assert after["serial"] == before["serial"] + 1
    assert [h["kind"] for h in after["holds"]] == ["manual", "threshold"]
    assert after["lease_until"] == before["lease_until"]


def test_a_gate_that_cannot_be_written_is_one_sentence(cli, paths: Paths) -> None:
    paths.state.parent.mkdir(parents=True, exist_ok=True)
    paths.state.write_text("a file where the folder belongs")
    ran = cli("pause")
    assert ran.status == 1
    assert ran.err.startswith("ringfence: Cannot ")
    assert ran.err.count("\n") == 1


def test_a_damaged_gate_is_replaced_by_a_pause(cli, paths: Paths) -> None:
    paths.state.mkdir(parents=True, mode=0o700)
    paths.gate.write_text('{"verdict":"open","serial":41,')
    paths.gate.chmod(0o600)
    assert cli("pause").status == 0
    assert gate(paths).verdict == "closed"
    assert gate(paths).document["serial"] == 42


def test_a_gate_of_a_newer_ringfence_is_left_alone(cli, paths: Paths) -> None:
    paths.state.mkdir(parents=True, mode=0o700)
    newer = '{"verdict":"open","valid_until":1,\n"format":2}\n'
    paths.gate.write_text(newer)
    paths.gate.chmod(0o600)
    ran = cli("pause")
    assert ran.status == 1
    assert "update Ringfence" in ran.err
    assert paths.gate.read_text() == newer
