"""`new`: a folder with the beginning of a skill."""

from __future__ import annotations

from pathlib import Path

from skillvault.errors import ConflictError, RefusedError
from skillvault.skill.files import SkillFile, write_folder
from skillvault.skill.frontmatter import SKILL_FILE, check_name
from skillvault.skill.template import template


def create(name: str, parent: Path) -> tuple[Path, tuple[SkillFile, ...]]:
    """Write `PARENT/NAME/` with a template to fill in; the folder and its files.

    RefusedError for what is no name of a skill, ConflictError if something is there already.
    """
    folder = parent / check_name(name)
    if folder.exists() or folder.is_symlink():
        raise ConflictError(str(folder), "exists already, nothing written", "choose another name")
    files = (SkillFile(SKILL_FILE, template(folder.name), "644"),)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        write_folder(folder, files)
    except OSError as error:
        raise RefusedError(str(folder), f"cannot be written: {error.strerror}") from None
    return folder, files
