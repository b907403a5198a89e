"""What the remote serves: fetched, verified from what is known of it, pinned as far as it holds."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Final

from skillvault.errors import ServiceError, SkillvaultError, VerificationError
from skillvault.vault import pins, settings
from skillvault.vault.client import REMOTE, Vault, moved_on
from skillvault.vault.pins import Pin
from skillvault.vault.repository import read_ref, update_ref
from skillvault.vault.verified import Verified
from skillvault.vault.verify import verify


@dataclass(frozen=True, slots=True)
class Fetched:
    """The remote's line as far as it is good, and pinned; `error` says why it ends there.

    `warnings`: what is odd about its new entries, but allowed.
    """

    line: Verified
    error: SkillvaultError | None = None
    warnings: tuple[str, ...] = ()


def fetch(vault: Vault, url: str, known: Verified, *, now: float, ask: bool) -> Fetched:
    """Fetch the remote's branch and verify it from where it was known; pin what holds.

    VerificationError (5) if it does not continue from the pin; ServiceError (7) if the remote
    fails, or is no vault.
    """
    from skillvault.vault import remote

    tip = remote.fetch(vault.path, url, ask=ask)
    if tip is None:
        if known.commit is not None:
            _move_in(vault, url, known, ask=ask)
        return Fetched(known)
    if known.state.ended:
        raise moved_on(vault.name, known.state)
    if tip == known.commit:
        settled(vault)
        return Fetched(known)
    outcome = verify(vault.path, tip, known, now=now)
    found = outcome.verified
    if found.commit is None and outcome.error is not None:
        hint = "make it without README, licence or .gitignore, or give another URL"
        raise ServiceError(url, "not empty and not a vault", hint) from outcome.error
    if outcome.error is not None and found.commit == known.commit:
        raise _refusal(vault, tip, known) or outcome.error
    if known.commit is None and found.state.vault_id != vault.notes.vault:
        raise VerificationError(
            vault.name, "the remote holds another vault", "give another URL: skillvault remote"
        )
    pin = vault.pin
    if known.state.head != pin.head:
        pins.check_continues(vault.path, found, pin, vault.name)
    acknowledge(vault, found)
    if found.state.ended:
        error = outcome.error or moved_on(vault.name, found.state)
        return Fetched(found, error, outcome.warnings)
    return Fetched(found, outcome.error, outcome.warnings)


def acknowledge(vault: Vault, line: Verified) -> None:
    """The remote served or took this line: pin it."""
    assert line.commit is not None and line.state.head is not None  # noqa: S101, PT018 - not NOTHING
    pin = Pin(line.state.vault_id, line.state.seq, line.state.head, line.commit)
    update_ref(vault.path, REMOTE, line.commit, read_ref(vault.path, REMOTE))
    pins.save(vault.paths.state, pin)
    settled(vault)


def settled(vault: Vault) -> None:
    """The remote holds this vault: from now on it never is empty."""
    if vault.notes.moved:
        vault.notes = replace(vault.notes, moved=False)
        settings.save(vault.paths, vault.name, vault.notes)


def _move_in(vault: Vault, url: str, known: Verified, *, ask: bool) -> None:
    """Take what the old remote had to an empty new one. VerificationError if it is not new."""
    from skillvault.vault import remote

    if not vault.notes.moved or known.commit is None:
        raise _older(vault, -1)
    with contextlib.suppress(remote.PushRejected):
        remote.push(vault.path, url, known.commit, None, ask=ask)
        settled(vault)


def _refusal(vault: Vault, tip: str, known: Verified) -> VerificationError | None:
    """Why a tip that does not continue from the pin is refused: an older line, or a fork."""
    outcome = verify(vault.path, tip)
    if outcome.error is not None:
        return None
    served = outcome.verified.state
    if served.vault_id != known.state.vault_id:
        return VerificationError(vault.name, "the host serves another vault")
    if served.seq < known.state.seq:
        return _older(vault, served.seq)
    problem = (
        f"the host serves another history: its entry {known.state.seq} is not the one you "
        "have seen (a fork)"
    )
    return VerificationError(vault.name, problem, _COMPARE)


_COMPARE: Final = (
    "nothing changed here; compare `skillvault status` with a colleague; do not clone afresh"
)


def _older(vault: Vault, seq: int) -> VerificationError:
    problem = f"the host serves an older history (entry {seq}) than you have seen ({vault.pin.seq})"
    if seq < 0:
        problem = f"the host serves an empty repository, and you have seen entry {vault.pin.seq}"
    return VerificationError(vault.name, problem, _COMPARE)
