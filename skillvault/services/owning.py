"""`own`, and whom a new skill belongs to: an owner alone decides who reads a skill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skillvault.errors import UsageError
from skillvault.services import groups, opening, people, trust
from skillvault.services.context import Context
from skillvault.services.labels import labels, labels_of
from skillvault.services.references import Reference
from skillvault.services.sharing import owned, vault_of
from skillvault.services.trust import Published
from skillvault.vault import operations
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.state import has_person


@dataclass(frozen=True, slots=True)
class Handed:
    """A skill that changes hands. `before`: its owner till then."""

    skill: str
    name: str
    before: str


@dataclass(frozen=True, slots=True)
class OwnPreview:
    """Who will own what. `people`: whose the rights of the owner are from then on."""

    vault: Vault
    owner: str
    name: str
    skills: tuple[Handed, ...]
    people: tuple[str, ...]
    notes: tuple[str, ...]
    goes_along: int


@dataclass(frozen=True, slots=True)
class Owned:
    """What was done. `mine`: I have the rights of its owner still, and can give it away again."""

    preview: OwnPreview
    published: Published
    mine: bool


def own(
    ctx: Context,
    references: Sequence[Reference],
    by: str,
    *,
    approve: Callable[[OwnPreview], bool],
    vault: str | None = None,
) -> Owned | None:
    """Give skills to another owner, who reads and writes them; I stay a writer. Pushed at once.

    None if `approve` said no. AccessError (4) unless I own every skill.
    """
    opened = opening.open_vault(ctx, vault_of(references, vault))
    with opened.changing():
        trust.before(ctx, opened)
        heir = _heir(ctx, opened, by)
        skills = owned(ctx, opened, references, "give it away")
        preview = _preview(opened, heir, skills)
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            for skill in skills:
                if skill in reader.state.skills and reader.state.skills[skill].owner != heir:
                    operations.give(draft, reader, skill, heir)
            return draft

        published = trust.publish(ctx, opened, build)
        group = opened.state.groups.get(heir)
        mine = opened.me == heir or (group is not None and opened.me in group.members)
        return Owned(preview, published, mine)


def _heir(ctx: Context, vault: Vault, text: str) -> str:
    """Who may own a skill: a person, or a group with one in it, but not `everyone`."""
    who = people.resolve(ctx, vault, text)
    if who.id is None:
        raise UsageError(who.name, f"no member of {vault.name} yet")
    if who.id == vault.state.everyone:
        raise UsageError(who.name, "owns nothing: who shares with all would be anybody")
    if not has_person(vault.state, who.id):
        raise UsageError(who.name, "only machines are there, and a machine owns nothing")
    return who.id


def _preview(vault: Vault, heir: str, skills: Sequence[str]) -> OwnPreview:
    state, known = vault.state, labels(vault)
    group = state.groups.get(heir)
    persons = [m for m in (group.members if group else (heir,)) if state.members[m].is_person]
    notes = []
    if group is not None and not group.is_open:
        notes.append(f"{known[heir]} is {groups.closed_words(vault, group.members)}")
    if vault.me not in persons:
        notes.append("you stay a writer; who reads it, they alone decide then")
    handed = tuple(
        Handed(skill, _name(vault, skill), known[state.skills[skill].owner]) for skill in skills
    )
    along = vault.unpushed if vault.notes.remote is not None else 0
    owners = labels_of(vault, persons)
    return OwnPreview(vault, heir, known[heir], handed, owners, tuple(notes), along)


def _name(vault: Vault, skill: str) -> str:
    known = vault.notebook.known(skill, vault.state.skills[skill].content)
    return known.name if known is not None else vault.reader.open_newest(skill).bundle.manifest.name
