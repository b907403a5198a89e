"""Groups as builders make them: `apply` accepts it, and who should hold a key does."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.errors import AccessError, VerificationError
from skillvault.vault import epochs, identity, operations, sealed, succession
from skillvault.vault.card import make
from skillvault.vault.draft import Draft
from skillvault.vault.identity import Identity
from skillvault.vault.ids import sha256
from skillvault.vault.keyring import slot_line
from skillvault.vault.state import State
from tests.vault.golden_line import GoldenLine, golden_line


@pytest.fixture(scope="module")
def line() -> GoldenLine:
    return golden_line()


def admins_in(state: State, group: str) -> list[str]:
    return [m for m in state.groups[group].members if state.members[m].is_admin]


def reached(line: GoldenLine, state: State, draft: Draft, group: str) -> dict[str, set[int]]:
    """The epochs that each member of a group reaches after an entry."""
    return {
        member: set(line.reader(state, member, draft).keyring.epochs(group))
        for member in state.groups[group].members
    }


def named(line: GoldenLine, state: State, name: str) -> str:
    """A member or a group by name."""
    owner = next(i for i, m in state.members.items() if m.is_admin)
    reader = line.reader(state, owner)
    return next(i for i in [*state.members, *state.groups] if reader.name(i) == name)


def last_with(line: GoldenLine, name: str) -> tuple[State, str]:
    """The last state in which there is a group of this name, and its id."""
    for state in reversed(line.states):
        try:
            return state, named(line, state, name)
        except StopIteration:
            continue
    raise AssertionError(name)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_group_is_made_by_an_admin_with_whomever_they_like(data: st.DataObject) -> None:
    line = golden_line()
    state = line.states[data.draw(st.integers(1, len(line.states) - 1))]
    active = sorted(i for i, m in state.members.items() if m.is_active)
    me = data.draw(st.sampled_from([i for i in active if state.members[i].is_admin]))
    members = {me, *data.draw(st.lists(st.sampled_from(active)))}
    draft = Draft()
    group = epochs.make_group(draft, line.reader(state, me), "new ones", members)
    after = line.apply(state, me, draft)
    assert after.groups[group].members == tuple(sorted(members))
    assert set(reached(line, after, draft, group)) == members
    assert all(held == {1} for held in reached(line, after, draft, group).values())
    for member in active:
        assert line.reader(after, member, draft).group_name(group) == "new ones"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_group_goes_on_as_the_rules_have_it(data: st.DataObject) -> None:
    """Any change that the rules allow somebody: accepted, and history stays within reach."""
    line = golden_line()
    state = line.states[data.draw(st.integers(1, len(line.states) - 1))]
    group = data.draw(st.sampled_from(sorted(state.groups)))
    before = state.groups[group]
    active = sorted(i for i, m in state.members.items() if m.is_active)
    admins = [i for i in active if state.members[i].is_admin]
    deeds = ["take out"] if group != state.everyone else []
    if admins_in(state, group):
        deeds += ["anew"]
        deeds += ["grow", "slot"] if before.is_open else []
        deeds += ["rename"] if group != state.everyone else []
    if group != state.everyone:
        deeds += ["close", "delete"]
    if not before.is_open:
        deeds += ["open"]
    deed = data.draw(st.sampled_from(deeds))
    everyone = group == state.everyone
    draft = Draft()
    if deed in {"take out", "close", "delete"}:
        me = data.draw(st.sampled_from(admins))
        some = set(data.draw(st.lists(st.sampled_from(before.members))))
        if deed == "take out":
            what = epochs.take_out(draft, line.reader(state, me), group, some, me)
            if what == "unchanged":
                assert draft.is_empty
                return
        elif deed == "close":
            epochs.close(draft, state, group, {*some, before.members[0]})
            if not before.is_open and {*some, before.members[0]} == set(before.members):
                return
        else:
            epochs.delete_group(draft, state, group)
        succession.strike(draft, state)
    elif deed == "open":
        me = data.draw(st.sampled_from(before.members))
        epochs.open_closed(draft, line.reader(state, me), group)
    else:
        me = data.draw(st.sampled_from(admins_in(state, group)))
        reader = line.reader(state, me)
        others = active if everyone else data.draw(st.lists(st.sampled_from(active)))
        if deed == "anew":
            epochs.start_anew(draft, reader, group, {me, *others})
        elif deed == "grow":
            epochs.grow(draft, reader, group, others)
            if set(others) <= set(before.members):
                return
        elif deed == "slot":
            epochs.replace_slot(draft, reader, group, before.members[0])
        else:
            epochs.rename_group(draft, reader, group, "another name")
    mine = set(line.reader(state, me).keyring.epochs(group))
    after = line.apply(state, me, draft)
    if group not in after.groups or not after.groups[group].is_open:
        return
    for member, held in reached(line, after, draft, group).items():
        assert after.groups[group].epoch in held
        if deed in {"anew", "open"} or (deed == "grow" and member not in before.members):
            assert mine <= held


def test_a_new_epoch_leads_to_those_before_by_as_few_lines_as_it_takes(line: GoldenLine) -> None:
    state, group = last_with(line, "reviewers")
    me = admins_in(state, group)[0]
    for epoch in range(3):
        draft = Draft()
        reader = line.reader(state, me)
        number = state.groups[group].epoch + 1
        epochs.start_anew(draft, reader, group, state.groups[group].members)
        after = kept(line, state, me, draft)
        path = f"groups/{group}/{number}/previous.age"
        key = line.reader(after, me).keyring.key(f"{group}/{number}")
        assert key is not None
        plain = sealed.open_sealed(
            draft.files[path] or b"", [key], suite="x25519", stanzas=1, subject=path
        )
        older = reader.keyring.epochs(group)
        assert plain == slot_line(older[number - 1]), epoch
        state = after
    assert set(line.reader(state, me).keyring.epochs(group)) == {
        n for n, e in enumerate(state.groups[group].epochs, 1) if e.recipient is not None
    }


def kept(line: GoldenLine, state: State, me: str, draft: Draft) -> State:
    """The state after an entry whose files later readers open."""
    line.blobs |= {sha256(data): data for data in draft.files.values() if data}
    return line.apply(state, me, draft)


def test_an_opener_who_holds_no_key_of_the_group_writes_no_link(line: GoldenLine) -> None:
    state = line.states[-1]
    ada, cyd = named(line, state, "Ada"), named(line, state, "Cyd Ray")
    draft = Draft()
    group = epochs.make_group(draft, line.reader(state, ada), "spoiled", [ada, cyd])
    draft.files[f"groups/{group}/1/{cyd}.age"] = b"junk"
    state = kept(line, state, ada, draft)
    draft = Draft()
    epochs.close(draft, state, group, [cyd])
    state = kept(line, state, ada, draft)
    draft = Draft()
    epochs.open_closed(draft, line.reader(state, cyd), group)
    assert not any(path.endswith("previous.age") for path in draft.files)
    state = line.apply(state, cyd, draft)
    assert set(line.reader(state, cyd, draft).keyring.epochs(group)) == {3}


def test_a_spoiled_link_is_bridged_once_by_whoever_holds_what_lies_behind(
    line: GoldenLine,
) -> None:
    state, group = last_with(line, "reviewers")
    me = admins_in(state, group)[0]
    draft = Draft()
    epochs.start_anew(draft, line.reader(state, me), group, state.groups[group].members)
    number = state.groups[group].epoch + 1
    path = f"groups/{group}/{number}/previous.age"
    draft.files[path] = b"junk"
    state = kept(line, state, me, draft)
    assert epochs.bridgeable(line.reader(state, me), group) == []  # the opener wrote it
    other = next(m for m in state.groups[group].members if m != me)
    reader = line.reader(state, other)
    assert epochs.bridgeable(reader, group)[-1] == number
    mended = Draft()
    assert epochs.bridge(mended, reader, group, number)
    assert list(mended.files) == [path]
    after = line.apply(state, other, mended)
    late = line.reader(after, me, mended)
    assert set(late.keyring.epochs(group)) == set(reader.keyring.epochs(group))
    again = Draft()
    assert not epochs.bridge(again, line.reader(after, other, mended), group, number)
    assert again.is_empty


def admitted(line: GoldenLine, state: State, draft: Draft, me: str) -> tuple[Identity, str]:
    who = identity.generate("x25519")
    line.identities.append(who)
    return who, operations.admit(draft, line.reader(state, me), make(who, "New One"), "member")


def test_somebody_admitted_by_the_same_draft_gets_a_slot(line: GoldenLine) -> None:
    state, group = last_with(line, "reviewers")
    me = admins_in(state, group)[0]
    draft = Draft()
    _who, new = admitted(line, state, draft, me)
    epochs.grow(draft, line.reader(state, me), group, [new])
    after = line.apply(state, me, draft)
    assert set(line.reader(after, new, draft).keyring.epochs(group)) >= {state.groups[group].epoch}


@pytest.mark.parametrize("junk", [b"no identity\n", b"\xff\n", b"\n"])
def test_a_line_that_is_no_identity_is_ignored_and_not_those_beside_it(
    line: GoldenLine, junk: bytes
) -> None:
    state, group = last_with(line, "reviewers")
    me = admins_in(state, group)[0]
    draft, reader = Draft(), line.reader(state, me)
    epochs.start_anew(draft, reader, group, state.groups[group].members)
    number = state.groups[group].epoch + 1
    known = reader.keyring.epochs(group)
    good = b"".join(slot_line(known[n]) for n in sorted(known, reverse=True))
    key = operations.group_record(draft, state, group).recipient or ""
    path = f"groups/{group}/{number}/previous.age"
    draft.files[path] = sealed.seal(junk + good + junk, [key])
    state = kept(line, state, me, draft)
    more = Draft()
    _who, new = admitted(line, state, more, me)
    epochs.grow(more, line.reader(state, me), group, [new])
    late = line.reader(line.apply(state, me, more), new, more)
    assert set(late.keyring.epochs(group)) == {*known, number}
    assert (path, "not identity lines") in late.keyring.spoiled


def test_a_slot_of_two_lines_is_none(line: GoldenLine) -> None:
    state, group = last_with(line, "reviewers")
    me = admins_in(state, group)[0]
    more = Draft()
    who, new = admitted(line, state, more, me)
    epochs.grow(more, line.reader(state, me), group, [new])
    path = f"groups/{group}/{state.groups[group].epoch}/{new}.age"
    plain = slot_line(line.reader(state, me).group_key(group))
    for text in (plain * 2, plain[:-1], plain + b"\n", plain.lower()):
        more.files[path] = sealed.seal(text, [who.recipient])
        locked = line.reader(line.apply(state, me, more), new, more)
        assert state.groups[group].epoch not in locked.keyring.epochs(group)
        assert (path, "not one identity line") in locked.keyring.spoiled


def refused(line: GoldenLine, state: State, me: str, draft: Draft, reason: str) -> None:
    with pytest.raises(VerificationError, match=reason):
        line.apply(state, me, draft)


def outsiders(state: State, group: str) -> Iterable[str]:
    inside = state.groups[group].members
    return (i for i, m in state.members.items() if m.is_admin and i not in inside)


def test_an_admin_who_is_not_in_it_cannot_grow_or_open_a_group(line: GoldenLine) -> None:
    state, group = last_with(line, "closed")
    outsider = next(iter(outsiders(state, group)))
    draft = Draft()
    epochs.open_closed(draft, line.reader(state, outsider), group)
    refused(line, state, outsider, draft, "opened by somebody who is not in it")
    state, group = last_with(line, "reviewers")
    draft = Draft()
    plain = next(i for i in state.groups[group].members if not state.members[i].is_admin)
    epochs.start_anew(draft, line.reader(state, plain), group, state.groups[group].members)
    refused(line, state, plain, draft, "started anew by no admin")


def test_without_its_key_nobody_grows_a_group(line: GoldenLine) -> None:
    state, group = last_with(line, "deleted")
    outsider = next(iter(outsiders(state, group)))
    with pytest.raises(AccessError, match="you do not hold this group's key"):
        epochs.grow(Draft(), line.reader(state, outsider), group, [outsider])


def test_who_leaves_a_group_themselves_closes_it(line: GoldenLine) -> None:
    """They would know the new key."""
    state, group = last_with(line, "reviewers")
    me = admins_in(state, group)[0]
    draft = Draft()
    assert epochs.take_out(draft, line.reader(state, me), group, [me], me) == "closed"
    assert line.apply(state, me, draft).groups[group].recipient is None
