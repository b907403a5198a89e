"""What a client mends by itself when it syncs: closed groups, spoiled links, pending files.

Each is one entry of its own, built on the remote's line and pushed ahead of what was not pushed, so
that no conflict delays it, and built anew where others were first. Where the host fails the rest
waits for the next sync.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from skillvault.errors import ServiceError, SkillvaultError, VerificationError
from skillvault.services import finding, reopening, resealing
from skillvault.services.context import Context
from skillvault.services.news import skill_label
from skillvault.services.references import parse
from skillvault.vault import epochs, sync
from skillvault.vault.client import REMOTE, Vault
from skillvault.vault.draft import Draft
from skillvault.vault.ids import format_time
from skillvault.vault.reader import Reader
from skillvault.vault.repository import read_ref
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import SealedFile, reads, skill_path


@dataclass(slots=True)
class Healed:
    """What was mended. `opened`: groups; `bridged`: groups whose older keys are reachable again.

    `resealed`: names of skills; `results`: how many evaluation results. `spoiled`: which entries
    were bad, a line each. `error` is why not all of it could be done.
    """

    opened: tuple[str, ...] = ()
    bridged: tuple[str, ...] = ()
    resealed: tuple[str, ...] = ()
    results: int = 0
    spoiled: list[str] = field(default_factory=list)
    error: SkillvaultError | None = None


def heal(ctx: Context, vault: Vault, wanted: str | None = None) -> Healed:
    """Mend what I can. The caller holds `vault.changing()`, and has synced.

    `wanted`: a skill that is sealed anew though nothing is wrong that anybody could see. What goes
    wrong is in `Healed.error`.
    """
    done = Healed()
    me = vault.state.members.get(vault.me or "")
    if me is None or (me.expires is not None and format_time(ctx.now()) > me.expires):
        return done
    try:
        _heal(ctx, vault, wanted, done)
    except ServiceError as error:
        if me.role != "machine" or wanted is not None:
            done.error = error
        else:  # jobs often may not push: others mend it then
            ctx.warn(f"left to others: {error}")
    except SkillvaultError as error:
        done.error = error
    return done


def _heal(ctx: Context, vault: Vault, wanted: str | None, done: Healed) -> None:
    asked = None if wanted is None else finding.locate_in(ctx, vault, parse(wanted)).found.skill
    closed = [vault.reader.name(group) for group in epochs.closed_of_mine(_reader(vault))]
    if _write(ctx, vault, epochs.opening):
        done.opened = tuple(closed)
    bridged = [group for group, _ in reopening.bridging(_reader(vault))[1]]
    if _write(ctx, vault, lambda reader: reopening.bridging(reader)[0]):
        done.bridged = tuple(vault.reader.name(group) for group in dict.fromkeys(bridged))
    bad = _spoiled(vault, _reader(vault), done)
    for line in done.spoiled:
        ctx.warn(line)
    more = bad | ({(asked, "")} if asked is not None else set())
    made = resealing.Resealing()

    def build(reader: Reader) -> Draft:
        nonlocal made
        made = resealing.derive(reader, more)
        return made.draft

    if _write(ctx, vault, build):
        done.resealed, done.results = made.names, made.results
    if asked is not None and asked not in {one.manifest.skill for one in made.skills}:
        problem = "it cannot be sealed anew: no good file of its current version opens for you"
        raise VerificationError(str(wanted), problem, "one of its writers writes the next version")
    for fault in made.faults:
        ctx.warn(fault)
    vault.notebook.checked_to(_reader(vault).state.seq)


def _reader(vault: Vault) -> Reader:
    """Of the line that is mended: the remote's, where there is one."""
    tip = read_ref(vault.path, REMOTE) if vault.notes.remote is not None else None
    if tip is None or tip == vault.local.commit:
        return vault.reader
    return vault.reader_of(vault.verified_at(tip))


def _write(ctx: Context, vault: Vault, build: Callable[[Reader], Draft]) -> bool:
    """Write and push one entry, if there is anything to write. Whether there was."""
    draft = build(_reader(vault))
    if draft.is_empty:
        return False
    if vault.notes.remote is None:
        vault.commit(draft, ctx.now())
        return True
    done = sync.sync(vault, ctx.now, first=build, push=False, ask=ctx.interactive)
    return done.first is not None


def _spoiled(vault: Vault, reader: Reader, done: Healed) -> set[tuple[str, str]]:
    """Files that are bad, of what came since this was looked at last: (skill, evidence id or "").

    Only those that are sealed to me, which I did not write myself.
    """
    state, me, checked = reader.state, reader.me or "", vault.notebook.checked
    found = set[tuple[str, str]]()
    for skill, record in state.skills.items():
        if not reads(state, record, me):
            continue
        newest, version = record.files[-1], record.versions[-1]
        mine = version.author == me and version.seq == newest.seq
        files = {"": newest} if not mine else {}
        files |= {key: item.files[-1] for key, item in record.evidence.items()}
        for key, file in files.items():
            if file.seq > checked and reader.can_open(file):
                problem = _problem(vault, reader, skill, key, file)
                if problem is not None:
                    result = f", result {key[:8]}" if key else ""
                    known = skill in vault.state.skills  # not where a conflict holds up the line
                    name = skill_label(vault, skill).partition("~")[0] if known else ""
                    done.spoiled.append(
                        f"{name}~{skill[:8]}{result}: entry {file.seq} spoiled it: {problem}"
                    )
                    found.add((skill, key))
    return found


def _problem(vault: Vault, reader: Reader, skill: str, key: str, file: SealedFile) -> str | None:
    """Why the newest file of a skill, or of its result `key`, is bad; None if it is good."""
    try:
        if key:
            reader.open_evidence_file(skill_path(skill, f"evidence/{key}.age"), key, file)
        else:
            number = len(reader.state.skills[skill].versions)
            vault.notebook.note(reader.open_file(skill, number, file))
    except DOES_NOT_OPEN as error:
        return error.problem
    return None
