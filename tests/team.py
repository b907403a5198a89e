"""Four people, one host and a group, made once and copied for each test that wants them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from skillvault.services import checking, opening, put, sharing
from skillvault.services.references import parse
from skillvault.vault import epochs, sync
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.sync import Synced
from skillvault.vault.syntax import Role
from tests.people import Person, bare, yes

NAMES = {"ada": "Ada Lovelace", "boss": "Boss Hogg", "bob": "Bob Barker", "eve": "Eve Stone"}
Build = Callable[[Draft, Reader], object]


@dataclass
class Team:
    """Ada owns the vault; Boss is an admin; Bob and Eve are members.

    The group `ops` has Ada, Boss and Bob in it. `one` is Ada's, written by Bob too; `two` is
    Ada's, read by `ops`; `three` is Eve's, read by Bob.
    """

    root: Path

    @property
    def host(self) -> Path:
        return self.root / "host.git"

    def _person(self, key: str) -> Person:
        return Person(NAMES[key], self.root / key)

    @cached_property
    def ada(self) -> Person:
        return self._person("ada")

    @cached_property
    def boss(self) -> Person:
        return self._person("boss")

    @cached_property
    def bob(self) -> Person:
        return self._person("bob")

    @cached_property
    def eve(self) -> Person:
        return self._person("eve")

    @property
    def everybody(self) -> tuple[Person, ...]:
        return self.ada, self.boss, self.bob, self.eve

    def make(self) -> Team:
        """The first time."""
        vault = self.ada.init(remote=bare(self.host))
        roles: tuple[Role, ...] = ("admin", "member", "member")
        for person, role in zip(self.everybody[1:], roles, strict=True):
            card = str(person.card_file())
            sharing.admit(self.ada.ctx, card, approve=lambda *_: True, role=role)
        for person in (self.boss, self.bob, self.eve):
            person.clone(self.host, vault.state.vault_id)
        ids = [id_of(self.ada, person) for person in (self.ada, self.boss, self.bob)]
        write(self.ada, lambda draft, reader: epochs.make_group(draft, reader, "ops", ids))
        put.put(self.ada.ctx, [self.ada.skill("one"), self.ada.skill("two")])
        put.put(self.eve.ctx, [self.eve.skill("three")])
        sharing.share(self.ada.ctx, [parse("one")], [NAMES["bob"]], approve=yes, write=True)
        sharing.share(self.ada.ctx, [parse("two")], ["ops"], approve=yes)
        sharing.share(self.eve.ctx, [parse("three")], [NAMES["bob"]], approve=yes)
        for person in self.everybody:
            checking.sync(person.ctx)
        return self

    def copy(self, root: Path) -> Team:
        """The same, somewhere else."""
        shutil.copytree(self.root, root, symlinks=True)
        for notes in root.glob("*/state/vaults/*.json"):
            text = notes.read_text().replace(str(self.root), str(root))
            notes.write_text(text)
        return Team(root)


def vault_of(person: Person) -> Vault:
    return opening.open_vault(person.ctx)


def id_of(viewer: Person, wanted: Person | str) -> str:
    """The pseudonym of a person or a group, as somebody sees it."""
    name = wanted if isinstance(wanted, str) else wanted.name
    vault = vault_of(viewer)
    known = [*vault.state.members, *vault.state.groups]
    return next(i for i in known if vault.reader.name(i) == name)


def skill_of(person: Person, name: str) -> str:
    """The pseudonym of a skill that a person can read."""
    vault = vault_of(person)
    for skill in vault.state.skills:
        if vault.reader.newest_number(skill) is not None:
            opened = vault.reader.open_newest(skill)
            if opened.bundle.manifest.name == name:
                return skill
    raise KeyError(name)


def write(person: Person, *builds: Build) -> Vault:
    """Entries on somebody's own line, one for each, not pushed."""
    vault = vault_of(person)
    with vault.changing():
        for build in builds:
            draft = Draft()
            build(draft, vault.reader)
            vault.commit(draft, person.ctx.now())
    return vault


def sync_only(person: Person, *, push: bool = True) -> tuple[Vault, Synced]:
    """Sync without the re-sealing that follows."""
    vault = vault_of(person)
    with vault.changing():
        return vault, sync.sync(vault, person.ctx.now, push=push)
