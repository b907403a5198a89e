"""Skills for one process: a private folder, wired by the agent's own option or environment.

What each agent documents, read in November 2026:

* Claude Code loads `.claude/skills` below each `--add-dir`.
* Codex reads `$CODEX_HOME/skills`. A home of its own holds links to all that is in the real one.
* OpenCode reads `$OPENCODE_CONFIG_DIR/skills` beside its usual folders.
* Copilot reads each of `$COPILOT_SKILLS_DIRS` (commas in between).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from skillvault.agents.folders import home as agents_home
from skillvault.skill.files import SkillFile, write_folder

Wiring = Literal["claude", "agents", "plain"]
WIRINGS: tuple[Wiring, ...] = get_args(Wiring)
VARIABLE = "SKILLVAULT_SKILLS"

_BY_PROGRAM: Mapping[str, Wiring] = {
    "claude": "claude",
    "codex": "agents",
    "opencode": "agents",
    "copilot": "agents",
}


@dataclass(frozen=True, slots=True)
class Wired:
    """A command line and what its environment has more. `skills`: the folder that holds them."""

    command: tuple[str, ...]
    environ: Mapping[str, str]
    skills: Path


def wiring_for(program: str) -> Wiring:
    """How a program is told of skills; `plain` for one that we do not know."""
    return _BY_PROGRAM.get(Path(program).name, "plain")


def wire(
    wiring: Wiring,
    command: Sequence[str],
    skills: Mapping[str, Sequence[SkillFile]],
    private: Path,
    environ: Mapping[str, str],
) -> Wired:
    """Write the skills (by folder name) below `private`, and say how the command finds them.

    Every wiring sets `SKILLVAULT_SKILLS`; `plain` does no more.
    """
    top = private / ".claude" / "skills" if wiring == "claude" else private / "skills"
    top.mkdir(parents=True)
    for name, files in skills.items():
        write_folder(top / name, files, mode=0o700)
    said = {VARIABLE: str(top)}
    if wiring == "claude":
        # With `=`: the option takes as many folders as follow it.
        return Wired((command[0], f"--add-dir={private}", *command[1:]), said, top)
    if wiring == "agents":
        said |= _for_codex(skills, private, environ)
        said |= _for_opencode(private, environ)
        others = environ.get("COPILOT_SKILLS_DIRS")
        said["COPILOT_SKILLS_DIRS"] = f"{others},{top}" if others else str(top)
    return Wired(tuple(command), said, top)


def keep_what_codex_wrote(private: Path, environ: Mapping[str, str]) -> None:
    """Move what is new in the home that Codex had, or was written anew, to its real one."""
    real = _codex_home(environ)
    with contextlib.suppress(FileNotFoundError), os.scandir(private / "codex") as entries:
        for entry in entries:
            if entry.name == "skills" or entry.is_symlink():
                continue
            target = real / entry.name
            if entry.is_file() or not target.exists():
                real.mkdir(mode=0o700, parents=True, exist_ok=True)
                beside = real / f".{entry.name}.skillvault"
                shutil.move(entry.path, beside)
                beside.replace(target.resolve() if target.exists() else target)


def _codex_home(environ: Mapping[str, str]) -> Path:
    given = environ.get("CODEX_HOME")
    return Path(given) if given else agents_home("agents", environ).with_name(".codex")


def _for_codex(
    skills: Mapping[str, Sequence[SkillFile]], private: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    real, made = _codex_home(environ), private / "codex"
    (made / "skills").mkdir(parents=True)
    for folder, target in ((real, made), (real / "skills", made / "skills")):
        if folder.is_dir():
            for inner in folder.iterdir():
                if not (folder == real and inner.name == "skills") and inner.name not in skills:
                    (target / inner.name).symlink_to(inner.absolute())
    for name, files in skills.items():
        write_folder(made / "skills" / name, files, mode=0o700)
    return {"CODEX_HOME": str(made)}


def _for_opencode(private: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Not where the user has a folder of that kind already: there is one only."""
    if environ.get("OPENCODE_CONFIG_DIR"):
        return {}
    (private / "opencode").mkdir()
    (private / "opencode" / "skills").symlink_to(private / "skills")
    return {"OPENCODE_CONFIG_DIR": str(private / "opencode")}
