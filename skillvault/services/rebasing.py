"""`put` of a folder that came from another version than the current one: a three-way merge."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from skillvault.errors import ConflictError, NotFoundError, SkillvaultError
from skillvault.services.bases import Base
from skillvault.services.context import Context
from skillvault.services.finding import Found
from skillvault.services.folders import Folder
from skillvault.skill.files import SkillFile, read_folder, write_folder
from skillvault.vault.client import Vault
from skillvault.vault.meeting import Text, join
from skillvault.vault.sealed import DOES_NOT_OPEN


def merged(
    vault: Vault, folder: Folder, found: Found, base: Base | None, onto: int | None
) -> Text | None:
    """What the folder and the current version make together; None where it stands on that one.

    `onto` states the version that the folder came from. ConflictError (6) where nobody knows it and
    the current one is not mine, or where the two do not merge.
    """
    versions = vault.state.skills[found.skill].versions
    current = len(versions)
    recorded = base if base is not None and base.skill == found.skill else None
    if onto is not None:
        if onto > current:
            raise NotFoundError(folder.name, f"there is no @{onto}; the vault is at @{current}")
        content, came_from = versions[onto - 1].content, f"@{onto}"
    elif recorded is not None:
        content = recorded.content
        number = next((n for n, v in enumerate(versions, 1) if v.content == content), None)
        came_from = f"@{number}" if number else "a version that was merged since"
    elif versions[-1].author == vault.me:
        return None
    else:
        who = vault.reader.name(versions[-1].author)
        problem = f"this folder has no record of where it came from, and {who} wrote @{current}"
        raise _conflict(folder, current, problem)
    if content == versions[-1].content:
        return None
    problem = f"this folder came from {came_from}, the vault is at @{current}"
    was, now = _text(vault, found.skill, content), _text(vault, found.skill, versions[-1].content)
    if was is None or now is None:
        which = "that one" if was is None else f"@{current}"
        raise _conflict(folder, current, f"{problem}, and {which} does not open for you")
    joined = join(was, Text(folder.name, folder.files), now)
    if joined.problem is not None:
        raise _conflict(folder, current, f"{problem}; they conflict: {joined.problem}")
    return joined.text


def renew(ctx: Context, folder: Folder, files: Sequence[SkillFile], what: str) -> bool:
    """Bring a folder to what it became, unless it was changed since it was read; then False."""
    try:
        if read_folder(folder.place) == folder.files:
            write_folder(folder.place, files, replace=True)
            return True
        problem = "it was changed meanwhile"
    except (SkillvaultError, OSError) as error:
        problem = str(error)
    ctx.warn(f"{folder.path}: does not hold {what} yet, put it once more: {problem}")
    return False


def _text(vault: Vault, skill: str, content: str) -> Text | None:
    """A version by its content, also one of mine that was merged since."""
    versions = vault.state.skills[skill].versions
    number = next((n for n, v in enumerate(versions, 1) if v.content == content), None)
    if number is None:
        mine = vault.workbench.text_of(content)
        return None if mine is None or mine.manifest.skill != skill else Text.of(mine)
    try:
        return Text.of(vault.reader.open_version(skill, number).bundle)
    except DOES_NOT_OPEN:
        return None


def _conflict(folder: Folder, current: int, problem: str) -> ConflictError:
    place = shlex.quote(str(folder.place))
    hint = f"`skillvault diff {folder.name}@{current} {place}`, then put --onto @{current}"
    return ConflictError(folder.name, problem, hint)
