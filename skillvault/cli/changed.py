"""What the commands that change a member have in common: the preview, the outcome, the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import trust, words

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.members import MemberChanged, MemberPreview


def tell(run: Run, preview: MemberPreview, head: str) -> None:
    """Print what will be changed of whom: on stderr, under `--yes` and `-q` too."""
    run.out.preview(head)
    for note in preview.notes:
        run.out.preview(f"  {note}")
    trust.tell_push(run, preview.vault, preview.goes_along)


def emit(run: Run, done: MemberChanged) -> None:
    """The one object of `member role`, `expires` and `rename`."""
    preview, after = done.preview, done.after
    run.out.emit_json(
        words.vault_json(preview.vault),
        **trust.published_json(done.published),
        member={
            "name": done.name,
            "id": preview.member,
            "role": after.role,
            "expires": after.expires,
            "me": preview.member == preview.vault.me,
        },
        before={
            "name": preview.name,
            "role": preview.before.role,
            "expires": preview.before.expires,
        },
        notes=list(preview.notes),
    )


def said(run: Run, done: MemberChanged, text: str, back: str | None) -> None:
    """What was done, and the command that goes back."""
    run.out.said(f"{text}   {trust.outcome(done.published)}")
    if done.published.entry is not None and back is not None:
        run.out.hint(f"`skillvault {back}` goes back")
