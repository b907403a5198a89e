"""From a name to a skill, and never to an impostor's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skillvault.errors import AccessError, NotFoundError, UsageError
from skillvault.services import opening
from skillvault.services.context import Context
from skillvault.services.labels import fold, label
from skillvault.services.references import Reference
from skillvault.vault import settings
from skillvault.vault.client import Vault
from skillvault.vault.notebook import Summary
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import reads


@dataclass(frozen=True, slots=True)
class Found:
    """A skill that I can read: the newest version sealed to me, and how many there are in all."""

    skill: str
    summary: Summary
    newest: int

    @property
    def is_behind(self) -> bool:
        """There is a newer version that is not sealed to me (yet)."""
        return self.summary.version < self.newest


@dataclass(frozen=True, slots=True)
class Located:
    """A skill in an open vault. `version`: what the reference asked for, or None."""

    vault: Vault
    found: Found
    version: int | None

    @property
    def label(self) -> str:
        """`VAULT/NAME`."""
        return f"{self.vault.name}/{self.found.summary.name}"


class Shelf:
    """Skills that I can read in a vault, by id and by name."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.by_id = {one.skill: one for one in found}
        self._by_name: dict[str, list[Found]] = {}
        for one in found:
            self._by_name.setdefault(fold(one.summary.name), []).append(one)

    def named(self, reference: Reference) -> list[Found]:
        """Those that a reference may mean, whatever the case of its letters."""
        named = self._by_name.get(fold(reference.name), [])
        return [one for one in named if one.skill.startswith(reference.id or "")]


def readable(ctx: Context, vault: Vault, prefix: str = "") -> list[Found]:
    """Every skill of a vault that I can read, by name. What does not open is warned about.

    Only versions that the notebook does not know are opened. `prefix`: of the ids that count.
    """
    book, state = vault.notebook, vault.state
    me = vault.me
    found = []
    mine = [
        identifier
        for identifier, skill in (state.skills.items() if me is not None else ())
        if identifier.startswith(prefix) and reads(state, skill, me or "")
    ]
    if unknown := [skill for skill in mine if not _is_known(vault, skill)]:
        vault.reader.expect(unknown)
    for done, skill in enumerate(mine, 1):
        summary = _summary(ctx, vault, skill)
        if summary is not None:
            found.append(Found(skill, summary, len(state.skills[skill].versions)))
        ctx.progress("open", done, len(mine))
    book.keep_only(v.content for s in state.skills.values() for v in s.versions)
    book.save()
    return sorted(found, key=lambda f: (f.summary.name, f.skill))


def _is_known(vault: Vault, skill: str) -> bool:
    """Whether the notebook has the current version; where an older one counts, that is read too."""
    return vault.notebook.known(skill, vault.state.skills[skill].content) is not None


def _summary(ctx: Context, vault: Vault, skill: str) -> Summary | None:
    """The newest version that is sealed to me, from the notebook or opened now."""
    record = vault.state.skills[skill]
    number = vault.reader.newest_number(skill)
    if number is None:
        return None
    known = vault.notebook.known(skill, record.versions[number - 1].content)
    if known is not None:
        return known
    try:
        opened = vault.reader.open_newest(skill)
    except DOES_NOT_OPEN as error:
        ctx.warn(f"{vault.name}/~{skill}: {error.problem}")
        return None
    for fault in opened.faults:
        ctx.warn(f"{vault.name}/{opened.bundle.manifest.name}: {fault}")
    return vault.notebook.note(opened.bundle)


def locate(
    ctx: Context, reference: Reference, *, vault: str | None = None, changing: bool = False
) -> Located:
    """The one skill that `reference` means.

    With several vaults a reading command takes a name that is unique among them; a changing one
    asks for the vault. NotFoundError if no readable skill has this name or several have.
    """
    named = reference.vault or vault or ctx.environ.get("SKILLVAULT_VAULT")
    if named or changing or len(settings.names(ctx.paths)) < 2:  # noqa: PLR2004 - one vault needs no naming
        return locate_in(ctx, opening.open_vault(ctx, named), reference)
    vaults = [opening.open_named(ctx, name) for name in settings.names(ctx.paths)]
    shelves = [(v, Shelf(readable(ctx, v, reference.id or ""))) for v in vaults]
    matches = [(v, found) for v, shelf in shelves for found in shelf.named(reference)]
    homes = {v.name for v, _ in matches}
    if len(homes) > 1:
        listing = ", ".join(sorted(f"{v.name}/{f.summary.name}" for v, f in matches))
        raise UsageError(str(reference), f"in several vaults: {listing}", "say VAULT/NAME")
    if not matches:
        raise missing(reference, sum(len(readable(ctx, v)) for v in vaults), "your vaults")
    return locate_in(ctx, matches[0][0], reference)


def locate_in(
    ctx: Context, vault: Vault, reference: Reference, shelf: Shelf | None = None
) -> Located:
    """The skill that `reference` means in an open vault.

    Who looks for many gives the `shelf` to look in, and saves the notebook at the end.
    """
    if vault.me is None:
        raise not_a_member(vault)
    among = shelf or Shelf(readable(ctx, vault, reference.id or ""))
    matches = among.named(reference)
    if not matches:
        raise missing(reference, len(readable(ctx, vault)), vault.name)
    found = choose(ctx, vault, reference, matches)
    if shelf is None:
        vault.notebook.save()
    if reference.version is not None and reference.version > found.newest:
        raise NotFoundError(
            str(reference), f"there is no such version; the newest is @{found.newest}"
        )
    return Located(vault, found, reference.version)


def choose(ctx: Context, vault: Vault, reference: Reference, matches: list[Found]) -> Found:
    """The one skill among those of one name. NotFoundError lists them if they are several."""
    if len(matches) > 1:
        listing = ", ".join(
            f"{f.summary.name}~{f.skill[:8]} of {owner_name(vault, f.skill)}" for f in matches
        )
        raise NotFoundError(
            str(reference), f"{len(matches)} skills have this name: {listing}", "say NAME~ID"
        )
    _check_memory(ctx, vault, reference, matches[0])
    return matches[0]


def _check_memory(ctx: Context, vault: Vault, reference: Reference, found: Found) -> None:
    """Say and ask where this name meant another skill last time."""
    key = fold(reference.name)
    before = vault.notebook.names.get(key)
    if before is not None and before != found.skill and reference.id is None:
        was = owner_name(vault, before) if before in vault.state.skills else "somebody else"
        now = owner_name(vault, found.skill)
        problem = (
            f"last time this name meant ~{before[:8]} of {was}; now ~{found.skill[:8]} of {now}"
        )
        if not ctx.confirm(f"{reference}: {problem}. Use it?"):
            hint = f"say {found.summary.name}~{found.skill[:8]} if that is meant"
            raise NotFoundError(str(reference), problem, hint)
    vault.notebook.means(key, found.skill)


def owner_name(vault: Vault, skill: str) -> str:
    """The name of a skill's owner, a person or a group."""
    return label(vault, vault.state.skills[skill].owner)


def missing(reference: Reference, readable_count: int, where: str) -> NotFoundError:
    """The error for a name that nothing readable has."""
    return NotFoundError(
        str(reference),
        f"no such skill among the {readable_count} you can read in {where}",
        "names are sealed: a missing skill and one not shared with you look the same; "
        "ask its owner",
    )


def not_a_member(vault: Vault) -> AccessError:
    """The error for a vault that none of my identities is a member of."""
    return vault.no_member()
