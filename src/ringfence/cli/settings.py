"""`settings [get|set KEY VALUE|path]`: every choice, driven by the settings' own declarations."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, assert_never

import click

from ringfence import texts, why_texts, wiring
from ringfence.cli import reading
from ringfence.cli.app import Group
from ringfence.cli.output import console, paths, print_lines, say, warn, wrapped, wrong
from ringfence.core import gating
from ringfence.core.declared import Kind, Setting, check_value
from ringfence.core.model import WindowState
from ringfence.core.settings import Settings, schema
from ringfence.language import _, told
from ringfence.storage.paths import Paths
from ringfence.storage.settings_file import load_settings, set_value
from ringfence.words import joined, sentences

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

MODELS = "thresholds.models"
_TABLES = {Kind.THRESHOLDS: ("model", "Opus 80"), Kind.ACCOUNTS: ("session", "agent work")}
"""Settings that are tables: what their names are, and an example."""
OFF = frozenset({"off", "none", "default"})
_TRUE, _FALSE = frozenset({"true", "on", "yes", "1"}), frozenset({"false", "off", "no", "0"})


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def settings(ctx: click.Context) -> None:
    """Show every setting, or get and set one."""
    if ctx.invoked_subcommand is not None:
        return
    where = paths()
    chosen, trouble = wiring.settings_in_force(where)
    out = console()
    for setting in schema():
        print_lines(out, _setting_lines(out, setting, value_of(chosen, setting.key)))
    out.print()
    said = _("From {path}; change one with `ringfence settings set KEY VALUE`.").format(path=where.settings)
    print_lines(out, wrapped(out, said, 0))
    if trouble:
        warn(told(trouble))


def _setting_lines(out: Console, setting: Setting, value: Any) -> Iterator[Text]:  # noqa: ANN401
    from rich.text import Text

    changed = value != setting.default
    default = _("(default)")
    if changed:
        default = _("(default {value})").format(value=value_text(setting, setting.default))
    shown = texts.clean(value_text(setting, value), 4000)
    yield Text.assemble(f"{setting.key}  ", (shown, "bold" if changed else ""), (f" {default}", "dim"))
    yield from wrapped(out, help_text(setting), 4, "dim")


@settings.command()
@click.argument("key")
def get(key: str) -> None:
    """Print one setting's value: a number, a word, `off` for none."""
    setting, name = _setting(key)
    chosen, trouble = wiring.settings_in_force(paths())
    value = value_of(chosen, setting.key)
    if name is not None:
        value = gating.own_threshold(name, chosen) if setting.kind is Kind.THRESHOLDS else value.get(name)
    say(texts.clean(_bare(value), 4000))
    if trouble:
        warn(told(trouble))


@settings.command("set")
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> None:
    """Set one setting; `off` or `none` takes it out of the file, which is its default."""
    setting, name = _setting(key)
    where = paths()
    new = _parsed(setting, key, value, name)
    before, _trouble = wiring.settings_in_force(where)
    if name is not None and setting.kind is Kind.THRESHOLDS:
        name = _known_spelling(name, before)
    full_key = f"{setting.key}.{name}" if name is not None else setting.key
    set_value(where.settings, full_key, new)
    after = load_settings(where.settings).settings
    said = _("{key} is {value} now.")
    if new is None and setting.default not in ({}, None):
        said = _("{key} is back to its default now.")
    say(said.format(key=full_key, value=_bare(new)))
    if after is not None and (warning := closes_at_once(where, before, after)):
        warn(warning)
    if after is not None and (warning := why_texts.blind_between(after)):
        warn(warning)
    if setting.key == "appearance.language" and os.environ.get("LC_ALL"):
        warn(_("LC_ALL is set here, and goes before it."))


@settings.command()
def path() -> None:
    """Print where the settings file is, whether or not it exists."""
    say(str(paths().settings))


def value_of(chosen: Settings, key: str) -> Any:  # noqa: ANN401 - a setting's value is of its own kind
    """Return the value of a declared key."""
    section, name = key.split(".")
    return getattr(getattr(chosen, section), name)


def value_text(setting: Setting, value: Any) -> str:  # noqa: ANN401
    """Return a value for a person, with its unit."""
    return _in_unit(_bare(value), setting.unit if isinstance(value, int | float) else "")


def _in_unit(number: str, unit: str) -> str:
    return _("{number} %").format(number=number) if unit == "%" else f"{number} {unit}".rstrip()


def help_text(setting: Setting) -> str:
    """Return what the setting does, and which values it takes."""
    said = _("{first}. {second}").format(first=told(setting.label), second=told(setting.help))
    if setting.choices:
        return sentences([said, _("One of: {choices}.").format(choices=joined(setting.choices))])
    if setting.low is not None and setting.high is not None:
        high = _in_unit(f"{setting.high:g}", setting.unit)
        return sentences([said, _("From {low} to {high}.").format(low=f"{setting.low:g}", high=high)])
    return said


def closes_at_once(where: Paths, before: Settings, after: Settings) -> str:
    """Return the sentence that a change holds new runs from now on, by the last readings; empty when it does not."""
    now = wiring.now()
    for account in reading.last_samples(where):
        for window in account.sample.windows if account.sample else ():
            if window.state(now) is not WindowState.LIVE or gating.over_threshold(window, before) is not None:
                continue
            if (pct := gating.over_threshold(window, after)) is not None:
                return _("This holds new agents at once: {window} is at {used}, the threshold {percent}.").format(
                    window=texts.label_text(window),
                    used=texts.percent_text(window.used),
                    percent=texts.points_text(pct),
                )
    return ""


def _setting(key: str) -> tuple[Setting, str | None]:
    """Return the declaration of a key, and the name behind a table's (`thresholds.models.Opus`). Raises UsageError."""
    known = {setting.key: setting for setting in schema()}
    for setting in known.values():
        if setting.kind in _TABLES and (name := key.removeprefix(f"{setting.key}.").strip()) and name != key.strip():
            return setting, name
    if key in known:
        return known[key], None
    if key.partition(".")[0].rstrip("s") == "account":
        raise wrong("accounts have commands of their own: `ringfence account add|remove|list`")
    named = {k.partition(".")[2]: k for k in known}
    close = get_close_matches(key, [*known, *named], n=1)
    hint = f"; did you mean {named.get(close[0], close[0])}?" if close else "; `ringfence settings` lists them"
    raise wrong(f"{key} is not a setting{hint}")


def _parsed(setting: Setting, key: str, text: str, name: str | None) -> Any:  # noqa: ANN401
    """Return the value a person typed, None for taking it out. Raises UsageError with the setting's own reason."""
    word = text.strip().casefold()
    off = OFF - {"default"} if setting.kind is Kind.ACCOUNTS else OFF  # an account's name
    if word in off and setting.kind is not Kind.TOGGLE:
        return None
    if setting.kind is Kind.TOGGLE and word in {"none", "default"}:
        return None
    if setting.kind in _TABLES and name is None:
        what, example = _TABLES[setting.kind]
        raise wrong(f"name the {what}: `ringfence settings set {setting.key}.{example}`")
    value = _typed(setting, text.strip(), word)
    checked, reason = check_value(setting, {name: value} if name is not None else value)
    if reason:
        reason = reason.removeprefix(f"{name} ") if name is not None else reason
        raise wrong(f"{key} {reason}")
    made = checked[name] if name is not None else checked
    return int(made) if isinstance(made, float) and made.is_integer() else made


def _typed(setting: Setting, text: str, word: str) -> Any:  # noqa: ANN401
    match setting.kind:
        case Kind.TOGGLE:
            return True if word in _TRUE else False if word in _FALSE else text
        case Kind.THRESHOLD | Kind.THRESHOLDS | Kind.SECONDS | Kind.PORT:
            bare = text.removesuffix(setting.unit).strip() if setting.unit else text
            try:
                return float(bare)
            except ValueError:
                return text
        case Kind.CHOICE | Kind.TEXT | Kind.URL | Kind.ACCOUNTS:
            return text
        case _:
            assert_never(setting.kind)


def _known_spelling(model: str, chosen: Settings) -> str:
    """Return the name as the file already has it: `opus` and `Opus` are one threshold."""
    return next((name for name in chosen.thresholds.models if name.casefold() == model.casefold()), model)


def _bare(value: Any) -> str:  # noqa: ANN401
    if value is None or value == {}:
        return "off"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_bare(each)}" for name, each in value.items())
    return f"{value:g}" if isinstance(value, float | int) else str(value) or "none"
