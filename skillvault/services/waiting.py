"""Why what is pending is pending, and for whom it waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from skillvault.services import labels
from skillvault.services.news import skill_label
from skillvault.vault.client import Vault
from skillvault.vault.state import SealedFile, expand, has_person, pending, reads


@dataclass(frozen=True, slots=True)
class Wait:
    """A skill that is to be sealed anew. `text`: its current version; `results`: how many results.

    `why` says what it waits for, `who` is whom it waits for, by name; empty where nobody can.
    """

    skill: str
    name: str
    text: bool
    results: int
    why: str
    who: tuple[str, ...]


def waits(vault: Vault) -> tuple[Wait, ...]:
    """Every skill with a file that is sealed to others than its readers of now."""
    found: dict[str, list[str]] = {}
    for one in pending(vault.state):
        found.setdefault(one.skill, []).append(one.path.rpartition("/")[2])
    return tuple(sorted(_waits(vault, found), key=lambda wait: (wait.name, wait.skill)))


def _waits(vault: Vault, found: dict[str, list[str]]) -> Iterator[Wait]:
    for skill, files in found.items():
        why, who = _reason(vault, skill, files)
        text = "skill.age" in files
        yield Wait(skill, skill_label(vault, skill), text, len(files) - text, why, who)


def _reason(vault: Vault, skill: str, files: Collection[str]) -> tuple[str, tuple[str, ...]]:
    state = vault.state
    record = state.skills[skill]
    closed = [
        name
        for name in record.readers
        if name in state.groups
        and not state.groups[name].is_open
        and any(has_person(state, member) for member in state.groups[name].members)
    ]
    if closed:
        names = ", ".join(vault.reader.name(group) for group in closed)
        inside = [m for group in closed for m in state.groups[group].members]
        who = labels.labels_of(vault, {m for m in inside if has_person(state, m)})
        return f"waits: {names} is closed until one who is in it syncs", who
    can = _openers(vault, skill, files)
    if vault.me in can:
        return "at the next sync of", labels.labels_of(vault, (vault.me or "",))
    if can:
        return "at the next sync of one of", labels.labels_of(vault, can)
    return "cannot be opened by anybody who reads it now: its writers write a new version", ()


def _openers(vault: Vault, skill: str, files: Collection[str]) -> set[str]:
    """Its readers to whom some file of each pending thing is sealed, by what the line says."""
    state = vault.state
    record = state.skills[skill]
    readers = {m for m in expand(state, record.readers) if reads(state, record, m)}
    for name in files:
        if name == "skill.age":
            sealed = [file for file in record.files if file.content == record.content]
        else:
            sealed = list(record.evidence[name.removesuffix(".age")].files)
        readers &= _sealed_to(vault, sealed)
    return readers


def _sealed_to(vault: Vault, files: Collection[SealedFile]) -> set[str]:
    """The members who hold a key of one of these files."""
    found: set[str] = set()
    for ref in {ref for file in files for ref in file.refs}:
        group, slash, epoch = ref.partition("/")
        if not slash:
            found.add(ref)
            continue
        record = vault.state.groups.get(group) or vault.state.former_groups[group]
        # Who is in the group now reaches its earlier epochs too.
        found |= record.epochs[int(epoch) - 1].slots.keys() | set(record.members)
    return found
