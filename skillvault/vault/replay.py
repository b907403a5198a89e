"""Unpushed entries, made again on top of what others did meanwhile.

An entry is replayed as what it did (`deeds`); what follows from that is derived anew. Nothing here
moves a ref: the caller does, once, when all of it is built.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from skillvault.vault import operations
from skillvault.vault.bundle import Bundle
from skillvault.vault.deeds import AccessChange, Deed, Renamed, deed
from skillvault.vault.draft import Draft
from skillvault.vault.evidence import measured
from skillvault.vault.meeting import Meeting
from skillvault.vault.reader import Reader
from skillvault.vault.replay_people import present, redo_people
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import has_person, skill_path
from skillvault.vault.succession import projected
from skillvault.vault.verified import NOTHING
from skillvault.vault.verify import verify

if TYPE_CHECKING:
    from skillvault.vault.client import Vault

__all__ = ["Deed", "Renamed", "deed", "read", "redo"]


def redo(made: Deed, reader: Reader, renamed: Renamed, meeting: Meeting) -> Draft:
    """The draft that does the same on the state that `reader` reads; empty if nothing is left.

    ConflictError (6) where both sides wrote the same skill, or it is gone.
    """
    draft = Draft()
    redo_people(draft, made, reader, renamed)
    _add(draft, made, reader, renamed)
    for skill, change in made.access.items():
        if skill not in reader.state.skills:
            renamed.tell(f"~{skill[:8]}: removed meanwhile, so who reads it is left alone")
        else:
            _change_access(draft, reader, skill, change, renamed)
    _write(draft, made, reader, meeting)
    _redo_evidence(draft, made, reader, renamed)
    _remove(draft, made, reader, renamed)
    return draft


def read(vault: Vault, base: str | None, ahead: Sequence[str]) -> list[Deed]:
    """What each of the unpushed commits `ahead` did, which follow on `base`."""
    line = NOTHING if base is None else vault.verified_at(base)
    deeds = []
    for commit in ahead:
        after = verify(vault.path, commit, line)
        if after.error is not None:
            raise after.error
        reader = vault.reader_of(after.verified)
        deeds.append(deed(line.state, after.verified.state, reader))
        line = after.verified
    return deeds


def chains(deeds: Sequence[Deed]) -> dict[str, list[Bundle]]:
    """The versions that entries wrote, by skill, oldest first."""
    found: dict[str, list[Bundle]] = {}
    for made in deeds:
        for skill, bundle in made.written.items():
            found.setdefault(skill, []).append(bundle)
    return found


def _add(draft: Draft, made: Deed, reader: Reader, renamed: Renamed) -> None:
    """New skills, for those of their readers who are still there."""
    there = present(draft, reader.state) if made.added else frozenset()
    for skill, (bundle, access) in made.added.items():
        owner = renamed.one(access.owner)
        if owner not in there:
            owner = reader.me or owner
        kept = replace(
            access,
            owner=owner,
            readers=tuple(sorted((renamed.of(access.readers) & there) | {owner})),
            writers=tuple(sorted((renamed.of(access.writers) & there) | {owner})),
        )
        operations.put_new(draft, reader.state, skill, bundle, kept)


def _change_access(
    draft: Draft, reader: Reader, skill: str, change: AccessChange, renamed: Renamed
) -> None:
    """Names that came and went, and a new owner; what a removal brought about is derived."""
    if draft.files.get(skill_path(skill, "access.json"), b"") is None:
        return
    after = projected(draft, reader.state)
    there = present(draft, reader.state) - _struck(draft, reader, skill, change, renamed)
    owner = None
    if change.owner is not None:
        if not has_person(after, renamed.one(change.owner.before)):
            return
        now, wanted = reader.state.skills[skill].owner, renamed.one(change.owner.after)
        if wanted in there and now == renamed.one(change.owner.before):
            owner = wanted
        elif now != wanted:
            renamed.tell(f"~{skill[:8]}: its owner stays, because that was changed meanwhile")
    operations.change_access(
        draft,
        reader,
        skill,
        add_readers=renamed.of(change.readers) & there,
        add_writers=renamed.of(change.writers) & there,
        strike=renamed.of(change.gone),
        strike_writers=renamed.of(change.not_writing),
        owner=owner,
    )


def _struck(
    draft: Draft, reader: Reader, skill: str, change: AccessChange, renamed: Renamed
) -> frozenset[str]:
    """Readers whom I gave more, and whose name somebody struck meanwhile: they stay out."""
    more = change.writers | ({change.owner.after} if change.owner is not None else set())
    now = operations.access_record(draft, reader.state, skill).readers
    struck = renamed.of(more - change.readers).difference(now)
    for name in sorted(struck & present(draft, reader.state)):
        renamed.tell(f"~{skill[:8]}: taken from {reader.name(name)} meanwhile, and stays so")
    return struck


def _write(draft: Draft, made: Deed, reader: Reader, meeting: Meeting) -> None:
    """New versions, merged where others wrote some too. ConflictError (6) where they conflict."""
    for skill, bundle in made.written.items():
        version = meeting.version(reader, skill, bundle)
        if version is not None:
            operations.put_bundle(draft, reader.state, skill, version)


def _redo_evidence(draft: Draft, made: Deed, reader: Reader, renamed: Renamed) -> None:
    """Results of versions that are still in the line, and results taken away."""
    skills = reader.state.skills
    for (skill, key), text in made.evidence.items():
        content = measured(text, f"evidence {key}")
        if skill not in skills or all(v.content != content for v in skills[skill].versions):
            renamed.tell(f"evidence {key[:8]}: dropped, the version that it measured is not there")
        elif key not in skills[skill].evidence:
            operations.put_evidence(draft, reader.state, skill, text)
    for skill, key in made.withdrawn:
        if skill in skills and key in skills[skill].evidence:
            draft.files[skill_path(skill, f"evidence/{key}.age")] = None


def _remove(draft: Draft, made: Deed, reader: Reader, renamed: Renamed) -> None:
    """Skills removed whole, but for those that somebody wrote meanwhile."""
    state = reader.state
    for skill, content in made.removed.items():
        if skill not in state.skills:
            continue
        if state.skills[skill].content == content:
            operations.remove_skill(draft, state, skill)
        elif draft.files.get(skill_path(skill, "access.json"), b"") is not None:
            renamed.tell(_kept(reader, skill))


def _kept(reader: Reader, skill: str) -> str:
    """Why a skill that somebody wrote meanwhile stays: an edit is never lost to a removal."""
    versions = reader.state.skills[skill].versions
    name = f"~{skill}"
    with contextlib.suppress(*DOES_NOT_OPEN):
        name = reader.open_newest(skill).bundle.manifest.name
    author = reader.name(versions[-1].author)
    return (
        f"{name}: not removed, because {author} wrote @{len(versions)} meanwhile; "
        "read it, and remove it again if you still mean it"
    )
