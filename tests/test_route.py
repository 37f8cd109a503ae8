"""The question in Python: two files while a monitor runs, the settings without one, and never an exception."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from parts.fleet import NOW, fleet_settings, gate, hold, window
from ringfence import gate_reader
from ringfence.core import failover
from ringfence.core.events import RefusalReported
from ringfence.core.gating import decided
from ringfence.core.route_memory import RouteMemory
from ringfence.route import read_route, report_refusal, route, route_path
from ringfence.storage import route_file
from ringfence.storage.paths import find_paths

NOWHERE = {"class": "a", "chain": [{"name": "x", "tier": "x"}], "at": "x", "since": 0, "left": {}}
LOCAL = [{"name": "opus", "model": "opus"}, {"name": "ollama", "kind": "local", "model": "qwen3:32b"}]


@pytest.fixture
def paths(home):
    home.mkdir(mode=0o700)
    return find_paths()


def publish(paths, settings, document):
    """Write both files, as the monitor does."""
    complete = decided({**document, "writer": {}, "serial": 1}, NOW)
    paths.gate.write_bytes(gate_reader.dump_gate(complete))
    paths.gate.chmod(0o600)
    route_file.write(paths.route, failover.route_document(RouteMemory(), settings, frozenset()))


def test_two_files_answer_while_a_monitor_stands_behind_them(paths):
    settings = fleet_settings("work", "home", tiers=LOCAL)
    document = gate("work", "home", holds=[hold(account="work")], windows=[window("home", "session", 20)])
    publish(paths, settings, document)
    made = route("high", now=NOW)
    assert (made.verdict, made.account, made.tier, made.config_dir) == ("start", "home", "opus", "/claude/home")
    assert route(account="work", local=False, now=NOW).verdict == "wait"


def test_a_budget_of_a_project_holds_work_in_its_folder_alone(paths):
    held = hold("budget", project="/code/site")
    publish(paths, fleet_settings("work", tiers=LOCAL[:1]), gate("work") | {"project_holds": [held]})
    assert route(project="/code/site/pages", now=NOW).code == "budget"
    assert route(project="/code/other", now=NOW).verdict == route(now=NOW).verdict == "start"


def test_the_settings_answer_when_the_lease_is_over(paths):
    publish(paths, fleet_settings("work", tiers=LOCAL), gate("work"))
    paths.settings.write_text('[[route.tiers]]\nname = "mine"\nkind = "local"\nmodel = "llama"\n')
    assert route(now=NOW).tier == "opus"
    late = route(now=NOW + 901)
    assert (late.tier, late.model) == ("mine", "llama")


def test_without_any_file_the_answer_is_the_local_tier(paths):
    made = route("high")
    assert (made.verdict, made.tier, made.code) == ("start", "local", "no_evidence")


def test_a_value_that_is_none_is_a_mistake_of_the_caller(paths):
    with pytest.raises(ValueError, match="low, medium, high"):
        route("urgent")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d | {"format": 2},
        lambda d: d | {"accounts": [{"name": "work"}]},
        lambda d: d | {"accounts": None},
        lambda d: d | {"cooldown_s": "600"},
        lambda d: d | {"cooldown_s": float("nan")},
        lambda d: d | {"bands": {}},
        lambda d: d | {"choices": [{"class": None, "model": None, "at": 3, "since": 0, "left": {}}]},
        lambda d: (
            d | {"failover": [{"class": "a", "chain": [{"name": "x", "tier": "x"}], "at": "x", "since": 0, "left": {}}]}
        ),
        lambda d: d | {"quarantined": [{"account": "nobody", "model": None, "until": 1}]},
        lambda _: [],
        lambda _: None,
    ],
)
def test_a_route_that_is_damaged_is_none(paths, spoil):
    settings = fleet_settings("work", tiers=LOCAL)
    publish(paths, settings, gate("work"))
    document = json.loads(paths.route.read_bytes())
    assert read_route(route_path()) == document
    paths.route.write_text(json.dumps(spoil(document)))
    assert read_route(route_path()) is None
    assert route(now=NOW).verdict == "start"


def test_a_route_that_others_can_write_is_none(paths):
    publish(paths, fleet_settings("work", tiers=LOCAL), gate("work"))
    paths.route.chmod(0o666)
    assert read_route(route_path()) is None


def test_the_file_is_private_and_one_line_a_key(paths):
    publish(paths, fleet_settings("work", tiers=LOCAL), gate("work"))
    assert os.name == "nt" or paths.route.stat().st_mode & 0o777 == 0o600
    assert paths.route.read_text().count("\n") == len(json.loads(paths.route.read_bytes()))


def test_a_refusal_is_reported_and_taken_once(paths):
    soon = time.time() + 60
    report_refusal("work", until=soon, model="opus")
    report_refusal("home")
    with paths.refusals.open("ab") as file:
        file.write(b'{"account":3}\nno JSON\n[]\n{"account":"x","until":"soon"}\n{"account":"x","until":1}\n')
    at = time.time()
    assert route_file.take_refusals(paths.refusals, at) == (
        RefusalReported(at=at, account="work", model="opus", until=soon),
        RefusalReported(at=at, account="home"),
    )
    assert route_file.take_refusals(paths.refusals, at) == ()
    assert not list(paths.state.glob("route.refused*"))


def test_asking_loads_the_standard_library_alone(paths):
    """Issue 5: `ringfence route` costs hardly more than `gate check`."""
    settings = fleet_settings("work", tiers=LOCAL)
    now = time.time()
    shifted = gate("work", lease_until=now + 900)
    shifted["accounts"][0]["evidence_until"] = now + 900
    complete = decided({**shifted, "writer": {}, "serial": 1}, now)
    paths.gate.write_bytes(gate_reader.dump_gate(complete))
    paths.gate.chmod(0o600)
    route_file.write(paths.route, failover.route_document(RouteMemory(), settings, frozenset()))
    code = (
        "import sys; from ringfence.__main__ import main; status = main(['route', '--json']);"
        "print(*sorted({m.partition('.')[0] for m in sys.modules} - sys.stdlib_module_names));"
        "print(*({'dataclasses', 'typing', 'pathlib', 'argparse', 'inspect'} & set(sys.modules))); sys.exit(status)"
    )
    ran = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n" + code],
                         capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    answer, modules, heavy = ran.stdout.splitlines()
    assert json.loads(answer)["account"] == "work"
    assert set(modules.split()) <= {"ringfence", "__main__"}
    assert heavy == ""
