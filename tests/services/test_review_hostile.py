"""What members, authors and admins of bad will put into a line, and what the others still can do."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from skillvault.errors import AccessError, ConflictError, RefusedError, UsageError
from skillvault.services import checking, opening, people, put, reading, sharing
from skillvault.services.references import parse
from skillvault.vault import names, operations, sealed
from skillvault.vault import sync as syncing
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.identity import generate
from skillvault.vault.keyring import slot_line
from skillvault.vault.records import GroupRecord, MemberRecord
from skillvault.vault.state import recipient_key, recipients, skill_path
from tests.people import Person, bare, yes


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada")


@pytest.fixture
def bob(tmp_path: Path) -> Person:
    return Person("Bob Barker", tmp_path / "bob")


@pytest.fixture
def skill(ada: Person, bob: Person, tmp_path: Path) -> str:
    """Ada's skill `one`, which Bob may write; both are in sync. Returns its id."""
    host = bare(tmp_path / "host.git")
    vault = ada.init(remote=host)
    made = put.put(ada.ctx, [ada.skill("one", "the first\n")])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    return made.skills[0].skill


def write(person: Person, draft: Draft) -> Vault:
    """What a client of one's own making may write and push: whatever `apply` lets through."""
    vault = opening.open_vault(person.ctx)
    with vault.changing():
        vault.commit(draft, person.ctx.now())
        syncing.sync(vault, person.ctx.now)
    return vault


def garbage(vault: Vault, skill: str, body: bytes = b"no gzip at all") -> Draft:
    """A new version whose `skill.age` opens for every reader to something else."""
    draft, state = Draft(), vault.state
    operations.add_version(
        draft,
        state,
        vault.signer(),
        skill,
        name="one",
        files=vault.reader.open_newest(skill).bundle.files,
        message="",
        now=1.8e9,
    )
    lines = [recipient_key(state, ref) for ref in recipients(state, skill)]
    draft.files[skill_path(skill)] = sealed.seal(body, lines)
    return draft


def test_a_version_that_does_not_open_stops_no_sync_no_log_no_status(
    ada: Person, bob: Person, skill: str
) -> None:
    write(bob, garbage(opening.open_vault(bob.ctx), skill))
    report = checking.sync(ada.ctx)
    assert report.news.skills == ("one@2 by Bob Barker",)
    checking.status(ada.ctx)
    assert b"the first" in reading.show(ada.ctx, parse("one")).file.data
    assert any("gzip" in warning for warning in ada.warnings)
    _, lines = reading.log(ada.ctx, parse("one"))
    assert [line.is_readable for line in lines] == [False, True]


def test_behind_a_version_that_does_not_open_its_writers_can_write_the_next(
    ada: Person, bob: Person, skill: str
) -> None:
    write(bob, garbage(opening.open_vault(bob.ctx), skill))
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError):
        put.put(ada.ctx, [ada.skill("one", "the third\n")])
    done = put.put(ada.ctx, [ada.skill("one", "the third\n")], onto=2)
    assert done.skills[0].version == 3


def test_a_version_that_does_not_open_does_not_keep_its_author_in(
    ada: Person, bob: Person, skill: str
) -> None:
    write(bob, garbage(opening.open_vault(bob.ctx), skill))
    checking.sync(ada.ctx)
    assert ada.unshare("one", from_="Bob Barker").published.pushed


def test_another_skills_content_lends_no_name(ada: Person, bob: Person, skill: str) -> None:
    """The line shows the hash of every manifest: to name it in one's own skill proves nothing."""
    put.put(ada.ctx, [ada.skill("two", "of two\n")])
    ada.share("two", with_="Bob Barker")
    checking.sync(bob.ctx)
    vault = opening.open_vault(bob.ctx)
    two = next(i for i in vault.state.skills if i != skill)
    draft = garbage(vault, skill)
    draft.versions[skill] = vault.reader.open_newest(two).bundle
    write(bob, draft)
    checking.sync(ada.ctx)
    rows = reading.list_skills(ada.ctx, opening.open_vault(ada.ctx))
    assert sorted(row.found.summary.name for row in rows) == ["one", "two"]
    _, lines = reading.log(ada.ctx, parse("one"))
    assert [line.is_readable for line in lines] == [False, True]


def test_a_spoiled_resealing_is_repaired_at_the_next_sync_and_named(
    ada: Person, bob: Person, skill: str
) -> None:
    vault = opening.open_vault(bob.ctx)
    lines = [recipient_key(vault.state, ref) for ref in recipients(vault.state, skill)]
    write(bob, Draft({skill_path(skill): sealed.seal(b"spoiled", lines)}))
    assert checking.sync(ada.ctx).resealed == ("one",)
    assert any("entry 3" in warning for warning in ada.warnings)
    opened = opening.open_vault(ada.ctx).reader.open_newest(skill)
    assert opened.faults == ()


def test_a_spoiled_name_record_gives_way_to_the_older_file_of_the_same_record(
    ada: Person, bob: Person, skill: str
) -> None:
    vault = opening.open_vault(ada.ctx)
    me, path = vault.require_me(), f"members/{vault.me}.json"
    everyone = vault.state.groups[vault.state.everyone].recipient or ""
    before = vault.state.members[me]
    for name in ("sha256:" + "0" * 64, before.name):
        record = MemberRecord(
            expires=None,
            name=name,
            recipient=before.recipient,
            role="owner",
            signing_key=before.signing_key,
            state="active",
        )
        spoiled = sealed.seal(b"not a record", [everyone])
        write(ada, Draft({path: record.to_bytes(), f"names/{me}.age": spoiled}))
    checking.sync(bob.ctx)
    assert "Ada Lovelace" in [m.name for m in people.list_members(opening.open_vault(bob.ctx))]


def test_a_group_that_is_gone_is_told_by_its_id(ada: Person, bob: Person, skill: str) -> None:
    """Deleting groups is of a later client; this one must live with what that one did."""
    vault = opening.open_vault(ada.ctx)
    group, key = "a" * 16, generate("x25519")
    record = names.group_record(group, "team")
    everyone = vault.state.groups[vault.state.everyone]
    me = vault.require_me()
    mine = GroupRecord(epoch=1, members=(me,), name=record.hash, recipient=key.recipient)
    draft = Draft(
        {
            f"groups/{group}/group.json": mine.to_bytes(),
            f"groups/{group}/1/{me}.age": sealed.seal(
                slot_line(key.key), [vault.state.members[me].recipient]
            ),
            f"names/{group}.age": sealed.seal_json(record.line, [everyone.recipient or ""]),
        }
    )
    write(ada, draft)
    ada.share("one", with_="team")
    checking.sync(bob.ctx)
    vault = opening.open_vault(ada.ctx)
    draft = Draft({f"groups/{group}/group.json": None, f"names/{group}.age": None})
    operations.change_access(draft, vault.reader, skill, strike=[group])
    write(ada, draft)
    assert any("no longer with" in line for line in checking.sync(bob.ctx).news.trust)


def test_two_cards_of_one_name_are_refused_in_one_command_too(
    ada: Person, skill: str, tmp_path: Path
) -> None:
    cards = []
    for n in range(2):
        twin = Person("Eve Stone", tmp_path / f"eve{n}")
        cards.append(str(twin.card_file()))
    with pytest.raises(UsageError, match="name"):
        sharing.share(ada.ctx, [parse("one")], cards, approve=yes)
    done = sharing.share(ada.ctx, [parse("one")], [cards[0], cards[0]], approve=yes)
    assert done is not None
    assert done.preview.people == ("Eve Stone",)


def test_what_a_role_forbids_is_no_access_and_not_tampering(
    ada: Person, bob: Person, skill: str, tmp_path: Path
) -> None:
    ci = Person("ci", tmp_path / "ci")
    sharing.admit(ada.ctx, str(ci.card_file()), approve=lambda *_: True, role="machine")
    vault = opening.open_vault(ada.ctx)
    ci.clone(Path(vault.notes.remote or ""), vault.state.vault_id)
    with pytest.raises(AccessError, match="machine"):
        put.put(ci.ctx, [ci.skill("mine")])
    boss = Person("Boss", tmp_path / "boss")
    sharing.admit(ada.ctx, str(boss.card_file()), approve=lambda *_: True, role="admin")
    boss.clone(Path(vault.notes.remote or ""), vault.state.vault_id)
    eve = Person("Eve", tmp_path / "eve")
    with pytest.raises(AccessError, match="only an owner"):
        sharing.admit(boss.ctx, str(eve.card_file()), approve=lambda *_: True, role="owner")


def test_archive_members_out_of_order_are_not_the_canonical_ones(ada: Person, skill: str) -> None:
    from skillvault.skill.files import SkillFile
    from skillvault.vault import bundle

    vault = opening.open_vault(ada.ctx)
    good = vault.reader.open_newest(skill).bundle
    files = (SkillFile("b", b"b", "644"), SkillFile("a", b"a", "644"))
    listed = tuple(reversed(bundle.describe(files)))
    manifest = dataclasses.replace(good.manifest, files=listed)
    line = manifest.to_bytes()
    archive = bundle._archive(line, good.signature, files)
    made = bundle.Bundle(manifest, line, good.signature, files, bundle._compress(archive))
    with pytest.raises(RefusedError, match="order"):
        bundle.unpack(made.compressed, content=made.content, subject="x")


@pytest.mark.parametrize("message", ["x" * 5000, "caf\udce9"])
def test_a_message_that_the_format_cannot_hold_is_refused(ada: Person, message: str) -> None:
    ada.init()
    with pytest.raises(RefusedError, match="message"):
        put.put(ada.ctx, [ada.skill("one")], message=message)
