"""The rules of the house that no ready-made checker knows. Each takes a file's text and returns what breaks the rule.

A violation is "line: what and what to do". The tests plant a sin for each rule, so that a rule which has gone blind
is noticed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "ringfence"
LONGEST = 450

CLOCK = {
    ("time", "time"),
    ("time", "time_ns"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}
CLOCK_READERS = {"wiring.py", "gate_reader.py", "feed.py", "route.py", "cli/bar.py", "cli/hook.py"}
RICH_TEXT = {"RichText", "AutoText", "MarkdownText", "setHtml", "insertHtml", "setMarkdown", "setOpenExternalLinks"}


def modules(folder: Path = PACKAGE) -> list[Path]:
    """Return every module below a folder."""
    return sorted(folder.rglob("*.py"))


def in_package(path: Path) -> str:
    """Return a module's place in the package, e.g. `tray/window.py`."""
    return path.relative_to(PACKAGE).as_posix()


def clock_reads(code: str) -> list[str]:
    """The clock is read in one place; everybody else is given `now` (DESIGN 6)."""
    found = []
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (_name(node.value), node.attr) in CLOCK:
            found.append(f"{node.lineno}: {_name(node.value)}.{node.attr}; take `now` as an argument")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [f"{node.lineno}: from time import {a.name}" for a in node.names if a.name.startswith("time")]
    return found


def nested_loops(code: str) -> list[str]:
    """A nested Qt loop stops qasync's other tasks for good (DESIGN 6)."""
    return [
        f"{node.lineno}: .{node.func.attr}(; use open() or popup() and signals"
        for node in _calls(ast.parse(code))
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"exec", "exec_"}
    ]


def labels(code: str) -> list[str]:
    """A QLabel interprets `<b>` and loads `<img>` unless it is told not to: one factory makes them all."""
    tree = ast.parse(code)
    made = [f"{n.lineno}: QLabel(" for n in _calls(tree) if _name(n.func) == "QLabel"]
    derived = [
        f"{node.lineno}: class {node.name}(QLabel)"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(_name(base) == "QLabel" for base in node.bases)
    ]
    return made + derived


def rich_text(code: str) -> list[str]:
    """Text from outside is shown as plain text (DESIGN 2.8): nothing here interprets markup."""
    tree = ast.parse(code)
    return [
        f"{node.lineno}: {node.attr}; plain text only"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in RICH_TEXT
    ] + [f"{n.lineno}: QTextBrowser(; plain text only" for n in _calls(tree) if _name(n.func) == "QTextBrowser"]


def makes_plain_text(code: str) -> bool:
    """Tell whether a module that makes labels turns them to plain text."""
    return any(isinstance(n, ast.Attribute) and n.attr == "PlainText" for n in ast.walk(ast.parse(code)))


def too_long(code: str) -> list[str]:
    """A module is one room."""
    lines = len(code.splitlines())
    return [f"{lines} lines, {LONGEST} at most; split it where it speaks of two things"] if lines > LONGEST else []


def undocumented(code: str) -> list[str]:
    """Every module says what it is."""
    return [] if ast.get_docstring(ast.parse(code)) else ["1: no docstring"]


# The brackets keep this file from finding itself.
MACHINE_PATHS = re.compile(r"(?<![\w.~}-])/(?:wor[k]|roo[t])/")
REGISTRIES = re.compile(
    r"pypi\.or[g]|pythonhosted\.or[g]|(?:deb|security)\.debian\.or[g]|npmjs\.or[g]|proxy\.golang\.or[g]|index-ur[l]"
)


def foreign_places(text: str) -> list[str]:
    """The tree names no folder of the machine it was written on, and no package registry."""
    return [
        f"{number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in (MACHINE_PATHS, REGISTRIES)
        for match in pattern.finditer(line)
    ]


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(node: ast.AST) -> str:
    """Return the last name of `a.b.c`, or of `c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
