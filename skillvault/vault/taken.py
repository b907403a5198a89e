"""Ids that my unpushed entries made, and that somebody else used before they reached the line.

Ids are random, so whoever uses one of mine has seen it: a host keeps a push that it refuses. What
is replayed must never take theirs for mine: a share with my new group would go to theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skillvault.errors import ConflictError
from skillvault.vault.bundle import Bundle
from skillvault.vault.deeds import AccessChange, Deed
from skillvault.vault.records import AccessRecord
from skillvault.vault.state import State, is_used

Taken = dict[str, str]
"""What I called the thing, by id."""


def taken(deeds: Sequence[Deed], state: State, me: str) -> Taken:
    """The ids of what `deeds` made that stand for something else in `state`.

    What went ahead of a conflict is mine: the keys that I admitted, and what I signed first.
    """
    found: Taken = {}
    for made in deeds:
        for member, admission in made.admitted.items():
            there, card = state.members.get(member), admission.card
            keys = (card.recipient, card.signing_key)
            same = there is not None and (there.recipient, there.signing_key) == keys
            if is_used(state, member) and not same:
                found[member] = card.name
        for group, founding in made.founded.items():
            known = state.groups.get(group) or state.former_groups.get(group)
            if is_used(state, group) and (known is None or known.epochs[0].opener != me):
                found[group] = founding.name
        for skill, (bundle, _) in made.added.items():
            record = state.skills.get(skill) or state.former_skills.get(skill)
            if is_used(state, skill) and (record is None or record.versions[0].author != me):
                found[skill] = bundle.manifest.name
    return found


def refusal(name: str) -> ConflictError:
    """Why what I made under a taken id is not made again."""
    problem = "somebody else has its id, who saw what was not pushed: yours is not made again"
    return ConflictError(name, problem, "make it again; the host or a member is hostile")


def texts(deeds: Sequence[Deed], ids: Taken) -> list[Bundle]:
    """My newest version of each skill whose id was taken: it is laid aside."""
    newest: dict[str, Bundle] = {}
    for made in deeds:
        newest |= {skill: bundle for skill, (bundle, _) in made.added.items()} | made.written
    return [bundle for skill, bundle in newest.items() if skill in ids]


def spared(made: Deed, ids: Taken) -> Deed:
    """A deed without all that names one of these ids."""
    if not ids:
        return made
    gone = ids.keys()
    return Deed(
        made.seq,
        made.reader,
        admitted={k: v for k, v in made.admitted.items() if k not in ids},
        members={k: v for k, v in made.members.items() if k not in ids},
        expelled={k: v for k, v in made.expelled.items() if k not in ids},
        founded={
            k: replace(v, members=v.members - gone) for k, v in made.founded.items() if k not in ids
        },
        groups={
            k: replace(v, joined=v.joined - gone, gone=v.gone - gone)
            for k, v in made.groups.items()
            if k not in ids
        },
        dissolved={k: v for k, v in made.dissolved.items() if k not in ids},
        access={k: _access(v, ids) for k, v in made.access.items() if k not in ids},
        added={
            k: (bundle, _record(access, ids, made.reader.me))
            for k, (bundle, access) in made.added.items()
            if k not in ids
        },
        written={k: v for k, v in made.written.items() if k not in ids},
        evidence={k: v for k, v in made.evidence.items() if k[0] not in ids},
        withdrawn={k: v for k, v in made.withdrawn.items() if k[0] not in ids},
        removed={k: v for k, v in made.removed.items() if k not in ids},
    )


def _access(change: AccessChange, ids: Taken) -> AccessChange:
    gone = ids.keys()
    owner = change.owner
    if owner is not None and not gone.isdisjoint(owner):
        owner = None
    return AccessChange(
        readers=change.readers - gone,
        writers=change.writers - gone,
        gone=change.gone - gone,
        not_writing=change.not_writing - gone,
        owner=owner,
    )


def _record(access: AccessRecord, ids: Taken, me: str | None) -> AccessRecord:
    """Whom a new skill is for; mine where its owner would be somebody else."""
    owner = me if me is not None and access.owner in ids else access.owner
    return AccessRecord(
        owner=owner,
        readers=tuple(sorted({owner, *access.readers} - ids.keys())),
        writers=tuple(sorted({owner, *access.writers} - ids.keys())),
    )
