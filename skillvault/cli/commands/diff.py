"""`skillvault diff`: what differs between versions, or between a version and a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.comparing import Compared, Difference, Side


@command(
    "diff",
    """
    A and B are versions (NAME, NAME@N) or folders (./NAME, ~/NAME); B may be @N alone. Without B:
    a version and the newest, the newest and the one before, or a folder and the version that it
    came from. At a terminal differing words are marked within lines; piped, it is a patch.
    """,
    examples=[
        "skillvault diff code-review",
        "skillvault diff code-review@2 @4 --file SKILL.md",
        "skillvault diff code-review ./code-review",
        "skillvault diff ./code-review --words",
    ],
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="[B]", required=False)
@click.option("--file", metavar="FILE", help="this file alone")
@click.option("--words", "by_words", is_flag=True, help="one line for both: [-old-]{+new+}")
@click.option("--exit-code", is_flag=True, help="end with 1 if they differ")
def main(
    run: Run, first: str, second: str | None, file: str | None, by_words: bool, exit_code: bool
) -> None:
    from skillvault.services.comparing import compare

    done = compare(run.context, first, second, file=file, vault=run.vault)
    if run.json:
        run.out.emit_json(
            words.vault_json(done.vault),
            old=_side(done.old),
            new=_side(done.new),
            files=[_json(one) for one in done.differences],
        )
    else:
        _print(run, done, by_words=by_words)
    if exit_code and done.differences:
        raise CheckError(f"{done.old.label} and {done.new.label}", "they differ")


def _print(run: Run, done: Compared, *, by_words: bool) -> None:
    from skillvault.cli.diffing import patch, shown

    run.out.note(f"{done.old.label} and {done.new.label}{_count(done)}")
    if not (run.out.terminal or by_words):
        run.out.raw("".join(patch(one) for one in done.differences).encode())
        return
    with run.out.paged():
        for one in done.differences:
            for line in shown(one, run.out.style, words=by_words):
                run.out.styled(line)


def _count(done: Compared) -> str:
    if not done.differences:
        return ": nothing differs"
    differ = "differs" if len(done.differences) == 1 else "differ"
    return f": {words.count(len(done.differences), 'file')} {differ}"


def _side(side: Side) -> words.Json:
    return {
        "label": side.label,
        "id": side.located.found.skill if side.located else None,
        "version": side.version,
        "folder": str(side.folder.absolute()) if side.folder else None,
    }


def _json(one: Difference) -> words.Json:
    from skillvault.skill.diffing import unified

    hunked = one.hunks()
    lines = [line for hunk in hunked or [] for line in hunk.lines]
    return {
        "path": one.path,
        "change": one.change,
        "old_mode": one.old.mode if one.old else None,
        "new_mode": one.new.mode if one.new else None,
        "binary": hunked is None,
        "added": sum(line.kind == "+" for line in lines),
        "removed": sum(line.kind == "-" for line in lines),
        "diff": None if hunked is None else unified(hunked),
    }
