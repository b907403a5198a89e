"""`eval --init`: a suite to begin with, in the user's editor."""

from __future__ import annotations

from collections.abc import Sequence

from skillvault.errors import RefusedError, UsageError
from skillvault.evals import stubs
from skillvault.evals.suite import PATH, parse
from skillvault.services import editing
from skillvault.services.context import Context
from skillvault.services.editing import Around, Decide, directly
from skillvault.services.references import Reference
from skillvault.services.revising import Revised
from skillvault.skill.files import SkillFile


def start_suite(
    ctx: Context,
    reference: Reference,
    *,
    decide: Decide,
    message: str,
    vault: str | None = None,
    around: Around = directly,
) -> Revised | None:
    """Open six stub tasks in the editor and keep what comes of them; None if it was discarded.

    What is no suite is not kept: `decide` is asked. Stubs that are left are said. UsageError: the
    skill has a suite. Otherwise as `editing.edit`.
    """
    done = editing.edit(
        ctx,
        reference,
        PATH,
        decide=decide,
        begin=_first,
        check=_problem,
        message=message,
        vault=vault,
        around=around,
    )
    if done is not None:
        _tell(ctx, done)
    return done


def _first(name: str, files: Sequence[SkillFile]) -> bytes:
    if any(file.path == PATH for file in files):
        raise UsageError(name, "it has a suite already", f"skillvault edit {name} {PATH}")
    return stubs.template(name)


def _problem(files: Sequence[SkillFile]) -> str | None:
    by_path = {file.path: file.data for file in files}
    if PATH not in by_path:
        return None
    try:
        parse("suite", by_path[PATH], by_path)
    except RefusedError as error:
        return f"{error.subject}: {error.problem}"
    return None


def _tell(ctx: Context, done: Revised) -> None:
    by_path = {file.path: file.data for file in done.files}
    if PATH not in by_path:
        return
    tasks = parse(done.name, by_path[PATH], by_path).tasks
    if left := sum(task.stub for task in tasks):
        ctx.warn(
            f"{done.name}: {left} of {len(tasks)} tasks are stubs, and nothing is measured before "
            f"they are written: `skillvault edit {done.name} {PATH}`"
        )
