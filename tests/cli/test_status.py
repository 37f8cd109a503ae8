"""`ringfence status`: what people see at width 80 without colours, and what programs get."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from cli.world import HOUR, NOW, account, failure, window
from parts.account import LoopbackAccount
from ringfence import feed, once, wiring
from ringfence.cli import output, reading, render
from ringfence.core.model import AccountStatus, FailureKind, Money, Status, Tier
from ringfence.core.outlook import Estimate, Forecast, Outlook
from ringfence.core.sums import ScanProgress, Tokens
from ringfence.core.tokens import RUN_ACTIVE_S, Run
from ringfence.storage import records
from ringfence.storage.paths import Paths

GOLDEN = Path(__file__).parent / "golden"
DAY = 24 * HOUR
CLOSING = "[thresholds]\nsession_pct = 90\nweek_pct = 80\n"
TWO = '\n[[accounts]]\nname = "work"\nconfig_dir = "/a"\n\n[[accounts]]\nname = "home"\nconfig_dir = "/b"\n'


def both(session: float = 0.62, week: float = 0.41):
    return window("session", session, resets_in=2 * HOUR + 600), window("week", week, resets_in=3 * DAY)


def money(**more: object):
    amounts = Money(used_minor=27140, limit_minor=50000, currency="USD")
    return window("spend:extra", 0.5428, resets_in=None, label="Extra usage", duration_s=None, money=amounts, **more)


def foreseen(status):
    """The same with what was spent since, and the rate of now."""
    session = Outlook(
        window="session", estimate=Estimate(used=0.66, low=0.65, high=0.67),
        forecast=Forecast(full_at=NOW + 1.5 * HOUR, threshold_at=NOW + HOUR),
    )  # fmt: skip
    return replace(status, outlooks=(session, Outlook(window="week", forecast=Forecast())))


def skewed(status, seconds: float):
    return replace(status, sample=replace(status.sample, skew_s=seconds))


@dataclass(frozen=True)
class Scene:
    """What stands in the files, and what the person did."""

    accounts: tuple[AccountStatus, ...]
    settings: str = CLOSING
    commands: tuple[str, ...] = ()
    gate: bool = True
    runs: tuple[Run, ...] = ()
    scan: ScanProgress | None = None


def run(project: str, **more: object) -> Run:
    """Return a run as of NOW."""
    made: dict[str, object] = {
        "session": project, "account": "default", "project": project, "model": "claude-opus-4-5-20251101", "models": (),
        "tokens": Tokens(input=1200, cache_creation=2000, cache_read=80_000, output=1040, responses=9),
        "burn_per_min": 12_449.0, "started_at": NOW - 400, "last_at": NOW - 20, "subagents": 0, "class_": None,
    }  # fmt: skip
    return Run(**(made | more))  # type: ignore[arg-type]


RUNS = (
    run("/home/me/work/api", subagents=2, class_="interactive"),
    run("/home/me/play/api", model="claude-haiku-4-5-20251001", burn_per_min=950.0, started_at=NOW - 400,
        last_at=NOW - 150),
    run("/srv/documentation-of-everything-we-have", model="claude-3-5-sonnet-20241022", burn_per_min=1_120_000.0,
        tokens=Tokens(input=3_100_000, responses=40), started_at=NOW - 5000),
)  # fmt: skip


SCENES = {
    "open": Scene((account(*both()),)),
    "no_threshold": Scene((account(*both()),), settings=""),
    "closed": Scene((account(*both(0.92, 0.83)),)),
    "paused_and_held": Scene(
        (account(*both(0.92)),), commands=("pause --for 2h --why deploying", "pause --class batch")
    ),
    "overridden": Scene((account(*both(0.92)),), commands=("override --for 30m",)),
    "a_models_week": Scene(
        (account(*both(), window("model:Fable", 0.97, resets_in=3 * DAY, label="Fable week", model="Fable")),)
    ),
    "stale": Scene((account(*both(), age=1500.0),)),
    "offline": Scene((account(*both(), age=900.0, failure=failure(FailureKind.OFFLINE)),)),
    "never_read": Scene((account(failure=failure(FailureKind.SIGNED_OUT, detail="No login.")),), gate=False),
    "other_states": Scene(
        (
            account(
                window("session", 0.0, resets_in=None),
                window("week", 0.9, resets_in=-120),
                window("model:Opus", None, label="Opus week", model="Opus"),
                money(),
                window("model:Fable", 1.04, resets_in=40 * 60, label="Fable week", model="Fable"),
            ),
        ),
        settings="",
    ),
    "two_accounts_and_a_wrong_clock": Scene(
        (skewed(account(*both(), name="work"), -600.0), account(*both(0.1, 0.99), name="home")), settings=TWO
    ),
    "hostile_names": Scene(
        (
            account(
                window("session", 0.5, label="\x1b[31mred\x1b[0m \u202egnol\u202c yrev label of many words"),
                window("week", 0.3, label="週間の使用量と長い名前の窓です"),
                failure=failure(FailureKind.SERVER_ERROR, detail="\x1b]0;title\x07 [bold]not markup[/bold] :smile:"),
            ),
        ),
        settings="",
    ),
    "estimated": Scene((foreseen(account(*both())),)),
    "running": Scene((account(*both()),), runs=RUNS),
    "many_runs": Scene(
        (account(*both(), name="work"), account(*both(), name="home")), settings=TWO,
        runs=tuple(run(f"/p/\x1b[31m<b>{n}", session=str(n), account="home", burn_per_min=1e4 - n) for n in range(12)),
    ),
    "first_scan": Scene(
        (account(*both()),), scan=ScanProgress(done_bytes=714_000_000, total_bytes=2_100_000_000, files=5180)
    ),
}  # fmt: skip


def play(scene: Scene, furnish, cli) -> None:
    furnish(*scene.accounts, settings=scene.settings, gate=scene.gate, runs=scene.runs, scan=scene.scan)
    for command in scene.commands:
        assert cli(*command.split()).status == 0


@pytest.mark.usefixtures("clock", "running")
@pytest.mark.parametrize("name", list(SCENES))
def test_status_looks_as_it_was_approved(name: str, cli, furnish) -> None:
    """The pictures in golden/ were looked at; GOLDEN=write draws them anew, to be looked at again."""
    play(SCENES[name], furnish, cli)
    ran = cli("status")
    assert (ran.status, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(ran.out)
    assert ran.out == file.read_text()


@pytest.mark.usefixtures("clock", "running")
@pytest.mark.parametrize("name", list(SCENES))
def test_no_line_is_wider_than_80_cells(name: str, cli, furnish) -> None:
    play(SCENES[name], furnish, cli)
    assert max(cell_len(line) for line in cli("status").out.splitlines()) <= 80


@pytest.mark.usefixtures("clock", "running")
def test_programs_get_the_estimate_beside_the_reading(furnish, cli) -> None:
    """`used_pct` stays what was read."""
    furnish(foreseen(account(*both())), settings=CLOSING)
    session, week = json.loads(cli("status", "--json").out)["accounts"][0]["windows"]
    told = ("used_pct", "estimated_pct", "estimated_low_pct", "estimated_high_pct", "full_at", "threshold_at")
    assert [session[key] for key in told] == [62, 66, 65, 67, NOW + 1.5 * HOUR, NOW + HOUR]
    assert [week[key] for key in told] == [41, None, None, None, None, None]


@pytest.mark.usefixtures("clock", "running")
def test_colour_only_repeats_what_a_word_says(furnish, paths: Paths, capsys) -> None:
    from rich.console import Console

    furnish(account(*both(0.97)))
    seen = read(paths)
    colourful = Console(force_terminal=True, color_system="256", width=80, highlight=False, markup=False)
    colourful.print(render.status_text(seen, colourful), soft_wrap=True)
    coloured = capsys.readouterr().out
    assert "\x1b[1;38;5;160m" in coloured  # critical
    from rich.text import Text

    plain = output.console()
    assert Text.from_ansi(coloured).plain.rstrip("\n") == render.status_text(seen, plain).plain


def test_tiers_differ_in_lightness_and_not_in_hue_alone() -> None:
    from rich.color import Color

    def lightness(style: str) -> float:
        from rich.style import Style

        colour = Style.parse(style).color
        assert isinstance(colour, Color)
        linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour.get_truecolor()]
        y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        return 116 * y ** (1 / 3) - 16

    seen = sorted(lightness(output.TIER_STYLES[tier]) for tier in Tier)
    assert all(b - a >= 7 for a, b in itertools.pairwise(seen))


@pytest.mark.usefixtures("clock", "running")
def test_a_terminal_without_utf_8_gets_ascii_bars(furnish, paths: Paths) -> None:
    import io

    from rich.console import Console

    furnish(account(*both(), window("model:Opus", None, model="Opus")), settings=CLOSING)
    plain = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"), width=80)
    drawn = render.status_text(read(paths), plain).plain
    assert "###-" in drawn
    assert "--|--" in drawn
    assert "....." in drawn
    assert "█" not in drawn


def read(paths: Paths) -> reading.Reading:
    """Read the files without asking anybody."""
    return reading.read(paths, running=wiring.monitor_runs(paths))


# ---- what is said when something is missing


@pytest.mark.usefixtures("clock")
def test_without_a_monitor_the_endpoint_is_asked_once_and_the_person_is_told(cli, furnish, monkeypatch) -> None:
    furnish(account(*both()))
    asked = []

    async def read_once(paths: Paths):
        asked.append(paths)
        return Status(written_at=NOW, accounts=(account(*both(0.75), age=0.0),), running=False), ""

    monkeypatch.setattr(once, "read_once", read_once)
    ran = cli("status")
    assert len(asked) == 1
    assert "75 %" in ran.out
    assert "just now" in ran.out
    assert "! No monitor runs, so nothing is watched" in ran.out


@pytest.mark.usefixtures("clock", "running")
def test_with_a_monitor_the_endpoint_is_left_alone(cli, furnish, monkeypatch) -> None:
    furnish(account(*both()))
    monkeypatch.setattr(once, "read_once", None)
    ran = cli("status")
    assert ran.status == 0
    assert "No monitor runs" not in ran.out


def test_on_a_fresh_machine_status_says_what_to_do(cli) -> None:
    ran = cli("status")
    assert ran.status == 0
    assert "default · not signed in" in ran.out
    assert "run `claude`" in " ".join(ran.out.split()).replace("Run", "run")
    assert "0 %" not in ran.out


@pytest.mark.usefixtures("clock", "running")
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format":1}', b'{"format":99}', b"\xff\xfe", b"[" * 100000])
def test_damaged_readings_are_one_sentence_and_never_0_percent(cli, paths: Paths, content: bytes) -> None:
    paths.status.write_bytes(content)
    ran = cli("status")
    assert ran.status == 0
    assert "status.json" in ran.out
    assert "Ringfence goes on without it." in " ".join(ran.out.split())
    assert "0 %" not in ran.out
    assert paths.status.read_bytes() == content  # the monitor's, which may be a newer Ringfence


@pytest.mark.usefixtures("clock", "running")
def test_a_wrong_setting_is_named_with_its_line(cli, furnish, paths: Paths) -> None:
    furnish(account(*both()))
    paths.settings.write_text("[thresholds]\nsession_pct = 900\n")
    said = " ".join(cli("status").out.split())
    assert "thresholds.session_pct must be from 1 to 100 (line 2)" in said
    assert "62 %" in said


@pytest.mark.usefixtures("clock", "running")
def test_a_damaged_gate_is_unknown_and_says_why(cli, furnish, paths: Paths) -> None:
    furnish(account(*both()))
    paths.gate.write_text("{")
    said = " ".join(cli("status").out.split())
    assert said.startswith("? The gate is unknown The gate file ")
    assert "is damaged" in said


@pytest.mark.usefixtures("clock", "running")
def test_status_and_gate_check_do_not_differ(cli, furnish, paths: Paths) -> None:
    """The reader also holds the file to its first line: a document that contradicts itself is unknown for both."""
    furnish(account(*both(0.92)), settings=CLOSING)
    paths.gate.write_bytes(paths.gate.read_bytes().replace(b'"closed"', b'"open"', 1))
    assert json.loads(cli("status", "--json").out)["verdict"] == "unknown"


@pytest.mark.usefixtures("clock", "running")
def test_an_account_that_was_never_read_is_shown(cli, furnish) -> None:
    furnish(account(*both(), name="work"), settings=TWO)
    assert "home · no fresh reading" in cli("status").out or "home · no reading yet" in cli("status").out


@pytest.mark.usefixtures("running")
def test_a_hold_that_nobody_stands_behind_does_not_look_as_if_it_held(cli, furnish, clock) -> None:
    furnish(account(*both(0.92)), settings=CLOSING)
    clock(3600)
    said = " ".join(cli("status").out.split())
    assert said.startswith("? The gate is unknown The")
    assert "its lease ran out" in said or "has run out" in said
    assert "holds new runs" not in said


# ---- for programs


@pytest.mark.usefixtures("clock", "running")
def test_json_has_whole_seconds_and_null_where_there_is_no_number(cli, furnish) -> None:
    furnish(account(window("session", 0.0, resets_in=None), window("week", 0.333), window("model:Opus", None)))
    answer = json.loads(cli("status", "--json").out)
    assert (answer["format"], answer["verdict"]) == (1, "open")
    session, week, opus = answer["accounts"][0]["windows"]
    assert (session["used_pct"], session["state"], session["tier"]) == (None, "not_started", None)
    assert (week["used_pct"], week["resets_at"], week["observed_at"]) == (33.3, int(NOW) + 3600, int(NOW) - 120)
    assert (opus["used_pct"], opus["state"]) == (None, "unreported")
    assert type(week["resets_at"]) is int


@pytest.mark.usefixtures("clock", "running")
@pytest.mark.parametrize("kind", list(FailureKind))
def test_json_names_every_state(cli, furnish, kind: FailureKind) -> None:
    furnish(account(*both(), failure=failure(kind)))
    seen = json.loads(cli("status", "--json").out)["accounts"][0]
    assert seen["state"] == seen["failure"]["kind"] == kind.value
    assert seen["windows"][0]["used_pct"] == 62


@pytest.mark.usefixtures("clock", "running")
def test_json_of_an_old_reading_is_stale(cli, furnish) -> None:
    furnish(account(*both(), age=2000.0))
    assert json.loads(cli("status", "--json").out)["accounts"][0]["state"] == "stale"


@pytest.mark.usefixtures("clock", "running")
def test_json_carries_the_gates_reasons(cli, furnish) -> None:
    furnish(account(*both(0.92)), settings=CLOSING)
    cli("pause", "--model", "Opus", "--why", "x")
    cli("override", "--for", "30m")
    answer = json.loads(cli("status", "--json").out)
    assert answer["verdict"] == "open"
    assert answer["gate"]["override"]["until"] == int(NOW) + 1800
    assert answer["gate"]["pauses"][0]["applies_to"] == {"model": "Opus"}
    assert answer["gate"]["holds"][0]["reason"] == "session_threshold"
    assert answer["monitor_runs"] is True


@pytest.mark.usefixtures("clock", "running")
def test_json_tells_what_runs_and_how_far_the_first_scan_is(cli, furnish) -> None:
    furnish(account(*both()), runs=RUNS[:1], scan=ScanProgress(done_bytes=714, total_bytes=2100, files=5))
    answer = json.loads(cli("status", "--json").out)
    assert answer["runs"] == [
        {
            "session": "/home/me/work/api", "account": "default", "project": "/home/me/work/api",
            "model": "claude-opus-4-5-20251101",
            "tokens": {
                "input": 1200, "cache_creation": 2000, "cache_read": 80_000, "output": 1040, "responses": 9,
            },
            "burn_per_min": 12_449, "started_at": int(NOW) - 400, "last_at": int(NOW) - 20, "subagents": 2,
            "class": "interactive",
        }
    ]  # fmt: skip
    assert answer["scan"] == {"done_bytes": 714, "total_bytes": 2100, "files": 5}


@pytest.mark.usefixtures("running")
def test_a_run_that_is_over_is_listed_no_more(cli, furnish, clock) -> None:
    furnish(account(*both()), runs=RUNS)
    clock(RUN_ACTIVE_S)
    assert "Running now" not in cli("status").out
    assert json.loads(cli("status", "--json").out)["runs"] == []


@pytest.mark.usefixtures("clock")
def test_without_a_monitor_nobody_knows_what_runs(cli, furnish, paths: Paths) -> None:
    furnish(account(*both()), runs=RUNS)
    assert read(paths).view.runs == ()


@pytest.mark.usefixtures("clock", "running")
def test_json_escapes_what_could_move_a_cursor(cli, furnish) -> None:
    furnish(account(window("session", 0.5, label="\x1b[2J\u202e")))
    out = cli("status", "--json").out
    assert out.isascii()
    assert "\x1b" not in out


@pytest.mark.usefixtures("clock", "running")
def test_json_says_on_stderr_what_could_not_be_read(cli, paths: Paths) -> None:
    paths.status.write_bytes(b"{")
    ran = cli("status", "--json")
    assert ran.status == 0
    assert "status.json" in ran.err
    assert json.loads(ran.out)["trouble"]


# ---- a reading without a monitor


@pytest.fixture
def endpoint(paths: Paths, tmp_path: Path):
    """Give this home a login and an account on loopback."""
    login = tmp_path / "login"
    login.mkdir()
    (login / ".credentials.json").write_text('{"claudeAiOauth": {"accessToken": "sk-ant-oat01-test"}}')
    paths.config.mkdir(mode=0o700, parents=True, exist_ok=True)
    with LoopbackAccount() as served:
        paths.settings.write_text(
            f'[usage]\nbase_url = "{served.url}"\n[[accounts]]\nname = "default"\nconfig_dir = "{login}"\n'
        )
        yield served


def test_a_reading_without_a_monitor_waits_for_a_second_one_too(endpoint, paths: Paths) -> None:
    """DESIGN 2.6: a monitor that starts from this status.json must not close the gate by it."""
    endpoint.set(five_hour=0.99, five_hour_resets_at=int(time.time()) + 5 * 3600 - 10)
    asyncio.run(reading.read_or_ask(paths))
    status, _ = records.load_status(paths.status)
    assert status is not None
    assert status.accounts[0].suspects == ("session",)


def tell_status_line(paths: Paths, login: Path, used: float, at: float) -> None:
    """Keep what Claude Code tells its status line of session and week."""
    limits = {
        "five_hour": {"used_percentage": used, "resets_at": at + 7200},
        "seven_day": {"used_percentage": 12.0, "resets_at": at + 300_000},
    }
    said = json.dumps({"session_id": "one", "cost": {"total_api_duration_ms": used}, "rate_limits": limits}).encode()
    assert feed.store(said, folder=str(paths.state), config_dir=str(login), account=None, now=at)


def test_what_the_status_line_was_told_is_shown_and_spares_the_request(endpoint, paths: Paths, tmp_path: Path) -> None:
    endpoint.set(five_hour=0.40, five_hour_resets_at=int(time.time()) + 7200)
    paths.settings.write_text("[usage]\ninterval_s = 300\n" + paths.settings.read_text().removeprefix("[usage]\n"))
    asyncio.run(reading.read_or_ask(paths))
    asked = len(endpoint.requests)
    time_then = time.time()
    tell_status_line(paths, tmp_path / "login", 61.0, time_then)

    seen = asyncio.run(reading.read_or_ask(paths))

    session = seen.view.accounts[0].windows[0]
    assert (session.id, session.used, session.source) == ("session", 0.61, "statusline_feed")
    assert len(endpoint.requests) == asked


def test_an_old_word_of_the_status_line_spares_nothing(endpoint, paths: Paths, tmp_path: Path) -> None:
    endpoint.set(five_hour=0.40, five_hour_resets_at=int(time.time()) + 7200)
    tell_status_line(paths, tmp_path / "login", 31.0, time.time() - 4000)

    seen = asyncio.run(reading.read_or_ask(paths))

    assert seen.view.accounts[0].windows[0].used == 0.40
    assert len(endpoint.requests) == 1


def test_a_failure_that_goes_on_keeps_the_moment_it_began(endpoint, paths: Paths) -> None:
    began = failure(FailureKind.SERVER_ERROR)
    last = replace(account(*both()), failure=began)
    records.save_status(paths.status, Status(written_at=NOW, accounts=(last,)))
    endpoint.set(usage_mode="500")
    seen = asyncio.run(reading.read_or_ask(paths))
    assert seen.view.accounts[0].failure is not None
    assert seen.view.accounts[0].failure.since == began.since


@pytest.mark.usefixtures("clock", "running")
def test_a_metered_connection_is_told_with_its_interval(cli, furnish, paths) -> None:
    furnish(account(window("session", 0.5)))
    status, _ = records.load_status(paths.status)
    records.save_status(paths.status, replace(status, metered=True, interval_s=600))
    assert "metered: every 10 min" in " ".join(cli("status").out.split())
    assert json.loads(cli("status", "--json").out)["accounts"][0]["metered_every_s"] == 600
    records.save_status(paths.status, replace(status, metered=True, interval_s=600, running=False))
    assert "metered" not in cli("status").out
