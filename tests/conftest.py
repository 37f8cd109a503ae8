"""What holds for every test: a world of its own, and guards against what a test may leave behind or reach out to.

The guards are autouse fixtures in `guards.py`, the choice of tests stands here. Tests marked `desktop` run inside
`tests/desktop/session` (`make test` starts it); those marked `claude` run the real Claude Code, which npm brings, those
marked `chromium` a browser.
Elsewhere they are deselected, and the last line says how many.
"""

from __future__ import annotations

import os
import re
from collections import Counter

import hypothesis
import pytest

pytest_plugins = ["guards"]

# Before any test imports Qt: a window of an ordinary test is never shown, not even inside the desktop session.
SESSION_PLATFORM = os.environ.get("QT_QPA_PLATFORM", "xcb")
os.environ["QT_QPA_PLATFORM"] = "offscreen"

# The tests read English, whatever the machine speaks; a test of another language asks for it.
os.environ.pop("LANGUAGE", None)
os.environ["LC_ALL"] = "C.UTF-8"

# The same examples in every run; whoever looks for new ones passes --hypothesis-profile=search.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", deadline=None, max_examples=5000)
hypothesis.settings.load_profile("ci")

IMPORTS_QT = re.compile(r"^(?:from|import) (?:PySide6|pytestqt|qasync|ringfence\.tray|tray)\b", re.MULTILINE)
QT_FIXTURES = {"qtbot", "qapp", "qtlog", "qapp_cls"}
NO_DESKTOP = "no test desktop here: run `make test`, or tests/desktop/session -- .venv/bin/python -m pytest"

_left_out: Counter[tuple[str, str]] = Counter()


def _why_no_qt() -> str:
    try:
        import PySide6.QtWidgets  # noqa: F401  # tells whether the system's libraries are there
    except ImportError as error:
        return f"Qt does not load here: {error}"
    return ""


NO_QT = _why_no_qt()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Take pytest-qt away where Qt does not load: it would end the run before the first test."""
    if NO_QT:
        pluginmanager.unregister(name="pytest-qt")


def pytest_ignore_collect(collection_path, config) -> bool | None:
    """Leave out the files that import Qt where it does not load."""
    if not NO_QT or not collection_path.match("test_*.py"):
        return None
    if IMPORTS_QT.search(collection_path.read_text(encoding="utf-8")):
        _left_out["file of tests", NO_QT] += 1
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what cannot run here, and count it."""
    kept, left = [], []
    for item in items:
        reason = _why_not(item)
        if reason:
            _left_out["test", reason] += 1
        (left if reason else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def _why_not(item: pytest.Item) -> str:
    if item.get_closest_marker("desktop") and "DESKTOP_SESSION_DIR" not in os.environ:
        return NO_DESKTOP
    if item.get_closest_marker("claude"):
        from parts import claude

        if reason := claude.why_not():
            return reason
    if item.get_closest_marker("chromium"):
        from parts import chromium

        if reason := chromium.why_not():
            return reason
    if NO_QT and QT_FIXTURES & set(getattr(item, "fixturenames", ())):
        return NO_QT
    return ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int):
    """Say in the very last line what was skipped and why."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        skipped = Counter(_left_out)
        for report in reporter.stats.get("skipped", []):
            skipped["test", _reason(report)] += 1
        said = "; ".join(_counted(count, *what) for what, count in sorted(skipped.items()))
        reporter.write_line(f"Skipped: {said or 'nothing'}.")
    return result


def _counted(count: int, what: str, why: str) -> str:
    kind, _, rest = what.partition(" ")
    return f"{count} {kind if count == 1 else kind + 's'}{rest and ' ' + rest} ({why})"


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    return where[2].removeprefix("Skipped: ") if isinstance(where, tuple) else "no reason given"
