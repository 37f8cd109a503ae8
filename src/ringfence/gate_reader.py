"""The gate file, format 1: its rules, its bytes and its reader.

This module owns the format (DESIGN 4); the writer imports it, so both apply one rule. Programs may ask in one line:

    from ringfence.gate_reader import read_gate
    if read_gate(model="Opus").verdict == "closed": ...

It imports only `json`, `os` and `time`: a check costs little over bare Python, and it may be copied as it is.
Everything it says is about *starting* a run; running work is never its business.
"""

from __future__ import annotations

import json
import os
import time

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from typing import Any

    Document = dict[str, Any]

FORMAT = 1
MAX_BYTES = 256 * 1024
LEASE_S = 900
"""How long a written verdict holds when nobody writes again; the monitor renews it at least every 300 s."""
FUTURE_S = 120  # a file written further than this in the future was written under another clock: unknown
SERIAL_LIMIT = 10**15  # at one write a second this lasts 30 million years; a larger serial is damage

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
EXIT_OPEN, EXIT_CLOSED, EXIT_UNKNOWN, EXIT_USAGE = 0, 1, 69, 64
KINDS = ("manual", "threshold", "exhausted", "budget")
ERRORS = {"threshold": "quota_threshold_reached", "exhausted": "quota_exhausted", "budget": "budget_reached"}
LATEST = 1e11  # the year 5138: later than this is no time of ours, and would overflow gmtime on some systems


class Answer:
    """What the gate says to one launch.

    verdict: "open", "closed" or "unknown". valid_until: epoch seconds up to which the verdict holds even if nobody
    writes again, None for open-ended or unknown. hold: the hold that binds, as it stands in the file, when closed.
    document: the whole file as read, or None when it could not be trusted.
    """

    __slots__ = ("_refusal", "_why", "document", "hold", "valid_until", "verdict")

    def __init__(
        self, verdict: str, why: str | None = None, valid_until: float | None = None, refusal: Document | None = None,
        hold: Document | None = None,
    ) -> None:  # fmt: skip
        self.verdict, self.valid_until, self.hold = verdict, valid_until, hold
        self._why, self._refusal = why, refusal  # None: what the hold says, put in words when somebody asks
        self.document: Document | None = None

    @property
    def why(self) -> str:
        """One sentence for a person."""
        return why_closed(self.hold) if self._why is None and self.hold else self._why or ""

    @property
    def refusal(self) -> Document | None:
        """The five fields of DESIGN 4 when closed, else None."""
        return refusal_of(self.hold) if self._refusal is None and self.hold else self._refusal


class _UntrustedError(ValueError):
    """The file cannot be believed; the text says why."""


class NewerFormatError(_UntrustedError):
    """The file is of a newer Ringfence: a writer leaves it alone."""


def home_folder(kind: str = "state") -> str:
    """Return the folder of Ringfence's `state` or `config` files: RINGFENCE_HOME, else the system's own."""
    moved = os.environ.get("RINGFENCE_HOME")
    if moved:  # by a service file or a cron table, where no shell expands it
        return os.path.abspath(os.path.expanduser(moved))
    home = os.path.expanduser("~")
    if os.name == "nt":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "ringfence")
    if os.uname().sysname == "Darwin":
        return os.path.join(home, "Library", "Application Support", "ringfence")
    variable, default = ("XDG_CONFIG_HOME", ".config") if kind == "config" else ("XDG_STATE_HOME", ".local/state")
    chosen = os.environ.get(variable, "")
    # The XDG specification: a relative path is invalid and has to be ignored.
    return os.path.join(chosen if os.path.isabs(chosen) else os.path.join(home, default), "ringfence")


def gate_path() -> str:
    """Return where the gate file is, whether or not it exists."""
    return os.path.join(home_folder(), "gate.json")


def read_gate(
    path: str | None = None, *, account: str | None = None, model: str | None = None, class_: str | None = None,
    project: str | None = None, now: float | None = None,
) -> Answer:  # fmt: skip
    """Ask the gate whether a launch may start. Never raises for the state of the file: what it cannot trust is unknown.

    Args:
        path: the gate file; None: where this person's monitor writes it.
        account: the account the launch would use; None: the first one.
        model: the model it would use, in any spelling ("Opus", "claude-opus-4-6"); None: not named.
        class_: its class, as the person's launchers name it ("interactive", "batch"); None: not named.
        project: the folder it would work in; None: not named.
        now: epoch seconds; None: the clock.
    """
    now = time.time() if now is None else now
    where = path or gate_path()
    try:
        document = parse_gate(read_bytes(where), now)
    except _UntrustedError as error:
        return Answer(UNKNOWN, f"The gate file {where} {error}.")
    answer = evaluate(document, now, account=account, model=model, class_=class_, project=project)
    apart = [h["applies_to"]["project"] for h in document.get("project_holds", ())]
    if account is model is class_ is None and not (project and any(is_inside(project, top) for top in apart)):
        answer = _held_to_the_first_line(answer, document, now)
    answer.document = document
    return answer


def evaluate(
    document: Document, now: float, *, account: str | None = None, model: str | None = None, class_: str | None = None,
    project: str | None = None,
) -> Answer:  # fmt: skip
    """Apply the rules of DESIGN 4 to a gate document, for one launch at one moment. Pure; writer and reader share it.

    `document` needs lease_until, holds and override. Its accounts and automatic holds carry `evidence_until`, the epoch
    second up to which their reading counts; without `accounts` the lease is all there is to go by.
    """
    accounts = document.get("accounts")
    first = accounts[0]["name"] if accounts else None
    launch = {"account": first if account is None else account, "model": model, "class": class_, "project": project}
    applying = [h for h in (*document["holds"], *document.get("project_holds", ())) if _applies(h, launch)]
    manual = [h for h in applying if h["kind"] == "manual" and (h["until"] is None or h["until"] > now)]
    automatic = [h for h in applying if h["kind"] != "manual"]
    lifted = override_until(document, now) if automatic else None
    lease = document["lease_until"]
    closing = [] if lifted or lease <= now else [h for h in automatic if h["evidence_until"] > now]
    if manual or closing:
        ends = [h["until"] for h in manual] + [min(lease, h["evidence_until"]) for h in closing]
        return Answer(CLOSED, valid_until=None if None in ends else max(ends), hold=(manual or closing)[0])
    if lease <= now:
        return Answer(UNKNOWN, stopped_sentence(document))
    if automatic and not lifted:
        return Answer(UNKNOWN, "The last reading is too old to keep the gate closed by it.")
    if accounts is None:
        accounts = [{"name": launch["account"], "evidence_until": None if document["verdict"] == UNKNOWN else lease}]
    known = [a["evidence_until"] for a in accounts if a["name"] == launch["account"]]
    if not known:
        return Answer(UNKNOWN, f"The monitor knows no account called {_plain(launch['account'])}.")
    if known[0] is None or known[0] <= now:
        return Answer(UNKNOWN, "There is no fresh reading of this account's usage.")
    return Answer(OPEN, "Overridden by you." if lifted else "No hold applies.", min(lease, known[0], lifted or lease))


def override_until(document: Document, now: float) -> float | None:
    """Return the end of the person's override when one is in force, else None."""
    override = document["override"]
    until: float | None = override["until"] if override else None
    return until if until is not None and until > now else None


def same_model(limited: str, launched: str) -> bool:
    """Tell whether a limit on the model `limited` counts for a launch that names `launched`.

    Family and version are compared apart, in either order: "Opus" limits "claude-opus-4-6", and "Fable 5" limits
    "fable" and "fable-latest[1m]" (which may be any Fable), but not "fable-4-5". "claude" alone names no model.
    """
    a, b = _words(limited), _words(launched)
    family_a, family_b = ({w for w in words if w.isalpha()} for words in (a, b))
    version_a, version_b = ([w for w in words if not w.isalpha()] for words in (a, b))
    same_family = bool(a and b) and (family_a <= family_b or family_b <= family_a)
    return same_family and all(x == y for x, y in zip(version_a, version_b, strict=False))


def is_inside(folder: str, project: str) -> bool:
    """Tell whether a folder is the project's or below it, by their names alone: links are not followed."""
    path, top = (os.path.normcase(os.path.abspath(os.path.expanduser(each))) for each in (folder, project))
    return path == top or path.startswith(os.path.join(top, ""))


def refusal_of(hold: Document) -> Document:
    """Return the five fields a refused launch is told (DESIGN 4)."""
    if hold["kind"] == "manual":
        nothing = dict.fromkeys(("utilization_pct", "threshold_pct", "resets_at"))
        return {"error": "paused", "reason": "manual_pause", **nothing}
    told = {key: hold[key] for key in ("reason", "utilization_pct", "threshold_pct")}
    return {"error": ERRORS[hold["kind"]], **told, "resets_at": iso(hold["until"])}


def why_closed(hold: Document) -> str:
    """Return one sentence that names the hold, its figures and its end in UTC."""
    until = iso(hold["until"])
    if hold["kind"] == "manual":
        said = f": {_plain(hold['why'])}" if hold.get("why") else ""
        return f"Paused by you{said}, " + (f"until {until}." if until else "until you unpause.")
    name, used = _plain(hold["window"].partition(":")[2] or hold["window"]), f"{hold['utilization_pct']} % used"
    sentences = {
        "exhausted": f"Claude refused: the {name} limit is reached",
        "budget": f"Your budget {name} is reached: {used}",
        "threshold": f"{hold['window']} is over its limit ({hold['reason']}): {used}, "
        f"threshold {hold['threshold_pct']} %",
    }
    return sentences[hold["kind"]] + (f", resets {until}." if until else ".")


def stopped_sentence(document: Document) -> str:
    """Say why nobody stands behind the file any more."""
    if document.get("note") == "monitor stopped":
        return "The monitor was stopped; start it with `ringfence` or `ringfence daemon`."
    return "The monitor has not written for a while (its lease ran out); start it with `ringfence`."


def iso(at: float | None) -> str | None:
    """Return an epoch second as RFC 3339 in UTC, None for None."""
    return None if at is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def first_line(verdict: str, valid_until: float | None) -> str:
    """Return the line that is enough for a shell: `{"verdict":"closed","valid_until":1795303550,` and a newline."""
    until = "null" if valid_until is None else str(int(valid_until))
    return f'{{"verdict":"{verdict}","valid_until":{until},\n'


def dump_gate(document: Document) -> bytes:
    """Return the file's bytes: the shell's line first, then one line a key, so that a person can read it too."""
    rest = {k: v for k, v in document.items() if k not in {"verdict", "valid_until"}}
    lines = ",\n".join(
        f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'), allow_nan=False)}" for k, v in rest.items()
    )
    return (first_line(document["verdict"], document["valid_until"]) + lines + "}\n").encode()


def parse_gate(raw: bytes, now: float) -> Document:
    """Return the document, checked; raises ValueError whose text ends the sentence "The gate file PATH ..."."""
    hooks: Any = {"parse_float": _finite, "parse_int": _small_int, "parse_constant": _finite}
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, **hooks)
    except _UntrustedError:
        raise
    except (ValueError, RecursionError):
        raise _UntrustedError("is damaged: it is not JSON") from None
    if not isinstance(document, dict):
        raise _UntrustedError("is damaged: it is not a JSON object")
    number = document.get("format")
    if number != FORMAT or isinstance(number, bool):
        newer = isinstance(number, int) and number > FORMAT
        raise (NewerFormatError if newer else _UntrustedError)(f"has format {number!r:.40}, this reader knows {FORMAT}")
    _check_shape(document)
    if document["written_at"] > now + FUTURE_S:
        raise _UntrustedError("was written in the future; the clock was moved")
    if not raw.decode().startswith(first_line(document["verdict"], document["valid_until"])):
        raise _UntrustedError("does not start with its verdict line")
    return document


def load_gate(path: str) -> Document | None:
    """Return the document for a writer who will replace it, whatever its age; None when there is none.

    Raises ValueError, whose text ends the sentence "The gate file PATH ...", when what is there cannot be trusted.
    """
    try:
        return parse_gate(read_bytes(path), float("inf"))
    except _UntrustedError:
        if not os.path.lexists(path):
            return None
        raise


def _held_to_the_first_line(answer: Answer, document: Document, now: float) -> Answer:
    """Make a launch that names nothing get what a shell reads in the first line, or unknown."""
    verdict, until = document["verdict"], document["valid_until"]
    over = until is not None and until <= now
    if not over and verdict == answer.verdict:
        answer.valid_until = until
        return answer
    if not over and verdict != UNKNOWN:
        return Answer(UNKNOWN, f"The gate file's first line says {verdict}, its holds say {answer.verdict}.")
    if answer.verdict != UNKNOWN:
        return Answer(UNKNOWN, "The gate's verdict has run out and no new one was written.")
    return answer


def _plain(text: object) -> str:
    """Return a text of the person's on one line and without control characters: it may move no cursor."""
    return "".join(c if c.isprintable() else " " for c in str(text)[:200])


def _applies(hold: Document, launch: dict[str, str | None]) -> bool:
    scope: dict[str, str] = hold["applies_to"]
    if "project" in scope and not (launch["project"] and is_inside(launch["project"], scope["project"])):
        return False
    if "account" in scope and scope["account"] != launch["account"]:
        return False
    if "class" in scope and scope["class"] != launch["class"]:
        return False
    if "model" not in scope:
        return True
    if launch["model"] is None or not _words(launch["model"]):
        return bool(hold.get("also_unnamed"))
    return same_model(scope["model"], launch["model"])


def _words(name: str) -> list[str]:
    plain = name.casefold().split("[")[0]  # "[1m]" names the length of the context, not a version
    spaced = "".join(c if c.isalnum() else " " for c in plain)
    return [word for word in spaced.split() if word != "claude"]


def read_bytes(path: str) -> bytes:
    """Return a file of ours that nobody else can write. Raises ValueError, whose text ends "The file PATH ..."."""
    kept = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")  # a fifo must not block, a link not lead astray
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in kept)
    for attempts_left in range(4, -1, -1):
        try:
            handle = os.open(path, flags)
            break
        except FileNotFoundError:
            raise _UntrustedError("is not there; start Ringfence with `ringfence`") from None
        except OSError as error:
            # Windows: a writer that replaces the file this instant makes the open fail; the next one succeeds.
            if os.name == "nt" and isinstance(error, PermissionError) and attempts_left:
                time.sleep(0.005)
                continue
            if os.path.islink(path):
                raise _UntrustedError("is a link, not a regular file") from None
            raise _UntrustedError(f"cannot be read: {error.strerror}") from None
    try:
        _check_file(os.fstat(handle))
        raw = b""
        while len(raw) <= MAX_BYTES and (part := os.read(handle, MAX_BYTES + 1 - len(raw))):
            raw += part
    except OSError as error:
        raise _UntrustedError(f"cannot be read: {error.strerror}") from None
    finally:
        os.close(handle)
    if len(raw) > MAX_BYTES:
        raise _UntrustedError(f"is larger than {MAX_BYTES // 1024} kB")
    return raw


def _check_file(stat: os.stat_result) -> None:
    if stat.st_mode & 0o170000 != 0o100000:
        raise _UntrustedError("is not a regular file")
    if os.name != "nt" and stat.st_mode & 0o022:
        raise _UntrustedError("can be written by others; run `chmod 600` on it")
    if os.name != "nt" and stat.st_uid not in {os.geteuid(), 0}:
        raise _UntrustedError("belongs to somebody else")


def _unique(pairs: list[tuple[str, object]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _UntrustedError("is damaged: a key stands in it twice")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:  # NaN and the infinities: `NaN >= threshold` is False, which would read as open
        raise _UntrustedError("is damaged: it holds a number that is not finite")
    return value


def _small_int(text: str) -> int:
    if len(text) > 18:
        raise _UntrustedError("is damaged: it holds a number that is no time and no percentage")
    return int(text)


def _check_shape(document: Document) -> None:
    verdict = document.get("verdict")
    if verdict not in (OPEN, CLOSED, UNKNOWN):  # a tuple: what stands here may be a list, which no set can look up
        raise _UntrustedError(f"has an unknown verdict {verdict!r:.40}")
    _time(document, "valid_until", optional=True)
    _time(document, "written_at")
    _time(document, "lease_until")
    serial = document.get("serial", 0)
    if isinstance(serial, bool) or not isinstance(serial, int) or not 0 <= serial < SERIAL_LIMIT:
        raise _UntrustedError("is damaged: serial is not a number of ours")
    override = document.get("override", 0)
    if override is not None:
        _time(_object(override, "override"), "until")
        if "since" in override:
            _time(override, "since", optional=True)
    _objects(document, "windows", [])
    for hold in _objects(document, "holds"):
        _check_hold(hold, document["lease_until"])
    # Apart from the others: a reader that knows no projects would take a hold of one for a hold of every launch.
    for hold in _objects(document, "project_holds", []):
        _check_hold(hold, document["lease_until"], of_project=True)
    for account in _objects(document, "accounts", []):
        _text(account, "name")
        _time(account, "evidence_until", optional=True)


def _check_hold(hold: Document, lease_until: float, *, of_project: bool = False) -> None:
    if hold.get("kind") not in KINDS:
        raise _UntrustedError(f"has a hold of unknown kind {hold.get('kind')!r:.40}")
    _text(hold, "reason")
    _time(hold, "until", optional=True)
    for key in {"since", "observed_at"} & hold.keys():
        _time(hold, key, optional=True)
    scope = _object(hold.get("applies_to"), "applies_to")
    if of_project:
        _text(scope, "project")
    for key in scope:
        if key not in {"account", "model", "class"} and not (of_project and key == "project"):
            raise _UntrustedError(f"has a hold with an unknown scope {key!r:.40}")
        _text(scope, key)
    if hold["kind"] != "manual":
        hold.setdefault("evidence_until", lease_until)
        _time(hold, "evidence_until")
        _text(hold, "window")
        for key in ("utilization_pct", "threshold_pct"):
            if not isinstance(hold.get(key, ""), int | float | None) or isinstance(hold[key], bool):
                raise _UntrustedError(f"is damaged: a hold has no {key}")


def _objects(document: Document, key: str, without: object = None) -> list[Document]:
    value = document.get(key, without)
    if not isinstance(value, list):
        raise _UntrustedError(f"is damaged: {key} is not a list")
    return [_object(item, key) for item in value]


def _object(value: object, key: str) -> Document:
    if not isinstance(value, dict):
        raise _UntrustedError(f"is damaged: {key} is not as it should be")
    return value


def _text(holder: Document, key: str) -> None:
    if not isinstance(holder.get(key), str):
        raise _UntrustedError(f"is damaged: {key} is not a text")


def _time(holder: Document, key: str, *, optional: bool = False) -> None:
    value = holder.get(key)
    none = optional and value is None and key in holder
    if not none and (not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LATEST):
        raise _UntrustedError(f"is damaged: {key} is not a time")
