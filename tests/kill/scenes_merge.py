"""The plug pulled while two edits meet, and while a change is taken back."""

from __future__ import annotations

from dataclasses import dataclass

from skillvault.errors import ConflictError, NotFoundError
from skillvault.services import checking, opening, put, resolving, undoing
from skillvault.services.references import parse
from tests.kill.scenes import MARKER, Box, Scene, same, versions

ONE = parse("one")
_SECOND = 3  # the entry with the second version


@dataclass
class Resolve(Scene):
    """Ada and Bob wrote the same lines of `one`, Bob first. Ada settles it, or keeps his."""

    abort: bool

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair(write=True)
        box.put(box.ada, "two")
        box.put(box.ada, "one", "second")
        put.put(box.bob.ctx, [box.skill(box.bob, "one", "other")], onto=1)
        box.sync(box.bob)
        try:
            box.sync(box.ada)
        except ConflictError:
            return
        raise AssertionError("no conflict")

    def act(self, box: Box) -> None:
        if self.abort:
            resolving.abort(box.ada.ctx, ONE)
        else:
            resolving.take(box.ada.ctx, ONE, "mine")

    def repeat(self, box: Box) -> None:
        try:
            self.act(box)
        except NotFoundError as error:
            assert "no conflict" in error.problem  # noqa: PT017 - then it was done

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert versions(vault) == [1, 2 if self.abort else 3]
        assert vault.unpushed == 0
        right = b"other way" if self.abort else b"second way"
        assert right in box.text(box.ada, "one")
        asides = resolving.board(box.ada.ctx).asides
        assert [MARKER in w.text.files[0].data for w in asides] == [True] * self.abort
        same(box.sync(box.bob), vault)
        assert right in box.text(box.bob, "one")


@dataclass
class Undo(Scene):
    """A version is taken back: one that was sent, or one that never was."""

    sent: bool

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair()
        box.put(box.ada, "one", "second")
        if self.sent:
            box.sync(box.ada)

    def act(self, box: Box) -> None:
        seq = opening.open_vault(box.ada.ctx).state.seq
        if seq == _SECOND:  # else it was done
            done = undoing.undo(box.ada.ctx, approve=lambda _: True)
            assert done is not None
            assert done.undoing.vanishes is not self.sent

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert versions(vault) == [3 if self.sent else 1]
        assert b"first way" in box.text(box.ada, "one")
        assert vault.unpushed == 0
        same(box.sync(box.bob), vault)
        if not self.sent:
            box.put(box.ada, "one", "second")
            assert b"second way" in box.text(box.ada, "one")


class PutMerged(Scene):
    """A folder that came from @1 is put onto @2: merged, into the folder too."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair(write=True)
        folder = box.skill(box.bob, "one")
        (folder / "more.txt").write_bytes(MARKER)
        put.put(box.bob.ctx, [folder], onto=1)
        box.sync(box.bob)
        box.sync(box.ada)
        (box.ada.home / "skills" / "one" / "SKILL.md").write_text(
            f"---\nname: one\ndescription: How we do one.\n---\nThe {MARKER.decode()}, anew.\n"
        )

    def act(self, box: Box) -> None:
        put.put(box.ada.ctx, [box.ada.home / "skills" / "one"])

    def check(self, box: Box) -> None:
        self.act(box)
        folder = box.ada.home / "skills" / "one"
        assert (folder / "more.txt").read_bytes() == MARKER
        assert b"anew" in (folder / "SKILL.md").read_bytes()
        vault = box.sync(box.ada)
        assert versions(vault) == [3]
        assert b"anew" in box.text(box.ada, "one")
        assert not checking.status(box.ada.ctx).unpushed
        same(box.sync(box.bob), vault)


MERGING: dict[str, Scene] = {
    "resolve": Resolve(abort=False),
    "resolve-abort": Resolve(abort=True),
    "undo": Undo(sent=True),
    "undo-unsent": Undo(sent=False),
    "put-merged": PutMerged(),
}
