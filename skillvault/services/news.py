"""What others changed since the last sync, in words: people and access first, then versions.

Names are told as they are now; of a rename, the old one too, so that nobody slips into a name
unseen, and two of one name as `name~id`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from skillvault.services.groups import closed_words
from skillvault.services.labels import labels
from skillvault.vault.client import Vault
from skillvault.vault.reader import Reader
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import Group, Member, Skill, State
from skillvault.vault.verified import Verified


@dataclass(frozen=True, slots=True)
class News:
    """What others changed since the last sync, trust first. Texts, one a line."""

    trust: tuple[str, ...]
    skills: tuple[str, ...]


def news(vault: Vault, before: Verified, after: Verified, here: Collection[str]) -> News:
    """What came between two states of the remote's line.

    `here`: the skills that stood here before; another one that is gone, I removed myself.
    """
    if before.state.seq < 0 or vault.identity is None:
        return News((), ())
    told = _Teller(vault, before, after.state)
    trust = [*told.members(), *told.groups(), *told.access()]
    return News(tuple(trust), (*told.versions(), *told.gone(here)))


def skill_label(vault: Vault, skill: str) -> str:
    """A skill's name where I can read it, else its pseudonym: also if I removed it here."""
    if vault.identity is None or vault.me is None or skill not in vault.state.skills:
        return f"~{skill[:8]}"
    number = vault.reader.newest_number(skill)
    if number is None:
        return f"~{skill[:8]}"
    content = vault.state.skills[skill].versions[number - 1].content
    known = vault.notebook.known(skill, content)
    if known is None:
        try:
            known = vault.notebook.note(vault.reader.open_newest(skill).bundle)
        except DOES_NOT_OPEN:
            return f"~{skill[:8]}"
    return known.name


class _Teller:
    """Compares two states, and tells what is new in the second."""

    def __init__(self, vault: Vault, before: Verified, after: State) -> None:
        self.vault = vault
        self.before, self.after = before.state, after
        self.known: Mapping[str, str] = labels(vault)
        self.old: Reader = vault.reader_of(before)

    def name(self, identifier: str) -> str:
        return self.known.get(identifier) or self.vault.reader.name(identifier)

    def names(self, identifiers: Collection[str]) -> str:
        return ", ".join(sorted(self.name(i) for i in identifiers))

    def members(self) -> Iterator[str]:
        for member, now in self.after.members.items():
            was = self.before.members.get(member)
            if was is None:
                yield f"{self.name(member)} joined as {now.role}"
            elif was != now:
                yield from self._member(member, was, now)

    def _member(self, member: str, was: Member, now: Member) -> Iterator[str]:
        if was.state != now.state:
            yield f"{self.name(member)} was removed"
            return
        if was.name != now.name:
            yield self._called("", member)
        if was.role != now.role:
            yield f"{self.name(member)}: {now.role}, was {was.role}"
        if was.expires != now.expires:
            yield f"{self.name(member)}: expires {now.expires or 'never'}"

    def _called(self, kind: str, identifier: str) -> str:
        reader = self.vault.reader
        try:
            if identifier in self.after.members:
                reader.card(identifier)
            else:
                reader.group_name(identifier)
        except (*DOES_NOT_OPEN, KeyError):
            # KeyError: of a line that mine, which waits for a conflict, does not reach.
            return f"{kind}{self.name(identifier)}: a new name was given that does not open"
        return f"{kind}{self.old.name(identifier)} is called {self.name(identifier)} now"

    def groups(self) -> Iterator[str]:
        for group in self.before.groups.keys() - self.after.groups.keys():
            yield f"group {self.old.name(group)} was deleted"
        for group, now in self.after.groups.items():
            was = self.before.groups.get(group)
            if group == self.after.everyone or was == now:
                continue
            label = f"group {self.name(group)}"
            if was is None:
                yield f"{label} was made: {self.names(now.members)}"
            else:
                yield from self._group(label, group, was, now)
            if not now.is_open and (was is None or was.is_open):
                yield f"{label} {closed_words(self.vault, now.members, self.after)}"

    def _group(self, label: str, group: str, was: Group, now: Group) -> Iterator[str]:
        if was.name != now.name:
            yield self._called("group ", group)
        if came := set(now.members) - set(was.members):
            yield f"{label}: {self.names(came)} came in"
        if left := set(was.members) - set(now.members):
            yield f"{label}: {self.names(left)} left"
        if now.is_open and was.epoch != now.epoch:
            yield f"{label} is open again" if not was.is_open else f"{label} has a new key"

    def access(self) -> Iterator[str]:
        for skill, now in self.after.skills.items():
            was = self.before.skills.get(skill)
            if was is not None and was is not now:
                parts = [*self._access(was, now)]
                if parts:
                    yield f"{skill_label(self.vault, skill)}: {'; '.join(parts)}"

    def _access(self, was: Skill, now: Skill) -> Iterator[str]:
        if was.owner != now.owner:
            yield f"owned by {self.name(now.owner)} now"
        if gained := set(now.readers) - set(was.readers):
            yield f"shared with {self.names(gained)}"
        if lost := set(was.readers) - set(now.readers):
            yield f"no longer with {self.names(lost)}"
        kept = set(now.readers) & set(was.readers)
        if writes := (set(now.writers) - set(was.writers)) & kept - {now.owner}:
            yield f"written by {self.names(writes)} too"
        if stopped := (set(was.writers) - set(now.writers)) & kept:
            yield f"no longer written by {self.names(stopped)}"

    def versions(self) -> Iterator[str]:
        for skill, now in self.after.skills.items():
            was = self.before.skills.get(skill)
            known = len(was.versions) if was is not None else 0
            if len(now.versions) > known and now.versions[-1].author != self.vault.me:
                author = self.name(now.versions[-1].author)
                yield f"{skill_label(self.vault, skill)}@{len(now.versions)} by {author}"

    def gone(self, here: Collection[str]) -> Iterator[str]:
        for skill in sorted((self.before.skills.keys() - self.after.skills.keys()) & set(here)):
            opened = self.vault.notebook.known(skill, self.before.skills[skill].content)
            yield f"{opened.name if opened else f'~{skill[:8]}'} was removed"
