"""`skillvault config`: settings, and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from skillvault.cli.words import Json
    from skillvault.services.configuring import Setting


@command(
    "config",
    """
    All settings with their values and where those come from: a variable, config.toml or the
    default; or the value of KEY alone; or KEY is set to VALUE in config.toml, which keeps your
    comments.
    """,
    examples=[
        "skillvault config",
        "skillvault config model openai:gpt-5-mini",
        "skillvault config --unset model",
    ],
    vault=False,
)
@click.argument("key", metavar="[KEY]", required=False)
@click.argument("value", metavar="[VALUE]", required=False)
@click.option("--unset", is_flag=True, help="take KEY out of config.toml")
def main(run: Run, key: str | None, value: str | None, unset: bool) -> None:
    from skillvault.services import configuring

    ctx = run.context
    if unset and (key is None or value is not None):
        raise UsageError("config", "--unset takes one KEY")
    if key is None:
        found = configuring.settings(ctx)
    elif unset:
        found = (configuring.unset(ctx, key),)
    elif value is not None:
        found = (configuring.change(ctx, key, value),)
    else:
        found = (configuring.setting(ctx, key),)
    if run.json:
        path = str(ctx.paths.config_file)
        run.out.emit_json(None, file=path, settings=[_json(one) for one in found])
    elif key is None:
        run.out.table([_cells(one) for one in found], ["SETTING", "VALUE", "FROM", "WHAT"])
        run.out.note(str(ctx.paths.config_file))
    elif unset or value is not None:
        _say_changed(run, found[0], value)
    elif found[0].value is None:
        raise NotFoundError(key, "not set", f"`skillvault config {key} VALUE`")
    else:
        run.out.data(found[0].value)


def _say_changed(run: Run, one: Setting, value: str | None) -> None:
    if value is not None and one.source not in {"config.toml", "default"}:
        run.out.warning(f"{one.source} is set, and stronger: {one.value}")
    shown = "nothing" if one.value is None else one.value
    run.out.said(f"{one.key}   {shown}   ({one.source or 'not set'})")


def _cells(one: Setting) -> list[str]:
    return [one.key, one.value or "", one.source or "", one.help]


def _json(one: Setting) -> Json:
    return {"key": one.key, "value": one.value, "source": one.source, "help": one.help}
