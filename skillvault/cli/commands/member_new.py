"""`skillvault member new`: an identity for a machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError, UsageError

if TYPE_CHECKING:
    from skillvault.services.machines import MachinePreview


@command(
    "member new",
    """
    A machine (a job, an agent on a server) gets an identity of its own, admitted in the same step.
    It is written to FILE once, with mode 0600, and kept nowhere else. A machine reads what is
    shared with it and with `everyone`, writes only where it is named itself, and owns nothing.

    Its job takes the last line of FILE from the secret SKILLVAULT_KEY. People make their own
    identities: `skillvault keygen`.
    """,
    examples=["skillvault member new ci --machine --expires 90d -o ci.key"],
)
@click.argument("name", metavar="NAME")
@click.option("--machine", is_flag=True, help="a machine's: nobody makes a person's")
@click.option("--expires", metavar="WHEN", help="a span from now: 90d, 12w, 36h (default: never)")
@click.option(
    "-o",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="where its identity is written; never over another file",
)
def main(run: Run, name: str, machine: bool, expires: str | None, file: Path) -> None:
    from skillvault.services.machines import new

    if not machine:
        hint = "they make one: skillvault keygen; then `skillvault member add CARD`"
        raise UsageError(name, "a person's identity is made by nobody else; --machine?", hint)

    def approve(preview: MachinePreview) -> bool:
        home, print_of = preview.vault, preview.card.fingerprint
        until = f", until {preview.expires}" if preview.expires else ""
        run.out.preview(f"{preview.card.name} joins {home.name} as machine{until}")
        run.out.preview(f"  {print_of.words}")
        run.out.preview(f"  its key is written to {words.short(preview.file)}, once")
        trust.tell_push(run, home, preview.goes_along)
        ask.confirm(run, preview.card.name, "type yes to make it")
        return True

    done = new(run.context, name, file, approve=approve, expires=expires, vault=run.vault)
    if done is None:
        raise CheckError(name, "not confirmed, nothing changed")
    card = done.preview.card
    if run.json:
        run.out.emit_json(
            words.vault_json(done.preview.vault),
            **trust.published_json(done.published),
            member={
                "name": card.name,
                "id": done.member,
                "role": "machine",
                "expires": done.preview.expires,
                "me": False,
            },
            fingerprint={"hex": card.fingerprint.hex, "words": card.fingerprint.words},
            file=str(file),
            clone=done.clone,
        )
        return
    run.out.said(f"made      {card.name}, a machine   {trust.outcome(done.published)}")
    run.out.said(f"key       {words.short(file)}")
    if done.clone is not None:
        run.out.said(f"its job   {done.clone}")
    quoted = words.quoted(str(file))
    run.out.hint(
        f"`tail -n 1 {quoted}` is the secret SKILLVAULT_KEY of its job: store it there, then "
        "remove the file; examples/ci_workflow.yml is such a job"
    )
    run.out.hint(f"`skillvault member remove {words.quoted(card.name)}` takes it out again")
