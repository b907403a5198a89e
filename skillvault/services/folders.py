"""Folders of this machine, read to be put: whole, checked, each under a name of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillvault.errors import RefusedError, UsageError
from skillvault.services import linting
from skillvault.services.context import Context
from skillvault.services.labels import fold
from skillvault.skill.files import SkillFile, read_folder
from skillvault.skill.finding import Finding
from skillvault.skill.frontmatter import SkillText, check_name, parse_skill, skill_name


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it was read. `place` is its resolved path, `name` what the skill is called."""

    path: Path
    place: Path
    name: str
    description: str
    files: tuple[SkillFile, ...]
    findings: tuple[Finding, ...]


def read_all(
    ctx: Context, paths: Sequence[Path], name: str | None = None, *, allow: Collection[str] = ()
) -> list[Folder]:
    """Read folders, in their order; `name` overrides the name of the only one.

    RefusedError for one that is no skill, or has an error of `lint` whose code is not in `allow`;
    UsageError for two of one name. All are read before any is parsed: folder by folder, each step
    would find the caches full of the one before.
    """
    contents = [_contents(ctx, path) for path in paths]
    texts = [_text(path, files) for path, files in zip(paths, contents, strict=True)]
    parents: dict[Path, Path] = {}
    places = [_place(path, parents) for path in paths]
    skills = [(f, p.name, t) for f, p, t in zip(contents, places, texts, strict=True)]
    reports = linting.lint_many(skills)
    read = [
        _checked(path, place, files, text, report, name, allow)
        for path, place, (files, _, text), report in zip(
            paths, places, skills, reports, strict=True
        )
    ]
    _refuse_twins(read)
    return read


def _contents(ctx: Context, path: Path) -> tuple[SkillFile, ...]:
    return read_folder(path, on_skip=lambda left: ctx.warn(f"{path.name}: left out {left}"))


def _text(path: Path, files: Sequence[SkillFile]) -> SkillText:
    main = next((f for f in files if f.path == "SKILL.md"), None)
    if main is None:
        problem = "no SKILL.md in it" if path.is_dir() else "not a folder"
        raise RefusedError(str(path), problem, "a skill is a folder with a SKILL.md")
    return parse_skill(main.data)


def _place(path: Path, parents: dict[Path, Path]) -> Path:
    """The resolved path. The parent of many is resolved once: each link on the way is looked up."""
    if path.name in {"", ".."} or path.is_symlink():
        return path.resolve()
    parent = path.parent
    if parent not in parents:
        parents[parent] = parent.resolve()
    return parents[parent] / path.name


def _checked(
    path: Path,
    place: Path,
    files: tuple[SkillFile, ...],
    text: SkillText,
    report: linting.Report,
    name: str | None,
    allow: Collection[str],
) -> Folder:
    linting.refuse(str(path), report, allow)
    chosen = check_name(name) if name is not None else skill_name(text, place.name)
    return Folder(path, place, chosen, text.description or "", files, report.findings)


def _refuse_twins(folders: Sequence[Folder]) -> None:
    seen: dict[str, Path] = {}
    for folder in folders:
        other = seen.setdefault(fold(folder.name), folder.path)
        if other is not folder.path:
            raise UsageError(folder.name, f"two folders of this name: {other} and {folder.path}")


def near(ctx: Context, typed: str, most: int = 8) -> list[Path]:
    """Folders with a skill in them that one may mean who has typed so much of a path.

    Of what was typed, in the current folder, in its `skills`, and where agents have theirs.
    """
    from skillvault.agents.folders import AGENTS, skills_folder

    if typed:
        path = Path(typed).expanduser()
        tops = [path, path.parent] if typed.endswith("/") else [path.parent, path]
    else:
        here = Path.cwd()
        agents = [skills_folder(agent, ctx.environ) for agent in AGENTS]
        tops = [here, here / "skills", *agents]
    found: dict[Path, None] = {}
    for top in tops:
        for folder in _skills_in(top):
            if str(folder).startswith(str(Path(typed).expanduser())) or not typed:
                found[folder] = None
    return list(found)[:most]


def _skills_in(top: Path) -> list[Path]:
    try:
        inside = sorted(top.iterdir())
    except OSError:
        return []
    candidates = [top, *(p for p in inside if not p.name.startswith("."))]
    return [p for p in candidates if (p / "SKILL.md").is_file()]
