"""`make run` and `make test` say in one sentence what is missing, and start what fits the person and the place.

The real scripts run in a folder of their own; programs of the system that they ask are small stand-ins on PATH.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "packaging" / "dev"
NOTHING_INSTALLED = "exit 1"
ALL_INSTALLED = "echo 'install ok installed'"


class Checkout:
    """A checkout with the real scripts, a stand-in for Ringfence, and stand-ins for the system's programs."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.stand_ins = folder / "stand-ins"
        self.stand_ins.mkdir()
        (folder / "packaging").mkdir()
        shutil.copytree(SCRIPTS, folder / "packaging" / "dev")
        self.program("packaging/dev/bootstrap", "exit 0")
        self.program(".venv/bin/ringfence", 'echo "started: $*"')
        self.stand_in("dpkg-query", ALL_INSTALLED)
        self.stand_in("apt-get", "exit 0")
        self.stand_in("id", "echo 1000")
        self.stand_in("uname", "echo Linux")

    def program(self, place, body):
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def stand_in(self, name, body):
        self.program(f"stand-ins/{name}", body)

    def real_bootstrap(self):
        shutil.copy(SCRIPTS / "bootstrap", self.folder / "packaging" / "dev")
        shutil.rmtree(self.folder / ".venv")
        (self.folder / "pyproject.toml").touch()
        (self.folder / "src" / "ringfence").mkdir(parents=True)
        (self.folder / "src" / "ringfence" / "version.py").touch()

    def run(self, script, *arguments, **environment):
        return subprocess.run(
            [self.folder / "packaging" / "dev" / script, *arguments],
            env={"PATH": f"{self.stand_ins}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def log_in(checkout):
    (checkout.home / ".claude").mkdir()
    (checkout.home / ".claude" / ".credentials.json").write_text("{}", encoding="utf-8")


# ---- what is started


def test_with_a_login_and_a_display_the_app_starts(checkout):
    log_in(checkout)
    assert checkout.run("run", DISPLAY=":7").stdout == "started: \n"


def test_with_a_login_and_no_display_the_terminal_view_starts(checkout):
    log_in(checkout)
    assert checkout.run("run").stdout == "started: status --watch\n"


def test_without_a_login_the_demo_starts_and_says_why(checkout):
    done = checkout.run("run", WAYLAND_DISPLAY="wayland-0")
    assert done.stdout == "started: demo\n"
    assert done.stderr.startswith("No Claude login was found")


def test_without_a_login_and_a_display_the_demo_starts_in_the_terminal(checkout):
    assert checkout.run("run").stdout == "started: demo --terminal\n"


@pytest.mark.parametrize("name", ["CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN"])
def test_a_login_may_come_by_the_environment(checkout, name):
    assert checkout.run("run", DISPLAY=":7", **{name: "x"}).stdout == "started: \n"


def test_settings_count_as_a_login(checkout):
    (checkout.home / "settings.toml").touch()
    assert checkout.run("run", DISPLAY=":7", RINGFENCE_HOME=str(checkout.home)).stdout == "started: \n"


def test_make_demo_starts_the_demo_although_there_is_a_login(checkout):
    log_in(checkout)
    assert checkout.run("run", "demo", DISPLAY=":7").stdout == "started: demo\n"


# ---- Debian packages


def test_without_root_missing_packages_are_named_in_one_line_with_the_command(checkout):
    checkout.stand_in("dpkg-query", NOTHING_INSTALLED)
    done = checkout.run("run", DISPLAY=":7")
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "sudo apt-get install --no-install-recommends libegl1 " in line


def test_without_a_display_missing_packages_are_named_and_the_terminal_view_starts(checkout):
    checkout.stand_in("dpkg-query", NOTHING_INSTALLED)
    done = checkout.run("run")
    assert "sudo apt-get install" in done.stderr
    assert done.stdout == "started: demo --terminal\n"


def test_root_gets_missing_packages_and_the_lists_are_fetched_only_when_needed(checkout):
    checkout.stand_in("id", "echo 0")
    checkout.stand_in("dpkg-query", NOTHING_INSTALLED)
    checkout.stand_in(
        "apt-get", f'echo "$1" >>{checkout.folder}/asked; [ "$1" = update ] || [ -e {checkout.folder}/lists ]'
    )
    (checkout.folder / "lists").touch()
    assert checkout.run("run", DISPLAY=":7").stdout == "started: demo\n"
    assert (checkout.folder / "asked").read_text().split() == ["install"]
    (checkout.folder / "lists").unlink()
    done = checkout.run("run", DISPLAY=":7")
    assert (checkout.folder / "asked").read_text().split() == ["install", "install", "update", "install"]
    assert done.returncode == 1
    assert "apt-get could not install the Debian packages" in done.stderr


def test_a_failure_of_apt_is_named_with_its_reason(checkout):
    checkout.stand_in("id", "echo 0")
    checkout.stand_in("dpkg-query", NOTHING_INSTALLED)
    checkout.stand_in("apt-get", "echo 'E: the mirror is down' >&2; exit 100")
    done = checkout.run("run", DISPLAY=":7")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("apt-get update failed: E: the mirror is down (the whole log: ")


def test_a_package_that_a_few_tests_alone_wish_for_is_gone_without_where_it_cannot_be_had(checkout):
    for place in ("desktop", "api"):
        (checkout.folder / "tests" / place).mkdir(parents=True)
        shutil.copy(SCRIPTS.parents[1] / "tests" / place / "packages.txt", checkout.folder / "tests" / place)
    checkout.stand_in("id", "echo 0")
    checkout.stand_in("dpkg-query", f'case "$*" in *chromium*) exit 1;; esac; {ALL_INSTALLED}')
    checkout.stand_in("apt-get", "exit 1")
    checkout.program("packaging/dev/lint", "exit 0")
    checkout.program("tests/desktop/session", 'shift; exec "$@"')
    checkout.program(".venv/bin/python", 'echo "python $*"')
    done = checkout.run("test", "-k", "gate")
    assert (done.returncode, done.stdout) == (0, "python -m pytest -k gate\n")
    assert done.stderr.endswith("Going on without them; the last line counts what is skipped.\n")


def test_a_renamed_library_is_not_missing(checkout):
    # Debian 13 calls libegl1's neighbour libglib2.0-0t64.
    checkout.stand_in(
        "dpkg-query", 'for last; do :; done; case $last in *t64) echo "install ok installed" ;; esac; exit 1'
    )
    assert "missing" not in checkout.run("run", DISPLAY=":7").stderr


# ---- the virtual environment


def test_a_python_that_is_too_old_is_named(checkout):
    checkout.real_bootstrap()
    checkout.stand_in("old-python", "exit 1")
    done = checkout.run("bootstrap", PYTHON="old-python")
    assert done.returncode == 1
    assert done.stderr == "PYTHON=old-python is not a Python 3.11 or newer; name one that is.\n"


PYTHON = """
case "$*" in
  *ensurepip*) [ ! -e {folder}/no-venv ] ;;
  '-m venv '*)
    mkdir -p .venv/bin && cp "$0" .venv/bin/python
    printf '#!%s\\n' "$PWD/.venv/bin/python" >.venv/bin/pip
    ;;
  *'pip '*install*)
    echo "$*" >>{folder}/asked
    [ ! -e {folder}/offline ] || {{ echo 'ERROR: No matching distribution'; exit 1; }}
    ;;
esac
"""


def test_a_second_bootstrap_asks_pip_nothing_and_a_changed_project_does(checkout):
    checkout.real_bootstrap()
    checkout.stand_in("python3", PYTHON.format(folder=checkout.folder))
    asked = checkout.folder / "asked"
    assert checkout.run("bootstrap").returncode == 0
    assert checkout.run("bootstrap").returncode == 0
    assert len(asked.read_text().splitlines()) == 1
    assert checkout.run("bootstrap", "dev").returncode == 0
    assert asked.read_text().splitlines()[-1].endswith("install --editable . --group dev")
    (checkout.folder / "pyproject.toml").write_text("# changed\n", encoding="utf-8")
    assert checkout.run("bootstrap").returncode == 0
    assert len(asked.read_text().splitlines()) == 3


def test_an_environment_that_was_moved_or_lost_its_python_is_made_anew(checkout):
    checkout.real_bootstrap()
    checkout.stand_in("python3", PYTHON.format(folder=checkout.folder))
    assert checkout.run("bootstrap").returncode == 0
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    assert "Making .venv" in checkout.run("bootstrap").stderr
    (checkout.folder / ".venv" / "bin" / "pip").write_text("#!/elsewhere/.venv/bin/python\n", encoding="utf-8")
    (checkout.folder / "pyproject.toml").write_text("# changed\n", encoding="utf-8")
    assert "Making .venv" in checkout.run("bootstrap").stderr
    assert checkout.run("bootstrap").stderr == ""


def test_a_failure_of_pip_is_named_with_its_reason_and_tried_again_the_next_time(checkout):
    checkout.real_bootstrap()
    checkout.stand_in("python3", PYTHON.format(folder=checkout.folder))
    (checkout.folder / "offline").touch()
    done = checkout.run("bootstrap")
    assert done.returncode == 1
    assert "pip could not install --editable .: ERROR: No matching distribution (the whole log: " in done.stderr
    (checkout.folder / "offline").unlink()
    assert checkout.run("bootstrap").returncode == 0


def test_a_python_without_venv_is_named(checkout):
    checkout.real_bootstrap()
    checkout.stand_in("python3", PYTHON.format(folder=checkout.folder))
    (checkout.folder / "no-venv").touch()
    done = checkout.run("bootstrap")
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
