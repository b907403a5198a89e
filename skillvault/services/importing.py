"""`import`: skills of others become skills of mine, with where they came from in the manifest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from skillvault.errors import AccessError, ConflictError, NotFoundError, UsageError
from skillvault.services import finding, linting, opening, reopening, sources
from skillvault.services.context import Context
from skillvault.services.finding import Found, Shelf
from skillvault.services.labels import fold
from skillvault.services.people import owner_to_ask
from skillvault.services.references import Reference
from skillvault.services.sources import Candidate, Wanted
from skillvault.skill.finding import Finding
from skillvault.skill.frontmatter import SKILL_FILE, check_name, parse_skill, skill_name
from skillvault.skill.text import one_line
from skillvault.vault import bundle, operations
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.entry import Entry
from skillvault.vault.ids import new_id
from skillvault.vault.state import writes

_PINS = ("commit", "sha256")  # what differs between two imports of one thing


@dataclass(frozen=True, slots=True)
class Imported:
    """One skill. `change`: `new`, `changed` or `unchanged`."""

    name: str
    skill: str
    version: int
    change: str
    content: str
    files: int
    size: int
    origin: Mapping[str, str]
    licence: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`entry` is None where nothing changed."""

    vault: Vault
    entry: Entry | None
    skills: tuple[Imported, ...]
    unpushed: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    candidate: Candidate
    name: str
    description: str
    licence: str | None
    findings: tuple[Finding, ...]


def import_skills(
    ctx: Context,
    wanted: Wanted,
    *,
    skills: Sequence[str] = (),
    everything: bool = False,
    vault: str | None = None,
    name: str | None = None,
    message: str = "",
    new: bool = False,
    allow: Collection[str] = (),
) -> ImportReport:
    """Put skills of a source into a vault, all in one entry or none.

    UsageError, listing them, where the source has several and neither `skills` nor `everything`
    says which. ConflictError where a skill of that name is mine and not an import of the same
    thing, unless `new` makes a second. RefusedError for what `lint` calls an error.
    """
    chosen = _choose(ctx, sources.find(ctx, wanted), skills, name, allow, everything=everything)
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        reopening.before_write(ctx, opened)
        shelf = Shelf([] if new else finding.readable(ctx, opened))
        draft = Draft()
        done = [_keep(ctx, opened, draft, shelf, one, message) for one in chosen]
        entry = None if draft.is_empty else opened.commit(draft, ctx.now())
        for one in done:
            opened.notebook.means(fold(one.name), one.skill)
        opened.notebook.save()
    return ImportReport(opened, entry, tuple(done), opened.unpushed)


def _choose(
    ctx: Context,
    found: Sequence[Candidate],
    skills: Sequence[str],
    name: str | None,
    allow: Collection[str],
    *,
    everything: bool,
) -> list[_Chosen]:
    if name is not None and len(found) > 1 and len(skills) != 1:
        raise UsageError("import", "--name takes one skill", "--skill says which")
    read = [_named(one) for one in found]
    names = [n for n, _ in read]
    missing = next((s for s in skills if fold(s) not in map(fold, names)), None)
    if missing is not None:
        raise NotFoundError(missing, "no such skill in the source", f"it has {', '.join(names)}")
    if len(read) > 1 and not skills and not everything:
        hint = "--skill NAME for some of them, --all for all"
        raise UsageError("import", f"{len(read)} skills are there: {', '.join(names)}", hint)
    wanted = {fold(s) for s in skills}
    picked = [(n, c) for n, c in read if not wanted or fold(n) in wanted]
    if len({fold(n) for n, _ in picked}) < len(picked):
        raise UsageError("import", "two skills of one name are there", "--path says which folder")
    return [_judge(ctx, c, name or n, allow) for n, c in picked]


def _named(one: Candidate) -> tuple[str, Candidate]:
    main = next(f.data for f in one.files if f.path == SKILL_FILE)
    return skill_name(parse_skill(main), one.folder), one


def _judge(ctx: Context, one: Candidate, name: str, allow: Collection[str]) -> _Chosen:
    text = parse_skill(next(f.data for f in one.files if f.path == SKILL_FILE))
    report = linting.lint_files(one.files, None)
    linting.refuse(name, report, allow)
    licence = one_line(text.license, 100) if text.license else one.licence
    if licence is None:
        ctx.warn(f"{name}: no licence is stated: ask its author before you share it")
    return _Chosen(one, check_name(name), text.description or "", licence, report.findings)


def _keep(
    ctx: Context, vault: Vault, draft: Draft, shelf: Shelf, one: _Chosen, message: str
) -> Imported:
    reference = Reference(one.name)
    named = shelf.named(reference)
    if not named:
        made = _make(ctx, vault, new_id(), one, message, None)
        operations.put_owned(draft, vault.state, made.manifest.skill, made, vault.require_me())
        vault.notebook.note(made, one.description)
        return _result(one, made, "new")
    found = finding.choose(ctx, vault, reference, named)
    current = _current(vault, one, found)
    if current.manifest.files == bundle.describe(one.candidate.files):
        return _result(one, current, "unchanged")
    made = _make(ctx, vault, found.skill, one, message, found)
    operations.put_bundle(draft, vault.state, found.skill, made)
    vault.notebook.note(made, one.description)
    return _result(one, made, "changed")


def _current(vault: Vault, one: _Chosen, found: Found) -> Bundle:
    """The newest version, which must be an import of the same thing, and mine to write."""
    record = vault.state.skills[found.skill]
    if not writes(vault.state, record, vault.require_me()):
        ask = owner_to_ask(vault, found.skill)
        raise AccessError(one.name, "you may read it, not write it", f"--new, or ask {ask}")
    current = vault.reader.open_version(found.skill, len(record.versions)).bundle
    before = current.manifest.extra.get("origin")
    if current.manifest.files == bundle.describe(one.candidate.files):
        return current
    if not isinstance(before, dict) or _thing(before) != _thing(one.candidate.origin):
        came = "is an import of something else" if before else "was not imported as it stands"
        hint = "--new makes a second skill, --name another name"
        raise ConflictError(one.name, f"{vault.name} has one of this name, which {came}", hint)
    return current


def _thing(origin: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in origin.items() if key not in _PINS}


def _make(
    ctx: Context, vault: Vault, skill: str, one: _Chosen, message: str, before: Found | None
) -> Bundle:
    return operations.make_bundle(
        vault.state,
        vault.signer(),
        skill,
        name=one.name,
        files=one.candidate.files,
        message=message,
        now=ctx.now(),
        before=vault.state.skills[skill] if before else None,
        extra={"origin": dict(one.candidate.origin), "license": one.licence},
    )


def _result(one: _Chosen, made: Bundle, change: str) -> Imported:
    said = made.manifest
    return Imported(
        name=said.name,
        skill=said.skill,
        version=said.version,
        change=change,
        content=made.content,
        files=len(said.files),
        size=sum(f.size for f in said.files),
        origin=one.candidate.origin,
        licence=one.licence,
        findings=one.findings,
    )
