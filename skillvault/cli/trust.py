"""What the commands that change trust have in common: what will happen, the question, what did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from skillvault.cli import words

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.sharing import Preview
    from skillvault.services.trust import Published
    from skillvault.vault.card import Card
    from skillvault.vault.client import Vault

_CARD_LIMIT = 64 * 1024 + 1


def card_on_stdin(texts: tuple[str, ...]) -> bytes | None:
    """Standard input where one of `texts` is `-`."""
    return sys.stdin.buffer.read(_CARD_LIMIT) if "-" in texts else None


def tell(run: Run, preview: Preview, head: str, verb: str) -> None:
    """Print who gains or loses what: on stderr, under `--yes` and `-q` too."""
    skills = ", ".join(change.name for change in preview.skills)
    run.out.preview(
        f"{head} {words.count(len(preview.skills), 'skill')} of {preview.vault.name}: {skills}"
    )
    if preview.people:
        who = words.count(len(preview.people), "keyholder")
        run.out.preview(f"  {who} {verb}  {words.listed(preview.people, most=12)}")
    else:
        run.out.preview("  nobody's reading changes: they do so by another name as well")
    for card in preview.admits:
        run.out.preview(f"  new member   {card.name}   {card.fingerprint.words}")


def tell_push(run: Run, vault: Vault, along: int) -> None:
    """How a change of trust leaves this machine."""
    if vault.notes.remote is None:
        run.out.preview("  local only: this vault has no remote")
    elif along:
        run.out.preview(f"  pushed at once, and {words.count(along, 'earlier change')} with it")
    else:
        run.out.preview("  pushed at once")


def outcome(published: Published) -> str:
    """`entry 215, pushed` and the like."""
    along = published.went_along
    if published.entry is None:
        earlier = f", {words.count(along, 'earlier change')} pushed" if along else ""
        return f"nothing to change{earlier}"
    where = "pushed" if published.pushed else "local only"
    more = f", with {words.count(along, 'earlier change')}" if along else ""
    seqs = [str(entry.seq) for entry in (*published.earlier, published.entry)]
    entries = "entry" if len(seqs) == 1 else "entries"
    return f"{entries} {', '.join(seqs)}, {where}{more}"


def published_json(published: Published) -> words.Json:
    """What was written, and whether the remote has it."""
    return {
        "entry": words.entry_json(published.entry),
        "pushed": published.pushed,
        "went_along": published.went_along,
    }


def card_json(card: Card) -> words.Json:
    """A new member's card."""
    print_of = card.fingerprint
    return {"name": card.name, "fingerprint": {"hex": print_of.hex, "words": print_of.words}}


def say_invitation(run: Run, names: list[str], clone: str | None) -> None:
    """The line to send to somebody who was let in, or why there is none."""
    if not names:
        return
    who = " and ".join(names)
    if clone is None:
        run.out.said(f"send {who} a copy of the vault: it has no remote to clone from")
    else:
        run.out.said(f"send {who}  {clone}")
