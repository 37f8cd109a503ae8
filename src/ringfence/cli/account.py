"""`account add|remove|list`: whose usage is watched. A token is asked for or read from stdin, never an argument."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Any

import click

from ringfence import texts, wiring
from ringfence.cli import reading
from ringfence.cli.app import Group
from ringfence.cli.columns import Column
from ringfence.cli.columns import joined as in_columns
from ringfence.cli.output import Failed, Named, paths, say, warn, wrong
from ringfence.core.account_settings import Account
from ringfence.core.address import url_fault
from ringfence.core.ring import AccountView
from ringfence.core.settings import Settings
from ringfence.file_errors import FileError
from ringfence.language import _, told
from ringfence.ports import Secret, SecretError
from ringfence.storage.atomic import is_folder
from ringfence.storage.paths import Paths
from ringfence.storage.settings_file import change_settings, load_settings
from ringfence.words import joined, sentences

LONGEST_TOKEN = 8192


@click.group(cls=Group, no_args_is_help=False)
def account() -> None:
    """Add, remove or list the accounts whose usage is watched."""


@account.command()
@click.argument("name", type=Named())
@click.option("--config-dir", metavar="DIR", help="Claude Code's folder of this login (its CLAUDE_CONFIG_DIR).")
@click.option("--base-url", metavar="URL", help="An endpoint of its own.")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input instead of asking for it.")
def add(name: str, config_dir: str | None, base_url: str | None, token_stdin: bool) -> None:
    """Watch one more account: a login of Claude Code's, or a token that goes into the system keyring."""
    if config_dir is not None and token_stdin:
        raise wrong("--config-dir and --token-stdin exclude each other")
    if base_url is not None and (fault := url_fault(base_url)):
        raise click.BadParameter(fault, param_hint="--base-url")
    where = paths()
    settings = _settings(where)
    implicit = next((a for a in settings.accounts if a.default), None)
    if implicit is None and name in {a.name for a in settings.accounts}:
        said = _("There is already an account called {name}; remove it first, or take another name.")
        raise Failed(said.format(name=name))
    entry = {"name": name} | ({"base_url": base_url} if base_url else {})
    if config_dir is not None:
        entry["config_dir"] = _folder(config_dir)
        place = entry["config_dir"]
    else:
        _store(name, _token(name, token_stdin))
        place = _("the system keyring")
    kept = _kept_default(implicit, name)
    try:
        change_settings(where.settings, lambda document: _append(document, [*kept, entry]))
    except FileError:
        if config_dir is None:  # nobody would know of the token any more
            _delete_secret(name)
        raise
    said = _("Account {name} is added; its login is in {place}.").format(name=name, place=place)
    say(sentences([said, _what_of_default(implicit, kept, name)]))


@account.command()
@click.argument("name", type=Named())
def remove(name: str) -> None:
    """Watch an account no longer, and delete its token from the keyring. Claude Code's own login stays."""
    where = paths()
    settings = _settings(where)
    found = next((a for a in settings.accounts if a.name == name), None)
    if found is None:
        missing = _("There is no account called {name}; there is {known}.")
        raise Failed(missing.format(name=name, known=joined(a.name for a in settings.accounts)))
    if found.default:
        default = _("{name} is the login that is watched when no account is set; add another one to replace it.")
        raise Failed(default.format(name=name))
    change_settings(where.settings, lambda document: _take_out(document, name))
    said = [_("Account {name} is no longer watched.").format(name=name)]
    if found.config_dir is None:
        try:
            _delete_secret(name)
            said += [_("Its token was deleted from the keyring.")]
        except SecretError as error:
            said += [_("Its token could not be deleted: {error}").format(error=told(error.args[0]))]
    if len(settings.accounts) == 1:
        said += [_("Without any account the login in {path} is watched.").format(path=_default_folder())]
    say(sentences(said))


@account.command("list")
def list_() -> None:
    """List the accounts: name, where the login is, how its reading stands."""
    where = paths()
    settings, trouble = wiring.settings_in_force(where)
    seen = {a.name: a for a in reading.read(where, running=wiring.monitor_runs(where)).view.accounts}
    rows = [
        (
            texts.clean(each.name, 40),
            texts.clean(_login_place(each), 120),
            _standing(seen[each.name]),
        )
        for each in settings.accounts
    ]
    for line in in_columns([Column(cells=cells) for cells in zip(*rows, strict=True)]):
        say(line)
    if trouble:
        warn(told(trouble))


def _standing(account: AccountView) -> str:
    """Return how an account's reading stands, and whose it is too."""
    state = texts.state_text(account.state) if account.observed_at else _("not read yet")
    return joined([state, texts.same_as_text(account)])


def _settings(where: Paths) -> Settings:
    """Return the settings of the file itself: what is added must not be added to older ones. Raises Failed."""
    loaded = load_settings(where.settings)
    if loaded.settings is None:
        raise Failed(_("Mend the settings first: {trouble}").format(trouble=told(loaded.trouble)))
    return loaded.settings


def _folder(given: str) -> str:
    folder = Path(given).expanduser().absolute()
    if not is_folder(folder):
        said = _("{path} is not there yet; its login is read as soon as it is.")
        warn(said.format(path=texts.clean(str(folder))))
    return str(folder)


def _token(name: str, from_stdin: bool) -> Secret:
    if from_stdin:
        text = sys.stdin.read(LONGEST_TOKEN + 2)
    elif sys.stdin.isatty():
        text = getpass.getpass(_("Token of the account {name} (it is not shown): ").format(name=name))
    else:
        raise wrong("there is no terminal to ask for the token; use --token-stdin or --config-dir")
    token = text.strip()
    if not token or len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise Failed(_("That is not a token: one line without blanks is expected. Nothing was stored."))
    return Secret(token)


def _store(name: str, token: Secret) -> None:
    import asyncio  # 20 ms, for the keyring alone

    from ringfence.storage import secrets

    try:
        asyncio.run(secrets.store_secret(name, token))
    except SecretError as error:
        said = _("{error} Nothing was stored; --config-dir needs no keyring.")
        raise Failed(said.format(error=told(error.args[0]))) from None


def _delete_secret(name: str) -> None:
    import asyncio

    from ringfence.storage import secrets

    asyncio.run(secrets.delete_secret(name))


def _default_folder() -> Path:
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or "~/.claude").expanduser().absolute()


def _kept_default(implicit: Account | None, added: str) -> list[dict[str, str]]:
    """Return the login that was watched without being named, as an entry: the new one must not push it out."""
    if implicit is None or not is_folder(_default_folder()):
        return []
    # An account called `default` would hide the old one under its own name.
    name = implicit.name if added != implicit.name else "claude"
    return [{"name": name, "config_dir": str(_default_folder())}]


def _what_of_default(implicit: Account | None, kept: list[dict[str, str]], added: str) -> str:
    if implicit is None:
        return ""
    folder = _default_folder()
    if not kept:
        return _("There is no login in {path}, so {name} is the only account.").format(path=folder, name=added)
    return _(
        "The login in {path}, watched so far, stays as the account {name} and remains the first"
        " (`ringfence account remove {name}` ends that)."
    ).format(path=folder, name=kept[0]["name"])


def _append(document: Any, entries: list[dict[str, str]]) -> None:  # noqa: ANN401 - tomlkit's documents
    import tomlkit

    tables = document.setdefault("accounts", tomlkit.aot())
    for entry in entries:
        table = tomlkit.table()
        table.update(entry)
        tables.append(table)


def _take_out(document: Any, name: str) -> None:  # noqa: ANN401 - tomlkit's documents
    tables = document["accounts"]
    index = next(at for at, table in enumerate(tables) if table.get("name") == name)
    del tables[index]
    if not tables:
        del document["accounts"]


def _login_place(each: Account) -> str:
    if each.config_dir is not None:
        return each.config_dir
    return str(_default_folder()) if each.default else _("the system keyring")
