"""`ringfence status --waybar` and `--tmux`: read by Waybar's rules, by an XML parser and by the real tmux."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.test_main import HEAVY, loaded_after
from cli.test_status import CLOSING, SCENES, both, foreseen, play
from cli.world import HOUR, NOW, SOURCE, account, failure, program, window
from parts.tmux import Server, sockets, until
from ringfence import gate_reader, texts, window_rules
from ringfence.cli import bar, bar_facts, bar_lines, bar_watch, output
from ringfence.core.model import AccountStatus, FailureKind, Money, Status, Tier, Window
from ringfence.core.ring import build_view
from ringfence.core.settings import Settings
from ringfence.storage import records
from ringfence.storage.paths import Paths

MARKS = {"open": "●", "overridden": "●", "closed": "■", "paused": "‖", "unknown": "?"}
HOSTILE = """<b>&amp;"'</b>#(touch x)#[fg=red]\x1b[31m\n\u202e{}%"""
LINE = (sys.executable, "-m", "ringfence", "status")


@pytest.fixture(autouse=True)
def still(clock, monkeypatch) -> None:
    """Stop the clock of the line too."""
    monkeypatch.setattr(bar, "clock", lambda: NOW)


@pytest.fixture
def line(furnish, cli):
    """Return what plays a scene and gives what `ringfence status ARGUMENTS` prints then."""

    def printed(scene, *arguments: str) -> str:
        play(SCENES[scene] if isinstance(scene, str) else scene, furnish, cli)
        ran = cli("status", *arguments)
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.count("\n") == 1
        return ran.out.rstrip("\n")

    return printed


def waybar(printed: str) -> dict[str, object]:
    """Read a module's output as Waybar does with return-type json (its custom.cpp): the first line, key by key."""
    parsed = json.loads(printed.split("\n", 1)[0])
    assert set(parsed) <= {"text", "alt", "tooltip", "class", "percentage"}  # what waybar-custom(5) knows
    told = {key: parsed.get(key) or "" for key in ("text", "alt", "tooltip")}
    assert all(isinstance(value, str) for value in told.values())
    given_classes = parsed.get("class")
    classes = [given_classes] if isinstance(given_classes, str) else list(given_classes or [])
    number = parsed.get("percentage")
    numeric = isinstance(number, int | float) and not isinstance(number, bool)
    return {**told, "class": classes, "percentage": round(number) if numeric else 0, "numeric": numeric}


def shown(markup: str) -> str:
    """Return the text that Pango shows; its markup is XML with tags of its own."""
    root = ET.fromstring(f"<markup>{markup}</markup>")
    assert {element.tag for element in root.iter()} <= {"markup", "b", "span"}
    return "".join(root.itertext())


# ---- the line


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("open", "● session 62% · week 41%"),
        ("closed", "■ closed until 02:10 · 5h 92% · wk 83%"),
        ("paused_and_held", "‖ paused until 02:00 · 5h 92% · wk 41%"),
        ("overridden", "● overridden · 5h 92% · wk 41%"),
        ("a_models_week", "■ closed · 5h 62% · wk 41% · Fable 97%"),
        ("stale", "? unknown · ◌ stale, 25 min old · 5h 62%"),
        ("offline", "● ◌ offline, 15 min old · 5h 62%"),
        ("never_read", "? unknown · ◌ signed out"),
        ("other_states", "● session – · week –"),
    ],
)
def test_the_line_says_in_words_what_colour_says(line, monkeypatch, scene: str, said: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert line(scene, "--tmux") == said
    assert shown(waybar(line(scene, "--waybar"))["text"]) == said


@pytest.mark.parametrize("scene", list(SCENES))
def test_no_line_is_wider_than_asked(line, monkeypatch, scene: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert bar_lines.cells(line(scene, "--tmux")) <= 40
    picture = bar_facts.read(now=NOW)
    for width in range(10, 100):
        said = bar_lines.tmux(picture, width=width, colours=False)
        assert bar_lines.cells(said) <= width
        assert said.startswith(MARKS[picture.gate])


def test_more_room_says_more(line) -> None:
    assert shown(waybar(line("closed", "--waybar", "--width=60"))["text"]) == (
        "■ closed until 02:10 · session 92% · week 83%"
    )


def test_colours_are_those_of_status_and_no_color_takes_them_away(line, monkeypatch) -> None:
    said = line("closed", "--tmux")
    assert "5h #[fg=colour166]92%#[default]" in said
    assert said.startswith("#[fg=colour160,bold]■ closed until 02:10#[default]")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "#[" not in line("closed", "--tmux")
    for tier in Tier:
        number = re.search(r"\d+", output.TIER_STYLES[tier])[0]
        assert bar_lines.TIERS[tier][0].partition(",")[0] == f"colour{number}"


@pytest.mark.parametrize(
    ("used", "said"), [(0.0, "0%"), (0.004, "<1%"), (0.9499, "94%"), (0.29, "29%"), (0.999, "99%"), (1.042, "104%")]
)
def test_a_number_is_never_more_than_was_read_and_something_is_never_nothing(line, monkeypatch, used, said) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    scene = replace(SCENES["open"], accounts=(account(*both(used)),), settings="")
    assert line(scene, "--tmux") == f"● session {said} · week 41%"


def test_an_account_is_chosen_by_its_name_and_one_that_is_not_known_has_no_reading(line, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    scene = SCENES["two_accounts_and_a_wrong_clock"]
    assert line(scene, "--tmux", "--account", "home") == "● session 10% · week 99%"
    assert line(scene, "--tmux", "--account=nobody") == "? unknown · ◌ no reading"


def test_an_age_is_told_in_its_largest_unit(line, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for age, said in ((50 * 60, "50 min"), (5 * HOUR, "5 h"), (73 * HOUR, "3 d")):
        scene = replace(SCENES["open"], accounts=(account(*both(), age=age),))
        assert f"◌ stale, {said} old" in line(scene, "--tmux")


@given(st.integers(int(NOW) - 40 * 86400, int(NOW) + 40 * 86400))
def test_a_moment_is_said_as_everywhere_else(at: float) -> None:
    assert bar_lines.clock(at, NOW) == texts.clock_text(at, NOW)


# ---- Waybar


@pytest.mark.parametrize("scene", list(SCENES))
def test_waybar_reads_every_scene(line, scene: str) -> None:
    told = waybar(line(scene, "--waybar"))
    assert shown(told["text"])
    assert shown(told["tooltip"])
    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in (told["alt"], *told["class"]))
    assert 0 <= told["percentage"] <= 100
    assert told["class"][0] in MARKS


def test_waybar_gets_a_tooltip_of_lines_and_classes_to_style_by(line) -> None:
    told = waybar(line("closed", "--waybar"))
    assert shown(told["tooltip"]).split("\n") == [
        "New agents are held",
        "Session 92 % used, threshold 90 %, resets 02:10",
        "5-hour session: 92 % high, resets 02:10",
        "Week: 83 % high, resets Wed 00:00",
        "endpoint · read Sat 23:58",
    ]
    assert (told["alt"], told["class"], told["percentage"]) == ("closed", ["closed", "high"], 92)


def test_waybar_gets_no_percentage_where_there_is_none(line) -> None:
    told = waybar(line("other_states", "--waybar"))
    assert (told["numeric"], told["alt"], told["class"]) == (False, "unread", ["open"])
    assert "Week: has reset, waiting for a fresh reading" in told["tooltip"]


def test_an_old_number_is_called_old_and_loses_its_colour(line) -> None:
    told = waybar(line("stale", "--waybar"))
    assert "5-hour session: was 62 %" in shown(told["tooltip"])
    assert "<span" not in told["tooltip"]
    assert told["class"] == ["unknown", "elevated", "stale"]


def test_an_estimate_is_marked_and_moves_no_number(line) -> None:
    told = waybar(line(replace(SCENES["estimated"], accounts=(foreseen(account(*both())),)), "--waybar"))
    assert "62 % elevated, resets 02:10, ~66 % by now, estimated" in shown(told["tooltip"])
    assert (told["percentage"], shown(told["text"])) == (62, "● session 62% · week 41%")


def test_a_pause_tells_its_why(line) -> None:
    told = shown(waybar(line("paused_and_held", "--waybar"))["tooltip"])
    assert told.startswith("Paused by you until 02:00\ndeploying\n")


@given(at=st.integers(int(NOW), int(NOW) + 30 * 86400))
def test_a_reset_is_told_as_status_tells_it(at: int) -> None:
    for moment in (float(at), float(at - at % 86400)):
        assert bar_lines._resets(moment, NOW) == texts.reset_text(moment, NOW)


def test_what_claude_refused_and_a_budget_are_told_in_words(furnish, paths: Paths) -> None:
    furnish(account(*both()))
    hold = {
        "kind": "exhausted", "reason": "week_exhausted", "window": "week", "applies_to": {}, "since": NOW,
        "until": NOW + HOUR, "utilization_pct": None, "threshold_pct": None, "observed_at": NOW,
    }  # fmt: skip
    for changed, said in (
        ({}, "Claude refused: the weekly limit is reached, resets 01:00"),
        (
            {"kind": "budget", "reason": "budget", "window": "budget:night", "utilization_pct": 103.5},
            "Budget night 103.5 % used, resets 01:00",
        ),
        (
            {
                "kind": "threshold",
                "reason": "week_threshold",
                "utilization_pct": 92,
                "threshold_pct": 90,
                "applies_to": {"account": "default"},
                "evidence_until": NOW + HOUR,
            },
            "Week of default 92 % used, threshold 90 %, resets 01:00",
        ),
    ):
        document = gate_reader.load_gate(str(paths.gate))
        paths.gate.write_bytes(gate_reader.dump_gate({**document, "verdict": "closed", "holds": [hold | changed]}))
        assert said in shown(json.loads(bar_lines.waybar(bar_facts.read(now=NOW)))["tooltip"]).split("\n")


# ---- texts from outside


def test_names_from_outside_are_text_to_pango(line) -> None:
    model = window("model:x", 0.99, label=HOSTILE, model=HOSTILE)
    held = replace(model, id=f"model:{HOSTILE}")
    scene = replace(SCENES["open"], accounts=(account(*both(), held, name="work"), account(*both(), name=HOSTILE)),
                    settings=f"{CLOSING}[[accounts]]\nname = \"work\"\nconfig_dir = \"/a\"\n")  # fmt: skip
    told = waybar(line(scene, "--waybar", "--width=200"))
    for markup in (told["text"], told["tooltip"]):
        assert "<b>&amp;" in shown(markup)
        assert not set(shown(markup)) & {"\x1b", "\u202e", "\r"}
    assert shown(told["tooltip"]).count("\n") == told["tooltip"].count("\n")


@given(st.text(max_size=60))
def test_any_text_is_itself_after_pango(text: str) -> None:
    from ringfence.cli.gate_check import one_line

    assert shown(bar_lines._escaped(one_line(text))) == one_line(text)


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["accounts", "sample", "windows", "failure", "outlooks", "kind", "id", "used", "resets_at",
                         "name", "observed_at", "label", "source", "money", "interval_s", "written_at", "estimate"]),
        inner, max_size=4,
    ),
    max_leaves=25,
))  # fmt: skip
def test_any_status_file_gives_a_line(tmp_path_factory, content: object) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "status.json").write_text(json.dumps({"format": 1, "accounts": content, "interval_s": content}))
    os.environ["RINGFENCE_HOME"] = str(home)  # the fixture `world` takes it back
    picture = bar_facts.read(now=NOW)
    assert bar_lines.cells(bar_lines.tmux(picture, colours=False)) <= 40
    told = waybar(bar_lines.waybar(picture))
    assert shown(told["text"]) and shown(told["tooltip"])  # noqa: PT018


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format":1}', b'{"format":99}', b"\xff\xfe", b"[" * 100000])
def test_a_damaged_file_is_no_reading_and_stays_where_it_is(line, paths: Paths, cli, content: bytes) -> None:
    line("open", "--tmux")
    paths.status.write_bytes(content)
    said = cli("status", "--waybar").out
    assert waybar(said)["text"] == "● ◌ no reading"
    assert paths.status.read_bytes() == content


# ---- one rule


LABELS = st.sampled_from(["session", "week", "model:Opus", "spend:extra"])
TIMES = st.none() | st.floats(NOW - 8 * HOUR, NOW + 8 * HOUR)


@st.composite
def windows(draw) -> tuple[Window, ...]:
    return tuple(
        window(
            name, draw(st.sampled_from([None, 0.0, 0.29, 0.4999, 0.5, 0.8, 0.9499999, 0.95, 1.3])), resets_in=None,
            money=draw(st.none() | st.just(Money(used_minor=1, limit_minor=2, currency="USD"))),
            observed_at=draw(TIMES), source=draw(st.sampled_from([None, "statusline_feed"])),
        )
        for name in draw(st.lists(LABELS, unique=True, min_size=1))
    )  # fmt: skip


@st.composite
def statuses(draw) -> Status:
    made = []
    for name in draw(st.lists(st.sampled_from(["work", "home"]), unique=True)):
        seen = tuple(replace(w, resets_at=draw(TIMES)) for w in draw(windows()))
        kind = draw(st.none() | st.sampled_from(list(FailureKind)))
        one = account(*seen, name=name, age=draw(st.floats(0, 3000)), failure=kind and failure(kind))
        made.append(draw(st.sampled_from([one, foreseen(one), AccountStatus(name=name, failure=one.failure)])))
    return Status(
        written_at=NOW - draw(st.floats(0, 1200)), accounts=tuple(made), running=draw(st.booleans()),
        interval_s=draw(st.sampled_from([1.0, 180.0, 300.0, 900.0])),
    )  # fmt: skip


@given(statuses())
def test_the_line_is_drawn_from_what_every_other_face_shows(tmp_path_factory, status: Status) -> None:
    home = tmp_path_factory.mktemp("home")
    os.environ["RINGFENCE_HOME"] = str(home)  # the fixture `world` takes it back
    records.save_status(home / "status.json", status)
    view = build_view(status, None, Settings(), now=NOW)
    picture = bar_facts.read(now=NOW)
    assert len(picture.accounts) == len(view.accounts)
    for seen, want in zip(picture.accounts, view.accounts, strict=True):
        unread = want.state.value == "stale" and want.observed_at is None
        assert (seen.name, seen.state) == (want.name, "unread" if unread else want.state.value)
        for meter, drawn in zip(seen.meters, want.windows, strict=True):
            live = drawn.state.value == window_rules.LIVE
            assert (meter.id, meter.label, meter.state) == (drawn.id, drawn.label, drawn.state.value)
            assert meter.used == (drawn.used if live else None)
            assert meter.tier == (drawn.tier.value if drawn.tier else None)
            assert (meter.observed_at, meter.source) == (drawn.observed_at, drawn.source)
            assert meter.estimate == (drawn.estimate.used if drawn.estimate else None)


@pytest.mark.parametrize("scene", list(SCENES))
def test_the_gate_is_the_one_that_gate_check_answers(line, scene: str) -> None:
    line(scene, "--tmux")
    answer = gate_reader.read_gate(now=NOW)
    assert bar_facts.read(now=NOW).gate in {
        "open": {"open", "overridden"}, "closed": {"closed", "paused"}, "unknown": {"unknown"}
    }[answer.verdict]  # fmt: skip


# ---- the command


def test_a_line_loads_the_standard_library_alone() -> None:
    for face in ("--tmux", "--waybar"):
        loaded = loaded_after(f"from ringfence.__main__ import main; main(['status', '{face}'])")
        assert {name for name in loaded if name.startswith("ringfence")} == {
            "ringfence", "ringfence.__main__", "ringfence.cli", "ringfence.cli.bar", "ringfence.cli.bar_facts",
            "ringfence.cli.bar_lines", "ringfence.cli.gate_check", "ringfence.gate_reader", "ringfence.window_rules",
        }  # fmt: skip
        slow = {*HEAVY, "click", "dataclasses", "typing", "datetime", "asyncio", "pathlib", "argparse", "enum34"}
        assert not {name.partition(".")[0] for name in loaded} & slow


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tmux", "--waybar"), "give one of --waybar and --tmux."),
        (("--tmux", "--json"), "`--json` is not an option here; see `ringfence status --tmux --help`"),
        (("--tmux", "--width"), "--width needs a value."),
        (("--tmux", "--width=9"), "--width must be a whole number from 10 to 1000."),
        (("--tmux", "--width", "x"), "--width must be a whole number from 10 to 1000."),
    ],
)
def test_wrong_usage_is_one_line_and_64(arguments: tuple[str, ...], said: str) -> None:
    ran = program("status", *arguments)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert ran.stderr.startswith(f"ringfence status: {said}")
    assert ran.stderr.count("\n") == 1


def test_an_options_of_the_line_without_a_line_is_wrong_usage(cli) -> None:
    ran = cli("status", "--width", "60")
    assert (ran.status, ran.out) == (64, "")
    assert "--width and --account go with --waybar or --tmux" in ran.err


def test_help_tells_the_options() -> None:
    assert "--watch" in program("status", "--tmux", "--help").stdout
    assert "--waybar" in program("status", "--help").stdout


def test_a_reader_that_went_away_is_no_traceback() -> None:
    ran = subprocess.run(
        ["sh", "-c", f"{shlex.join(LINE)} --tmux | true"], check=False, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert "Traceback" not in ran.stderr


# ---- --watch, as a process: the files of now, for its clock is the real one


def fresh(used: float, **more: object) -> AccountStatus:
    """Return an account that was read just now."""
    made = account(*both(used))
    at = time.time()
    moved = tuple(replace(w, resets_at=at + 2 * HOUR) for w in made.sample.windows)
    return replace(made, sample=replace(made.sample, observed_at=at, windows=moved), **more)


@pytest.fixture
def watching(furnish):
    """Start `status --tmux --watch` beside files of now, and end it."""
    furnish(fresh(0.62), at=time.time())
    process = subprocess.Popen(
        [*LINE, "--tmux", "--watch"], env={**os.environ, "PYTHONPATH": str(SOURCE), "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_watch_prints_a_line_for_each_new_picture_and_none_for_the_same(watching, furnish, paths: Paths, cli) -> None:
    assert watching.stdout.readline() == "● session 62% · week 41%\n"
    records.save_status(paths.status, Status(written_at=time.time(), accounts=(fresh(0.62),)))  # nothing new
    records.save_status(paths.status, Status(written_at=time.time(), accounts=(fresh(0.71),)))
    assert watching.stdout.readline() == "● session 71% · week 41%\n"
    assert program("pause").returncode == 0
    assert watching.stdout.readline() == "‖ paused · session 71% · week 41%\n"


def test_watch_ends_when_the_bar_has_gone(watching) -> None:
    watching.stdout.readline()
    watching.stdout.close()
    assert watching.wait(20) == 0
    assert watching.stderr.read() == ""
    watching.stdout = None


@pytest.fixture
def drawn(furnish):
    """Start it as tmux does, with a socket for its output: return the process and the bar's end."""
    furnish(fresh(0.62), at=time.time())
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    environ = {**os.environ, "PYTHONPATH": str(SOURCE), "NO_COLOR": "1"}
    process = subprocess.Popen([*LINE, "--tmux", "--watch"], env=environ, stdout=theirs)
    theirs.close()
    yield process, ours
    ours.close()
    if process.poll() is None:
        process.kill()
    process.wait()


def test_watch_ends_when_the_bars_socket_has_gone(drawn) -> None:
    process, ours = drawn
    assert ours.recv(4096).decode() == "● session 62% · week 41%\n"
    ours.close()
    assert process.wait(20) == 0


def test_watch_goes_on_when_the_bar_ends_the_input_as_tmux_does_and_ends_with_it(drawn) -> None:
    process, ours = drawn
    assert ours.recv(4096)
    ours.send(b"a click")
    ours.shutdown(socket.SHUT_WR)
    assert program("pause").returncode == 0
    assert ours.recv(4096).decode() == "‖ paused · session 62% · week 41%\n"
    ours.close()
    assert process.wait(20) == 0


async def test_a_reading_and_its_gate_are_one_picture(monkeypatch, capsys) -> None:
    """They are two files: a line between them would say that a full window lets agents start."""
    said = ["before", "half", "whole"]
    looks: list[str] = []

    class Files:
        turns = 0

        def look_again(self) -> None: ...

        async def wait(self) -> None:
            self.turns += 1
            if self.turns == 1:
                said.pop(0)
            else:
                raise asyncio.CancelledError

    @asynccontextmanager
    async def following(_files):
        yield Files()

    async def settled() -> None:
        said.pop(0)

    monkeypatch.setattr(bar_watch, "following", following)
    monkeypatch.setattr(bar_watch, "settle", settled)
    monkeypatch.setattr(bar_watch, "_notice_end", lambda _files: asyncio.Event())
    with pytest.raises(asyncio.CancelledError):
        await bar_watch._run(lambda: looks.append(said[0]) or said[0])
    assert looks == ["before", "whole"]
    assert capsys.readouterr().out == "before\nwhole\n"


def test_watch_ends_at_a_signal(watching) -> None:
    watching.stdout.readline()
    watching.terminate()
    assert watching.wait(20) == -15


# ---- the real tmux


def test_the_real_tmux_draws_the_line_in_its_colours_and_runs_nothing_of_a_name(furnish, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)  # tmux runs its commands here
    at = time.time()
    held = Window(id="model:#(>x)#S", label="x", used=0.97, resets_at=at + HOUR, duration_s=None, model="#(>x)#S")
    one = fresh(0.62)
    furnish(
        replace(one, sample=replace(one.sample, windows=(*one.sample.windows, held))), at=at,
        settings="[thresholds]\nweek_pct = 90\n",
    )  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with sockets(monkeypatch):
        inner, outer = Server(environ | {"TMUX_TMPDIR": os.environ["TMUX_TMPDIR"]}), Server()
        inner.call("-L", "in", "new-session", "-d", "-x", "120", "-y", "5", "cat")
        try:
            for option, value in (
                ("status-left", ""), ("status-right-length", "80"), ("status-interval", "1"),
                ("status-right", f"#({shlex.join(LINE)} --tmux --width 80)"),
            ):  # fmt: skip
                inner.call("-L", "in", "set-option", "-g", option, value)
            outer.call("-L", "out", "new-session", "-d", "-x", "120", "-y", "8", "env -u TMUX tmux -u -L in attach")
            read = lambda *more: outer.call("-L", "out", "capture-pane", "-p", *more)  # noqa: E731
            assert until(lambda: "closed" in read()), read()
            assert re.search(r"■ closed until [\w: ]+ · session 62% · week 41% · #\(>x\)#S 97%", read()), read()
            assert "\x1b[38;5;179m62%" in read("-e").replace("\x1b[42m", ""), read("-e")
        finally:
            for name in ("in", "out"):
                subprocess.run(["tmux", "-L", name, "kill-server"], check=False, capture_output=True)
    assert not (tmp_path / "x").exists()


def test_tmux_shows_a_doubled_sign_as_one(monkeypatch, line) -> None:
    said = line("closed", "--tmux")
    with sockets(monkeypatch):
        server = Server()
        server.call("new-session", "-d", "cat")
        drawn = server.call("display-message", "-p", said.replace("%", "%%")).rstrip("\n")
        sign = server.call("display-message", "-p", bar_lines.tmux(_named("a#b"), colours=False).replace("%", "%%"))
        server.call("kill-server")
    assert re.sub(r"#\[[^]]*\]", "", drawn) == "■ closed until 02:10 · 5h 92% · wk 83%"
    assert "a#b 97%" in sign


def _named(name: str) -> bar_facts.Picture:
    """Return a picture whose binding window has a name."""
    raw = {"name": "x", "sample": {"observed_at": NOW, "windows": [{"id": f"model:{name}", "used": 0.97}]}}
    picture = bar_facts.read(now=NOW)
    picture.accounts = [bar_facts.Account(raw, {}, NOW)]
    return picture


# ---- docs/bars.md


DOCS = (Path(__file__).parents[2] / "docs" / "bars.md").read_text(encoding="utf-8")


def test_the_commands_of_the_document_are_taken() -> None:
    asked = re.findall(r"ringfence status ((?:--\w+(?: \d+)? ?)+)", DOCS)
    assert len(asked) >= 6
    for options in asked:
        assert bar._face(bar.options_of(options.split()))


def test_the_documents_waybar_module_is_json_of_keys_that_waybar_knows() -> None:
    (module,) = json.loads(re.search(r"```json\n(.*?)```", DOCS, re.DOTALL)[1]).values()
    assert set(module) <= {"exec", "return-type", "restart-interval", "on-click"}  # waybar-custom(5)
    assert module["return-type"] == "json"


def test_every_class_is_documented() -> None:
    row = next(line for line in DOCS.splitlines() if line.startswith("| `class`"))
    told = {*bar_lines.GATES, *bar_lines.TIERS, *bar_lines.STATES}
    assert set(re.findall(r"`(\w+)`", row.split("|")[2])) == told
    assert set(re.findall(r"ringfence\.(\w+)", re.search(r"```css\n(.*?)```", DOCS, re.DOTALL)[1])) <= told
