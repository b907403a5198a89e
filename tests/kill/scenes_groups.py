"""The plug pulled while a group is made, grows, and shrinks."""

from __future__ import annotations

from skillvault.errors import UsageError
from skillvault.services import grouping, ungrouping
from skillvault.vault.client import Vault
from skillvault.vault.state import Group, pending
from tests.kill.scenes import MARKER, Box, Scene, same, versions

BOB = "Bob Barker"


def group_of(vault: Vault) -> Group:
    """The one group besides everyone."""
    (found,) = (g for key, g in vault.state.groups.items() if key != vault.state.everyone)
    return found


def names(vault: Vault) -> set[str]:
    return {vault.reader.name(member) for member in group_of(vault).members}


class GroupNew(Scene):
    """Made without its maker: two entries, so both or none; Bob's client opens it."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair()
        box.put(box.ada, "two")

    def act(self, box: Box) -> None:
        done = grouping.new(box.ada.ctx, "legal", [BOB], approve=lambda _: True, without_me=True)
        assert done is not None

    def repeat(self, box: Box) -> None:
        try:
            self.act(box)
        except UsageError as error:
            assert "has a group of this name already" in error.problem  # noqa: PT017 - it was done

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert names(vault) == {BOB}
        assert vault.unpushed == 0
        there = box.sync(box.bob)
        assert group_of(there).is_open
        same(box.sync(box.ada), there)
        box.ada.share("two", with_="legal")
        box.sync(box.bob)
        assert MARKER in box.text(box.bob, "two")


class GroupRemove(Scene):
    """Bob is taken out, ahead of what was not pushed yet; then what the group reads is sealed."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair()
        grouping.new(box.ada.ctx, "ops", [BOB], approve=lambda _: True)
        box.ada.share("one", with_="ops")
        box.ada.unshare("one", from_=BOB)
        box.sync(box.bob)
        box.put(box.ada, "two")

    def act(self, box: Box) -> None:
        done = ungrouping.remove(box.ada.ctx, "ops", [BOB], approve=lambda _: True)
        assert done is not None

    def repeat(self, box: Box) -> None:
        try:
            self.act(box)
        except UsageError as error:
            assert "not in ops" in error.problem  # noqa: PT017 - then it was done

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert names(vault) == {"Ada Lovelace"}
        assert versions(vault) == [1, 1]
        assert not list(pending(vault.state))
        assert vault.unpushed == 0
        there = box.sync(box.bob)
        same(there, vault)
        assert group_of(there).epoch not in there.reader.keyring.epochs(
            next(key for key in there.state.groups if key != there.state.everyone)
        )


GROUPS: dict[str, Scene] = {"group-new": GroupNew(), "group-remove": GroupRemove()}
