"""`ringfence doctor`: a line a check, a next step where something is wrong, no request."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cli.world import NOW, account, failure, window
from parts.tmux import Server, sockets, until
from ringfence import wiring
from ringfence.cli import doctor as commands
from ringfence.cli import qt_probe
from ringfence.core.calibration import Pair, fit
from ringfence.core.model import FailureKind, Money
from ringfence.file_errors import FileError
from ringfence.storage import records
from ringfence.storage.paths import Paths
from ringfence.system_ports import SystemSpec
from ringfence.token_texts import amount_text

QT = commands.Check(name="qt", health=commands.Health.OK, found="PySide6 of this test")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the one slow check, Qt in a process of its own; a test of its own looks at it."""
    monkeypatch.setattr(commands, "_qt", lambda: QT)


@pytest.fixture
def login(world: Path) -> Path:
    """Sign in, as Claude Code does."""
    file = world / "home" / ".claude" / ".credentials.json"
    file.parent.mkdir()
    made = {"accessToken": "sk-ant-oat01-canary", "expiresAt": (NOW + 1e6) * 1000, "scopes": ["user:profile"]}
    file.write_text(json.dumps({"claudeAiOauth": {**made, "subscriptionType": "max"}}))
    return file


def checks(cli) -> dict[str, dict[str, str]]:
    ran = cli("doctor", "--json")
    return {check["name"]: check for check in json.loads(ran.out)["checks"]}


@pytest.mark.usefixtures("clock", "running", "quick", "login")
def test_all_is_well_says_ok_and_exits_0(cli, furnish) -> None:
    reading = account(window("session", 0.5))
    furnish(replace(reading, sample=replace(reading.sample, skew_s=3.0)))
    ran = cli("doctor")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert all(line.startswith(("ok  ", "warn", " ")) for line in lines)
    assert "plan max" in " ".join(ran.out.split())
    assert "ok clock 3 s from the endpoint's" in [" ".join(line.split()) for line in lines]
    assert "ok estimate session not enough readings yet" in [" ".join(line.split()) for line in lines]
    assert "sk-ant" not in ran.out
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("clock", "quick")
def test_a_missing_login_is_a_fail_with_its_next_step(cli) -> None:
    ran = cli("doctor")
    assert ran.status == 1
    assert "fail  login" in ran.out
    assert "run `claude`" in " ".join(ran.out.split())


@pytest.mark.usefixtures("clock", "quick")
def test_json_has_a_health_and_a_next_step_for_each(cli) -> None:
    ran = cli("doctor", "--json")
    assert ran.status == 1
    answer = json.loads(ran.out)
    assert answer["format"] == 1
    assert answer["ok"] is False
    assert {frozenset(check) for check in answer["checks"]} == {frozenset({"name", "health", "found", "next_step"})}
    names = [check["name"] for check in answer["checks"]]
    assert names == [
        "settings", "folder", "gate", "monitor", "login", "endpoint", "reading", "keyring", "sleep",
        "connection", "sign-in", "alerts", "tray",
        "qt", "log",
    ]  # fmt: skip


@pytest.mark.usefixtures("clock", "quick", "login")
def test_a_wrong_setting_is_a_fail_that_names_the_line(cli, paths: Paths) -> None:
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_text("[usage]\ninterval_s = 2\n")
    found = checks(cli)["settings"]
    assert found["health"] == "fail"
    assert "usage.interval_s must be at least 180" in found["found"]


@pytest.mark.usefixtures("clock", "quick", "login")
def test_several_wrong_settings_are_a_sentence_each_in_every_language(cli, paths: Paths, monkeypatch) -> None:
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_text("[notify]\ntiers = 1\nloudly = true\n")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    said = " ".join(cli("doctor").out.split())
    assert "notify.tiers muss true oder false sein (Zeile 2). notify.loudly ist keine Einstellung (Zeile 3)." in said
    assert "(Zeile 3). Die letzten guten Einstellungen gelten weiter. →" in said
    assert ";" not in said.partition("→")[0]


@pytest.mark.usefixtures("clock", "quick")
@pytest.mark.parametrize("content", ["{", "[]", '{"verdict":"open","valid_until":1,\n"format":9}'])
def test_a_gate_that_cannot_be_trusted_is_a_fail(cli, paths: Paths, content: str) -> None:
    paths.state.mkdir(mode=0o700, parents=True)
    paths.gate.write_text(content)
    paths.gate.chmod(0o600)
    assert checks(cli)["gate"]["health"] == "fail"


@pytest.mark.usefixtures("clock", "quick")
def test_the_gate_says_who_wrote_it(cli, furnish) -> None:
    furnish(account(window("session", 0.5)))
    assert checks(cli)["gate"]["found"].startswith("open; written just now by process ")


@pytest.mark.usefixtures("clock", "quick")
def test_a_folder_that_others_can_read_is_a_warning(cli, paths: Paths) -> None:
    paths.state.mkdir(mode=0o755, parents=True)
    paths.state.chmod(0o755)
    found = checks(cli)["folder"]
    assert found["health"] == "warn"
    assert found["next_step"] == f"Run `chmod 700 {paths.state}`."


@pytest.mark.usefixtures("clock", "running", "quick")
def test_the_monitor_is_named_by_its_process(cli) -> None:
    import os

    assert checks(cli)["monitor"]["found"] == f"runs (process {os.getpid()})"


@pytest.mark.usefixtures("clock", "quick")
def test_an_expired_login_is_a_warning_for_it_heals_by_itself(cli, login: Path) -> None:
    kept = json.loads(login.read_text())
    kept["claudeAiOauth"]["expiresAt"] = 1000
    login.write_text(json.dumps(kept))
    found = checks(cli)["login"]
    assert found["health"] == "warn"
    assert "run `claude` once" in found["found"]


@pytest.mark.usefixtures("clock", "quick", "login")
def test_a_failing_reading_says_why_and_what_is_left_of_the_budget(cli, furnish) -> None:
    furnish(account(window("session", 0.5), failure=failure(FailureKind.THROTTLED, detail="Wait ten minutes.")))
    found = checks(cli)["reading"]
    assert found["health"] == "warn"
    assert "Last good reading 2 min ago, 12 of 20 requests in the hour before that." in found["found"]
    assert found["next_step"] == "Wait ten minutes."


@pytest.mark.usefixtures("clock", "quick")
def test_before_the_first_good_reading_none_is_called_the_last(cli, furnish) -> None:
    furnish(account(failure=failure(FailureKind.SIGNED_OUT)))
    assert checks(cli)["reading"]["found"] == "Not signed in. No good reading yet."


@pytest.mark.usefixtures("clock", "quick", "login")
@pytest.mark.parametrize(("skew", "said"), [(600.0, "10 min behind"), (-7200.0, "2 h ahead of")])
def test_a_wrong_clock_is_a_warning(cli, furnish, skew: float, said: str) -> None:
    reading = account(window("session", 0.5))
    furnish(replace(reading, sample=replace(reading.sample, skew_s=skew)))
    found = checks(cli)["clock"]
    assert found["health"] == "warn"
    assert said in found["found"]


@pytest.mark.usefixtures("clock", "quick")
def test_a_proxy_is_named_without_its_password(cli, paths: Paths) -> None:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings.write_text('[usage]\nproxy = "http://me:canary/@1@proxy.example:3128"\n')
    assert "through http://proxy.example:3128 " in checks(cli)["endpoint"]["found"]
    paths.settings.write_text('[usage]\nproxy = "proxy.example:3128"\n')
    assert "through proxy.example:3128 " in checks(cli)["endpoint"]["found"]


@pytest.mark.usefixtures("clock", "quick", "login")
def test_certificates_that_cannot_be_used_are_a_fail(cli, paths: Paths, tmp_path: Path) -> None:
    bundle = tmp_path / "roots.pem"
    bundle.write_text("no certificate")
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_text(f'[usage]\nca_bundle = "{bundle}"\n')
    found = checks(cli)["endpoint"]
    assert found["health"] == "fail"
    assert "usage.ca_bundle" in found["next_step"]


@pytest.mark.usefixtures("clock", "quick")
def test_two_accounts_are_told_apart(cli, paths: Paths) -> None:
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_text(
        '[[accounts]]\nname = "work"\nconfig_dir = "/a"\n[[accounts]]\nname = "home\\u001b[2J"\nconfig_dir = "/b"\n'
    )
    names = set(checks(cli))
    assert {"login work", "login home [2J"} <= names
    assert "\x1b" not in cli("doctor").out


@pytest.mark.usefixtures("clock", "quick")
def test_damaged_readings_are_told(cli, paths: Paths) -> None:
    paths.state.mkdir(mode=0o700, parents=True)
    paths.status.write_text("{")
    assert "status.json" in checks(cli)["readings"]["found"]


@pytest.mark.usefixtures("clock", "quick")
def test_a_server_without_a_session_bus_is_told_once(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    found = checks(cli)
    assert found["alerts"]["found"] == "no desktop session here: alerts go to the log"
    assert "tray" not in found


@pytest.mark.usefixtures("clock", "quick")
def test_a_bus_that_does_not_answer_is_a_warning(cli) -> None:
    found = checks(cli)
    assert found["alerts"]["health"] == "warn"
    assert found["tray"]["health"] == "warn"


def test_qt_is_tried_in_a_process_of_its_own() -> None:
    found = commands._qt()
    assert found.health is commands.Health.OK
    assert found.found.startswith("PySide6 6.")


def test_a_qt_that_does_not_load_is_a_fail_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "raise ImportError('libEGL.so.1: cannot open shared object file')"
    monkeypatch.setattr(qt_probe, "command", lambda: [sys.executable, "-c", code])
    found = commands._qt()
    assert found.health is commands.Health.FAIL
    assert "libEGL.so.1" in found.found
    assert "ringfence daemon" in found.next_step


def test_an_interpreter_that_hangs_is_a_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_probe, "command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(qt_probe, "DEADLINE_S", 0.2)
    assert commands._qt().health is commands.Health.FAIL


# ---- estimates


class Readings:
    """Pairs of readings: a session of which a percent costs the same each time, and a week that was read twice."""

    def __init__(self, error: str = "") -> None:
        self.error, self.closed = error, False

    def pairs(self, account: str, since: float, now: float) -> dict[str, tuple[Pair, ...]]:
        if self.error:
            raise FileError(self.error)
        made = [
            Pair(since=n, until=n + 1, before=n / 50, after=(n + 1) / 50, weighted=2e5 + 5e4 * (n % 2))
            for n in range(45)
        ]
        return {"session": tuple(made), "week": tuple(made[:1])}

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    made = Readings()
    monkeypatch.setattr(wiring, "pair_book", lambda _paths: made)
    return made


@pytest.mark.usefixtures("clock", "running", "quick", "login")
def test_each_window_says_how_good_its_estimates_were(cli, furnish, readings: Readings) -> None:
    furnish(account(window("session", 0.5), window("week", 0.1), window("model:Fable", 0.2, model="Fable")))
    found = checks(cli)
    assert found["estimate session"]["found"].startswith("between polls the estimate was off by 0.")
    said, cost = found["estimate session"]["found"].split("; ")
    assert said.endswith("points on average (without it: 2.0), 36 readings")
    learnt = fit(readings.pairs("default", 0, NOW)["session"])
    assert 100_000 < learnt.low / 100 < learnt.high / 100 < 125_000, "what one of the fixture's percents costs"
    low, high = amount_text(learnt.low / 100), amount_text(learnt.high / 100)
    assert cost == f"1 % costs {low} to {high} tokens, counted as input of Haiku"
    assert found["estimate week"] == {
        "name": "estimate week", "health": "ok", "found": "not enough readings yet", "next_step": "",
    }  # fmt: skip
    assert found["estimate Fable"]["found"] == "not enough readings yet"
    assert readings.closed


@pytest.mark.usefixtures("clock", "running", "quick", "login")
def test_a_meter_of_money_has_no_estimates(cli, furnish, readings: Readings) -> None:
    money = Money(used_minor=1, limit_minor=2, currency="EUR")
    furnish(account(window("session", 0.5), window("spend:extra", 0.5, money=money)))
    assert [name for name in checks(cli) if name.startswith("estimate")] == ["estimate session"]


@pytest.mark.usefixtures("clock", "running", "quick", "login")
def test_a_history_that_cannot_be_read_is_a_warning(cli, furnish, readings: Readings) -> None:
    readings.error = "Cannot read the ledger: it is damaged."
    furnish(account(window("session", 0.5)))
    assert checks(cli)["estimate"]["health"] == "warn"
    assert checks(cli)["estimate"]["found"] == "Cannot read the ledger: it is damaged."


@pytest.mark.usefixtures("clock", "quick", "login")
def test_before_the_first_reading_there_are_no_estimates_to_judge(cli, readings: Readings) -> None:
    assert not [name for name in checks(cli) if name.startswith("estimate")]


@pytest.mark.usefixtures("clock", "quick", "login")
def test_a_folder_of_the_same_subscription_is_told(cli, furnish, world: Path) -> None:
    folder = world / "home" / ".claude"
    two = "".join(f'[[accounts]]\nname = "{name}"\nconfig_dir = "{folder}"\n' for name in ("work", "spare"))
    furnish(account(window("session", 0.5), name="work"), account(name="spare", same_as="work"), settings=two)
    found = checks(cli)
    assert found["login spare"]["found"].endswith("plan max, the same subscription as work")
    assert found["login work"]["found"].endswith("plan max")


# ---- panes


@pytest.mark.usefixtures("clock", "quick", "login")
def test_panes_are_told_of_only_when_the_settings_name_some(cli, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "tmux panes" not in checks(cli)
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_text('[tmux.dedicated]\nnight = "default"\n')
    with sockets(monkeypatch):
        found = checks(cli)["tmux panes"]
    assert found["health"] == "warn"
    assert found["found"] == "tmux runs no session of the names in tmux.pools and tmux.dedicated."


@pytest.mark.usefixtures("clock", "quick", "login")
def test_it_says_which_sessions_show_a_refusal(cli, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_text('[tmux.dedicated]\nnight = "default"\n[tmux.pools]\nagent- = "default"\n')
    recorded = Path(__file__).parents[1] / "data" / "tmux_panes" / "session-2.1.197.txt"
    with sockets(monkeypatch):
        server = Server()
        server.call("new-session", "-d", "-x", "110", "-y", "50", "-s", "agent-1", "sleep 600")
        server.call("new-session", "-d", "-x", "110", "-y", "50", "-s", "night", f"cat {recorded}; exec sleep 600")
        assert until(lambda: "session limit" in server.text("night"))
        found = checks(cli)["tmux panes"]
        server.call("kill-server")
    assert found["health"] == "ok"
    assert found["found"] == "2 panes watched, Claude refuses in night"


@pytest.mark.usefixtures("clock", "quick", "login")
def test_a_machine_without_tmux_says_so(cli, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.config.mkdir(mode=0o700, parents=True)
    paths.settings.write_text('[tmux.dedicated]\nnight = "default"\n')
    monkeypatch.setenv("PATH", "/nowhere")
    assert checks(cli)["tmux panes"]["found"] == "tmux is not installed, so no pane is watched."


@pytest.mark.usefixtures("quick")
def test_a_metered_connection_is_told_with_the_interval_of_the_monitor(cli, furnish, paths, monkeypatch) -> None:
    class Metered:
        async def probe(self):
            return True, "metered"

    furnish(account(window("session", 0.5)))
    status, _ = records.load_status(paths.status)
    records.save_status(paths.status, replace(status, metered=True, interval_s=600))
    spec = SystemSpec(id="network_manager", label="connection", help="", build=Metered)
    monkeypatch.setattr(wiring, "system_specs", lambda: (spec,))
    assert checks(cli)["connection"]["found"] == "metered: every 10 min"


@pytest.mark.usefixtures("quick")
def test_a_start_at_sign_in_that_leads_nowhere_is_told(cli, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    assert checks(cli)["sign-in"] == {"name": "sign-in", "health": "ok", "found": "nothing starts", "next_step": ""}
    cli("desktop", "autostart", "on")
    told = checks(cli)["sign-in"]
    assert told["health"] == "ok"
    assert told["found"].startswith("the tray starts (")
    entry = Path(told["found"].removeprefix("the tray starts (").removesuffix(")"))
    gone = str(tmp_path / "gone/ringfence")
    entry.write_text(f"[Desktop Entry]\nExec={gone} --background\n", encoding="utf-8")
    told = checks(cli)["sign-in"]
    assert (told["health"], told["found"]) == ("warn", "nothing starts")
    assert told["next_step"] == f"{entry} starts {gone}, which is not there any more."
