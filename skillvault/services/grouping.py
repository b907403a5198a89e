"""`group new`, `add`, `rename`, `rotate`: making groups, letting people in, changing the key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skillvault.errors import NotFoundError, UsageError
from skillvault.services import groups, opening, people, reach, resealing, trust
from skillvault.services.context import Context
from skillvault.services.labels import either, labels, labels_of
from skillvault.services.people import Who
from skillvault.services.reach import Reach
from skillvault.services.sharing import clone_command
from skillvault.services.trust import Published
from skillvault.vault import epochs, operations
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader


@dataclass(frozen=True, slots=True)
class GroupPreview:
    """What will become of a group.

    `members`: who is in it then; `named`: who is taken out; `gain`, `lose`: whose reading changes,
    and by `reach` what;
    `notes`: sentences to be read before one agrees. `orphans`: skills that go because nobody is
    left to own them; `heirs`: (skill, new owner). `admits`: cards of new members of the vault.
    """

    vault: Vault
    group: str | None
    name: str
    members: tuple[str, ...]
    named: tuple[str, ...] = ()
    gain: tuple[str, ...] = ()
    lose: tuple[str, ...] = ()
    reach: tuple[Reach, ...] = ()
    notes: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    heirs: tuple[tuple[str, str], ...] = ()
    admits: tuple[Card, ...] = ()
    goes_along: int = 0


@dataclass(frozen=True, slots=True)
class Grouped:
    """What was done. `group`: its id; `closed`: in words, or None; `resealed`: names of skills."""

    preview: GroupPreview
    published: Published
    group: str
    closed: str | None = None
    resealed: tuple[str, ...] = ()
    clone: str | None = None


Approve = Callable[[GroupPreview], bool]


def new(
    ctx: Context,
    name: str,
    with_: Sequence[str],
    *,
    approve: Approve,
    without_me: bool = False,
    vault: str | None = None,
    stdin: bytes | None = None,
) -> Grouped | None:
    """Make a group of me and others, pushed at once. None if `approve` said no.

    `without_me`: it is made and closed again in a second entry, and one of them opens it.
    AccessError (4) unless I am an admin.
    """
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened)
        people.require_admin(opened, "make a group")
        name = groups.check_name(name)
        people.check_new_name(ctx, opened, name, hint="give it another name")
        me, who = opened.require_me(), _members(ctx, opened, with_, stdin)
        ids = [w.id for w in who if w.id is not None]
        inside = [i for i in ids if i != me] if without_me else sorted({me, *ids})
        admits = tuple(w.card for w in who if w.card is not None)
        if without_me and not inside and not admits:
            raise UsageError(name, "nobody would be in it", "--with WHO")
        notes = _notes_of_new(opened, name, inside, admits, without_me=without_me)
        preview = _preview(opened, None, name, inside, admits, notes)
        if not approve(preview):
            return None
        made: list[str] = []

        def build(reader: Reader) -> Draft:
            draft = Draft()
            members = [me, *_admit(draft, reader, who)]
            made.append(epochs.make_group(draft, reader, name, members))
            return draft

        def shut(reader: Reader) -> Draft:
            draft = Draft()
            members = set(reader.state.groups[made[-1]].members) - {me}
            epochs.close(draft, reader.state, made[-1], members)
            return draft

        published = trust.publish(ctx, opened, build, *([shut] if without_me else []))
        return _done(opened, preview, published, made[-1])


def add(
    ctx: Context,
    group: str,
    whom: Sequence[str],
    *,
    approve: Approve,
    vault: str | None = None,
    stdin: bytes | None = None,
) -> Grouped | None:
    """Let members into a group, pushed at once. None if `approve` said no.

    They read all that the group ever could. AccessError (4) unless I am an admin who is in it.
    """
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened)
        target = _own_group(ctx, opened, group)
        groups.require_in(opened, target, "add to it")
        state, who = opened.state, _members(ctx, opened, whom, stdin)
        before = state.groups[target]
        ids = [w.id for w in who if w.id is not None and w.id not in before.members]
        admits = tuple(w.card for w in who if w.card is not None)
        if admits:
            people.require_admin(opened, "admit somebody new")
        known = labels(opened)
        preview = GroupPreview(
            vault=opened,
            group=target,
            name=known[target],
            members=_labelled(opened, {*before.members, *ids}, admits),
            gain=_labelled(opened, ids, admits),
            reach=reach.of_name(opened, target),
            admits=admits,
            goes_along=_along(opened),
        )
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft, now = Draft(), reader.state.groups[target]
            new = [i for i in _admit(draft, reader, who) if i not in now.members]
            if now.is_open and new:
                epochs.grow(draft, reader, target, new)
            elif new:
                epochs.open_closed(draft, reader, target, {*now.members, *new})
            return draft

        return _done(opened, preview, trust.publish(ctx, opened, build), target)


def rename(
    ctx: Context, group: str, name: str, *, approve: Approve, vault: str | None = None
) -> Grouped | None:
    """Give a group another name, pushed at once. None if `approve` said no."""
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened)
        target = _own_group(ctx, opened, group)
        groups.require_in(opened, target, "rename it")
        name = groups.check_name(name)
        if name == opened.reader.name(target):
            raise UsageError(name, "is its name already")
        people.check_new_name(ctx, opened, name, besides=target, hint="give it another name")
        preview = _of(opened, target)
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            epochs.rename_group(draft, reader, target, name)
            return draft

        return _done(opened, preview, trust.publish(ctx, opened, build), target)


def rotate(
    ctx: Context, group: str, *, approve: Approve, vault: str | None = None
) -> Grouped | None:
    """A new key for a group, and its skills sealed to it; `everyone` too. None if not approved."""
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened)
        target = people.resolve_group(ctx, opened, group)
        groups.require_in(opened, target, "give it a new key")
        preview = _of(opened, target)
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            epochs.start_anew(draft, reader, target, reader.state.groups[target].members)
            return draft

        published = trust.publish(ctx, opened, build)
        resealed = resealing.seal_first(ctx, opened)[0].names
        return _done(opened, preview, published, target, resealed)


def _members(
    ctx: Context, vault: Vault, texts: Sequence[str], stdin: bytes | None
) -> tuple[Who, ...]:
    """Members, or holders of cards. UsageError for a group: groups hold members only."""
    who = people.resolve_all(ctx, vault, texts, stdin)
    for one in who:
        group = vault.state.groups.get(one.id or "")
        if group is not None:
            hint = f"name them: {', '.join(labels_of(vault, group.members))}"
            raise UsageError(one.name, "a group, and groups hold members only", hint)
    return who


def _own_group(ctx: Context, vault: Vault, text: str) -> str:
    """A group whose members are chosen. UsageError for `everyone`."""
    group = people.resolve_group(ctx, vault, text)
    if group == vault.state.everyone:
        hint = "`skillvault member add` and `member remove` change who is in it"
        raise UsageError(text, "holds all members, and goes by that name", hint)
    return group


def _admit(draft: Draft, reader: Reader, who: Sequence[Who]) -> list[str]:
    """The ids of those who are meant, admitted where they are new."""
    return [one.id or operations.admit(draft, reader, people.card_of(one), "member") for one in who]


def _notes_of_new(
    vault: Vault, name: str, inside: Sequence[str], admits: Sequence[Card], *, without_me: bool
) -> tuple[str, ...]:
    if not without_me:
        return ()
    # Who is admitted by this very entry opens it as well as anybody.
    notes = ["you are not in it: three entries, made and closed by you, opened by one of them"]
    if inside:
        notes.append(groups.closed_words(vault, inside))
    if admits and not any(vault.state.members[m].is_person for m in inside):
        notes.append(f"{either(card.name for card in admits)} opens it at their first sync")
    if groups.without_admin(vault.state, inside):
        notes.append(groups.no_admin_words(name))
    return tuple(notes)


def _preview(
    vault: Vault,
    group: str | None,
    name: str,
    members: Sequence[str],
    admits: tuple[Card, ...],
    notes: tuple[str, ...],
) -> GroupPreview:
    return GroupPreview(
        vault=vault,
        group=group,
        name=name,
        members=_labelled(vault, members, admits),
        notes=notes,
        admits=admits,
        goes_along=_along(vault),
    )


def _of(vault: Vault, group: str) -> GroupPreview:
    """A group as it is."""
    found = vault.state.groups[group]
    return _preview(vault, group, labels(vault)[group], found.members, (), ())


def _labelled(
    vault: Vault, members: Sequence[str] | set[str], admits: Sequence[Card]
) -> tuple[str, ...]:
    known = labels(vault)
    return tuple(sorted([*(known[m] for m in members), *(card.name for card in admits)]))


def _along(vault: Vault) -> int:
    return vault.unpushed if vault.notes.remote is not None else 0


def _done(
    vault: Vault,
    preview: GroupPreview,
    published: Published,
    group: str,
    resealed: tuple[str, ...] = (),
) -> Grouped:
    now = vault.state.groups.get(group)
    if now is None:
        raise NotFoundError(preview.name, "somebody deleted it just now")
    closed = None if now.is_open else groups.closed_words(vault, now.members)
    clone = clone_command(vault) if preview.admits else None
    return Grouped(preview, published, group, closed, resealed, clone)
