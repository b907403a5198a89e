"""A vault of several: Ada owns it; the others are admitted by their cards, and clone it if they act."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from skillvault.services import checking, opening, sharing
from skillvault.services.grouping import GroupPreview
from skillvault.vault.client import Vault
from skillvault.vault.syntax import Role
from tests.people import Person, bare


@dataclass
class Crew:
    """`people` by first name. Without a `host` nothing is pushed, and only Ada acts."""

    home: Path
    host: Path | None
    people: dict[str, Person] = field(default_factory=dict)
    vault_id: str = ""

    @classmethod
    def of(cls, home: Path, *, remote: bool = False, **roles: Role) -> Crew:
        """Ada, and one for each of `roles`: `Crew.of(tmp_path, bob="admin", ci="machine")`."""
        team = cls(home, bare(home / "host.git") if remote else None)
        ada = team.people["ada"] = Person("Ada", home / "ada")
        team.vault_id = ada.init(remote=team.host).state.vault_id
        for name, role in roles.items():
            team.admit(name, role)
        return team

    def admit(self, name: str, role: Role, called: str | None = None) -> Person:
        """Somebody new."""
        who = self.people[name] = Person(called or name.capitalize(), self.home / name)
        card = str(who.card_file())
        done = sharing.admit(self["ada"].ctx, card, role=role, approve=lambda *_: True)
        assert done is not None
        return who

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def vault(self, name: str = "ada") -> Vault:
        """What one of them sees now: cloned at first, synced from then on."""
        who = self.people[name]
        if not (who.home / "data").exists():
            assert self.host is not None
            who.clone(self.host, self.vault_id)
        vault = opening.open_vault(who.ctx, None)
        if self.host is not None:
            checking.sync(who.ctx)
            vault = opening.open_vault(who.ctx, None)
        return vault

    def id(self, name: str) -> str:
        """The id of a member or a group by name, as Ada sees it."""
        vault = opening.open_vault(self["ada"].ctx, None)
        ids = [*vault.state.members, *vault.state.groups]
        return next(i for i in ids if vault.reader.name(i).casefold() == name.casefold())


def agree(_preview: GroupPreview) -> bool:
    """Approve whatever is shown."""
    return True
