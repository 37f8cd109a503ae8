"""What is loaded when: the gate's reader costs next to nothing, and heavy packages wait until they are needed."""

import json
import subprocess
import sys

import pytest

from architecture import rules

HEAVY = {"PySide6", "httpx", "keyring", "desktop_notifier", "tomlkit", "rich"}


def loaded_by(code: str) -> set[str]:
    """Return the modules that are loaded after running `code` in a bare interpreter."""
    script = (
        f"import sys; sys.path.insert(0, {str(rules.ROOT / 'src')!r})\n{code}\nprint(chr(10) + repr(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))


def heavy_in(modules: set[str]) -> set[str]:
    return HEAVY & {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("module", ["ringfence.cli", "ringfence.monitor", "ringfence.wiring", "ringfence.gate_reader"])
def test_an_import_loads_no_heavy_package(module):
    assert heavy_in(loaded_by(f"import {module}")) == set()


def test_heavy_packages_are_recognised():
    assert heavy_in(loaded_by("import rich.text, PySide6")) == {"PySide6", "rich"}


def test_the_gate_reader_loads_only_json_os_and_time():
    own = {"ringfence", "ringfence.gate_reader", "__future__"}
    assert loaded_by("import ringfence.gate_reader") - loaded_by("import json, os, time") == own
