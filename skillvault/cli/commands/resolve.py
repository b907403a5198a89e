"""`skillvault resolve`: conflicts, and work that was laid aside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError, ConflictError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from skillvault.services.references import Reference
    from skillvault.services.resolving import Board, Exported, Resolved
    from skillvault.skill.merge import Conflict, Side
    from skillvault.vault.meeting import Clash
    from skillvault.vault.workbench import Work


@command(
    "resolve",
    """
    Without NAME it lists what waits: conflicts, which keep your content from being pushed (removals
    are pushed all the same), and work laid aside because there was no place left for it.

    With NAME it opens the files that conflict in your editor, in a private folder, with the base
    and both sides beside them. `--into` writes the same four folders where you say, and `--from`
    takes the one that you settled. `--abort` keeps theirs and lays yours aside, sealed: `--into`
    still writes it out, `--forget` removes it for good.
    """,
    examples=[
        "skillvault resolve",
        "skillvault resolve code-review",
        "skillvault resolve code-review --take mine",
        "skillvault resolve code-review --into ~/merge",
        "skillvault resolve code-review --from ~/merge/code-review",
    ],
)
@click.argument("name", metavar="[NAME]", required=False, callback=reference.optional)
@click.option(
    "--take",
    "side",
    type=click.Choice(["mine", "theirs"]),
    help="your files, or theirs, wherever the two conflict",
)
@click.option(
    "--into",
    metavar="PARENT",
    type=click.Path(path_type=Path),
    help="write it there, to settle or to keep",
)
@click.option(
    "--from",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="what this folder holds is the answer",
)
@click.option("--abort", is_flag=True, help="keep theirs, and lay yours aside")
@click.option("--forget", is_flag=True, help="remove what was laid aside, for good")
@click.option("-m", "--message", help="what `log` says of it; what your version said if not given")
def main(
    run: Run,
    name: Reference | None,
    side: Side | None,
    into: Path | None,
    folder: Path | None,
    message: str | None,
    *,
    abort: bool,
    forget: bool,
) -> None:
    from skillvault.services import resolving

    chosen = [
        word
        for word, given in (
            ("--take", side),
            ("--into", into),
            ("--from", folder),
            ("--abort", abort),
            ("--forget", forget),
        )
        if given
    ]
    if len(chosen) > 1:
        raise UsageError("resolve", f"{' and '.join(chosen)} exclude each other")
    if message is not None and (into or abort or forget):
        raise UsageError("resolve", f"--message goes with an answer, not with {chosen[0]}")
    if name is None:
        if chosen or message is not None:
            raise UsageError("resolve", "which skill", "`skillvault resolve` lists what waits")
        _list(run, resolving.board(run.context, vault=run.vault))
    elif into is not None:
        _exported(run, resolving.export(run.context, name, into, vault=run.vault))
    elif forget:
        _forget(run, name)
    elif abort:
        _resolved(run, resolving.abort(run.context, name, vault=run.vault))
    else:
        _resolved(run, _settle(run, name, side, folder, message))


def _settle(
    run: Run, name: Reference, side: Side | None, folder: Path | None, message: str | None
) -> Resolved:
    from skillvault.cli.saved import decide
    from skillvault.services import resolving

    if side is not None:
        return resolving.take(run.context, name, side, message=message, vault=run.vault)
    if folder is not None:
        return resolving.from_folder(run.context, name, folder, message=message, vault=run.vault)
    if not ask.at_terminal():
        hint = "`--take mine|theirs`, or `--into PARENT`, settle it there, and `--from FOLDER`"
        raise ConflictError(str(name), "opens an editor, and there is no terminal", hint)
    done = resolving.edit(
        run.context,
        name,
        decide=lambda _, saved: decide(run, str(name), saved),
        choose=_choose(run),
        message=message,
        vault=run.vault,
    )
    if done is None:
        raise CheckError(str(name), "discarded, nothing changed")
    return done


def _choose(run: Run) -> Callable[[Clash, Conflict], Side]:
    """Ask which side of what is no text to mark."""

    def choose(clash: Clash, conflict: Conflict) -> Side:
        run.out.preview(f"{clash.joined.name}: {conflict.path}: {_WHAT[conflict.kind]}")
        question = f"mine / theirs ({clash.author}'s) [m/t]:"
        while True:
            answer = ask.line(question, conflict.path, "`--take mine|theirs`")
            if answer[:1].casefold() in {"m", "t"}:
                return "mine" if answer[:1].casefold() == "m" else "theirs"

    return choose


_WHAT = {
    "text": "the same lines were changed",
    "binary": "both changed it, and it is no text",
    "removed": "one removed it, the other changed it",
    "moved": "moved to two places",
    "mode": "one made it a program",
    "place": "cannot stand beside a file of theirs",
}


def _list(run: Run, board: Board) -> None:
    if run.json:
        _emit(run, board)
        return
    for clash in board.clashes:
        _tell_clash(run, board, clash)
    for work in board.asides:
        run.out.data(f"{board.vault.name}/{work.name}   laid aside: {work.why}   {work.time}")
    for path in board.damaged:
        run.out.warning(f"{words.short(path)}: laid-aside work that does not open")
    if not board.clashes and not board.asides:
        run.out.said(f"{board.vault.name}: nothing waits")
    if board.clashes:
        run.out.hint(f"`skillvault resolve {board.clashes[0].mine.manifest.name}`")
    elif board.asides:
        run.out.hint(f"`skillvault resolve {board.asides[0].name} --into .` writes it out")


def _tell_clash(run: Run, board: Board, clash: Clash) -> None:
    said = clash.joined.problem
    run.out.data(
        f"{board.vault.name}/{clash.mine.manifest.name}   you and {clash.author} both changed it "
        f"after @{clash.before}: {said}"
    )
    for conflict in clash.joined.merged.conflicts:
        run.out.data(f"  {conflict.path}   {_WHAT[conflict.kind]}")


def _exported(run: Run, done: Exported) -> None:
    if run.json:
        from skillvault.services.resolving import board

        here = board(run.context, vault=done.vault.name)
        _emit(run, here, written=[str(folder) for folder in done.folders])
        return
    for folder in done.folders:
        run.out.said(f"wrote  {folder}")
    if done.clash is not None:
        run.out.hint(
            f"settle it in {words.quoted(str(done.folders[0]))}, then "
            f"`skillvault resolve {done.name} --from {words.quoted(str(done.folders[0]))}`"
        )


def _forget(run: Run, name: Reference) -> None:
    from skillvault.services.resolving import board, forget

    def approve(work: Work) -> bool:
        run.out.preview(f"forget what you wrote of {work.name} ({work.why}): nobody else has it")
        ask.confirm(run, work.name, f"type {work.name} to remove it for good", work.name)
        return True

    work = forget(run.context, name, approve=approve, vault=run.vault)
    if run.json:
        _emit(run, board(run.context, vault=name.vault or run.vault))
    elif work is not None:
        run.out.said(f"forgot  {work.name}")


def _resolved(run: Run, done: Resolved) -> None:
    home = done.board.vault
    if run.json:
        _emit(run, done.board, done)
        return
    if done.aside:
        who = done.clash.author
        run.out.said(
            f"{home.name}/{done.name}   {who}'s @{done.version} stays; yours is laid aside"
        )
        hint = f"`skillvault resolve {done.clash.mine.manifest.name} --into .` writes yours out"
    else:
        run.out.said(f"{home.name}/{done.name}@{done.version}   resolved")
        hint = (
            f"`skillvault restore {home.name}/{done.name}@{done.version - 1}` goes back to theirs"
        )
    for clash in done.waiting:
        run.out.said(f"still to resolve: {clash.mine.manifest.name}")
    run.out.hint(hint)
    words.say_entry(run, home, None)


def _emit(
    run: Run, board: Board, done: Resolved | None = None, written: list[str] | None = None
) -> None:
    run.out.emit_json(
        words.vault_json(board.vault),
        conflicts=[_clash_json(clash) for clash in board.clashes],
        aside=[
            {
                "name": work.name,
                "id": work.skill,
                "content": work.settles,
                "why": work.why,
                "time": work.time,
            }
            for work in board.asides
        ],
        resolved=None
        if done is None
        else {
            "name": done.name,
            "id": done.clash.skill,
            "version": done.version,
            "aside": done.aside,
        },
        written=written or [],
        unpushed=board.vault.unpushed,
    )


def _clash_json(clash: Clash) -> words.Json:
    return {
        "name": clash.mine.manifest.name,
        "id": clash.skill,
        "base": clash.before or None,
        "mine": clash.mine.content,
        "theirs": clash.number,
        "author": clash.author,
        "problem": clash.joined.problem,
        "paths": [
            {"path": conflict.path, "kind": conflict.kind}
            for conflict in clash.joined.merged.conflicts
        ],
    }
