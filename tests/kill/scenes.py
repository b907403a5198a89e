"""What is done while somebody pulls the plug, and what must hold afterwards."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from skillvault.errors import UsageError
from skillvault.services import (
    checking,
    identities,
    leaving,
    opening,
    put,
    reading,
    replacing,
)
from skillvault.services.references import parse
from skillvault.vault import settings
from skillvault.vault.client import Vault
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.repository import compact
from skillvault.vault.state import pending
from tests.kill.scan import leaks
from tests.people import Person, bare

# In every file of every skill here, and nowhere else.
MARKER = b"quagga"
KEY_LINE = re.compile(rb"AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]{40}")
_START = 1_790_000_000.0
_STAGE = 10_000.0


@dataclass
class Box:
    """Two people, their host and their folder for temporary files, all below `root`.

    `stage`: 0 before the operation, 1 during it, 2 afterwards; the clock goes on with it.
    """

    root: Path
    suite: str
    stage: int = 0

    @cached_property
    def ada(self) -> Person:
        return self._person("Ada Lovelace")

    @cached_property
    def bob(self) -> Person:
        return self._person("Bob Barker")

    def _person(self, name: str) -> Person:
        home = self.root / name.partition(" ")[0].lower()
        return Person(name, home, suite=self.suite, clock=_START + self.stage * _STAGE)

    @property
    def people(self) -> tuple[Person, Person]:
        return self.ada, self.bob

    @property
    def host(self) -> Path:
        return self.root / "host.git"

    @property
    def card(self) -> Path:
        return self.bob.home / "me.card"

    @property
    def vault_id(self) -> str:
        return settings.load(self.ada.paths, "acme").vault

    def make(self) -> None:
        """Nothing yet but the host and the folders."""
        for name in ("home", "tmp"):
            (self.root / name).mkdir(parents=True)
        bare(self.host)
        self.bob.card_file()

    def pair(self, *, write: bool = False) -> None:
        """Ada shares `one` with Bob, who has cloned."""
        self.ada.init(remote=self.host)
        self.put(self.ada, "one")
        self.ada.share("one", with_=str(self.card), write=write)
        self.bob.clone(self.host, self.vault_id)

    def skill(self, person: Person, name: str, text: str = "first") -> Path:
        """A folder whose every file has the marker in it."""
        body = f"The {MARKER.decode()} does it the {text} way.\n"
        return person.skill(name, body, **{"notes.txt": f"{body}caf\u00e9\r\n"})

    def put(self, person: Person, name: str, text: str = "first") -> None:
        put.put(person.ctx, [self.skill(person, name, text)])

    def vault(self, person: Person) -> Vault | None:
        """What they have by now, opened."""
        if not settings.names(person.paths):
            return None
        return checking.status(person.ctx).vault

    def sync(self, person: Person) -> Vault:
        return checking.sync(person.ctx).vault

    def text(self, person: Person, reference: str) -> bytes:
        return reading.show(person.ctx, parse(reference)).file.data

    def unlock_host(self) -> None:
        """What the host's keeper does when its git was killed: the lock is git's, not ours."""
        for lock in self.host.rglob("*.lock"):
            lock.unlink()

    # What must hold at any time

    def check(self) -> None:
        """Every vault opens and verifies, the host's too, and no plaintext lies about."""
        for person in self.people:
            if self.vault(person) is not None:
                assert checking.verify(person.ctx).error is None
        if (self.host / "refs" / "heads" / "main").exists():
            assert checking.verify(self.ada.ctx, str(self.host)).error is None
        self.check_plaintext()

    def check_plaintext(self) -> None:
        """No text of a skill outside the folders it came from, no secret key beside its file."""
        held = [(p, h) for p in self.people for h in identities.load(p.ctx)]
        words = {MARKER, *(h.identity.key.secret for _, h in held)}
        secrets = [re.compile(re.escape(word)) for word in words] + [KEY_LINE]
        own = [p.home / "skills" for p in self.people]
        own += self.root.glob("*/config/identities")
        found = leaks(self.root, secrets, beside=own)
        assert not found, found
        # Surnames: three letters turn up in sealed bytes by chance.
        names = [re.compile(p.name.split()[-1].encode()) for p in self.people]
        found = leaks(self.host, names)
        assert not found, found


class Scene:
    """An operation of Ada's. `repeat` is what she would do after a kill; `check` the right end."""

    def prepare(self, box: Box) -> None:
        """Everything up to the operation."""
        raise NotImplementedError

    def act(self, box: Box) -> None:
        """The operation itself."""
        raise NotImplementedError

    def repeat(self, box: Box) -> None:
        """Do it again, whatever became of it."""
        self.act(box)

    def check(self, box: Box) -> None:
        """Its result is there, once, and everybody has it after a sync."""
        raise NotImplementedError


class Init(Scene):
    """A first vault, with an identity, pushed to an empty host."""

    def prepare(self, box: Box) -> None:
        box.make()

    def act(self, box: Box) -> None:
        box.ada.init(remote=box.host)

    def repeat(self, box: Box) -> None:
        try:
            self.act(box)
        except UsageError:
            assert settings.names(box.ada.paths) == ["acme"]

    def check(self, box: Box) -> None:
        assert box.sync(box.ada).state.seq == 0
        assert len(list(box.ada.paths.identities.glob("*.key"))) == 1
        box.put(box.ada, "one")
        box.ada.share("one", with_=str(box.card))
        box.bob.clone(box.host, box.vault_id)
        assert MARKER in box.text(box.bob, "one")


class Put(Scene):
    """A second version of one skill and a new one: a few loose objects."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair()
        box.skill(box.ada, "one", "second")
        box.skill(box.ada, "two")

    def act(self, box: Box) -> None:
        folders = [box.ada.home / "skills" / name for name in ("one", "two")]
        put.put(box.ada.ctx, folders, message=f"a {MARKER.decode()}")

    def check(self, box: Box) -> None:
        self.act(box)
        vault = box.sync(box.ada)
        assert versions(vault) == [1, 2]
        assert vault.state.seq == 3
        assert b"second way" in box.text(box.ada, "one")
        assert b"first way" in box.text(box.ada, "two")
        same(box.sync(box.bob), vault)
        assert b"second way" in box.text(box.bob, "one")


class PutMany(Scene):
    """Eight new skills at once: one pack. No host."""

    names = tuple(f"skill-{n}" for n in range(8))

    def prepare(self, box: Box) -> None:
        box.make()
        box.ada.init()
        for name in self.names:
            box.skill(box.ada, name)

    def act(self, box: Box) -> None:
        put.put(box.ada.ctx, [box.ada.home / "skills" / name for name in self.names])

    def check(self, box: Box) -> None:
        self.act(box)
        vault = box.vault(box.ada)
        assert vault is not None
        assert vault.state.seq == 1
        assert versions(vault) == [1] * len(self.names)
        for name in self.names:
            assert MARKER in box.text(box.ada, name)


class Share(Scene):
    """A card is admitted and a skill shared with its holder, while another was not pushed yet."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.ada.init(remote=box.host)
        box.put(box.ada, "one")
        box.sync(box.ada)
        box.put(box.ada, "two")

    def act(self, box: Box) -> None:
        box.ada.share("one", with_=str(box.card))

    def check(self, box: Box) -> None:
        there = box.bob.clone(box.host, box.vault_id)
        vault = box.sync(box.ada)
        assert vault.state.seq == 3
        assert versions(vault) == [1, 1]
        assert len(vault.state.members) == 2
        same(there, vault)
        assert MARKER in box.text(box.bob, "one")


@dataclass
class Unshare(Scene):
    """Bob loses a skill, ahead of what was not pushed yet, if there is anything."""

    unpushed: bool

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair()
        box.put(box.ada, "two")
        if not self.unpushed:
            box.sync(box.ada)

    def act(self, box: Box) -> None:
        box.ada.unshare("one", from_="Bob Barker")

    def repeat(self, box: Box) -> None:
        try:
            self.act(box)
        except UsageError as error:
            assert "not shared with" in error.problem  # noqa: PT017 - then it was done
        there = checking.verify(box.ada.ctx, str(box.host)).state
        assert all(len(s.readers) == 1 for s in there.skills.values())

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert versions(vault) == [1, 1]
        assert all(len(s.readers) == 1 for s in vault.state.skills.values())
        assert not list(pending(vault.state))
        assert vault.state.seq == 4
        same(box.sync(box.bob), vault)


class RemoveMember(Scene):
    """Bob is removed, ahead of what was not pushed yet; then what he read is sealed anew."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair()
        box.put(box.ada, "two")

    def act(self, box: Box) -> None:
        done = leaving.remove(box.ada.ctx, "Bob Barker", approve=lambda _: True)
        assert done is not None

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert versions(vault) == [1, 1]
        assert [m.is_active for m in vault.state.members.values()] == [True, False]
        assert not list(pending(vault.state))
        assert vault.state.seq == 5
        same(box.sync(box.bob), vault)
        assert opening.open_vault(box.bob.ctx).me is None


class ReplaceMember(Scene):
    """Bob goes on with another identity, which gets what he had."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair(write=True)
        self._new(box).card_file()

    def _new(self, box: Box) -> Person:
        return Person("Bob Barker", box.root / "new", suite=box.suite)

    def act(self, box: Box) -> None:
        card = str(self._new(box).home / "me.card")
        done = replacing.replace_member(box.ada.ctx, "Bob Barker", card, approve=lambda _: True)
        assert done is not None

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert [m.is_active for m in vault.state.members.values()] == [True, False, True]
        assert not list(pending(vault.state))
        new = self._new(box)
        new.clone(box.host, box.vault_id)
        assert MARKER in box.text(new, "one")
        (skill,) = vault.state.skills.values()
        assert len(skill.writers) == 2
        same(box.sync(box.bob), vault)


class Sync(Scene):
    """Both sides have news: fetched, verified, replayed on top, pushed."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair(write=True)
        box.put(box.ada, "one", "second")
        box.put(box.ada, "two")
        box.put(box.bob, "three")
        box.bob.share("three", with_="Ada Lovelace")

    def act(self, box: Box) -> None:
        box.sync(box.ada)

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert versions(vault) == [1, 1, 2]
        assert vault.state.seq == 6
        assert vault.unpushed == 0
        assert MARKER in box.text(box.ada, "three")
        same(box.sync(box.bob), vault)
        assert b"second way" in box.text(box.bob, "one")


class Clone(Scene):
    """Bob fetches what was shared with him. (His operation, not Ada's.)"""

    def prepare(self, box: Box) -> None:
        box.make()
        box.ada.init(remote=box.host)
        box.put(box.ada, "one")
        box.ada.share("one", with_=str(box.card))

    def act(self, box: Box) -> None:
        box.bob.clone(box.host, box.vault_id)

    def repeat(self, box: Box) -> None:
        try:
            self.act(box)
        except UsageError:
            assert settings.names(box.bob.paths) == ["acme"]

    def check(self, box: Box) -> None:
        same(box.sync(box.bob), box.sync(box.ada))
        assert MARKER in box.text(box.bob, "one")


class Compact(Scene):
    """Loose objects become a pack, as `sync` does once there are thousands."""

    def prepare(self, box: Box) -> None:
        box.make()
        box.pair()
        box.put(box.ada, "two")
        # One object where `compact` looks how many there are.
        blobs = (GitObject("blob", b"%d" % n) for n in itertools.count())
        wanted = next(blob for blob in blobs if blob.oid.startswith("17"))
        write_objects(box.ada.paths.vault("acme"), [wanted])

    def act(self, box: Box) -> None:
        with opening.open_vault(box.ada.ctx).changing():
            assert compact(box.ada.paths.vault("acme"), loose=0)

    def repeat(self, box: Box) -> None:
        compact(box.ada.paths.vault("acme"), loose=0)

    def check(self, box: Box) -> None:
        vault = box.sync(box.ada)
        assert versions(vault) == [1, 1]
        assert b"first way" in box.text(box.ada, "one")
        assert b"first way" in box.text(box.ada, "two")
        same(box.sync(box.bob), vault)


def versions(vault: Vault) -> Sequence[int]:
    """How many versions each skill has, the fewest first."""
    return sorted(len(skill.versions) for skill in vault.state.skills.values())


def same(vault: Vault, other: Vault) -> None:
    """Both are at the same entry."""
    assert vault.state.head == other.state.head


SCENES: dict[str, Scene] = {
    "init": Init(),
    "put": Put(),
    "put-many": PutMany(),
    "share": Share(),
    "unshare": Unshare(unpushed=False),
    "unshare-first": Unshare(unpushed=True),
    "remove-member": RemoveMember(),
    "replace-member": ReplaceMember(),
    "sync": Sync(),
    "clone": Clone(),
    "compact": Compact(),
}
