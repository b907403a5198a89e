"""`put`: folders become new skills, or the next versions of those they came from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillvault.agents.placements import Source
from skillvault.errors import AccessError, NotFoundError, UsageError
from skillvault.services import (
    bases,
    copies,
    finding,
    opening,
    people,
    put_for,
    rebasing,
    reopening,
)
from skillvault.services.bases import Base, Bases
from skillvault.services.context import Context
from skillvault.services.finding import Found, Shelf
from skillvault.services.folders import Folder, read_all
from skillvault.services.labels import fold
from skillvault.services.references import Reference
from skillvault.skill.files import SkillFile
from skillvault.skill.finding import Finding
from skillvault.vault import bundle, operations
from skillvault.vault.bundle import Signed
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.entry import Entry
from skillvault.vault.ids import new_id
from skillvault.vault.meeting import Text
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import Skill, writes


@dataclass(frozen=True, slots=True)
class PutSkill:
    """What became of one folder. `change`: `new`, `changed` or `unchanged`.

    `merged`: the version that it was merged with, because it came from an older one; else None.
    """

    folder: Path
    name: str
    skill: str
    version: int
    change: str
    content: str
    files: int
    size: int
    findings: tuple[Finding, ...]
    merged: int | None = None


@dataclass(frozen=True, slots=True)
class PutReport:
    """`entry` is None where nothing changed. `unpushed`: entries that wait for `sync`."""

    vault: Vault
    entry: Entry | None
    skills: tuple[PutSkill, ...]
    unpushed: int


def put(
    ctx: Context,
    folders: Sequence[Path],
    *,
    vault: str | None = None,
    message: str = "",
    name: str | None = None,
    onto: int | None = None,
    new: bool = False,
    for_: str | None = None,
    allow: Collection[str] = (),
) -> PutReport:
    """Put folders into a vault, all in one entry or none.

    `for_`: an open group that I am in; it owns, reads and writes the new skills.

    RefusedError for what `lint` calls an error, but for the codes in `allow`. `name` overrides the
    skill's name, `onto` states the version that the folder was made from, for one folder; `new`
    makes a second skill of a name that I can read already.
    """
    if len(folders) != 1 and (name is not None or onto is not None):
        raise UsageError("put", "--name and --onto take one folder")
    if new and onto is not None:
        raise UsageError("put", "--new and --onto exclude each other")
    read = read_all(ctx, folders, name, allow=allow)
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        reopening.before_write(ctx, opened)
        owner = opened.require_me() if for_ is None else put_for.group_for(ctx, opened, for_)
        return _put(ctx, opened, read, message, onto, new=new, owner=owner)


@dataclass(frozen=True, slots=True)
class _Version:
    """What a folder becomes. `signed` is None where it holds the current version already.

    `text`: what it was merged to, with version `merged`.
    """

    skill: str
    number: int
    change: str
    content: str
    signed: Signed | None = None
    text: Text | None = None
    merged: int | None = None


def _put(
    ctx: Context,
    vault: Vault,
    folders: Sequence[Folder],
    message: str,
    onto: int | None,
    *,
    new: bool,
    owner: str,
) -> PutReport:
    shelf = Shelf([] if new else finding.readable(ctx, vault))
    recorded = Bases(ctx.paths)
    versions: list[_Version] = []
    for count, folder in enumerate(folders, 1):
        base = recorded.of(folder.place)
        found = None if new else _target(ctx, vault, folder, base, shelf)
        if found is None:
            if onto is not None:
                raise NotFoundError(folder.name, f"new to {vault.name}: there is no @{onto} of it")
            text = Text(folder.name, folder.files)
            made = _make(ctx, vault, new_id(), text, message, None)
            versions.append(_Version(made.manifest.skill, 1, "new", made.content, made))
        else:
            put_for.check_owner(vault, found, owner)
            versions.append(_next(ctx, vault, folder, found, base, message, onto))
        ctx.progress("sign", count, len(folders))
    draft = _seal(ctx, vault, folders, versions, owner)
    entry = None if draft.is_empty else vault.commit(draft, ctx.now())
    # A folder whose merge could not be written into it still comes from where it came from.
    done = [(f, v) for f, v in zip(folders, versions, strict=True) if _renew(ctx, vault, f, v)]
    records = {f.place: Base(vault.state.vault_id, v.skill, v.content) for f, v in done}
    bases.note(ctx, records)
    copies.renew(ctx, [_copy(vault, f, v) for f, v in done])
    for folder, version in zip(folders, versions, strict=True):
        vault.notebook.means(fold(folder.name), version.skill)
    vault.notebook.save()
    results = (_result(f, v) for f, v in zip(folders, versions, strict=True))
    return PutReport(vault, entry, tuple(results), vault.unpushed)


def _seal(
    ctx: Context,
    vault: Vault,
    folders: Sequence[Folder],
    versions: Sequence[_Version],
    owner: str,
) -> Draft:
    """The draft of an entry with all that was made.

    All are signed, then all compressed, then all sealed: in turns, each would find nothing of
    itself in the processor's caches, which costs a fifth more.
    """
    draft = Draft()
    packed = [None if v.signed is None else bundle.compress(v.signed) for v in versions]
    for count, (folder, version, made) in enumerate(zip(folders, versions, packed, strict=True), 1):
        if made is not None:
            if version.change == "new":
                operations.put_owned(draft, vault.state, version.skill, made, owner)
            else:
                operations.put_bundle(draft, vault.state, version.skill, made)
            vault.notebook.note(made, folder.description)
        ctx.progress("seal", count, len(folders))
    return draft


def _make(
    ctx: Context, vault: Vault, skill: str, text: Text, message: str, before: Skill | None
) -> Signed:
    """The signed version that follows on `before`."""
    return operations.sign_version(
        vault.state,
        vault.signer(),
        skill,
        name=text.name,
        files=text.files,
        message=message,
        now=ctx.now(),
        before=before,
    )


def _next(
    ctx: Context,
    vault: Vault,
    folder: Folder,
    found: Found,
    base: Base | None,
    message: str,
    onto: int | None,
) -> _Version:
    """The next version of `found`, unless the folder holds just what its newest one does."""
    state, skill = vault.state, found.skill
    record = state.skills[skill]
    if not writes(state, record, vault.require_me()):
        ask = people.owner_to_ask(vault, skill)
        raise AccessError(folder.name, "you may read it, not write it", f"ask its owner, {ask}")
    if _holds(vault, skill, folder):
        # Whatever was recorded: a kill may have come between the entry and the record.
        return _Version(skill, len(record.versions), "unchanged", record.content)
    number = len(record.versions)
    text = rebasing.merged(vault, folder, found, base, onto)
    if text is not None and _is_current(vault, skill, text):
        return _Version(skill, number, "unchanged", record.content, None, text, number)
    made = _make(ctx, vault, skill, text or Text(folder.name, folder.files), message, record)
    with_ = None if text is None else number
    return _Version(skill, number + 1, "changed", made.content, made, text, with_)


def _holds(vault: Vault, skill: str, folder: Folder) -> bool:
    """Whether the current version is just this folder. Not if it does not open for me.

    What was opened before tells a folder that was edited; only one that was not is held against
    the version itself.
    """
    record, listed = vault.state.skills[skill], bundle.describe(folder.files)
    known = vault.notebook.known(skill, record.content)
    if known is not None and (known.digest, known.name) != (bundle.digest(listed), folder.name):
        return False
    try:
        current = vault.reader.open_version(skill, len(record.versions)).bundle
    except DOES_NOT_OPEN:
        return False
    said = current.manifest
    return (said.files, said.name) == (listed, folder.name)


def _is_current(vault: Vault, skill: str, text: Text) -> bool:
    """Whether a merge brought nothing that the current version does not hold."""
    number = len(vault.state.skills[skill].versions)
    return Text.of(vault.reader.open_version(skill, number).bundle) == text


def _target(
    ctx: Context, vault: Vault, folder: Folder, base: Base | None, shelf: Shelf
) -> Found | None:
    """The skill that this folder is a version of: the recorded one, else the one of its name."""
    if base is not None and base.vault == vault.state.vault_id:
        found = shelf.by_id.get(base.skill)
        if found is not None:
            return found
        if base.skill in vault.state.skills:
            raise AccessError(
                folder.name, "it is no longer shared with you", "--new makes your own"
            )
    reference = Reference(folder.name)
    named = shelf.named(reference)
    return finding.choose(ctx, vault, reference, named) if named else None


def _renew(ctx: Context, vault: Vault, folder: Folder, version: _Version) -> bool:
    """Write what a folder was merged to into it. False where that could not be."""
    if version.text is None or version.text.files == folder.files:
        return True
    what = f"{vault.name}/{version.text.name}@{version.number}"
    return rebasing.renew(ctx, folder, version.text.files, what)


def _copy(vault: Vault, folder: Folder, version: _Version) -> copies.Put:
    now = Source(
        vault=vault.state.vault_id,
        vault_name=vault.name,
        skill=version.skill,
        name=folder.name,
        version=version.number,
        content=version.content,
    )
    return copies.Put(folder.place, now, _files(folder, version))


def _files(folder: Folder, version: _Version) -> tuple[SkillFile, ...]:
    return folder.files if version.text is None else version.text.files


def _result(folder: Folder, version: _Version) -> PutSkill:
    return PutSkill(
        folder=folder.path,
        name=folder.name if version.text is None else version.text.name,
        skill=version.skill,
        version=version.number,
        change=version.change,
        content=version.content,
        files=len(_files(folder, version)),
        size=sum(len(f.data) for f in _files(folder, version)),
        findings=folder.findings,
        merged=version.merged,
    )
