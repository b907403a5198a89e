"""Replays of people, groups and access, what goes ahead of a conflict, and what mends itself."""

from __future__ import annotations

from skillvault.errors import ConflictError
from skillvault.services import checking, put
from skillvault.services.people import resolve_group, resolve_member
from skillvault.vault import epochs, membership, sync
from skillvault.vault.client import Vault
from tests.kill.scenes import MARKER, Box, Scene, same, versions
from tests.people import Person
from tests.team import write


def _ops(box: Box, person: Person) -> tuple[Vault, str]:
    vault = box.vault(person)
    assert vault is not None
    return vault, resolve_group(person.ctx, vault, "ops")


def _bob(box: Box) -> str:
    vault = box.vault(box.ada)
    assert vault is not None
    return resolve_member(box.ada.ctx, vault, box.bob.name)


def _team(box: Box) -> None:
    """A group of both, which reads `one`."""
    box.make()
    box.pair(write=True)
    bob = _bob(box)
    write(box.ada, lambda d, r: epochs.make_group(d, r, "ops", [r.me or "", bob]))
    box.ada.share("one", with_="ops")
    box.sync(box.bob)


class Replay(Scene):
    """Ada's role, group and skill are made again behind Bob's, then what is pending is sealed."""

    def prepare(self, box: Box) -> None:
        _team(box)
        bob = _bob(box)
        _, ops = _ops(box, box.ada)
        write(
            box.ada,
            lambda d, r: membership.set_role(d, r.state, bob, "admin"),
            lambda d, r: epochs.rename_group(d, r, ops, "operations"),
            lambda d, r: epochs.start_anew(d, r, ops, r.state.groups[ops].members),
        )
        box.put(box.ada, "two")
        box.put(box.bob, "three")
        box.sync(box.bob)

    def act(self, box: Box) -> None:
        box.sync(box.ada)

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        bob = _bob(box)
        (ops,) = (g for g in vault.state.groups if vault.reader.name(g) == "operations")
        assert vault.state.members[bob].role == "admin"
        assert vault.state.groups[ops].epoch == 2
        assert versions(vault) == [1, 1, 1]
        assert vault.unpushed == 0
        assert checking.status(box.ada.ctx).waits == ()
        same(box.sync(box.bob), vault)
        assert MARKER in box.text(box.bob, "one")


class Ahead(Scene):
    """A share goes ahead of a conflict about a skill, which waits."""

    def prepare(self, box: Box) -> None:
        _team(box)
        box.put(box.ada, "two")
        box.sync(box.ada)
        box.put(box.ada, "one", "second")
        put.put(box.bob.ctx, [box.skill(box.bob, "one", "other")], onto=1)
        box.sync(box.bob)

    def act(self, box: Box) -> None:
        box.ada.share("two", with_=box.bob.name)

    def check(self, box: Box) -> None:
        vault = box.vault(box.ada)
        assert vault is not None
        there = box.sync(box.bob)
        assert versions(there) == [1, 2]
        assert MARKER in box.text(box.bob, "two")
        assert b"second way" in box.text(box.ada, "one")
        try:
            box.sync(box.ada)
        except ConflictError as error:
            assert "both changed it" in error.problem  # noqa: PT017 - it waits for an answer
        else:
            raise AssertionError("the conflict is gone")
        same(box.sync(box.bob), there)


class Mend(Scene):
    """Ada opens a group that was closed, and seals anew what it reads."""

    def prepare(self, box: Box) -> None:
        _team(box)
        _, ops = _ops(box, box.ada)
        write(box.ada, lambda d, r: epochs.close(d, r.state, ops, r.state.groups[ops].members))
        vault = box.vault(box.ada)
        assert vault is not None
        with vault.changing():
            sync.sync(vault, box.ada.ctx.now)

    def act(self, box: Box) -> None:
        box.sync(box.ada)

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        _, ops = _ops(box, box.ada)
        assert vault.state.groups[ops].is_open
        assert vault.state.groups[ops].epoch == 3
        assert checking.status(box.ada.ctx).waits == ()
        same(box.sync(box.bob), vault)
        assert MARKER in box.text(box.bob, "one")


REPLAYING: dict[str, Scene] = {"replay": Replay(), "ahead": Ahead(), "mend": Mend()}
