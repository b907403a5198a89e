"""A state as JSON, for the cache beside the pins: short arrays, because it is read at every start.

Who keeps it authenticates it: a state is believed as it stands here.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from skillvault.errors import RefusedError
from skillvault.vault.layered import Layered
from skillvault.vault.state import (
    Epoch,
    Evidence,
    Group,
    Link,
    Member,
    NameFile,
    SealedFile,
    Skill,
    State,
    Version,
)

LAYOUT: Final = 1
_PLAIN: Final = (
    "seq",
    "head",
    "vault_id",
    "suite",
    "nonce",
    "time",
    "format",
    "ended",
    "everyone",
)


def state_to_json(state: State) -> bytes:
    """Everything in `state`, as one JSON object."""
    record = {
        "layout": LAYOUT,
        **{name: getattr(state, name) for name in _PLAIN},
        "members": {
            key: [m.expires, m.name, m.recipient, m.role, m.signing_key, m.state]
            for key, m in state.members.items()
        },
        "groups": {key: _group(group) for key, group in state.groups.items()},
        "former_groups": {key: _group(group) for key, group in state.former_groups.items()},
        "skills": {key: _skill(skill) for key, skill in state.skills.items()},
        "former_skills": {key: _skill(skill) for key, skill in state.former_skills.items()},
        "names": state.names,
        "keys": sorted(state.keys),
        "files": Layered.of(state.files).plain(),
    }
    return json.dumps(record, separators=(",", ":"), check_circular=False).encode()


def state_from_json(data: bytes) -> State:
    """The state that `state_to_json` wrote. RefusedError for anything else."""
    # None of the many small tuples is garbage: looking for some would take twice as long again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        record: dict[str, Any] = json.loads(data)
        if record["layout"] != LAYOUT:
            raise RefusedError("state", "written by another version of skillvault")
        return State(
            **{name: record[name] for name in _PLAIN},
            members={key: Member(*fields) for key, fields in record["members"].items()},
            groups=_groups(record["groups"]),
            former_groups=_groups(record["former_groups"]),
            skills=_skills(record["skills"]),
            former_skills=_skills(record["former_skills"]),
            names={
                key: tuple(NameFile._make(f) for f in files)
                for key, files in record["names"].items()
            },
            keys=frozenset(record["keys"]),
            files=record["files"],
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise RefusedError("state", "damaged") from None
    finally:
        if collecting:
            gc.enable()


def _group(group: Group) -> list[object]:
    return [group.epoch, group.members, group.name, group.recipient, group.epochs]


def _groups(records: Mapping[str, list[Any]]) -> dict[str, Group]:
    return {
        key: Group(
            epoch, tuple(members), name, recipient, tuple(_epoch(*fields) for fields in epochs)
        )
        for key, (epoch, members, name, recipient, epochs) in records.items()
    }


def _epoch(
    recipient: str | None,
    opener: str | None,
    slots: Mapping[str, Iterable[str]],
    previous: Iterable[Iterable[Any]],
) -> Epoch:
    return Epoch(
        recipient,
        opener,
        {member: tuple(hashes) for member, hashes in slots.items()},
        tuple(Link._make(link) for link in previous),
    )


def _skill(skill: Skill) -> list[object]:
    return [
        skill.owner,
        skill.readers,
        skill.writers,
        skill.versions,
        skill.files,
        skill.evidence,
    ]


def _skills(records: Mapping[str, list[Any]]) -> dict[str, Skill]:
    return {
        key: Skill(
            owner,
            tuple(readers),
            tuple(writers),
            tuple([Version(*version) for version in versions]),
            _sealed(files),
            {
                identifier: Evidence(author, _sealed(sealings))
                for identifier, (author, sealings) in evidence.items()
            },
        )
        for key, (owner, readers, writers, versions, files, evidence) in records.items()
    }


def _sealed(files: Iterable[list[Any]]) -> tuple[SealedFile, ...]:
    return tuple([SealedFile(h, seq, content, tuple(refs)) for h, seq, content, refs in files])
