"""`skillvault status`: how a vault stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skillvault.cli import expired, placed, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.checking import Status
    from skillvault.services.copies import Copy
    from skillvault.services.waiting import Wait


@command(
    "status",
    """
    Verifies the vault's line on this machine, and says what waits: changes that were not pushed,
    skills to be sealed anew, machines that expire, copies (of `install`, `get`, `inject --into`)
    that differ or whose skill was taken away. The words are the vault's at its newest entry:
    compare them with a colleague who is at the same entry. It ends with 5 where verification fails.
    """,
    examples=["skillvault status", "skillvault status --json | jq .unpushed"],
)
def main(run: Run) -> None:
    from skillvault.services.checking import status

    found = status(run.context, vault=run.vault)
    newest = found.newest_by_others
    if run.json:
        run.out.emit_json(
            words.vault_json(found.vault),
            fingerprint={"hex": found.fingerprint.hex, "words": found.fingerprint.words},
            member=found.member,
            role=found.role,
            remote=found.remote,
            pinned_seq=found.pinned_seq,
            unpushed=found.unpushed,
            pending=list(found.pending),
            waiting=[
                {
                    "skill": wait.skill,
                    "name": wait.name,
                    "text": wait.text,
                    "results": wait.results,
                    "why": wait.why,
                    "who": list(wait.who),
                }
                for wait in found.waits
            ],
            expiring=expired.json(found.expiring),
            newest_by_others=None if newest is None else words.stamp(newest),
            stale=found.stale,
            spoiled=list(found.spoiled),
            warnings=list(found.warnings),
            conflicts=list(found.conflicts),
            aside=list(found.aside),
            copies=[
                {**placed.copy_json(one.placement), "condition": one.condition}
                for one in found.copies
            ],
        )
        return
    now = run.context.now()
    for name, value in (*_lines(found, now), *expired.lines(found.expiring, now)):
        run.out.data(f"{name:<11} {value}")
    for warning in (*found.warnings, *found.spoiled):
        run.out.warning(warning)
    if found.stale:
        run.out.warning(
            f"{found.vault.name}: no entry of another person for 30 days: the host may keep you in "
            "the past; compare the words above with a colleague"
        )
    _tell_copies(run, found.copies)
    if found.conflicts or found.aside:
        run.out.hint("`skillvault resolve`")
    if found.unpushed or found.pending:
        run.out.hint("`skillvault sync`")


def _tell_copies(run: Run, copies: Sequence[Copy]) -> None:
    """Copies in the clear that are not what they were, and what to do about them."""
    for one in copies:
        where = words.short(one.placement.place)
        run.out.data(f"{'copy':<11} {where}   {placed.label(one.placement)}: {one.condition}")
    said = {one.condition for one in copies}
    if said & {"behind", "gone"}:
        run.out.hint("`skillvault update`, or `skillvault uninstall NAME`")
    if "taken away" in said:
        run.out.hint("`skillvault uninstall NAME` or `skillvault wipe` removes what was taken away")


def _lines(found: Status, now: float) -> list[tuple[str, str]]:
    newest = found.newest_by_others
    others = "nothing yet" if newest is None else words.ago(words.stamp(newest), now)
    shown = f"; the remote has shown entry {found.pinned_seq}" if found.remote else ""
    lines = [
        ("vault", f"{found.vault.name}   {found.fingerprint.words}"),
        ("head", f"entry {found.seq}   {found.head}"),
        ("verified", f"up to entry {found.seq}{shown}"),
        ("you", f"{found.member}, {found.role}" if found.member else "not a member"),
        ("remote", found.remote or "none: local only"),
        ("others", others),
    ]
    if found.unpushed:
        lines.append(("not pushed", words.count(found.unpushed, "change")))
    if found.pending:
        lines += [("to re-seal", text) for text in _waiting(found.waits)]
    if found.conflicts:
        lines.append(("conflict", words.listed(found.conflicts, most=8)))
    if found.aside:
        lines.append(("laid aside", words.listed(found.aside, most=8)))
    return lines


def _waiting(waits: Sequence[Wait]) -> list[str]:
    """What waits for the same, in one line."""
    reasons: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for wait in waits:
        results = words.count(wait.results, "result")
        what = wait.name if wait.text else f"{results} of {wait.name}"
        reasons.setdefault((wait.why, wait.who), []).append(what)
    return [
        f"{words.listed(names, most=8)}   {why}{': ' if who else ''}{', '.join(who)}"
        for (why, who), names in reasons.items()
    ]
