"""What tests of removals are written with: members who join, groups, results, and their keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from skillvault.services import checking, finding, identities, opening, put, sharing
from skillvault.services.references import parse
from skillvault.vault import canonical, epochs, operations, sshsig
from skillvault.vault.draft import Draft
from skillvault.vault.identity import Identity
from skillvault.vault.ids import new_salt
from skillvault.vault.reader import Reader
from skillvault.vault.syntax import Role
from tests.people import Person


def join(ada: Person, host: Path, name: str, role: Role = "member") -> Person:
    """Somebody new, with a clone."""
    made = Person(name, ada.home.parent / name.casefold())
    sharing.admit(ada.ctx, str(made.card_file()), approve=lambda *_: True, role=role)
    made.clone(host, opening.open_vault(ada.ctx).state.vault_id)
    return made


def push(who: Person, build: Callable[[Draft, Reader], object]) -> None:
    """One entry of a kind that no service makes here."""
    checking.sync(who.ctx)
    vault = opening.open_vault(who.ctx)
    with vault.changing():
        draft = Draft()
        build(draft, vault.reader)
        vault.commit(draft, who.ctx.now())
    checking.sync(who.ctx)


def group(who: Person, name: str, *members: Person) -> str:
    """A group that `who` and these are in."""
    checking.sync(who.ctx)
    ids = [member_id(who, one) for one in (who, *members)]
    made: list[str] = []
    push(who, lambda draft, reader: made.append(epochs.make_group(draft, reader, name, ids)))
    return made[0]


def key_of(who: Person) -> Identity:
    return identities.load(who.ctx)[0].identity


def member_id(here: Person, who: Person) -> str:
    members = opening.open_vault(here.ctx).state.members.items()
    return next(i for i, m in members if m.recipient == key_of(who).recipient)


def write(who: Person, name: str, body: str) -> None:
    put.put(who.ctx, [who.skill(name, body)])
    checking.sync(who.ctx)


def readable(who: Person) -> list[str]:
    vault = opening.open_vault(who.ctx)
    return [f.summary.name for f in finding.readable(who.ctx, vault)]


def result(who: Person, skill: str) -> Callable[[Draft, Reader], None]:
    """Adds a signed evaluation result."""

    def build(draft: Draft, reader: Reader) -> None:
        content = reader.state.skills[skill].content
        line = canonical.dumps({"content": content, "salt": new_salt(), "skill": skill})
        blob = sshsig.sign(key_of(who).signing_key, line, "skillvault-evidence")
        operations.put_evidence(draft, reader.state, skill, line + sshsig.armor(blob))

    return build


def skill_id(who: Person, name: str) -> str:
    return finding.locate(who.ctx, parse(name)).found.skill
