"""What takes an entry back: the inverse of each thing that it did, on the vault as it is now.

Nothing is taken back that somebody else built on. A text that was read stays read, and a removed
member stays removed: that is said, not hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from skillvault.errors import AccessError, ConflictError, VerificationError
from skillvault.vault import inverse_people, operations
from skillvault.vault.bundle import Bundle
from skillvault.vault.deeds import AccessChange, Deed
from skillvault.vault.draft import Draft
from skillvault.vault.identity import Signer
from skillvault.vault.ids import new_id
from skillvault.vault.meeting import Text, join
from skillvault.vault.reader import Reader
from skillvault.vault.records import AccessRecord
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import owns, reads, writes


@dataclass(slots=True)
class Inverse:
    """The draft, and in words what the entry did, what takes it back, and what stays.

    `final`: names that have to be typed, because what is taken back cannot be brought back.
    """

    draft: Draft = field(default_factory=Draft)
    did: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)
    final: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Inverter:
    """Takes back one entry, `made`. `before` reads the vault as it was before, `reader` as it is.

    `signer` is who does it; `names` are labels of members and groups.
    """

    made: Deed
    before: Reader
    reader: Reader
    signer: Signer
    now: float
    names: Mapping[str, str]
    out: Inverse = field(default_factory=Inverse)

    def run(self) -> Inverse:
        """All of it. ConflictError (6) where others built on what would be taken back."""
        made = self.made
        for member in made.expelled:
            self.stays(
                f"{self.name(member)} was removed",
                "a removal is final: they come back with a new identity, `skillvault member add`",
            )
        for skill, (bundle, _) in made.added.items():
            self._added(skill, bundle)
        for skill, bundle in made.written.items():
            self._written(skill, bundle)
        for skill, content in made.removed.items():
            self._removed(skill, content)
        for skill, change in made.access.items():
            if skill not in made.added:
                self._access(skill, change)
        inverse_people.take_back(self)
        for key in made.evidence:
            self._evidence(*key)
        for key in made.withdrawn:
            self._withdrawn(*key)
        return self.out

    # Skills

    def _added(self, skill: str, bundle: Bundle) -> None:
        state, name = self.reader.state, bundle.manifest.name
        self.out.did.append(f"{name}: new")
        record = state.skills.get(skill)
        if record is None:
            self.out.stays.append(f"{name}: removed since")
            return
        if len(record.versions) > 1:
            who = self.name(record.versions[-1].author)
            problem = f"{who} wrote @{len(record.versions)} since"
            hint = f"take that back first, or `skillvault remove {name}`"
            raise ConflictError(name, problem, hint)
        operations.remove_skill(self.out.draft, state, skill)
        others = [n for n in record.readers if n != self.reader.me]
        read = f"; {self.named(others)} may have read it" if others else ""
        self.out.back.append(f"{name}: removed for everybody{read}")
        self.out.final.append(name)

    def _written(self, skill: str, bundle: Bundle) -> None:
        said, state = bundle.manifest, self.reader.state
        label = f"{said.name}@{said.version}"
        self.out.did.append(f"{label}: written")
        record = state.skills.get(skill)
        if record is None:
            self.out.stays.append(f"{said.name}: removed since")
            return
        if not writes(state, record, self.signer.member):
            raise AccessError(said.name, "you may not write it any more", "ask its owner")
        was = self._text(skill, said.parent)
        current = self._text(skill, record.content)
        if was is None or current is None:
            which = f"@{said.version - 1}" if was is None else f"@{len(record.versions)}"
            raise AccessError(said.name, f"{which} does not open for you")
        joined = join(Text.of(bundle), was, current)
        if joined.problem is not None:
            problem = f"changed again since {label}: {joined.problem}"
            hint = f"`skillvault edit {said.name}`, or `skillvault restore {said.name}@N`"
            raise ConflictError(said.name, problem, hint)
        if joined.text == current:
            self.out.stays.append(f"{label}: taken back already")
            return
        operations.add_version(
            self.out.draft,
            state,
            self.signer,
            skill,
            name=joined.name,
            files=joined.text.files,
            message=f"undo @{said.version}",
            now=self.now,
        )
        number = len(record.versions) + 1
        what = f"what @{said.version - 1} held" if current == Text.of(bundle) else "without it"
        self.out.back.append(f"{joined.name}@{number}: {what}; @{said.version} stays in the log")

    def _removed(self, skill: str, content: str) -> None:
        old = self.before.state.skills[skill]
        try:
            opened = self.before.open_version(skill, len(old.versions)).bundle
        except DOES_NOT_OPEN as error:
            self.stays(f"~{skill[:8]}: removed", f"its text does not open: {error.problem}")
            return
        name, me = opened.manifest.name, self.signer.member
        state = self.reader.state
        there = {*(i for i, m in state.members.items() if m.is_active), *state.groups}
        owner = old.owner if old.owner in there and self._is_mine(old.owner) else me
        readers = ({*old.readers} & there) | {owner}
        access = AccessRecord(
            owner=owner,
            readers=tuple(sorted(readers)),
            writers=tuple(sorted(({*old.writers} & there) | {owner})),
        )
        made = operations.make_bundle(
            state,
            self.signer,
            new_id(),
            name=name,
            files=opened.files,
            message=f"back from @{len(old.versions)} of ~{skill[:8]}, which was removed",
            now=self.now,
            before=None,
        )
        operations.put_new(self.out.draft, state, made.manifest.skill, made, access)
        self.out.did.append(f"{name}: removed")
        others = sorted(readers - {me})
        whom = f", read by {self.named(others)} as before" if others else ""
        self.out.back.append(f"{name}@1: a new skill with what @{len(old.versions)} held{whom}")
        if old.owner != owner:
            self.out.stays.append(f"{name}: it was {self.name(old.owner)}'s, and is yours now")
        del content

    def _access(self, skill: str, change: AccessChange) -> None:
        state = self.reader.state
        record, name = state.skills.get(skill), self._skill_name(skill)
        self._tell_access(name, change)
        leaving = self.leaving()
        if leaving:
            # Their removal strikes them, and no text is sealed anew in the same entry.
            if others := (change.readers | change.writers) - set(leaving):
                self.out.stays.append(f"{name}: still with {self.named(others)}")
            return
        if record is None:
            self.out.stays.append(f"{name}: removed since")
            return
        there = {*(i for i, m in state.members.items() if m.is_active), *state.groups}
        lost = (change.gone | change.not_writing) - there
        if lost:
            self.out.stays.append(f"{name}: {self.named(lost)} left meanwhile")
        if not owns(state, record, self.signer.member):
            if self.made.expelled:  # an admin who removes somebody strikes them everywhere
                return
            hint = f"ask {self.name(record.owner)}"
            raise AccessError(name, "only its owner changes who reads it", hint)
        owner = None
        if change.owner is not None and record.owner == change.owner.after:
            owner = change.owner.before if change.owner.before in there else None
        strike = change.readers - {record.owner if owner is None else owner}
        changed = operations.change_access(
            self.out.draft,
            self.reader,
            skill,
            add_readers=change.gone & there,
            add_writers=change.not_writing & there,
            strike=strike,
            strike_writers=(change.writers - change.readers) - {owner or record.owner},
            owner=owner,
        )
        if not changed:
            self.out.stays.append(f"{name}: taken back already")
            return
        if strike:
            newest = len(record.versions)
            self.out.back.append(
                f"{name}: no longer with {self.named(strike)}; up to @{newest} it may have been "
                "read"
            )
        if change.writers - change.readers:
            self.out.back.append(f"{name}: read only for {self.named(change.writers)}")
        if back := (change.gone | change.not_writing) & there:
            self.out.back.append(f"{name}: with {self.named(back)} again, as before")
        if owner is not None:
            self.out.back.append(f"{name}: {self.name(owner)}'s again")

    def _tell_access(self, name: str, change: AccessChange) -> None:
        if change.owner is not None:
            self.out.did.append(f"{name}: given to {self.name(change.owner.after)}")
        if change.readers:
            self.out.did.append(f"{name}: shared with {self.named(change.readers)}")
        elif change.writers:
            self.out.did.append(f"{name}: written by {self.named(change.writers)} too")
        if gone := change.gone | change.not_writing:
            self.out.did.append(f"{name}: taken from {self.named(gone)}")

    # Evidence

    def _evidence(self, skill: str, key: str) -> None:
        name = self._skill_name(skill)
        self.out.did.append(f"{name}: result {key[:8]} added")
        record = self.reader.state.skills.get(skill)
        if record is None or key not in record.evidence:
            self.out.stays.append(f"{name}: the result is gone already")
            return
        self.out.draft.files[f"skills/{skill[0]}/{skill}/evidence/{key}.age"] = None
        self.out.back.append(f"{name}: result {key[:8]} taken away; it may have been read")

    def _withdrawn(self, skill: str, key: str) -> None:
        name = self._skill_name(skill)
        self.out.did.append(f"{name}: result {key[:8]} taken away")
        state = self.reader.state
        record = state.skills.get(skill)
        mine = self.before.state.skills[skill].evidence[key].author == self.signer.member
        if record is None or key in record.evidence or not mine:
            self.out.stays.append(f"{name}: only its author adds it again")
            return
        try:
            text = self.before.open_evidence(skill, key)
        except DOES_NOT_OPEN as error:
            self.out.stays.append(f"{name}: the result does not open: {error.problem}")
            return
        operations.put_evidence(self.out.draft, state, skill, text)
        self.out.back.append(f"{name}: result {key[:8]} there again")

    # Words

    def leaving(self) -> list[str]:
        """Whom the entry admitted, and who are there still."""
        members = self.reader.state.members
        return [m for m in self.made.admitted if m in members and members[m].is_active]

    def stays(self, did: str, why: str) -> None:
        """Say what it did, and why that stays."""
        self.out.did.append(did)
        self.out.stays.append(why)

    def name(self, identifier: str) -> str:
        """A member or a group as people read it."""
        return self.names.get(identifier) or self.reader.name(identifier)

    def named(self, identifiers: Iterable[str]) -> str:
        """Several of them."""
        return ", ".join(sorted(map(self.name, identifiers)))

    def _skill_name(self, skill: str) -> str:
        for reader in (self.reader, self.before):
            record = reader.state.skills.get(skill)
            if record is not None and reads(reader.state, record, self.signer.member):
                try:
                    return reader.open_newest(skill).bundle.manifest.name
                except (AccessError, VerificationError):
                    continue
        return f"~{skill[:8]}"

    def _is_mine(self, owner: str) -> bool:
        group = self.reader.state.groups.get(owner)
        return owner == self.signer.member or (
            group is not None and self.signer.member in group.members and group.is_open
        )

    def _text(self, skill: str, content: str | None) -> Text | None:
        versions = self.reader.state.skills[skill].versions
        number = next((n for n, v in enumerate(versions, 1) if v.content == content), None)
        if number is None:
            return None
        try:
            return Text.of(self.reader.open_version(skill, number).bundle)
        except DOES_NOT_OPEN:
            return None
