"""The program's entry: what launchers call first, on the standard library alone; then the commands, or the tray."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as `typing` has it, without its 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130
COMPLETION = "_RINGFENCE_COMPLETE"
"""Set by the shells' completions, which ask without an argument what may come next."""
STARTS = {"": None, "--window": True, "--background": False}
"""What the menu and autostart say, and whether the window opens by itself: None, where the desktop has no tray."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `ringfence ARGUMENTS` and return its exit status."""
    argv = sys.argv[1:] if arguments is None else list(arguments)
    if argv[:2] == ["gate", "check"]:
        from ringfence.cli import gate_check

        return gate_check.run(argv[2:])
    if len(argv) <= 1 and (how := "".join(argv)) in STARTS and COMPLETION not in os.environ:
        return start_tray(demo=False, window=STARTS[how])  # without click, which the icon need not wait for
    if argv[:1] == ["run"]:
        from ringfence.cli import launch_run

        return launch_run.run(argv[1:])
    if argv[:1] == ["route"]:
        from ringfence.cli import route

        return route.run(argv[1:])
    if argv[:1] == ["hook"]:
        from ringfence.cli import hook

        return hook.run(argv[1:])
    if argv[:1] == ["statusline"]:
        from ringfence.cli import statusline

        return statusline.run(argv[1:])
    if argv[:1] == ["status"] and ("--tmux" in argv or "--waybar" in argv):
        from ringfence.cli import bar

        return bar.run(argv[1:])
    if argv[:1] == ["--read-transcripts"]:  # the monitor asks itself (scan_apart)
        from ringfence.cli import transcripts_apart

        return transcripts_apart.run(argv[1:])
    if argv == ["--try-qt"]:  # `doctor` and `self-test` ask themselves (cli.qt_probe)
        from ringfence.tray import probe

        return probe.run()
    return _command(argv) if arguments is not None else _command_as_program(argv)


def _command(argv: Sequence[str]) -> int:
    from ringfence.cli import app

    return app.main(argv, start_tray)


def _command_as_program(argv: Sequence[str]) -> int:
    """Run a command without most of the collector's work: next to nothing here is garbage before the process ends.

    While modules load it looks in vain some fifty times, and three times through everything when the interpreter ends:
    together a tenth of what a command takes. Files and streams are closed as ever, by counting references.
    """
    import gc

    gc.set_threshold(10_000)
    status = _command(argv)
    gc.freeze()
    return status


def start_tray(*, demo: bool, window: bool | None = None) -> int:
    """Show the tray app until the person quits it, and return its exit status."""
    if why := _why_no_screen():
        return _refused(why, demo=demo)
    import gc

    gc.disable()  # while modules load it looks in vain, 10 of 200 ms; once the icon is there, it is enabled
    try:
        return _run_tray(demo=demo, window=window)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    finally:
        gc.enable()


def _run_tray(*, demo: bool, window: bool | None) -> int:
    try:
        from ringfence.tray import app
    except ImportError as error:
        if not _is_qt(error):
            raise
        from ringfence.sentence import Sentence

        return _refused(Sentence("Qt cannot be loaded ({error})", error=str(error)), demo=demo)
    return app.run(demo=demo, window=window)


def _refused(why: str, *, demo: bool) -> int:
    from ringfence import language
    from ringfence.sentence import Sentence
    from ringfence.storage.chosen_language import chosen_language

    language.speak(language.wanted_by(os.environ, chosen_language()))
    step = Sentence(
        "use `ringfence status --watch` to see the windows here, and `ringfence daemon` to keep the gate without a"
        " screen."
    )
    if demo:
        step = Sentence(
            "use `ringfence demo --terminal`, and `ringfence status --watch` or `ringfence daemon` for your login."
        )
    said = language.told(Sentence("{why}; {step}", why=why, step=step))
    sys.stderr.write(f"ringfence: {said}\n")
    return EXIT_FAILED


def _why_no_screen() -> str:
    """Return why no window can be shown, else nothing. Qt itself aborts the process when it finds no display."""
    if sys.platform in {"darwin", "win32"} or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    from ringfence.sentence import Sentence

    display, wayland = os.environ.get("DISPLAY", ""), os.environ.get("WAYLAND_DISPLAY", "")
    if not display and not wayland:
        return Sentence("there is no display here")
    if wayland or not display.startswith(":") or _x_server_answers(display[1:].partition(".")[0]):
        return ""
    return Sentence("no X server answers at DISPLAY={display}", display=display)


def _x_server_answers(number: str) -> bool:
    """Tell whether somebody listens on a local X display, at its socket file or at the name Linux keeps for it."""
    import socket

    for address in (f"/tmp/.X11-unix/X{number}", f"\0/tmp/.X11-unix/X{number}"):  # noqa: S108 - X's own place
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as attempt:
            attempt.settimeout(1)
            try:
                attempt.connect(address)
            except OSError:
                continue
            return True
    return False


def _is_qt(error: ImportError) -> bool:
    """Tell a missing Qt, or a system library that it needs, from a mistake of ours."""
    return (error.name or "").startswith(("PySide6", "shiboken6", "qasync")) or ".so" in str(error)


if __name__ == "__main__":
    sys.exit(main())
