"""`edit`: a skill's files in the user's editor, in a private folder, and back as a version."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from skillvault.errors import CheckError, NotFoundError, RefusedError, UsageError
from skillvault.services import editors, finding, linting, revising
from skillvault.services.context import Context
from skillvault.services.labels import fold
from skillvault.services.linting import Report
from skillvault.services.references import Reference
from skillvault.services.revising import Revised
from skillvault.services.workspace import workspace
from skillvault.skill import merge as merging
from skillvault.skill.files import SkillFile, read_folder, write_folder
from skillvault.skill.finding import Finding
from skillvault.skill.frontmatter import SKILL_FILE, parse_skill, skill_name
from skillvault.skill.paths import check_path
from skillvault.vault import bundle

_NONE: Final[Mapping[str, Sequence[SkillFile]]] = MappingProxyType({})
Choice = Literal["again", "keep", "discard"]
# What editors leave beside a file: backups, swap and lock files, what a dying one saved.
_LEFTOVER: Final = re.compile(r".*~|\..*\.sw[a-z]|#.*#|\.#.*|.*\.save(\.[0-9]+)?|ed\.hup|4913")


@dataclass(frozen=True, slots=True)
class Saved:
    """What the editor left: the files, and what lint says of them. `problem`: they are no skill."""

    files: tuple[SkillFile, ...]
    report: Report
    problem: str | None = None

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Errors and warnings."""
        return self.report.faults


# Asked where lint finds something new: `keep` is not to be said where there is a `problem`.
Decide = Callable[[Saved], Choice]
# Says what else keeps the files from being kept, or nothing.
Check = Callable[[Sequence[SkillFile]], str | None]


def _nothing(_files: Sequence[SkillFile]) -> str | None:
    """Nothing else does."""
    return None


# Runs what it is given, when the terminal is free for it.
Around = Callable[[Callable[[], None]], None]


def directly(go: Callable[[], None]) -> None:
    """The terminal is free."""
    go()


def edit(
    ctx: Context,
    reference: Reference,
    path: str | None = None,
    *,
    decide: Decide,
    begin: Callable[[str, Sequence[SkillFile]], bytes] | None = None,
    check: Check = _nothing,
    message: str = "",
    vault: str | None = None,
    around: Around = directly,
    line: int | None = None,
) -> Revised | None:
    """Edit a file of the newest version, SKILL.md by default; None if it was discarded.

    A file that is not there is begun, with what `begin` says of the skill's name and files; if it
    is left as it was, it is discarded. Whatever else was changed in the folder counts too. Where
    somebody wrote a version meanwhile, the two are merged, and mine stands where they conflict;
    `ctx.warn` says so. AccessError (4) unless I may read and write it. `around` is given the
    call that runs the editor, for who has the terminal meanwhile.
    """
    if reference.version is not None:
        hint = "`skillvault restore` makes an older version the newest"
        raise UsageError(str(reference), "the newest version is edited, no other", hint)
    located = finding.locate(ctx, reference, vault=vault, changing=True)
    revising.require_writer(located)
    base = revising.open_current(located)
    name = base.manifest.name
    path = path or SKILL_FILE
    first = None if begin is None else SkillFile(path, begin(name, base.files), "644")
    files = in_editor(
        ctx,
        name,
        base.files,
        path,
        decide=decide,
        first=first,
        check=check,
        around=around,
        line=line,
    )
    if files is None or (first is not None and first in files):
        return None
    with located.vault.changing():
        revising.check_writer(ctx, located)
        current = revising.open_current(located)
        if current.content != base.content:
            who = located.vault.reader.name(current.manifest.author)
            both, files = merge(base.files, files, current.files)
            more = f"; both changed {', '.join(both)}: yours is the newest" if both else ""
            said = f"{who} wrote @{current.manifest.version} meanwhile, yours stands on it{more}"
            ctx.warn(f"{located.label}: {said}")
        main = next((f.data for f in files if f.path == SKILL_FILE), b"")
        now = skill_name(parse_skill(main), current.manifest.name)
        done = revising.write(ctx, located, name=now, files=files, message=message)
        located.vault.notebook.means(fold(now), located.found.skill)
        located.vault.notebook.save()
        return done


def in_editor(
    ctx: Context,
    name: str,
    files: Sequence[SkillFile],
    path: str,
    *,
    decide: Decide,
    first: SkillFile | None = None,
    check: Check = _nothing,
    beside: Mapping[str, Sequence[SkillFile]] = _NONE,
    around: Around = directly,
    line: int | None = None,
) -> tuple[SkillFile, ...] | None:
    """The files as the user's editor left them; None if they are to be discarded.

    They lie in a private folder called `name` meanwhile, with `path` open; `first` is one more.
    `beside`: further folders that lie there to be looked at.
    `decide` is asked while lint finds what it did not find before, or `check` a problem.
    CheckError if the editor ends with an error.
    """
    check_path(path)
    if any(f.path.startswith(f"{path}/") for f in files):
        raise NotFoundError(path, "a folder of the skill, not a file", f"{path}/FILE")
    editor = editors.find(ctx.environ)
    before = {_key(f) for f in linting.lint_files(files, name).faults}
    with workspace(ctx) as private:
        folder, scratch = private / name, private / "tmp"
        scratch.mkdir(mode=0o700)
        write_folder(folder, files if first is None else [*files, first])
        for other, there in beside.items():
            write_folder(private / other, there)
        while True:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            around(partial(editors.run, ctx, editor, folder / path, scratch=scratch, line=line))
            saved = _read(ctx, folder, name, {f.path for f in files})
            saved = replace(saved, problem=saved.problem or check(saved.files))
            if saved.problem is None and {_key(f) for f in saved.faults} <= before:
                return saved.files
            choice = decide(saved)
            if choice == "discard":
                return None
            if choice == "keep":
                if saved.problem is not None:
                    raise CheckError(name, saved.problem)
                return saved.files


def merge(
    base: Sequence[SkillFile], mine: Sequence[SkillFile], theirs: Sequence[SkillFile]
) -> tuple[tuple[str, ...], tuple[SkillFile, ...]]:
    """(paths where they conflict, the files): both edits, and mine where they conflict."""
    merged = merging.merge(base, mine, theirs)
    both = dict.fromkeys(conflict.path for conflict in merged.conflicts)
    return tuple(both), merging.settle(merged, lambda _: "mine")


def _read(ctx: Context, folder: Path, name: str, known: set[str]) -> Saved:
    """What lies in the folder now, without what editors leave beside files."""
    try:
        found = read_folder(folder, max_bytes=bundle.INFLATED_LIMIT, max_files=bundle.FILES_LIMIT)
    except (RefusedError, NotFoundError) as error:
        return Saved((), Report(()), f"{error.subject}: {error.problem}")
    left = [f.path for f in found if f.path not in known and _is_leftover(f.path)]
    for path in left:
        ctx.warn(f"{name}: left out {path}, which the editor made")
    files = tuple(f for f in found if f.path not in left)
    problem = None if any(f.path == SKILL_FILE for f in files) else f"no {SKILL_FILE} any more"
    return Saved(files, linting.lint_files(files, name), problem)


def _is_leftover(path: str) -> bool:
    return _LEFTOVER.fullmatch(path.rpartition("/")[2]) is not None


def _key(finding: Finding) -> tuple[str, str, str]:
    """A finding wherever its line has moved to."""
    return finding.code, finding.path, finding.message
