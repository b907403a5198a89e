"""One builder for each thing that a keyholder does: they fill a draft, and decide nothing.

`apply` authorises the entry that comes of it. Builders take the state before and what is needed to
seal; those of one entry share a draft, and see what the draft already holds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from skillvault.errors import AccessError, VerificationError
from skillvault.skill.files import SkillFile
from skillvault.vault import bundle, names, sealed
from skillvault.vault.bundle import Bundle, Signed
from skillvault.vault.card import Card
from skillvault.vault.draft import Draft
from skillvault.vault.evidence import evidence_id
from skillvault.vault.identity import Signer, generate
from skillvault.vault.ids import format_time, new_id, new_salt
from skillvault.vault.keyring import slot_line
from skillvault.vault.reader import Opened, Reader
from skillvault.vault.records import AccessRecord, GroupRecord, MemberRecord, VaultRecord
from skillvault.vault.recovery import RECOVERY_PATH, recovery_text
from skillvault.vault.state import Skill, State, skill_path
from skillvault.vault.syntax import Role, Suite


@dataclass(frozen=True, slots=True)
class Founded:
    """The draft of a first entry, and the ids that it made."""

    draft: Draft
    owner: str
    everyone: str


def found(holder: Card) -> Founded:
    """The first entry: `vault.json`, RECOVERY.md, one owner, the group `everyone`."""
    suite: Suite = "x25519" if holder.suite == "x25519" else "mlkem768x25519"
    owner, everyone = new_id(), new_id()
    epoch = generate(holder.suite)
    person, group = names.person_record(holder), names.group_record(everyone, names.EVERYONE)
    draft = Draft()
    draft.files = {
        "vault.json": VaultRecord(format=1, nonce=new_salt(), suite=suite).to_bytes(),
        RECOVERY_PATH: recovery_text(),
        f"members/{owner}.json": _member(holder, person.hash, "owner", None),
        f"names/{owner}.age": sealed.seal_json(person.line, [epoch.recipient]),
        f"groups/{everyone}/group.json": GroupRecord(
            epoch=1, members=(owner,), name=group.hash, recipient=epoch.recipient
        ).to_bytes(),
        f"groups/{everyone}/1/{owner}.age": sealed.seal(slot_line(epoch.key), [holder.recipient]),
        f"names/{everyone}.age": sealed.seal_json(group.line, [epoch.recipient]),
    }
    return Founded(draft, owner, everyone)


def admit(
    draft: Draft,
    reader: Reader,
    holder: Card,
    role: Role,
    expires: str | None = None,
    *,
    member: str | None = None,
) -> str:
    """Admit the holder of a card: their record, name and slot in `everyone`. Returns their id.

    `member` gives them an id that was made before. AccessError if I do not hold the key of
    `everyone`.
    """
    state = reader.state
    member, record = member or new_id(), names.person_record(holder)
    group = state.groups[state.everyone]
    key = reader.group_key(state.everyone)
    path = f"groups/{state.everyone}/group.json"
    before = group_record(draft, state, state.everyone)
    members = tuple(sorted((*before.members, member)))
    draft.files[path] = replace(before, members=members).to_bytes()
    draft.files[f"members/{member}.json"] = _member(holder, record.hash, role, expires)
    draft.files[f"names/{member}.age"] = sealed.seal_json(record.line, [str(key.recipient())])
    draft.files[f"groups/{state.everyone}/{group.epoch}/{member}.age"] = sealed.seal(
        slot_line(key), [holder.recipient]
    )
    return member


def put_owned(draft: Draft, state: State, skill: str, made: Bundle, owner: str) -> None:
    """Seal a signed first version of a new skill, read by its owner (or a group) alone."""
    put_new(
        draft, state, skill, made, AccessRecord(owner=owner, readers=(owner,), writers=(owner,))
    )


def put_new(draft: Draft, state: State, skill: str, made: Bundle, access: AccessRecord) -> None:
    """Seal a signed first version, with the access file of its skill."""
    draft.files[skill_path(skill, "access.json")] = access.to_bytes()
    _seal_into(draft, state, skill, made, access.readers)
    draft.versions[skill] = made


def add_version(
    draft: Draft,
    state: State,
    signer: Signer,
    skill: str,
    *,
    name: str,
    files: Sequence[SkillFile],
    message: str,
    now: float,
) -> Bundle:
    """The next version of a skill, on its current one."""
    made = make_bundle(
        state,
        signer,
        skill,
        name=name,
        files=files,
        message=message,
        now=now,
        before=state.skills[skill],
    )
    put_bundle(draft, state, skill, made)
    return made


def put_bundle(draft: Draft, state: State, skill: str, made: Bundle) -> None:
    """Seal a signed version as the next one of its skill, to its readers as the draft has them."""
    _seal_into(draft, state, skill, made, access_record(draft, state, skill).readers)
    draft.versions[skill] = made


def sign_version(
    state: State,
    signer: Signer,
    skill: str,
    *,
    name: str,
    files: Sequence[SkillFile],
    message: str,
    now: float,
    before: Skill | None,
    extra: Mapping[str, object] = {},
) -> Signed:
    """Sign the manifest of the version behind `before`; it is compressed when it is sealed.

    `extra`: further fields of the manifest, as an import's `origin`, canonical JSON.
    """
    manifest = bundle.describe_version(
        author=signer.member,
        files=bundle.describe(files),
        format=1,
        message=message,
        name=name,
        parent=before.content if before else None,
        salt=new_salt(),
        skill=skill,
        time=format_time(now),
        vault=state.vault_id,
        version=len(before.versions) + 1 if before else 1,
        **extra,
    )
    return bundle.sign(manifest, files, signer.identity.signing_key)


def make_bundle(
    state: State,
    signer: Signer,
    skill: str,
    *,
    name: str,
    files: Sequence[SkillFile],
    message: str,
    now: float,
    before: Skill | None,
    extra: Mapping[str, object] = {},
) -> Bundle:
    """The same, compressed at once: of one version, or a few."""
    signed = sign_version(
        state,
        signer,
        skill,
        name=name,
        files=files,
        message=message,
        now=now,
        before=before,
        extra=extra,
    )
    return bundle.compress(signed)


def change_access(
    draft: Draft,
    reader: Reader,
    skill: str,
    *,
    add_readers: Iterable[str] = (),
    add_writers: Iterable[str] = (),
    strike: Iterable[str] = (),
    strike_writers: Iterable[str] = (),
    owner: str | None = None,
) -> bool:
    """Change who reads and writes, and re-seal the current version. False if nothing changes.

    `strike` takes names out of readers and writers, `strike_writers` out of writers alone. A new
    `owner` reads and writes.
    Re-sealing keeps manifest, signature and gzip bytes. Where the current version cannot be
    opened, it stays pending.
    """
    before = access_record(draft, reader.state, skill)
    gone = set(strike)
    owner = owner or before.owner
    writers = ((set(before.writers) | set(add_writers)) - gone - set(strike_writers)) | {owner}
    readers = ((set(before.readers) | set(add_readers)) - gone) | writers
    after = AccessRecord(owner, tuple(sorted(readers)), tuple(sorted(writers)))
    if after == before:
        return False
    draft.files[skill_path(skill, "access.json")] = after.to_bytes()
    if after.readers != before.readers:
        with contextlib.suppress(AccessError, VerificationError):
            opened = reader.open_newest(skill)
            if opened.number == len(reader.state.skills[skill].versions):
                _seal_into(draft, reader.state, skill, opened.bundle, after.readers)
    return True


def give(draft: Draft, reader: Reader, skill: str, owner: str) -> None:
    """Another owner, who reads and writes it; whoever owned it stays a writer."""
    change_access(draft, reader, skill, add_readers=[owner], add_writers=[owner])
    after = replace(access_record(draft, reader.state, skill), owner=owner)
    draft.files[skill_path(skill, "access.json")] = after.to_bytes()


def reseal(draft: Draft, reader: Reader, skill: str, opened: Opened | None = None) -> Bundle | None:
    """Seal the current version to today's recipients, and return it; None if I cannot open it.

    `opened`: what `open_newest` gives, from whoever has asked that already.
    """
    record = reader.state.skills[skill]
    opened = opened or reader.open_newest(skill)
    if opened.number != len(record.versions):
        return None
    _seal_into(draft, reader.state, skill, opened.bundle, record.readers)
    return opened.bundle


def put_evidence(draft: Draft, state: State, skill: str, text: bytes) -> None:
    """Seal a signed evaluation result (line and armor) to a skill's readers."""
    path = skill_path(skill, f"evidence/{evidence_id(text)}.age")
    readers = access_record(draft, state, skill).readers
    draft.files[path] = sealed.seal_json(text, _some_recipients(draft, state, skill, readers))


def remove_skill(draft: Draft, state: State, skill: str) -> None:
    """Remove a skill whole: its access file, its text, all evidence. Older commits keep the bytes.

    Only its owner and admins may (`apply` decides).
    """
    evidence = (f"evidence/{key}.age" for key in state.skills[skill].evidence)
    for name in ("access.json", "skill.age", *evidence):
        draft.files[skill_path(skill, name)] = None


def access_record(draft: Draft, state: State, skill: str) -> AccessRecord:
    """The access file as the draft has it, else as the state has."""
    data = draft.files.get(skill_path(skill, "access.json"))
    if data is not None:
        return AccessRecord.parse(data, skill)
    record = state.skills[skill]
    return AccessRecord(owner=record.owner, readers=record.readers, writers=record.writers)


def group_record(draft: Draft, state: State, group: str) -> GroupRecord:
    """The group file as the draft has it, else as the state has."""
    data = draft.files.get(f"groups/{group}/group.json")
    if data is not None:
        return GroupRecord.parse(data, group)
    record = state.groups[group]
    return GroupRecord(
        epoch=record.epoch,
        members=record.members,
        name=record.name,
        recipient=record.recipient,
    )


def recipient(draft: Draft, state: State, name: str) -> str | None:
    """The key of a reader's name, admitted by this very draft perhaps; None for a closed group."""
    if name in state.members:
        return state.members[name].recipient
    admitted = draft.files.get(f"members/{name}.json")
    if admitted is not None:
        return MemberRecord.parse(admitted, name).recipient
    return group_record(draft, state, name).recipient


def recipients_of(draft: Draft, state: State, readers: Iterable[str]) -> list[str]:
    """The keys behind the names of an access file; closed groups have none."""
    return [line for name in readers if (line := recipient(draft, state, name)) is not None]


def _some_recipients(draft: Draft, state: State, skill: str, readers: Iterable[str]) -> list[str]:
    """As `recipients_of`; AccessError where there are none, because all of them are closed."""
    lines = recipients_of(draft, state, readers)
    if not lines:
        hint = "it can be once one who is in such a group has synced"
        raise AccessError(f"~{skill[:8]}", "read by closed groups alone: sealed to nobody", hint)
    return lines


def _seal_into(
    draft: Draft, state: State, skill: str, made: Bundle, readers: Iterable[str]
) -> None:
    lines = _some_recipients(draft, state, skill, readers)
    draft.files[skill_path(skill)] = sealed.seal_bundle(made.compressed, lines)


def _member(holder: Card, name: str, role: Role, expires: str | None) -> bytes:
    return MemberRecord(
        expires=expires,
        name=name,
        recipient=holder.recipient,
        role=role,
        signing_key=holder.signing_key,
        state="active",
    ).to_bytes()
