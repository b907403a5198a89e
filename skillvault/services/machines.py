"""`member new --machine`: an identity for a job, made here, admitted, and written to one file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skillvault import atomic
from skillvault.errors import AccessError, RefusedError, UsageError
from skillvault.services import opening, people, trust
from skillvault.services.context import Context
from skillvault.services.members import moment
from skillvault.services.sharing import clone_command
from skillvault.services.trust import Published
from skillvault.vault import card as cards
from skillvault.vault import identity, operations
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader


@dataclass(frozen=True, slots=True)
class MachinePreview:
    """Who is to be made. `expires`: a time of the line, or None."""

    vault: Vault
    card: Card
    expires: str | None
    file: Path
    goes_along: int


@dataclass(frozen=True, slots=True)
class MachineMade:
    """What was done. `member`: its id; `clone`: the line that its job begins with."""

    preview: MachinePreview
    member: str
    published: Published
    clone: str | None


def new(
    ctx: Context,
    name: str,
    file: Path,
    *,
    approve: Callable[[MachinePreview], bool],
    expires: str | None = None,
    vault: str | None = None,
) -> MachineMade | None:
    """Make a machine's identity, write it to `file` (mode 0600), admit it. None if not approved.

    `expires` as in `90d`. An existing file is never overwritten: UsageError (2). Where the push
    fails (ServiceError, 7) the file stays, for the host may have the entry.
    """
    if str(file) == "-":
        raise UsageError("-", "a key is written to a file, not to a stream", "name a new file")
    opened = opening.open_vault(ctx, vault)
    until = None if expires is None else moment(expires, ctx.now())
    with opened.changing():
        trust.before(ctx, opened)
        people.require_admin(opened, "admit a machine")
        name = cards.check_name(name)
        people.check_new_name(ctx, opened, name, hint="give it another name")
        if file.exists() or file.is_symlink():
            raise _exists(file)
        made = identity.generate(opened.state.suite)
        holder = cards.make(made, name)
        along = opened.unpushed if opened.notes.remote is not None else 0
        preview = MachinePreview(opened, holder, until, file, along)
        if not approve(preview):
            return None
        _write(file, identity.format_file(made, name))
        ids: list[str] = []

        def build(reader: Reader) -> Draft:
            draft = Draft()
            ids.append(operations.admit(draft, reader, holder, "machine", until))
            return draft

        try:
            published = trust.publish(ctx, opened, build)
        except AccessError:
            if all(m.recipient != made.recipient for m in opened.state.members.values()):
                # No entry was written: nobody needs this key.
                with contextlib.suppress(OSError):
                    file.unlink()
            raise
        return MachineMade(preview, ids[-1], published, clone_command(opened))


def _write(file: Path, data: bytes) -> None:
    try:
        atomic.write(file, data, exclusive=True)
    except FileExistsError:
        raise _exists(file) from None
    except OSError as error:
        raise RefusedError(str(file), f"cannot be written: {error.strerror}") from None


def _exists(file: Path) -> UsageError:
    return UsageError(str(file), "exists, and is not overwritten", "name a new file")
