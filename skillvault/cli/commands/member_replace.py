"""`skillvault member replace`: somebody goes on with another identity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, leaving, trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.handing import Ask, Plan
    from skillvault.services.replacing import Replaced, Replacing


@command(
    "member replace",
    """
    WHO lost a key, comes back after a removal, or changes machines; CARD is of the new identity, a
    file, or - for standard input. It is admitted under the same name, gets what you may hand over,
    and the old one is removed; the rest is listed with whom to ask. Where the old key still works,
    run this there first with `--keep`, or with it among your identities: it hands over what it
    owns. With a stolen key nothing waits: `--stolen` removes it before anything else.
    """,
    examples=[
        "skillvault member replace 'Eve Stone' ./eve-new.card",
        "skillvault member replace 'Eve Stone' ./eve-new.card --stolen --receipt eve.txt",
    ],
)
@click.argument("who", metavar="WHO")
@click.argument("card", metavar="CARD")
@click.option("--stolen", is_flag=True, help="the old key is in other hands: remove it first")
@click.option("--keep", is_flag=True, help="hand over, and leave the old identity for now")
@click.option(
    "--receipt",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="write what was readable with the old identity; JSON if it ends in .json",
)
def main(run: Run, who: str, card: str, stolen: bool, keep: bool, receipt: Path | None) -> None:
    from skillvault.services.replacing import replace_member

    def approve(replacing: Replacing) -> bool:
        _tell(run, replacing)
        ask.confirm(run, replacing.label, f"type {replacing.label} to replace", replacing.label)
        return True

    is_path = card == "-" or "/" in card or card.casefold().endswith(".card")
    done = replace_member(
        run.context,
        who,
        card if is_path else f"./{card}",
        approve=approve,
        stolen=stolen,
        keep=keep,
        receipt=receipt,
        vault=run.vault,
        stdin=trust.card_on_stdin((card,)),
    )
    if done is None:
        raise CheckError(who, "not confirmed, nothing changed")
    if run.json:
        run.out.emit_json(words.vault_json(done.vault), **_json(done, receipt))
        return
    _say(run, done)
    if receipt is not None:
        written = f"receipt  {receipt}" if done.removed is not None else "no receipt: nobody went"
        run.out.said(written)


def _tell(run: Run, replacing: Replacing) -> None:
    card = replacing.card
    run.out.preview(f"{replacing.label} goes on in {replacing.vault.name} with another identity")
    for name, value in _lines(replacing):
        run.out.preview(f"  {name:<9}  {value}")
    if replacing.leaving is not None:
        leaving.tell(run, replacing.leaving)
    if replacing.leaving is not None and not replacing.old_key:
        lost = replacing.leaving.orphans or replacing.leaving.heirs
        if lost and not replacing.stolen:
            run.out.preview(
                "  the old key may still work somewhere: then `skillvault member replace` there, "
                "with --keep and this card, hands over first what it owns"
            )
    trust.tell_push(run, replacing.vault, replacing.goes_along)
    if replacing.admits:
        run.out.preview(f"  compare the 8 words with {card.name}, by voice or on paper")


def _lines(replacing: Replacing) -> Iterator[tuple[str, str]]:
    card = replacing.card
    yield "new", f"{card.name}   {card.fingerprint.words}"
    if replacing.admits:
        yield "joins as", replacing.role
    if replacing.stolen:
        yield "order", "the stolen key is removed first, then the new one is admitted"
    elif replacing.old_key:
        yield "old key", "is here, and hands over what it owns"
    if replacing.plan.skills or replacing.plan.groups:
        yield "gets", _handed(replacing.plan)
    for one in replacing.plan.asks:
        yield "to ask", _asked(one)
    if replacing.stays is not None:
        yield "old stays", replacing.stays


def _handed(plan: Plan) -> str:
    skills = [
        f"{one.label} (as owner)"
        if one.owner
        else f"{one.label} (to write)"
        if one.write
        else one.label
        for one in plan.skills
    ]
    groups = [f"group {one.label}" for one in plan.groups]
    return words.listed([*groups, *skills], most=12)


def _asked(one: Ask) -> str:
    return f"{one.what}: {one.whom}   `{one.command}`"


def _say(run: Run, done: Replaced) -> None:
    card = done.replacing.card
    for published in done.published:
        run.out.said(f"handed over to {card.name}   {trust.outcome(published)}")
    if done.removed is not None:
        leaving.say(run, done.removed, replaced=True)
    for one in done.asks:
        run.out.said(f"to ask  {_asked(one)}")
    if done.replacing.stays is not None:
        run.out.said(f"the old identity stays: {done.replacing.stays}")
    if done.replacing.admits:
        trust.say_invitation(run, [card.name], done.clone)


def _json(done: Replaced, receipt: Path | None) -> words.Json:
    replacing = done.replacing
    return {
        "replaced": {"name": done.vault.reader.name(done.replaced), "id": done.replaced},
        "member": {
            **trust.card_json(replacing.card),
            "id": done.member,
            "role": replacing.role,
            "admitted": replacing.admits,
        },
        "entries": [trust.published_json(one) for one in done.published],
        "skills": [
            {"name": one.label, "id": one.skill, "write": one.write, "owner": one.owner}
            for one in replacing.plan.skills
        ],
        "groups": [{"name": one.label, "id": one.group} for one in replacing.plan.groups],
        "asks": [{"what": one.what, "whom": one.whom, "command": one.command} for one in done.asks],
        "stays": replacing.stays,
        "removal": None if done.removed is None else leaving.removal_json(done.removed),
        "clone": done.clone,
        "receipt": None if receipt is None or done.removed is None else str(receipt),
    }
