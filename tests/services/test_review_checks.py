"""Each check that stands between a forged file and its reader, forged against."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import RefusedError, SkillvaultError, VerificationError
from skillvault.services import checking, opening, put, vaults
from skillvault.skill.files import SkillFile
from skillvault.vault import bundle, names, operations, pins, sealed
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import MAIN, Vault
from skillvault.vault.draft import Draft
from skillvault.vault.identity import Identity, generate
from skillvault.vault.keyring import slot_line
from skillvault.vault.pins import Pin
from skillvault.vault.reader import Reader
from skillvault.vault.records import GroupRecord
from skillvault.vault.repository import update_ref
from skillvault.vault.state import skill_path
from tests.people import Person, bare

OTHER = "a" * 16
FILES = (SkillFile("SKILL.md", b"---\nname: one\ndescription: d\n---\n", "644"),)


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    person = Person("Ada", tmp_path / "ada")
    person.init()
    put.put(person.ctx, [person.skill("one")])
    return person


def signed(home: Vault, key: Identity | None = None, **said: object) -> Bundle:
    """The second version of the only skill, with a manifest that says what it likes."""
    ((skill, record),) = home.state.skills.items()
    fields: dict[str, object] = {
        "author": home.me,
        "files": bundle.describe(FILES),
        "format": 1,
        "message": "",
        "name": "one",
        "parent": record.content,
        "salt": "0" * 32,
        "skill": skill,
        "time": "2026-09-21T00:00:00Z",
        "vault": home.state.vault_id,
        "version": 2,
        **said,
    }
    identity = key or home.identity
    assert identity is not None
    return bundle.pack(bundle.describe_version(**fields), FILES, identity.signing_key)


def open_second(vault: Vault, made: Bundle, data: bytes | None = None) -> None:
    """Write it as `apply` lets anybody who may write do, and open it as a reader does."""
    (skill,) = vault.state.skills
    draft = Draft()
    operations.put_bundle(draft, vault.state, skill, made)
    if data is not None:
        draft.files[skill_path(skill)] = data
    with vault.changing():
        vault.commit(draft, 1_790_000_100)
    vault.reader.open_version(skill, 2)


def test_what_is_right_opens(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    open_second(vault, signed(vault))


@pytest.mark.parametrize(
    "said",
    [
        {"vault": "sha256:" + "0" * 64},
        {"skill": OTHER},
        {"author": OTHER},
        {"version": 3},
        {"parent": None},
        {"parent": "sha256:" + "0" * 64},
    ],
)
def test_a_manifest_from_elsewhere_in_the_history_is_refused(
    ada: Person, said: dict[str, object]
) -> None:
    vault = opening.open_vault(ada.ctx)
    with pytest.raises(VerificationError, match="belongs elsewhere"):
        open_second(vault, signed(vault, None, **said))


def test_a_manifest_that_its_author_did_not_sign_is_refused(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    with pytest.raises(VerificationError, match="did not sign"):
        open_second(vault, signed(vault, generate("x25519")))


def test_another_manifest_than_the_line_names_is_refused(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    other = sealed.seal_bundle(signed(vault, message="x").compressed, [ada.keygen().recipient])
    with pytest.raises(VerificationError, match="not the one that the line names"):
        open_second(vault, signed(vault), other)


@pytest.mark.parametrize("count", [0, 2])
def test_a_reader_whom_the_line_does_not_name_is_noticed(ada: Person, count: int) -> None:
    vault = opening.open_vault(ada.ctx)
    lines = [ada.keygen().recipient, *(generate("x25519").recipient for _ in range(count))]
    data = sealed.seal_bundle(signed(vault).compressed, lines if count else lines * 2)
    with pytest.raises(VerificationError, match="stanzas"):
        open_second(vault, signed(vault), data)


@pytest.mark.parametrize("paths", [["../x"], ["a", "A"], [".git/config"], ["/x"], ["x\x1b[2J"]])
def test_paths_that_leave_or_collide_are_refused_whoever_signed_them(paths: Iterable[str]) -> None:
    key = generate("x25519")
    files = tuple(SkillFile(path, b"x", "644") for path in sorted(paths))
    manifest = bundle.describe_version(
        author=OTHER,
        files=bundle.describe(files),
        format=1,
        message="",
        name="one",
        parent=None,
        salt="0" * 32,
        skill=OTHER,
        time="2026-09-21T00:00:00Z",
        vault="sha256:" + "0" * 64,
        version=1,
    )
    made = bundle.pack(manifest, files, key.signing_key)
    with pytest.raises(RefusedError):
        bundle.unpack(made.compressed, content=made.content, subject="x")


def test_a_slot_with_another_key_gives_way_to_the_older_one(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    path = f"groups/{vault.state.everyone}/1/{vault.me}.age"
    wrong = sealed.seal(slot_line(generate("x25519").key), [ada.keygen().recipient])
    with vault.changing():
        vault.commit(Draft({path: wrong}), 1_790_000_100)
    assert vault.reader.name(vault.require_me()) == "Ada"
    assert vault.reader.keyring.spoiled == [(path, "holds another key than this epoch's")]


def test_a_link_leads_to_epochs_of_its_group_alone(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    state, everyone = vault.state, vault.state.everyone
    old, key, stranger = vault.reader.group_key(everyone), generate("x25519"), generate("x25519")
    record = GroupRecord(
        epoch=2,
        members=state.groups[everyone].members,
        name=state.groups[everyone].name,
        recipient=key.recipient,
    )
    draft = Draft(
        {
            f"groups/{everyone}/group.json": record.to_bytes(),
            f"groups/{everyone}/2/{vault.me}.age": sealed.seal(
                slot_line(key.key), [ada.keygen().recipient]
            ),
            f"groups/{everyone}/2/previous.age": sealed.seal(
                slot_line(stranger.key) + slot_line(old), [key.recipient]
            ),
        }
    )
    with vault.changing():
        vault.commit(draft, 1_790_000_100)
    reader = vault.reader
    # As somebody who came with the second epoch: by the link alone.
    epochs = state_without_first_slot(reader).keyring.epochs(everyone)
    assert {n: str(k) for n, k in epochs.items()} == {1: str(old), 2: str(key.key)}


def state_without_first_slot(reader: Reader) -> Reader:
    """The same reader, as if the slot of the first epoch had never been theirs."""
    everyone = reader.state.everyone
    group = reader.state.groups[everyone]
    first = group.epochs[0]._replace(slots={})
    groups = {**reader.state.groups, everyone: replace(group, epochs=(first, group.epochs[1]))}
    return Reader(replace(reader.state, groups=groups), reader.identity, reader.me, reader.blob)


def test_a_tampered_repository_is_not_opened(ada: Person) -> None:
    (ada.paths.vault("acme") / "hooks").mkdir()
    with pytest.raises(RefusedError, match="hooks"):
        opening.open_vault(ada.ctx)


def test_an_object_that_was_exchanged_on_the_disk_is_noticed(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    ((skill, record),) = vault.state.skills.items()
    (oid,) = vault.local.blobs[skill_path(skill), record.files[-1].hash]
    path = vault.path / "objects" / oid[:2] / oid[2:]
    other = sealed.seal_bundle(b"x", [ada.keygen().recipient])
    path.chmod(0o600)
    path.write_bytes(zlib.compress(b"blob %d\0" % len(other) + other))
    with pytest.raises(VerificationError, match="not those that the line names"):
        opening.open_vault(ada.ctx).reader.open_newest(skill)


def test_bytes_that_hash_otherwise_are_never_used_whatever_git_calls_them(ada: Person) -> None:
    """As after a collision of SHA-1: git's name leads to other bytes than the line's SHA-256."""
    vault = opening.open_vault(ada.ctx)
    ((skill, record),) = vault.state.skills.items()
    path, digest = skill_path(skill), record.files[-1].hash
    recovery = vault.local.blobs["RECOVERY.md", vault.state.files["RECOVERY.md"]]
    line = vault.local._replace(blobs={**vault.local.blobs, (path, digest): recovery})
    with pytest.raises(VerificationError, match="not those that the line names"):
        vault.reader_of(line).blob(path, digest)


def test_a_line_behind_its_pin_is_not_opened(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    state, tip = vault.state, vault.local.commit
    assert tip is not None
    assert state.head is not None
    pins.save(ada.paths.state, Pin(state.vault_id, state.seq, state.head, tip))
    update_ref(vault.path, MAIN, vault.parent_of(tip) or "", tip)
    with pytest.raises(VerificationError, match="older history"):
        opening.open_vault(ada.ctx)


def test_the_name_record_of_another_group_is_none_of_this_one() -> None:
    record = names.group_record(OTHER, "team")
    assert names.read_group(record.line, OTHER, "c" * 16, "x") == "team"
    with pytest.raises(RefusedError):
        names.read_group(record.line, "b" * 16, "c" * 16, "x")


def test_a_name_that_hashes_otherwise_is_not_shown(ada: Person) -> None:
    """Whoever writes the file decides what is inside; the control file decides what counts."""
    vault = opening.open_vault(ada.ctx)
    me = vault.require_me()
    everyone = vault.state.groups[vault.state.everyone].recipient or ""
    record, other = names.person_record(ada.keygen()), names.person_record(ada.keygen())
    draft = Draft({f"names/{me}.age": sealed.seal_json(other.line, [everyone])})
    before = vault.state.members[me]
    draft.files[f"members/{me}.json"] = operations._member(ada.keygen(), record.hash, "owner", None)
    assert before.role == "owner"
    with vault.changing():
        vault.commit(draft, 1_790_000_100)
    with pytest.raises(SkillvaultError, match="not the one that the line names"):
        vault.reader.card(me)


@pytest.fixture
def host(ada: Person, tmp_path: Path) -> Path:
    """Where Ada's vault is, two entries long."""
    host = bare(tmp_path / "host.git")
    vaults.set_remote(ada.ctx, None, str(host))
    checking.sync(ada.ctx)
    return host


def git(host: Path, *words: str) -> str:
    return subprocess.check_output(["git", "-C", str(host), *words]).decode().strip()


def test_a_host_that_goes_back_is_refused_by_whoever_has_seen_better(
    ada: Person, host: Path
) -> None:
    new = git(host, "rev-parse", "main")
    git(host, "update-ref", "refs/heads/main", "main~1")
    with pytest.raises(VerificationError, match="older history"):
        checking.sync(ada.ctx)
    vault = opening.open_vault(ada.ctx).state.vault_id
    with pytest.raises(VerificationError, match="older history"):
        ada.clone(host, vault, "again")
    git(host, "update-ref", "-d", "refs/heads/main")
    with pytest.raises(VerificationError, match="empty repository, and you have seen entry 1"):
        checking.sync(ada.ctx)
    git(host, "update-ref", "refs/heads/main", new)
    checking.sync(ada.ctx)


def test_a_host_that_serves_another_vault_is_refused(
    ada: Person, host: Path, tmp_path: Path
) -> None:
    eve = Person("Eve", tmp_path / "eve")
    other = bare(tmp_path / "other.git")
    eve.init(remote=other)
    with pytest.raises(VerificationError, match="another vault"):
        ada.clone(other, opening.open_vault(ada.ctx).state.vault_id, "again")
    for fresh in (False, True):
        if fresh:
            ada.init("fresh")
        name = "fresh" if fresh else "acme"
        vaults.set_remote(ada.ctx, name, str(other))
        with pytest.raises(VerificationError, match="another vault"):
            checking.sync(ada.ctx, vault=name)
    assert host.exists()
