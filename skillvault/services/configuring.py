"""`config`: each setting with its value and where that comes from."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from skillvault.errors import NotFoundError, RefusedError, UsageError
from skillvault.models import address, registry
from skillvault.models.reach import KINDS
from skillvault.services import appearance, config, vaults
from skillvault.services.context import Context
from skillvault.services.staleness import DEFAULT_DAYS
from skillvault.vault.remote_url import without_password

_MODELS = ("local:", "echo:", *(f"{kind}:" for kind in KINDS))
_VARIABLES = {
    "vault": "SKILLVAULT_VAULT",
    **{kind.setting: kind.url_variable for kind in KINDS.values()},
}
_DEFAULTS = {
    "model": registry.DEFAULT,
    **{kind.setting: kind.home for kind in KINDS.values()},
    "stale-age": str(DEFAULT_DAYS),
    "theme": "dark",
    "stale": "warn",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting. `source`: the variable, `config.toml` or `default`; None, as `value`, if unset."""

    key: str
    value: str | None
    source: str | None
    help: str


def settings(ctx: Context) -> tuple[Setting, ...]:
    """All of them, in the order in which they are documented."""
    return tuple(setting(ctx, key) for key in config.KEYS)


def setting(ctx: Context, key: str) -> Setting:
    """One setting. UsageError if there is none of this name."""
    _check_key(key)
    said = config.load(ctx.paths).get(key)
    variable = _VARIABLES.get(key, "")
    if value := ctx.environ.get(variable):
        return Setting(key, without_password(value), variable, config.KEYS[key])
    if said is not None and not isinstance(said, str | int | float):
        raise RefusedError(str(ctx.paths.config_file), f"{key} is neither text nor a number")
    if said not in {None, ""}:
        return Setting(key, str(said), "config.toml", config.KEYS[key])
    default = _DEFAULTS.get(key)
    return Setting(key, default, default and "default", config.KEYS[key])


def change(ctx: Context, key: str, value: str) -> Setting:
    """Settle it for this user; what is returned may still come from a stronger variable.

    UsageError for a value that the setting cannot have, NotFoundError for an unknown vault.
    """
    _check_key(key)
    if key == "vault":
        vaults.use(ctx, value)
    elif key == "stale-age":
        config.put(ctx.paths, key, _days(value))
    else:
        config.put(ctx.paths, key, _checked(key, value))
    return setting(ctx, key)


def unset(ctx: Context, key: str) -> Setting:
    """Take it out of the file. NotFoundError if it does not stand there."""
    _check_key(key)
    if not config.remove(ctx.paths, key):
        raise NotFoundError(key, "not set in config.toml")
    return setting(ctx, key)


def _check_key(key: str) -> None:
    if key not in config.KEYS:
        close = difflib.get_close_matches(key, config.KEYS, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(config.KEYS)}"
        raise UsageError(key, "no such setting", hint)


def _days(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 6 and int(value)):  # noqa: PLR2004 - 270 years
        raise UsageError(value, "not a number of days, as in 30")
    return int(value)


def _checked(key: str, value: str) -> str:
    if key == "stale":
        if value not in {"warn", "refuse"}:
            raise UsageError(value, "neither `warn` nor `refuse`")
        return value
    if key == "theme":
        if value not in appearance.THEMES:
            raise UsageError(value, "no such theme", f"there are {', '.join(appearance.THEMES)}")
        return value
    if key == "model":
        if not value.startswith(_MODELS) or not value.isprintable():
            hint = "`skillvault models` lists some; or openai:MODEL, anthropic:MODEL"
            raise UsageError(value, "not a model's name", hint)
        return value
    return address.base_url(value, key)
