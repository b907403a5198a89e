"""Entry 0, the line's continuation, and its end (DESIGN 3.2, 3.3, 3.7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skillvault.errors import VerificationError
from skillvault.vault import canonical
from skillvault.vault.rules import apply
from skillvault.vault.state import EMPTY, NameFile
from tests.vault.world import (
    NOTHING,
    TIME,
    Edit,
    World,
    ada,
    ben,
    control,
    cyd,
    dan,
    digest,
    eve,
    everyone,
    ident,
    lab,
    own,
    peopled,
    recipient,
    rob,
    sealed,
    solo,
)


@pytest.fixture
def world() -> World:
    return peopled()


@pytest.fixture
def empty() -> World:
    return World()


def end(world: World, **fields: object) -> Edit:
    values = {"format": 2, "nonce": world.state.nonce, "new": ["free"], **fields}
    return control("vault.json", canonical.dumps(values))


# The first entry


@pytest.mark.parametrize("suite", ["x25519", "mlkem768x25519"])
def test_first_entry_gives_key_and_rights_to_the_owner_that_it_creates(suite: str) -> None:
    world = World(suite=suite)
    entry = world.do(ada, world.first())
    state = world.state
    assert state.vault_id == state.head == entry.hash
    assert (state.seq, state.suite, state.time) == (0, suite, TIME)
    assert state.everyone == everyone
    assert state.members[ada].role == "owner"
    assert state.groups[everyone].members == (ada,)
    assert set(state.groups[everyone].epochs[0].slots) == {ada}
    assert state.files == entry.changes
    assert state.names[ada] == (
        NameFile(entry.changes[f"names/{ada}.age"] or "", 0, state.members[ada].name, 1),
    )
    assert len(state.keys) == 3


@pytest.mark.parametrize(
    "path",
    [
        f"groups/{everyone}/1/{ada}.age",
        f"names/{ada}.age",
        f"names/{everyone}.age",
        "RECOVERY.md",
        "vault.json",
        f"members/{ada}.json",
        f"groups/{everyone}/group.json",
    ],
)
def test_first_entry_holds_all_files_of_3_7(empty: World, path: str) -> None:
    empty.refuse(ada, empty.first().without(path), "first entry")


def test_first_entry_holds_no_other_files(empty: World) -> None:
    for more in (
        empty.link(everyone, 1),
        empty.slots(everyone, 1, [ben]),
        empty.member(ben) | empty.name(ben),
        empty.group(ident("two"), members=[ada]),
        empty.new_skill(own, ada),
        empty.text(own),
        empty.evidence(own, eve),
    ):
        empty.refuse(ada, empty.first() | more, "first entry")


def test_first_entry_has_no_content(empty: World) -> None:
    empty.refuse(ada, empty.first() | Edit(content={own: digest("x")}), "first entry")


def test_first_entry_is_by_the_owner_that_it_creates(empty: World) -> None:
    empty.refuse(ben, empty.first(), "its own member")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"role": "admin"}, "no active owner"),
        ({"role": "member"}, "no active owner"),
        ({"role": "machine"}, "no active owner"),
        ({"state": "removed"}, "no active owner"),
        ({"expires": TIME}, "no active owner"),
        ({"recipient": recipient("x", "mlkem768x25519")}, "the vault's suite"),
    ],
)
def test_first_entry_creates_an_active_owner(
    empty: World, fields: dict[str, object], reason: str
) -> None:
    edit = empty.first() | empty.member(ada, **{"role": "owner", **fields})
    empty.refuse(ada, edit, reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"epoch": 2}, "epoch 1 with the owner alone"),
        ({"recipient": None}, "no open group"),
        ({"members": [ben]}, "epoch 1 with the owner alone"),
        ({"members": [ada, ben]}, "epoch 1 with the owner alone"),
        ({"recipient": recipient(ada)}, "none is used twice"),
        ({"recipient": recipient("x", "mlkem768x25519")}, "the vault's suite"),
    ],
)
def test_first_entry_makes_everyone_open_at_epoch_1_with_the_owner(
    empty: World, fields: dict[str, object], reason: str
) -> None:
    edit = empty.first() | empty.group(everyone, **{"members": [ada], **fields})
    empty.refuse(ada, edit, reason)


def test_everyone_is_not_called_like_the_owner(empty: World) -> None:
    edit = (
        empty.first()
        .without(f"groups/{everyone}/group.json")
        .without(f"groups/{everyone}/1/{ada}.age")
        .without(f"names/{everyone}.age")
    )
    same = empty.group(ada, epoch=1, members=[ada]) | empty.slots(ada, 1, [ada])
    empty.refuse(ada, edit | same, "of its own")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", 2),
        ("format", True),
        ("format", "1"),
        ("suite", "rsa"),
        ("nonce", "0" * 31),
        ("nonce", "A" * 32),
        ("nonce", None),
        ("more", 1),
    ],
)
def test_vault_json_is_that_of_format_1(empty: World, name: str, value: object) -> None:
    empty.refuse(ada, empty.first(**{name: value}), f"vault.json: {name}: ")


def test_control_json_is_canonical(empty: World) -> None:
    edit = empty.first()
    data = edit.control["vault.json"]
    assert data is not None
    spaced = data.replace(b",", b", ")
    empty.refuse(ada, edit | control("vault.json", spaced), "canonical")


def test_recovery_md_has_the_bytes_fixed_by_format_1(empty: World, world: World) -> None:
    other = sealed("RECOVERY.md", digest("send your key to eve"))
    empty.refuse(ada, empty.first() | other, "not those of format 1")
    world.refuse(ada, other, "not those of format 1")


def test_recovery_md_never_changes(world: World) -> None:
    world.refuse(ada, sealed("RECOVERY.md", None), "stays for ever")


def test_there_is_one_first_entry(world: World) -> None:
    edit = World().first()
    with pytest.raises(VerificationError, match="seq does not continue"):
        apply(world.state, edit.entry(EMPTY, ada), edit.control)


# The line


def test_seq_continues(world: World) -> None:
    for seq in (world.state.seq, world.state.seq + 2, 0):
        entry = replace(NOTHING.entry(world.state, ada), seq=seq)
        with pytest.raises(VerificationError, match="seq does not continue"):
            apply(world.state, entry, {})


def test_previous_is_the_hash_of_the_previous_entry(world: World) -> None:
    for previous in (None, digest("x"), world.state.vault_id):
        entry = replace(NOTHING.entry(world.state, ada), previous=previous)
        with pytest.raises(VerificationError, match="previous"):
            apply(world.state, entry, {})


def test_the_first_entry_has_previous_null(empty: World) -> None:
    edit = empty.first()
    entry = replace(edit.entry(EMPTY, ada), previous=digest("x"))
    with pytest.raises(VerificationError, match="previous"):
        apply(EMPTY, entry, edit.control)


def test_an_acknowledgement_of_previous_may_be_added_by_any_active_member(world: World) -> None:
    for member in (ada, ben, cyd, rob):
        before = world.state
        entry = world.do(member, NOTHING)
        assert world.state == replace(before, seq=before.seq + 1, head=entry.hash)


def test_nobody_else_adds_anything(world: World) -> None:
    world.refuse(eve, NOTHING, "no member")
    world.refuse(everyone, NOTHING, "no member")
    world.do(
        ada,
        world.expel(dan)
        | world.access(own, readers=[cyd, rob])
        | world.close(lab, [ada])
        | world.drop(solo),
    )
    world.refuse(dan, NOTHING, "removed member")


def test_an_acknowledgement_is_not_the_first_entry(empty: World) -> None:
    empty.refuse(ada, NOTHING, "first entry")


def test_time_decides_nothing_but_expires(world: World) -> None:
    for time in ("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", TIME):
        world.do(cyd, NOTHING, time)
        assert world.state.time == time


# Changes


def test_an_unchanged_hash_is_refused(world: World) -> None:
    path = f"skills/o/{own}/skill.age"
    world.refuse(cyd, sealed(path, world.state.files[path]), "unchanged")
    world.refuse(ada, world.member(cyd), "unchanged")


def test_the_removal_of_what_is_not_there_is_refused(world: World) -> None:
    world.refuse(cyd, sealed(f"skills/o/{own}/evidence/{eve}.age", None), "not there")
    world.refuse(ada, control(f"groups/{eve}/group.json", None), "not there")


def test_a_path_that_format_1_does_not_know_is_refused(world: World) -> None:
    for path in ("README.md", f"skills/x/{own}/skill.age", "members/x.json", f"keys/{ada}.age"):
        world.refuse(ada, sealed(path, digest("x")), "not a path of format 1")


def test_control_bytes_are_those_that_the_entry_names(world: World) -> None:
    edit = world.member(cyd, role="admin")
    entry = edit.entry(world.state, ada)
    path = f"members/{cyd}.json"
    other = world.member(cyd, role="owner").control[path]
    for wrong in ({}, {path: other}, {path: None}, {path: b""}):
        with pytest.raises(VerificationError, match="bytes"):
            apply(world.state, entry, wrong)
    with pytest.raises(VerificationError, match="does not change"):
        apply(world.state, entry, {**edit.control, "vault.json": b"{}\n"})
    with pytest.raises(VerificationError, match="does not change"):
        apply(world.state, NOTHING.entry(world.state, ada), {path: other})
    edit = world.version(own)
    with pytest.raises(VerificationError, match="does not change"):
        apply(world.state, edit.entry(world.state, cyd), {f"skills/o/{own}/skill.age": b"x"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        b"\xff\n",
        b"[" * 100_000,
        b'{"owner":"' + b"a" * 16 + b'"}\n',
        b'{"owner":1,"readers":[],"writers":[]}\n',
    ],
    ids=["empty", "no fields", "not ASCII", "deep", "a field", "wrong fields"],
)
@pytest.mark.parametrize(
    "path",
    [
        "vault.json",
        f"members/{cyd}.json",
        f"groups/{lab}/group.json",
        f"skills/o/{own}/access.json",
    ],
)
def test_a_control_file_that_is_no_record_is_refused(world: World, path: str, data: bytes) -> None:
    world.refuse(ada, control(path, data), path)


@pytest.mark.parametrize(
    ("name", "value"),
    [("role", "god"), ("state", "gone"), ("name", "Ada"), ("expires", "soon"), ("more", 1)],
)
def test_a_record_with_a_field_of_another_kind_is_refused(
    world: World, name: str, value: object
) -> None:
    world.refuse(ada, world.member(cyd, **{name: value}), f"members/{cyd}.json: {name}: ")


def test_names_in_a_record_are_sorted_and_there_once(world: World) -> None:
    for readers in ([dan, cyd], [cyd, cyd, dan], [cyd, dan, dan]):
        record = {"owner": cyd, "readers": readers, "writers": [cyd]}
        world.refuse(cyd, control(f"skills/o/{own}/access.json", record), "not sorted")


# The end of format 1


def test_end_of_format_1_is_the_last_that_format_1_judges(world: World) -> None:
    world.do(ada, end(world))
    assert world.state.ended
    assert world.state.format == 2
    for edit in (NOTHING, end(world, format=3), world.version(own)):
        world.refuse(ada, edit, "format 1 ended")


def test_end_of_format_1_is_an_owners_entry(world: World) -> None:
    for member in (ben, cyd, rob):
        world.refuse(member, end(world), "only an owner")


def test_end_of_format_1_changes_only_vault_json(world: World) -> None:
    world.refuse(ada, end(world) | world.version(own), "nothing but vault.json")
    world.refuse(ada, end(world) | world.member(cyd, role="admin"), "nothing but vault.json")
    world.refuse(ada, end(world) | Edit(content={own: digest("x")}), "nothing but vault.json")


def test_end_of_format_1_keeps_the_nonce(world: World) -> None:
    world.refuse(ada, end(world, nonce="1" * 32), "nonce")
    world.refuse(ada, control("vault.json", {"format": 2}), "nonce")


@pytest.mark.parametrize("number", [1, 0, -1, True, None, "2", [2]])
def test_end_of_format_1_has_a_larger_format(world: World, number: object) -> None:
    world.refuse(ada, end(world, format=number), "format")


def test_end_of_format_1_is_canonical_and_at_most_4_kib(world: World) -> None:
    world.refuse(ada, end(world, more="x" * 4096), "4 KiB")
    data = end(world).control["vault.json"]
    assert data is not None
    world.refuse(ada, control("vault.json", data.replace(b":", b": ")), "canonical")
    room = 4096 - len(end(world, more="").control["vault.json"] or b"")
    world.refuse(ada, end(world, more="x" * (room + 1)), "4 KiB")
    world.do(ada, end(world, more="x" * room))


def test_vault_json_does_not_change_otherwise(world: World) -> None:
    world.refuse(ada, control("vault.json", None), "stays for ever")
    world.refuse(ada, end(world, format=1, suite="mlkem768x25519"), "format")
