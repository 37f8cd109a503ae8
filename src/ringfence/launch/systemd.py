"""systemd: a drop-in whose ExecCondition skips the start of a unit while the gate is closed; a skip is no failure."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from ringfence import foreign_files
from ringfence.adapter_ports import AdapterOptions, AdapterSpec, AdapterState, Proof
from ringfence.file_errors import FileError
from ringfence.launch import _data
from ringfence.sentence import N_, Sentence

DROP_IN = "50-ringfence.conf"
SYSTEM = Path("/etc/systemd/system")
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,200}")
_KINDS = (".timer", ".socket", ".path", ".target", ".mount", ".automount", ".slice", ".scope", ".device", ".swap")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "%": "%%", "$": "$$"}
_HEAD = """\
# Written by `ringfence hooks install systemd`; `ringfence hooks remove systemd` takes it away.
# While the gate is closed the unit is skipped. What cannot be told, a Ringfence that is gone included, lets it start.
[Service]
ExecCondition="""


class Systemd:
    """`UNIT.d/50-ringfence.conf` for a service, of the person's own manager or, with `system`, of the system's."""

    def install(self, options: AdapterOptions) -> str:
        """Write the drop-in. Raises FileError."""
        unit, path = _unit(options), _path(options)
        content = _content(options).encode()
        if foreign_files.read(path) == content:
            return Sentence("{path} is up to date.", path=path)
        foreign_files.replace(path, content)
        return Sentence(
            "{path} was written. It holds from the next `{command}` on, for each start of {unit}.",
            path=path, command=_reload(options), unit=unit,
        )  # fmt: skip

    def remove(self, options: AdapterOptions) -> str:
        """Delete the drop-in, and its folder when nothing else is in it. Raises FileError."""
        path = _path(options)
        if not foreign_files.remove(path):
            return Sentence("{path} is not there.", path=path)
        try:
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        except OSError as error:
            raise FileError.of("remove", path.parent, error) from None
        return Sentence("{path} was removed. It holds until the next `{command}`.", path=path, command=_reload(options))

    def state(self, options: AdapterOptions) -> AdapterState:
        """Tell whether the unit has the drop-in; without a unit, whether any has. Raises FileError."""
        if options.unit is None:
            found = _installed(options)
            where = ", ".join(str(path) for path in found) or str(_folder(options) / f"UNIT.d/{DROP_IN}")
            return AdapterState(installed=bool(found), where=where)
        path = _path(options)
        there = foreign_files.read(path)
        stale = there is not None and there != _content(options).encode()
        note = Sentence("It is not what this Ringfence would write; install it again.") if stale else ""
        return AdapterState(installed=there is not None, where=str(path), note=note)

    def prove(self, options: AdapterOptions, closed: Path, opened: Path) -> tuple[Proof, ...]:
        """Run the condition of the unit's drop-in, or of every one, as systemd would. Raises FileError."""
        made: list[Proof] = []
        for path in _installed(options) if options.unit is None else (_path(options),):
            command = _condition_in(path)
            for home, state, wanted in ((closed, "closed", 1), (opened, "open", 0)):
                status = _data.run(command, home, options.environ).returncode
                unit = path.parent.name.removesuffix(".d")
                what = _data.with_gate(Sentence("the start of {unit}", unit=unit), state)
                made.append(Proof(what=what, proved=status == wanted, detail=_meant(status)))
        return tuple(made)


def _meant(status: int) -> Sentence:
    """Return what systemd does at an exit status of its condition."""
    if status == 0:
        return Sentence("Exit status {status}: the unit starts.", status=status)
    if status < 255:
        return Sentence("Exit status {status}: the unit is skipped.", status=status)
    return Sentence("Exit status {status}: the unit fails.", status=status)


def _unit(options: AdapterOptions) -> str:
    name = options.unit or ""
    if not name:
        raise FileError(Sentence("Name the unit: --unit NAME, for instance --unit agent.service."))
    if not _UNIT.fullmatch(name) or name.startswith((".", "-")):
        raise FileError(Sentence("{name} is no name of a unit.", name=f"{name!a:.60}"))
    if name.endswith(_KINDS):
        raise FileError(
            Sentence("{name} is not a service and has no ExecCondition; name the service that it starts.", name=name)
        )
    return name if name.endswith(".service") else f"{name}.service"


def _folder(options: AdapterOptions) -> Path:
    if options.system:
        return SYSTEM
    config = options.environ.get("XDG_CONFIG_HOME", "")
    home = Path(options.environ.get("HOME") or Path.home())
    return (Path(config) if config.startswith("/") else home / ".config") / "systemd" / "user"


def _path(options: AdapterOptions) -> Path:
    return options.file or _folder(options) / f"{_unit(options)}.d" / DROP_IN


def _installed(options: AdapterOptions) -> tuple[Path, ...]:
    folder = _folder(options)
    try:
        return tuple(sorted(folder.glob(f"*.service.d/{DROP_IN}")))
    except OSError as error:
        raise FileError.of("read", folder, error) from None


def _reload(options: AdapterOptions) -> str:
    return "systemctl daemon-reload" if options.system else "systemctl --user daemon-reload"


def _content(options: AdapterOptions) -> str:
    quoted = "".join(_ESCAPES.get(char, char) for char in _script(options))
    if not quoted.isprintable():
        raise FileError(Sentence("A path or a name has a control character in it, which a unit's file cannot carry."))
    return f'{_HEAD}/bin/sh -c "{quoted}"\n'


def _script(options: AdapterOptions) -> str:
    """Return what /bin/sh runs: exit status 1 only when the gate itself says closed.

    Any other failure, an interpreter that is gone or a traceback, would skip the unit for ever if its status counted:
    systemd takes each from 1 to 254 as `skip`.
    """
    check = [*options.program, "gate", "check", "--json"]
    check += ["--account", options.account] if options.account else []
    place = ""
    if moved := _data.moved(options.environ):
        # A manager does not know what the person's shell has set; what the unit sets itself goes first.
        place = f": ${{{moved[0]}:={_in_braces(moved[1])}}}; export {moved[0]}; "
    return f"""{place}case $({shlex.join(check)}) in *'"verdict": "closed"'*) exit 1 ;; esac"""


def _in_braces(value: str) -> str:
    """Return a value for `${NAME:=VALUE}`, where single quotes would be taken as they stand in some shells."""
    return re.sub(r"([^A-Za-z0-9_./-])", r"\\\1", value)


def _condition_in(path: Path) -> list[str]:
    """Return the command of a drop-in of ours, as systemd takes it apart. Raises FileError when it is not ours."""
    text = (foreign_files.read(path) or b"").decode("utf-8", "replace")
    found = re.fullmatch(re.escape(_HEAD) + r'/bin/sh -c "((?:[^"\\]|\\.)*)"\n', text)
    if found is None:
        raise FileError(Sentence("{path} was changed or is not there; install it again to prove it.", path=path))
    script = re.sub(r"\\(.)", r"\1", found[1]).replace("%%", "%").replace("$$", "$")
    return ["/bin/sh", "-c", script]


SPEC = AdapterSpec(
    id="systemd",
    label=N_("systemd unit"),
    help=N_("A drop-in that skips the start of a service (--unit NAME, --system) while the gate is closed."),
    adapter=Systemd(),
)
