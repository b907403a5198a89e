"""What click's values mean in the grammar of references: callbacks of arguments and options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from skillvault.services.references import Reference

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def one(_ctx: click.Context, _param: click.Parameter, value: str) -> Reference:
    """`[VAULT/]NAME[~ID][@N]`; UsageError (2) for anything else."""
    from skillvault.services.references import parse

    return parse(value)


def optional(ctx: click.Context, param: click.Parameter, value: str | None) -> Reference | None:
    """The same, or None."""
    return None if value is None else one(ctx, param, value)


def many(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[Reference, ...]:
    """Several of them."""
    return tuple(one(ctx, param, text) for text in value)


def version(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """`@N` or `N`; a usage error for anything but a positive number."""
    if value is None:
        return None
    digits = value.removeprefix("@")
    if not _NUMBER.fullmatch(digits):
        raise click.BadParameter(f"'{value}' is no version, as in @3", ctx, param)
    return int(digits)
