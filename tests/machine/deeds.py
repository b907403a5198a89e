"""What one client may come to do: each deed says what the rules make of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from skillvault.errors import AccessError, ConflictError, NotFoundError, RefusedError, UsageError
from skillvault.services import (
    checking,
    get,
    grouping,
    leaving,
    members,
    opening,
    owning,
    put,
    removing,
    replacing,
    resolving,
    revising,
    sharing,
    undoing,
    ungrouping,
)
from skillvault.vault.syntax import Role
from tests.machine import wanted
from tests.machine.line import Facts
from tests.machine.world import World, Yes, bare, path_of, texts_of
from tests.people import Person

Deed = Callable[[World, Person], object]
ROLES: list[Role] = ["member", "admin", "owner"]
REFUSED = (AccessError, ConflictError, NotFoundError, RefusedError, UsageError)


def same(before: Facts, _seen: Facts) -> Facts:
    return before


def any_of(before: Facts, seen: Facts) -> Facts:
    """Whatever became: the host's rules judge it, and the keys at the end."""
    return replace(seen, everyone=before.everyone)


# Content


def write(world: World, who: Person) -> None:
    """Change a line or add one, in a fresh folder or in one of an older version."""
    skills, facts = world.skills(who), world.line.facts
    may = [s for s in skills if s.id in facts.skills and wanted.writes(facts, s.id, world.id(who))]
    if not skills:
        return
    skill = world.chance.among([*may, *may, *may, *skills])
    folder = path_of(who, skill.name)
    if not folder.exists() or world.chance.number(0, 1):
        folder = get.get(who.ctx, skill.reference, who.home / "work", force=True).folder
    path = folder / "SKILL.md"
    lines = path.read_text().splitlines()
    before, token = set(lines), world_token(world, who)
    at = world.chance.number(4, len(lines))
    lines[at : at + world.chance.number(0, 1)] = [token]
    path.write_text("".join(f"{line}\n" for line in lines))
    done = world.act(who, f"put {skill.name}", lambda _: put.put(who.ctx, [folder]), content)
    if done is None:
        with suppress(*REFUSED):
            get.get(who.ctx, skill.reference, who.home / "work", force=True)
    else:
        world.written[token] = who.name
        world.drop(before - set(path.read_text().splitlines()))


def content(before: Facts, seen: Facts) -> Facts:
    """Nothing of trust changes: whether the writer may, `apply` and the reader say."""
    return same(before, seen)


def world_token(world: World, who: Person) -> str:
    world.count += 1
    return f"line {world.count} by {who.name}"


def add(world: World, who: Person) -> None:
    """A new skill, of the writer or of a group."""
    token = world_token(world, who)
    mine = [(key, name) for key, name in world.groups(who) if world.id(who) in _in(world, key)]
    owner = world.chance.among([*mine, None, None])
    folder = who.skill(f"skill-{world.count}", f"{token}\n\nfirst\n\nsecond\n\nthird\n")
    for_ = owner[1] if owner else None
    words = f"put new skill-{world.count} for {for_}"
    done = world.act(who, words, lambda _: put.put(who.ctx, [folder], for_=for_), _adds)
    if isinstance(done, put.PutReport):
        world.written[token] = who.name
        world.began[done.skills[0].skill] = owner[0] if owner else world.id(who)


def _adds(before: Facts, seen: Facts) -> Facts:
    """Nothing reaches the host yet, but what opens a closed group."""
    return same(before, seen)


def _in(world: World, group: str) -> frozenset[str]:
    record = world.line.facts.groups.get(group)
    return record.members if record is not None else frozenset()


def rename(world: World, who: Person) -> None:
    skills = world.skills(who)
    if skills:
        skill = world.chance.among(skills)
        world.count += 1
        new = f"named-{world.count}"
        world.act(
            who,
            f"rename {skill.name} {new}",
            lambda _: revising.rename(who.ctx, skill.reference, new),
            content,
        )


def remove_skill(world: World, who: Person) -> None:
    skills = world.skills(who)
    if not skills:
        return
    skill = world.chance.among(skills)
    before = texts_of(opening.open_vault(who.ctx))
    world.removing.add(skill.id)
    done = world.act(
        who,
        f"remove {skill.name}",
        lambda yes: removing.remove(who.ctx, skill.reference, approve=yes),
        content,
    )
    if done is not None:
        world.drop(before - texts_of(opening.open_vault(who.ctx)))


def undo(world: World, who: Person) -> None:
    vault = opening.open_vault(who.ctx)
    before = texts_of(vault)
    world.removing |= vault.state.skills.keys()
    done = world.act(who, "undo", lambda yes: undoing.undo(who.ctx, approve=yes), any_of)
    after = opening.open_vault(who.ctx)
    world.revived |= after.state.skills.keys() - vault.state.skills.keys()
    if done is not None:
        world.drop(before - texts_of(after))


def sync(world: World, who: Person) -> None:
    world.act(who, "sync", lambda _: checking.sync(who.ctx), same)


def resolve(world: World, who: Person) -> None:
    if resolving.board(who.ctx).clashes:
        world.answer(who)


# Access


def share(world: World, who: Person) -> None:
    skills, names = world.skills(who), _names(world, who)
    if skills:
        skill, (key, name) = world.chance.among(skills), world.chance.among(names)
        write = world.chance.number(0, 2) == 0
        world.act(
            who,
            f"share {skill.name} with {name} write={write}",
            lambda yes: sharing.share(who.ctx, [skill.reference], [name], approve=yes, write=write),
            lambda before, _: wanted.share(before, world.id(who), skill.id, key, write=write),
        )


def unshare(world: World, who: Person) -> None:
    skills = [s for s in world.skills(who) if s.id in world.line.facts.skills]
    if not skills:
        return
    skill = world.chance.among(skills)
    readers = world.line.facts.skills[skill.id].readers
    names = [(key, name) for key, name in _names(world, who) if key in readers]
    if names:
        key, name = world.chance.among(names)
        world.act(
            who,
            f"unshare {skill.name} from {name}",
            lambda yes: sharing.unshare(who.ctx, [skill.reference], [name], approve=yes),
            lambda before, _: wanted.unshare(before, world.id(who), skill.id, key),
        )


def own(world: World, who: Person) -> None:
    skills = world.skills(who)
    if skills:
        skill, (key, name) = world.chance.among(skills), world.chance.among(_names(world, who))
        world.act(
            who,
            f"own {skill.name} by {name}",
            lambda yes: owning.own(who.ctx, [skill.reference], name, approve=yes),
            lambda before, _: wanted.own(before, world.id(who), skill.id, key),
        )


def _names(world: World, who: Person) -> list[tuple[str, str]]:
    everyone = world.line.facts.everyone
    return [*world.members(who), *world.groups(who), (everyone, "everyone")]


# Groups


def group_new(world: World, who: Person) -> None:
    _, name = world.chance.among(world.members(who))
    with_ = {name for _, name in world.members(who) if world.chance.number(0, 3) == 0} | {name}
    ids = {key for key, name in world.members(who) if name in with_}
    world.count += 1
    without = world.chance.number(0, 3) == 0
    called = f"group-{world.count}"
    inside = frozenset(ids - {world.id(who)} if without else ids | {world.id(who)})

    def right(before: Facts, seen: Facts) -> Facts | None:
        new = seen.groups.keys() - before.groups.keys()
        return wanted.found(before, world.id(who), new.pop() if new else "", inside)

    world.act(
        who,
        f"group new {called} {sorted(with_)} without={without}",
        lambda yes: grouping.new(who.ctx, called, sorted(with_), approve=yes, without_me=without),
        right,
    )


def group_add(world: World, who: Person) -> None:
    groups = world.groups(who)
    if groups:
        (group, called), (key, name) = (
            world.chance.among(groups),
            world.chance.among(world.members(who)),
        )
        world.act(
            who,
            f"group add {called} {name}",
            lambda yes: grouping.add(who.ctx, called, [name], approve=yes),
            lambda before, _: wanted.grow(before, world.id(who), group, key),
        )


def group_remove(world: World, who: Person) -> None:
    groups = world.groups(who)
    if not groups:
        return
    group, called = world.chance.among(groups)
    inside = [(key, name) for key, name in world.members(who) if key in _in(world, group)]
    whole = not inside or world.chance.number(0, 4) == 0
    whom = [] if whole else [world.chance.among(inside)]
    world.act(
        who,
        f"group remove {called} {[name for _, name in whom]}",
        lambda yes: ungrouping.remove(who.ctx, called, [n for _, n in whom], approve=yes),
        lambda before, seen: wanted.shrink(
            before, world.id(who), group, [key for key, _ in whom], seen
        ),
    )


def group_rotate(world: World, who: Person) -> None:
    everyone = world.line.facts.everyone
    group, called = world.chance.among([*world.groups(who), (everyone, "everyone")])
    world.act(
        who,
        f"group rotate {called}",
        lambda yes: grouping.rotate(who.ctx, called, approve=yes),
        lambda before, _: before if wanted.may_key(before, world.id(who), group) else None,
    )


def group_rename(world: World, who: Person) -> None:
    groups = world.groups(who)
    if groups:
        group, called = world.chance.among(groups)
        world.count += 1
        new = f"group-{world.count}"
        world.act(
            who,
            f"group rename {called} {new}",
            lambda yes: grouping.rename(who.ctx, called, new, approve=yes),
            lambda before, _: before if wanted.may_key(before, world.id(who), group) else None,
        )


# People


def admit(world: World, who: Person) -> None:
    if not world.spares:
        return
    new = world.spares[-1]
    roles: list[Role] = ["member", "machine", "admin"]
    role = world.chance.among(roles)

    def right(before: Facts, seen: Facts) -> Facts | None:
        return wanted.admit(before, world.id(who), world.id(new), role)

    card = str(new.home / "me.card")
    done = world.act(
        who,
        f"member add {new.name} as {role}",
        lambda yes: sharing.admit(who.ctx, card, approve=yes, role=role),
        right,
    )
    if isinstance(done, sharing.Admitted):
        world.spares.pop()
        _arrive(world, new)


def _arrive(world: World, new: Person) -> None:
    if world.id(new):  # else it waits behind a conflict
        new.clone(world.team.host, opening.open_vault(world.clients[0].ctx).state.vault_id)
        world.clients.append(new)


def role(world: World, who: Person) -> None:
    key, name = world.chance.among(world.members(who))
    became = world.chance.among(ROLES)
    world.act(
        who,
        f"member role {name} {became}",
        lambda yes: members.set_role(who.ctx, name, became, approve=yes),
        lambda before, _: wanted.set_role(before, world.id(who), key, became),
    )


def leave(world: World, who: Person) -> None:
    key, name = world.chance.among(world.members(who))
    lazy = world.chance.number(0, 2) == 0
    world.act(
        who,
        f"member remove {name} lazy={lazy}",
        lambda yes: leaving.remove(who.ctx, name, approve=yes, lazy=lazy),
        lambda before, seen: wanted.expel(before, world.id(who), key, seen),
    )


def replace_(world: World, who: Person) -> None:
    """The new identity gets nothing that the old one had not; the old one goes."""
    key, name = world.chance.among(world.members(who))
    new = world.spare(name.partition("~")[0])
    stolen = world.chance.number(0, 2) == 0

    def right(before: Facts, seen: Facts) -> Facts | None:
        if bare(before) == bare(seen):
            return None
        heir = world.id(new)
        for one, skill in seen.skills.items():
            old = before.skills[one]
            assert skill.readers - old.readers <= {heir} | ({skill.owner} - {old.owner})
            assert heir not in skill.readers or key in old.readers
        for one, group in seen.groups.items():
            assert group.members - before.groups[one].members <= {heir}
        return seen

    card = str(new.home / "me.card")
    world.act(
        who,
        f"member replace {name} stolen={stolen}",
        lambda yes: replacing.replace_member(who.ctx, name, card, approve=yes, stolen=stolen),
        right,
    )
    _arrive(world, new)


OFTEN: list[Deed] = [write, write, write, write, write, sync, sync, add, share, share, resolve]
SOMETIMES: list[Deed] = [unshare, own, group_new, group_add, group_add, group_remove, rename, undo]
SELDOM: list[Deed] = [group_rotate, group_rename, admit, role, leave, replace_, remove_skill]
DEEDS: list[Deed] = [*OFTEN, *SOMETIMES, *SELDOM]


def refuse(_yes: Yes) -> None:
    """Nothing is done, and a right is said to be missing."""
    raise AccessError("nothing", "not allowed")


def step(world: World, deed: Deed) -> None:
    """One deed by somebody; who is no member any more can only sync."""
    world.local = (same, content, any_of, _adds)
    who = world.chance.among(world.clients)
    if opening.open_vault(who.ctx).me is None:
        with suppress(*REFUSED):
            sync(world, who)
    else:
        deed(world, who)
