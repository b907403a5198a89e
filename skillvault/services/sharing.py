"""`share`, `unshare`, `member add`: who may read what, and what that changes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skillvault.errors import AccessError, UsageError
from skillvault.services import finding, opening, people, trust
from skillvault.services.context import Context
from skillvault.services.groups import closed_words
from skillvault.services.labels import labels, labels_of
from skillvault.services.people import Who
from skillvault.services.reach import versions_for
from skillvault.services.references import Reference, require_whole
from skillvault.services.trust import Published
from skillvault.vault import operations
from skillvault.vault.card import Card
from skillvault.vault.client import REMOTE, Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.remote_url import without_password
from skillvault.vault.repository import read_ref
from skillvault.vault.state import expand, owns, reads
from skillvault.vault.syntax import Role


@dataclass(frozen=True, slots=True)
class SkillChange:
    """One skill of a preview. `from_version`: readers who come gain it and all later ones.

    `sealed`: the versions that were ever sealed to one of those who are named; a group's are open
    to whoever is in it now.
    """

    skill: str
    name: str
    from_version: int
    sealed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of access will do. `people`: names of those who gain or lose, sorted.

    `labels`: of `who`, as WHO takes them. `admits`: the cards of new members, with the fingerprints
    that people compare. `notes`: what closed groups among them wait for.
    """

    vault: Vault
    who: tuple[Who, ...]
    labels: tuple[str, ...]
    people: tuple[str, ...]
    skills: tuple[SkillChange, ...]
    admits: tuple[Card, ...]
    notes: tuple[str, ...]
    write: bool
    goes_along: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What was done. `clone`: the command for somebody who was admitted, or None."""

    preview: Preview
    published: Published
    clone: str | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A new member."""

    vault: Vault
    card: Card
    role: Role
    published: Published
    clone: str | None


Approve = Callable[[Preview], bool]


def share(
    ctx: Context,
    references: Sequence[Reference],
    with_: Sequence[str],
    *,
    approve: Approve,
    write: bool = False,
    vault: str | None = None,
    stdin: bytes | None = None,
    fetch: bool = True,
) -> Shared | None:
    """Let people, groups or the holders of cards read skills, and write with `write`.

    One entry, pushed at once; None if `approve` said no to the preview. AccessError (4) unless I
    own every skill, or where a card is to be admitted and I am no admin. Without `fetch` the
    preview is of what this machine knows: for who only looks.
    """
    opened = opening.open_vault(ctx, vault_of(references, vault))
    with opened.changing():
        if fetch:
            trust.before(ctx, opened)
        who = people.resolve_all(ctx, opened, with_, stdin)
        skills = owned(ctx, opened, references)
        cards = tuple(w.card for w in who if w.card is not None)
        if cards:
            people.require_admin(opened, "admit somebody new")
        affected = {
            m for m in expand(opened.state, _ids(who)) if write or _gains(opened, skills, m)
        }
        preview = _preview(opened, who, skills, cards, write=write, affected=affected)
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            ids = [
                w.id or operations.admit(draft, reader, people.card_of(w), "member") for w in who
            ]
            for skill in skills:
                operations.change_access(
                    draft, reader, skill, add_readers=ids, add_writers=ids if write else ()
                )
            return draft

        published = trust.publish(ctx, opened, build)
        return Shared(preview, published, clone_command(opened) if cards else None)


def unshare(
    ctx: Context,
    references: Sequence[Reference],
    from_: Sequence[str],
    *,
    approve: Approve,
    vault: str | None = None,
    fetch: bool = True,
) -> Shared | None:
    """Strike names from the access of skills, and seal their current versions anew.

    Pushed ahead of whatever was not pushed yet. None if `approve` said no. `fetch` as for `share`.
    """
    opened = opening.open_vault(ctx, vault_of(references, vault))
    with opened.changing():
        if fetch:
            trust.before(ctx, opened, removal=True)
        who = people.resolve_all(ctx, opened, from_)
        gone = [w.id for w in who if w.id is not None]
        if len(gone) != len(who):
            raise UsageError(opened.name, "the holder of this card is no member")
        skills = owned(ctx, opened, references)
        for skill in skills:
            _check_strike(opened, skill, gone)
        affected = {m for m in expand(opened.state, gone) if _loses(opened, skills, m, gone)}
        preview = _preview(opened, who, skills, (), write=False, affected=affected)
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            for skill in skills:
                if skill in reader.state.skills:
                    operations.change_access(draft, reader, skill, strike=gone)
            return draft

        published = Published(None, pushed=False)
        new = [s for s in skills if opened.state.skills[s].versions[0].seq > opened.pushed_seq]
        if len(new) < len(skills):
            again = "skillvault sync, then this again"
            published = trust.publish_alone(ctx, opened, build, again)
        if new and not build(opened.reader).is_empty:
            published = trust.publish(ctx, opened, build)
        return Shared(preview, published, None)


def admit(
    ctx: Context,
    card_text: str,
    *,
    approve: Callable[[Vault, Card, Role], bool],
    role: Role = "member",
    vault: str | None = None,
    stdin: bytes | None = None,
) -> Admitted | None:
    """Admit the holder of a card, pushed at once. None if `approve` said no.

    UsageError if they are a member already.
    """
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened)
        people.require_admin(opened, "admit members")
        people.check_role(opened, role)
        who = people.resolve(ctx, opened, card_text, stdin)
        if who.card is None:
            raise UsageError(who.name, f"a member of {opened.name} already")
        holder = who.card
        if not approve(opened, holder, role):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            operations.admit(draft, reader, holder, role)
            return draft

        published = trust.publish(ctx, opened, build)
        return Admitted(opened, holder, role, published, clone_command(opened))


def clone_command(vault: Vault) -> str | None:
    """What somebody who was let in types, without my password. None without a remote."""
    if vault.notes.remote is None:
        return None
    url = shlex.quote(without_password(vault.notes.remote))
    return f"skillvault clone {url} --id {vault.state.vault_id}"


def owned(
    ctx: Context, vault: Vault, references: Sequence[Reference], what: str = "share it"
) -> list[str]:
    """The skills that are meant.

    UsageError for one version of a skill; AccessError unless I own each, with whom to ask.
    """
    require_whole(references, "who reads a skill reads this version and every later one")
    me = vault.require_me()
    shelf = finding.Shelf(finding.readable(ctx, vault))
    skills = []
    for reference in references:
        skill = finding.locate_in(ctx, vault, reference, shelf).found.skill
        if not owns(vault.state, vault.state.skills[skill], me):
            ask = people.owner_to_ask(vault, skill)
            raise AccessError(str(reference), f"only its owner may {what}", f"ask {ask}")
        skills.append(skill)
    vault.notebook.save()
    return skills


def _check_strike(vault: Vault, skill: str, gone: Sequence[str]) -> None:
    record, name = vault.state.skills[skill], _name(vault, skill)
    if record.owner in gone:
        give = f"`skillvault own {name} --by WHO` gives it to somebody else first"
        raise UsageError(name, "its owner cannot be struck", give)
    if not _readers(vault, skill) & set(gone):
        known = labels(vault)
        who = ", ".join(known[g] for g in gone)
        through = [known[n] for n in record.readers for g in gone if _is_in(vault, g, n)]
        hint = f"they read it through {', '.join(through)}" if through else None
        raise UsageError(name, f"not shared with {who} by name", hint)


def _readers(vault: Vault, skill: str) -> set[str]:
    """Who is named as a reader here or, where a strike was not pushed yet, at the remote."""
    readers = set(vault.state.skills[skill].readers)
    tip = read_ref(vault.path, REMOTE) if vault.unpushed else None
    if tip is not None:
        there = vault.verified_at(tip).state.skills.get(skill)
        readers.update(there.readers if there is not None else ())
    return readers


def _preview(
    vault: Vault,
    who: tuple[Who, ...],
    skills: Sequence[str],
    cards: tuple[Card, ...],
    *,
    write: bool,
    affected: set[str],
) -> Preview:
    state, known = vault.state, labels(vault)
    changes = tuple(
        SkillChange(
            skill,
            _name(vault, skill),
            len(state.skills[skill].versions),
            tuple(sorted({v for i in _ids(who) for v in versions_for(state.skills[skill], i)})),
        )
        for skill in skills
    )
    remote = vault.notes.remote is not None
    closed = [i for i in _ids(who) if i in state.groups and not state.groups[i].is_open]
    return Preview(
        vault=vault,
        who=who,
        labels=tuple(known[one.id] if one.id else one.name for one in who),
        people=tuple(sorted([*labels_of(vault, affected), *(card.name for card in cards)])),
        skills=changes,
        admits=cards,
        notes=tuple(f"{known[i]}  {closed_words(vault, state.groups[i].members)}" for i in closed),
        write=write,
        goes_along=vault.unpushed if remote else 0,
    )


def _ids(who: Sequence[Who]) -> list[str]:
    return [w.id for w in who if w.id is not None]


def _gains(vault: Vault, skills: Sequence[str], member: str) -> bool:
    """Whether there is one of the skills that this member does not read yet."""
    state = vault.state
    return any(not reads(state, state.skills[skill], member) for skill in skills)


def _loses(vault: Vault, skills: Sequence[str], member: str, gone: Sequence[str]) -> bool:
    """Whether there is one of the skills that this member reads through nobody else."""
    state = vault.state
    left = [set(state.skills[skill].readers) - set(gone) for skill in skills]
    return any(member not in expand(state, names) for names in left)


def _name(vault: Vault, skill: str) -> str:
    known = vault.notebook.known(skill, vault.state.skills[skill].content)
    return known.name if known is not None else vault.reader.open_newest(skill).bundle.manifest.name


def _is_in(vault: Vault, member: str, group: str) -> bool:
    record = vault.state.groups.get(group)
    return record is not None and member in record.members


def vault_of(references: Sequence[Reference], named: str | None) -> str | None:
    """The one vault that references name. UsageError if they are of several."""
    said = {r.vault for r in references if r.vault} | ({named} if named else set())
    if len(said) > 1:
        raise UsageError("vault", f"one at a time, not {', '.join(sorted(said))}")
    return next(iter(said), None)
