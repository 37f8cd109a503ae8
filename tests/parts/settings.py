"""Settings as the table that a file of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringfence.core.account_settings import DEFAULT_ACCOUNT
from ringfence.core.settings import Settings, schema


def raw_settings(settings: Settings) -> dict[str, Any]:
    """Return the table that `parse_settings` reads back as these settings; defaults are left out."""
    raw: dict[str, Any] = {}
    for setting in schema():
        section, name = setting.key.split(".")
        value = getattr(getattr(settings, section), name)
        if value != setting.default:
            raw.setdefault(section, {})[name] = dict(value) if isinstance(value, Mapping) else value
    if settings.accounts != (DEFAULT_ACCOUNT,):
        raw["accounts"] = [
            {k: v for k in ("name", "config_dir", "base_url") if (v := getattr(account, k)) is not None}
            for account in settings.accounts
        ]
    return raw
