"""What must hold of every state, and of every step: written from DESIGN 3, not from the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from skillvault.vault import canonical
from skillvault.vault.ids import sha256
from skillvault.vault.state import Epoch, Group, Member, Skill, State, expand, skill_path


def check(state: State) -> None:
    """Assert every invariant of a state after its first entry."""
    _check_members(state)
    _check_groups(state)
    for skill in state.skills.values():
        _check_access(state, skill)
        _check_files(skill)
    _check_keys(state)
    _check_ids(state)
    assert dict(state.files) == expected_files(state)


def _active(state: State) -> set[str]:
    return {key for key, member in state.members.items() if member.state == "active"}


def _is_person(state: State, member: str) -> bool:
    return member in _active(state) and state.members[member].role != "machine"


def _check_members(state: State) -> None:
    assert any(state.members[key].role == "owner" for key in _active(state))
    for key, member in state.members.items():
        assert member.expires is None or member.role == "machine"
        assert state.names[key][-1].record == member.name
    everyone = state.groups[state.everyone]
    assert set(everyone.members) == _active(state)
    assert everyone.recipient is not None
    assert len({file.record for file in state.names[state.everyone]}) == 1


def _check_groups(state: State) -> None:
    for key, group in state.groups.items():
        assert group.members
        assert list(group.members) == sorted(set(group.members))
        assert set(group.members) <= _active(state)
        assert state.names[key][-1].record == group.name
        assert group.epochs[-1].recipient == group.recipient
        if group.recipient is not None:
            assert set(group.epochs[-1].slots) == set(group.members)
    for group in (*state.groups.values(), *state.former_groups.values()):
        assert len(group.epochs) == group.epoch
        assert group.epochs[0].recipient is not None
        assert group.epochs[0].previous == ()
        for epoch in group.epochs:
            _check_epoch(epoch)


def _check_epoch(epoch: Epoch) -> None:
    if epoch.recipient is None:
        assert epoch == Epoch(None, None, {}, ())
        return
    assert epoch.opener in epoch.slots
    assert all(epoch.slots.values())
    writers = [link.writer for link in epoch.previous]
    assert len(writers) == len(set(writers))
    assert set(writers) <= set(epoch.slots)
    assert epoch.opener not in writers[1:]


def _check_access(state: State, skill: Skill) -> None:
    for names in (skill.readers, skill.writers):
        assert list(names) == sorted(set(names))
        assert names
        assert set(names) <= _active(state) | set(state.groups)
    assert set(skill.writers) <= set(skill.readers)
    assert skill.owner in skill.writers
    assert skill.owner != state.everyone
    assert any(_is_person(state, member) for member in expand(state, [skill.owner]))
    assert expand(state, skill.readers)


def _check_files(skill: Skill) -> None:
    contents = [version.content for version in skill.versions]
    assert contents
    assert len(contents) == len(set(contents))
    # In the order of versions, none left out, each once or more.
    assert list(dict.fromkeys(file.content for file in skill.files)) == contents
    assert all(file.refs for file in skill.files)
    for evidence in skill.evidence.values():
        assert all(file.refs and file.content is None for file in evidence.files)
    authors = Counter(evidence.author for evidence in skill.evidence.values())
    assert all(count <= 16 for count in authors.values())


def _check_keys(state: State) -> None:
    keys = [m.recipient for m in state.members.values()]
    keys += [m.signing_key for m in state.members.values()]
    for group in (*state.groups.values(), *state.former_groups.values()):
        keys += [epoch.recipient for epoch in group.epochs if epoch.recipient is not None]
    assert len(keys) == len(set(keys))
    assert set(keys) == state.keys


def _check_ids(state: State) -> None:
    ids = [
        *state.members,
        *state.groups,
        *state.former_groups,
        *state.skills,
        *state.former_skills,
    ]
    assert len(ids) == len(set(ids))


def _line(record: Mapping[str, object]) -> str:
    return sha256(canonical.dumps(record))


def _member_line(member: Member) -> str:
    return _line(
        {
            "expires": member.expires,
            "name": member.name,
            "recipient": member.recipient,
            "role": member.role,
            "signing_key": member.signing_key,
            "state": member.state,
        }
    )


def _group_line(group: Group) -> str:
    return _line(
        {
            "epoch": group.epoch,
            "members": list(group.members),
            "name": group.name,
            "recipient": group.recipient,
        }
    )


def expected_files(state: State) -> dict[str, str]:
    """The tree that the records say: control files by their own bytes, sealed ones by the newest."""
    files = {path: state.files[path] for path in ("vault.json", "RECOVERY.md")}
    for key, member in state.members.items():
        files[f"members/{key}.json"] = _member_line(member)
    for key, group in state.groups.items():
        files[f"groups/{key}/group.json"] = _group_line(group)
    for key in (*state.members, *state.groups):
        files[f"names/{key}.age"] = state.names[key][-1].hash
    for key, group in (*state.groups.items(), *state.former_groups.items()):
        for number, epoch in enumerate(group.epochs, 1):
            for member_id, hashes in epoch.slots.items():
                files[f"groups/{key}/{number}/{member_id}.age"] = hashes[-1]
            if epoch.previous:
                files[f"groups/{key}/{number}/previous.age"] = epoch.previous[-1].hash
    for key, skill in state.skills.items():
        access = {
            "owner": skill.owner,
            "readers": list(skill.readers),
            "writers": list(skill.writers),
        }
        files[skill_path(key, "access.json")] = _line(access)
        files[skill_path(key)] = skill.files[-1].hash
        for name, evidence in skill.evidence.items():
            files[skill_path(key, f"evidence/{name}.age")] = evidence.files[-1].hash
    return files


def check_step(before: State, after: State, by: str) -> None:
    """Assert what no entry may do, whoever makes it: history grows, and nobody lets others in."""
    assert after.seq == before.seq + 1
    assert before.keys <= after.keys
    for key, member in before.members.items():
        later = after.members[key]
        assert (later.recipient, later.signing_key) == (member.recipient, member.signing_key)
        assert member.state == "active" or later == member
        assert (member.role == "machine") == (later.role == "machine")
    groups = {**after.groups, **after.former_groups}
    for key, group in before.groups.items():
        _check_history(group.epochs, groups[key].epochs)
    assert before.former_groups.items() <= after.former_groups.items()
    assert before.former_skills.items() <= after.former_skills.items()
    for key, skill in before.skills.items():
        later_skill = after.skills.get(key) or after.former_skills[key]
        assert later_skill.versions[: len(skill.versions)] == skill.versions
        assert later_skill.files[: len(skill.files)] == skill.files
        assert len(later_skill.versions) <= len(skill.versions) + 1
    _check_nobody_lets_in(before, after, by)


def _check_history(old: tuple[Epoch, ...], new: tuple[Epoch, ...]) -> None:
    assert len(new) - len(old) in {0, 1}
    for was, now in zip(old, new, strict=False):
        assert (was.recipient, was.opener) == (now.recipient, now.opener)
        assert now.previous[: len(was.previous)] == was.previous
        for member, hashes in was.slots.items():
            assert now.slots[member][: len(hashes)] == hashes


def _check_nobody_lets_in(before: State, after: State, by: str) -> None:
    """The one principle of DESIGN 3.3: nobody lets anybody in to what they do not read."""
    for key, group in after.groups.items():
        old = before.groups.get(key)
        if old is None:
            assert by in group.members
        elif set(group.members) - set(old.members):
            assert by in old.members
    for key, skill in after.skills.items():
        was = before.skills.get(key)
        if was is None:
            assert by in expand(after, skill.readers)
            continue
        gained = expand(after, skill.readers) - expand(before, was.readers)
        if gained:
            assert by in expand(before, was.readers)
