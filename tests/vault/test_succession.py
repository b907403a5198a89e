"""Who owns a skill when its owner goes: told before, and as `apply` has it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.errors import VerificationError
from skillvault.vault import epochs, operations, succession
from skillvault.vault.draft import Draft
from skillvault.vault.ids import sha256
from skillvault.vault.records import AccessRecord, MemberRecord
from skillvault.vault.state import Skill, State, has_person, skill_path
from tests.vault.golden_line import GoldenLine, golden_line
from tests.vault.test_epochs import named


@pytest.fixture(scope="module")
def line() -> GoldenLine:
    return golden_line()


def expel(draft: Draft, line: GoldenLine, state: State, me: str, gone: str) -> None:
    """The removal of a member, but for the access files."""
    member = state.members[gone]
    record = MemberRecord(
        expires=member.expires,
        name=member.name,
        recipient=member.recipient,
        role=member.role,
        signing_key=member.signing_key,
        state="removed",
    )
    draft.files[f"members/{gone}.json"] = record.to_bytes()
    for group, now in state.groups.items():
        if gone in now.members:
            epochs.take_out(draft, line.reader(state, me), group, [gone], me)


def gave(state: State, skill: str, **fields: object) -> State:
    """A state in which a skill has another access file, as its owner might have made it."""
    record: Skill = replace(state.skills[skill], **fields)  # type: ignore[arg-type]
    data = AccessRecord(owner=record.owner, readers=record.readers, writers=record.writers)
    files = {**state.files, skill_path(skill, "access.json"): sha256(data.to_bytes())}
    return replace(state, skills={**state.skills, skill: record}, files=files)


def check(state: State, after: State, said: succession.Succession) -> None:
    """What was said is what happened, and nothing names who is gone."""
    assert set(said.orphans) == state.skills.keys() - after.skills.keys()
    assert not set(said.orphans) & (said.heirs.keys() | said.struck.keys())
    for skill, record in after.skills.items():
        before = state.skills[skill]
        lost = set(before.readers) - set(record.readers)
        assert lost == set(said.struck.get(skill, ()))
        if skill in said.heirs:
            assert said.heirs[skill] == (before.owner, record.owner)
        else:
            assert record.owner == before.owner
        assert has_person(after, record.owner)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_whoever_is_removed_the_entry_is_allowed_and_does_what_was_said(
    data: st.DataObject,
) -> None:
    """From any state of a vault's life, by any who may, with any access that owners could give."""
    line = golden_line()
    state = line.states[data.draw(st.integers(2, len(line.states) - 1))]
    names = sorted([*(i for i, m in state.members.items() if m.is_active), *state.groups])
    for skill in sorted(state.skills):
        if data.draw(st.booleans()):
            continue
        owners = [n for n in names if n != state.everyone and has_person(state, n)]
        owner = data.draw(st.sampled_from(owners))
        writers = {owner, *data.draw(st.lists(st.sampled_from(names), max_size=2))}
        readers = writers | set(data.draw(st.lists(st.sampled_from(names), max_size=2)))
        state = gave(
            state,
            skill,
            owner=owner,
            writers=tuple(sorted(writers)),
            readers=tuple(sorted(readers)),
        )
    owners = [i for i, m in state.members.items() if m.is_active and m.role == "owner"]
    me = data.draw(st.sampled_from(sorted(owners)))
    draft = Draft()
    others = sorted(i for i, m in state.members.items() if m.is_active and i != me)
    deletable = sorted(state.groups.keys() - {state.everyone})
    target = data.draw(st.sampled_from(others + deletable))
    if target in state.groups:
        epochs.delete_group(draft, state, target)
    else:
        expel(draft, line, state, me, target)
    said = succession.strike(draft, state)
    check(state, line.apply(state, me, draft), said)


def removed(line: GoldenLine, state: State, gone: str) -> tuple[State, succession.Succession]:
    me = next(i for i, m in state.members.items() if m.is_active and m.role == "owner")
    draft = Draft()
    expel(draft, line, state, me, gone)
    said = succession.strike(draft, state)
    return line.apply(state, me, draft), said


def deploy_of(line: GoldenLine) -> tuple[State, str, str, str]:
    """Just before Eve leaves: she owns `deploy` alone, and the group may read it."""
    at = next(
        n
        for n, state in enumerate(line.states)
        if any(m.state == "removed" for m in state.members.values())
    )
    state, after = line.states[at - 1], line.states[at]
    eve = next(i for i, m in after.members.items() if m.state == "removed")
    skill = next(s for s, r in state.skills.items() if r.owner == eve and len(r.readers) > 1)
    group = next(n for n in state.skills[skill].readers if n in state.groups)
    return state, eve, skill, group


def test_a_group_that_reads_follows_and_a_skill_of_nobody_else_goes(line: GoldenLine) -> None:
    state, eve, skill, group = deploy_of(line)
    after, said = removed(line, state, eve)
    assert said.heirs == {skill: (eve, group)}
    assert after.skills[skill].writers == after.skills[skill].readers == (group,)
    assert [state.skills[s].owner for s in said.orphans] == [eve]


def test_a_writer_goes_before_a_reader(line: GoldenLine) -> None:
    state, eve, skill, group = deploy_of(line)
    cyd = named(line, state, "Cyd Ray")
    readers = tuple(sorted([eve, group, cyd]))
    state = gave(state, skill, readers=readers, writers=tuple(sorted([eve, cyd])))
    assert removed(line, state, eve)[1].heirs == {skill: (eve, cyd)}


def test_who_reads_through_everyone_may_follow_but_everyone_never_does(line: GoldenLine) -> None:
    state, eve, skill, _group = deploy_of(line)
    both = tuple(sorted([eve, state.everyone]))
    state = gave(state, skill, readers=both, writers=both)
    after, said = removed(line, state, eve)
    heir = said.heirs[skill][1]
    assert after.members[heir].is_person
    assert heir in after.skills[skill].writers
    assert state.everyone in after.skills[skill].writers


def test_of_several_who_may_follow_the_caller_prefers(line: GoldenLine) -> None:
    state, eve, skill, _group = deploy_of(line)
    state = gave(state, skill, readers=tuple(sorted([eve, state.everyone])), writers=(eve,))
    people = [i for i, m in state.members.items() if m.is_person and i != eve]
    for wanted in people:
        draft = Draft()
        me = next(i for i, m in state.members.items() if m.role == "owner")
        expel(draft, line, state, me, eve)
        said = succession.strike(draft, state, prefer=[wanted])
        assert said.heirs[skill][1] == wanted
        line.apply(state, me, draft)


def test_a_machine_never_follows(line: GoldenLine) -> None:
    state, eve, skill, _group = deploy_of(line)
    bot = named(line, state, "ci")
    names = tuple(sorted([eve, bot]))
    state = gave(state, skill, readers=names, writers=names)
    after, said = removed(line, state, eve)
    assert skill in said.orphans
    assert skill not in after.skills


def test_a_group_left_without_a_person_owns_nothing(line: GoldenLine) -> None:
    """A member is taken out, and machines are left: the group goes on, but owns no skill."""
    state, eve, skill, _group = deploy_of(line)
    bot = named(line, state, "ci")
    me = next(i for i, m in state.members.items() if m.role == "owner")
    draft = Draft()
    group = epochs.make_group(draft, line.reader(state, me), "machines", [me, bot])
    state = line.apply(state, me, draft)
    names = tuple(sorted([eve, group]))
    state = gave(state, skill, owner=group, readers=names, writers=names)
    draft = Draft()
    assert epochs.take_out(draft, line.reader(state, me), group, [me], me) == "closed"
    said = succession.strike(draft, state)
    assert said.heirs[skill] == (group, eve)
    after = line.apply(state, me, draft)
    assert after.skills[skill].readers == (eve,)
    assert after.groups[group].members == (bot,)


def test_nobody_is_struck_where_nobody_goes(line: GoldenLine) -> None:
    draft = Draft()
    said = succession.strike(draft, line.states[-1])
    assert said == succession.Succession({}, {}, ())
    assert draft.is_empty


def test_an_access_file_that_still_names_who_is_gone_is_refused(line: GoldenLine) -> None:
    state, eve, *_ = deploy_of(line)
    me = next(i for i, m in state.members.items() if m.role == "owner")
    draft = Draft()
    expel(draft, line, state, me, eve)
    with pytest.raises(VerificationError, match=r"names who is gone|without a person"):
        line.apply(state, me, draft)


def test_what_the_draft_already_says_of_an_access_file_stays(line: GoldenLine) -> None:
    state, eve, skill, group = deploy_of(line)
    owner = next(i for i, m in state.members.items() if m.role == "owner")
    state = gave(state, skill, owner=owner, writers=(owner,))
    state = gave(state, skill, readers=tuple(sorted([owner, eve, group])))
    draft = Draft()
    expel(draft, line, state, owner, eve)
    operations.change_access(draft, line.reader(state, owner), skill, strike=[group])
    draft.files.pop(skill_path(skill), None)
    succession.strike(draft, state)
    data = draft.files[skill_path(skill, "access.json")]
    assert data is not None
    assert AccessRecord.parse(data, skill).readers == (owner,)
