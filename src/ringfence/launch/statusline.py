"""Claude Code's status line: `ringfence statusline` in front of the one the person has (FORMATS D: there is one only).

Nothing is kept beside settings.json to undo it. The person's own command stands inside ours, in single quotes; taking
it out again gives back its bytes, escapes included. Whatever else the file holds is left as it is.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ringfence import foreign_files
from ringfence.adapter_ports import AdapterOptions, AdapterSpec, AdapterState, Proof
from ringfence.file_errors import FileError
from ringfence.launch import json_edit
from ringfence.sentence import N_, Sentence

KEY = "statusLine"
_WORD = r"(?:[^'\s]|'[^']*')+"
_QUOTE = r"""'\\"(?:'|\\u0027)\\"'"""
_OURS = re.compile(
    rf"(?P<program>{_WORD}(?: -m ringfence)?) statusline(?: --account {_WORD})?"
    rf"(?: -- sh -c '(?P<person>(?:[^']|{_QUOTE})*)')?",
    re.DOTALL,
)
"""Our command as it stands in the file, between its double quotes: JSON's escapes and all."""
_SPACE = re.compile(r"[ \t\r\n]*")
_PROOF_S = 20.0
_LIMITS = b'{"session_id":"proof","rate_limits":{"five_hour":{"used_percentage":1,"resets_at":4102444800}}}'


class StatusLine:
    """The statusLine entry of Claude Code's settings.json."""

    def install(self, options: AdapterOptions) -> str:
        """Put our command in front of the person's, or write an entry where there is none; twice is once."""
        path = _place(options)
        text = _text(path)
        if text is None:
            _write(path, f'{{\n  "{KEY}": {_entry(_command(options))}\n}}\n')
            return Sentence("{path} was made: Claude Code tells Ringfence its limits with every answer.", path=path)
        span = _command_span(text, path)
        if span is None:
            _write(path, _checked(text, _with_entry(text, _entry(_command(options))), path))
            return Sentence(
                "A status line was added to {path}: Claude Code tells Ringfence its limits with every answer.",
                path=path,
            )
        start, end = span
        ours = _ours(text[start:end])
        person = text[start:end] if ours is None else _unquoted(ours["person"])
        wanted = _command(options) + ("" if person is None else f" -- sh -c '{_quoted(person)}'")
        if wanted == text[start:end]:
            return Sentence("{path} has it already.", path=path)
        _write(path, _checked(text, text[:start] + wanted + text[end:], path))
        return Sentence("Ringfence stands in front of the status line in {path}, which looks as before.", path=path)

    def remove(self, options: AdapterOptions) -> str:
        """Give back the person's own command, or take the entry out where there was none."""
        path = _place(options)
        text = _text(path)
        span = _command_span(text, path) if text is not None else None
        ours = _ours(text[span[0] : span[1]]) if text is not None and span else None
        if text is None or span is None or ours is None:
            return Sentence("There is no status line of Ringfence's in {path}.", path=path)
        person = _unquoted(ours["person"])
        if person is not None:
            _write(path, _checked(text, text[: span[0]] + person + text[span[1] :], path))
            return Sentence("{path} has the status line it had before.", path=path)
        if text == f'{{\n  "{KEY}": {_entry(text[span[0] : span[1]])}\n}}\n':  # the file was made for it
            foreign_files.remove(path)
            return Sentence("{path} held nothing else and was removed.", path=path)
        try:
            rest = json_edit.remove(text, (KEY,))
        except json_edit.EditError as error:
            raise FileError(Sentence("{path} {fault}; it was left as it is.", path=path, fault=str(error))) from None
        _write(path, rest)
        return Sentence("The status line was taken out of {path}.", path=path)

    def state(self, options: AdapterOptions) -> AdapterState:
        """Tell whether our command stands in the entry, and whether it is this Ringfence's."""
        path = _place(options)
        text = _text(path)
        span = _command_span(text, path) if text is not None else None
        ours = _ours(text[span[0] : span[1]]) if text is not None and span else None
        if ours is None:
            return AdapterState(installed=False, where=str(path))
        same = ours["program"] == _escaped(shlex.join(options.program))
        note = "" if same else Sentence("It starts another Ringfence; run `ringfence hooks install statusline`.")
        return AdapterState(installed=True, where=str(path), note=note)

    def prove(
        self, options: AdapterOptions, closed: Path, opened: Path  # noqa: ARG002 - it asks no gate
    ) -> tuple[Proof, ...]:  # fmt: skip
        """Run our part with made-up limits. It holds nothing back, so there is nothing to refuse: it keeps and passes.

        The person's own command is not run, and no file of a monitor's is written.
        """
        what = Sentence("limits on standard input are kept, and the status line behind gets the same bytes")
        with tempfile.TemporaryDirectory() as folder:
            environ = {**options.environ, "RINGFENCE_HOME": folder, "CLAUDE_CONFIG_DIR": str(_place(options).parent)}
            try:
                done = subprocess.run(  # noqa: S603 - our own program
                    [*options.program, "statusline", "--account", "proof", "--", "cat"],
                    input=_LIMITS, capture_output=True, timeout=_PROOF_S, env=environ, check=False,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as error:
                failed = Sentence("It could not be run ({error}).", error=type(error).__name__)
                return (Proof(what=what, proved=False, detail=failed),)
            kept = any(Path(folder).glob("feed-*.json"))
        passed = done.returncode == 0 and done.stdout == _LIMITS and not done.stderr
        return (Proof(what=what, proved=kept and passed, detail=_came(kept=kept, passed=passed)),)


def _came(*, kept: bool, passed: bool) -> Sentence:
    if kept:
        through = Sentence("They were kept; the bytes came through.")
        return through if passed else Sentence("They were kept; the bytes came not through.")
    through = Sentence("They were not kept; the bytes came through.")
    return through if passed else Sentence("They were not kept; the bytes came not through.")


def _place(options: AdapterOptions) -> Path:
    if options.file is not None:
        return options.file
    given = options.environ.get("CLAUDE_CONFIG_DIR")
    home = Path(options.environ.get("HOME") or Path.home())
    return (Path(given) if given else home / ".claude") / "settings.json"


def _text(path: Path) -> str | None:
    """Return the file's text, None when there is none. Raises FileError when it is not ours to change."""
    data = foreign_files.read(path)
    if data is None:
        return None
    try:
        text = data.decode()
        document = json_edit.parse(text)
    except UnicodeDecodeError:
        raise FileError(Sentence("{path} is not UTF-8; it was left as it is.", path=path)) from None
    except json_edit.EditError as error:
        raise FileError(Sentence("{path} {fault}; it was left as it is.", path=path, fault=str(error))) from None
    if not isinstance(document, dict):
        raise FileError(Sentence("{path} holds no JSON object; it was left as it is.", path=path))
    return text


def _write(path: Path, text: str) -> None:
    foreign_files.replace(path, text.encode(), 0o600)


def _command(options: AdapterOptions) -> str:
    """Return our command as it stands between the double quotes of JSON."""
    account = ["--account", options.account] if options.account else []
    return _escaped(shlex.join([*options.program, "statusline", *account]))


def _entry(command: str) -> str:
    return f'{{"type": "command", "command": "{command}"}}'


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _ours(command: str) -> re.Match[str] | None:
    """Return the parts of our command, None when it is the person's."""
    found = _OURS.fullmatch(command)
    return found if found and "ringfence" in found["program"].casefold() else None


def _quoted(raw: str) -> str:
    """Return JSON's text of a shell command as it stands within single quotes of a shell's, still as JSON's text."""

    def quoted(match: re.Match[str]) -> str:
        return f"""'\\"{match[0]}\\"'""" if match[0] in {"'", "\\u0027"} else match[0]

    return re.sub(r"\\u[0-9a-fA-F]{4}|\\.|'", quoted, raw)


def _unquoted(quoted: str | None) -> str | None:
    """Return what `_quoted` was given; None when there was nothing."""
    return None if quoted is None else re.sub(_QUOTE, lambda match: match[0][3:-3], quoted)


def _command_span(text: str, path: Path) -> tuple[int, int] | None:
    """Return where the entry's command stands, without its quotes; None without an entry."""
    entries = [at for name, at, _ in _members(text, _top(text)) if name == KEY]
    if not entries:
        return None
    if len(entries) > 1:
        raise FileError(Sentence("{path} has {key} in it twice; it was left as it is.", path=path, key=repr(KEY)))
    if text[entries[0]] == "{":
        found = {name: (at, end) for name, at, end in _members(text, entries[0])}
        kind, command = (text[slice(*found[name])] if name in found else "" for name in ("type", "command"))
        if kind == '"command"' and command.startswith('"'):
            return found["command"][0] + 1, found["command"][1] - 1
    raise FileError(
        Sentence(
            "{path} has a {key} of a form that Ringfence does not know; it was left as it is.", path=path, key=repr(KEY)
        )
    )


def _with_entry(text: str, entry: str) -> str:
    """Return the text with our entry behind the last one; `json_edit.remove` takes away exactly what came."""
    at = _top(text)
    ends = [end for _, _, end in _members(text, at)]
    first = text[at + 1 : _skip(text, at + 1)]
    if ends:
        return f'{text[: ends[-1]]},{first or " "}"{KEY}": {entry}{text[ends[-1] :]}'
    broken = "\r\n" if "\r\n" in first else "\n" if "\n" in first else ""
    return f'{text[: at + 1]}{broken and broken + "  "}"{KEY}": {entry}{text[at + 1 :]}'


def _checked(before: str, after: str, path: Path) -> str:
    """Return the new text when it says what the old one said but for the status line. Raises FileError."""
    said, says = (json_edit.parse(text) for text in (before, after))
    rest = [{**d, KEY: None} if isinstance(d, dict) else None for d in (said, says)]
    if rest[0] is None or json.dumps(rest[0]) != json.dumps(rest[1]):
        raise FileError(
            Sentence("{path} cannot be changed without touching the rest of it; it was left as it is.", path=path)
        )
    return after


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield each member of the object that begins at `at`: its name, where its value begins and where it ends."""
    decoder = json.JSONDecoder(strict=False)
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, at) + 1)
        _, end = decoder.raw_decode(text, value)
        yield name, value, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _top(text: str) -> int:
    return _skip(text, 1 if text.startswith("\ufeff") else 0)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


SPEC = AdapterSpec(
    id="statusline",
    label=N_("Claude Code's status line"),
    help=N_("Keeps the limits that Claude Code tells its status line, in front of the one you have; costs no request."),
    adapter=StatusLine(),
)
