"""`skillvault verify`: check every entry."""

from __future__ import annotations

from pathlib import Path

import click

from skillvault import atomic
from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import RefusedError


@command(
    "verify",
    """
    Rebuilds and checks every entry from the first on: signatures, the chain, who may do what.
    Needs no key. A PATH or URL is fetched into a throw-away repository, never opened in place;
    without one, a vault of this machine is checked, whatever was checked before. Ends with 5 at
    the first bad entry, and says how far the good ones reach.
    """,
    examples=[
        "skillvault verify",
        "skillvault verify https://host/acme/skills.git",
        "skillvault verify --allowed-signers signers",
    ],
)
@click.argument("target", metavar="[PATH|URL]", required=False)
@click.option(
    "--allowed-signers", metavar="FILE", help="write the keys as git verify-commit takes them"
)
def main(run: Run, target: str | None, allowed_signers: str | None) -> None:
    from skillvault.services import checking

    found = checking.verify(run.context, target, vault=run.vault)
    state = found.state
    if allowed_signers is not None:
        _write(Path(allowed_signers), checking.allowed_signers(state))
    members = sum(member.is_active for member in state.members.values())
    if run.json:
        run.out.emit_json(
            {"id": state.vault_id, "name": found.subject, "seq": state.seq, "head": state.head}
            if state.seq >= 0
            else None,
            holds=found.error is None,
            entries=state.seq + 1,
            skills=len(state.skills),
            members=members,
            fingerprint={"hex": found.fingerprint.hex, "words": found.fingerprint.words},
            warnings=list(found.warnings),
        )
    elif state.seq >= 0:
        entries = words.count(state.seq + 1, "entry", "entries")
        skills, people = words.count(len(state.skills), "skill"), words.count(members, "member")
        run.out.data(f"{found.subject}: {entries} verified, {skills}, {people}")
        run.out.data(f"id        {state.vault_id}")
        run.out.data(f"words     {found.fingerprint.words}")
    for warning in found.warnings:
        run.out.warning(f"{found.subject}: {warning}")
    if found.error is not None:
        raise found.error


def _write(path: Path, data: bytes) -> None:
    try:
        atomic.write(path, data, mode=0o644)
    except OSError as error:
        raise RefusedError(
            str(path), f"cannot be written: {(error.strerror or '').lower()}"
        ) from None
