"""`skillvault exposure`: what somebody could ever have read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.exposure import Report, SkillLine
    from skillvault.vault.exposure import When


@command(
    "exposure",
    """
    Every skill and version that WHO could have read, a member or somebody who was removed: through
    what, from when until when, by the verified line alone. Skills that you cannot read yourself
    stand there by their ids. Times are what the entries claim. What was read may have been kept:
    this says what, and changes nothing.
    """,
    examples=[
        "skillvault exposure 'Eve Stone'",
        "skillvault exposure 'Eve Stone' --json | jq .skills",
    ],
)
@click.argument("who", metavar="WHO")
@click.option(
    "--receipt",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="write the receipt of a removal again; JSON if it ends in .json",
)
def main(run: Run, who: str, receipt: Path | None) -> None:
    from skillvault.services import receipts
    from skillvault.services.exposure import exposure

    stdin = trust.card_on_stdin((who,))
    report = exposure(run.context, who, vault=run.vault, stdin=stdin)
    if receipt is not None:
        receipts.write(report, receipt)
    if run.json:
        run.out.emit_json(words.vault_json(report.vault), **receipts.fields(report))
        return
    for name, value in _head(report):
        run.out.data(f"{name:<10} {value}")
    run.out.table(
        [_row(line) for line in report.skills],
        ["SKILL", "VERSIONS", "THROUGH", "SINCE", "UNTIL", "RESULTS"],
        ["RESULTS"],
    )
    if not report.skills:
        run.out.data("           nothing was ever sealed to a key of theirs")
    if report.unnamed:
        run.out.data(f"unnamed    {words.count(report.unnamed, 'skill')} that you cannot read")
    for number, line in enumerate(receipts.not_ours(report)):
        run.out.data(f"{'not ours' if number == 0 else '':<10} {line}")


def _head(report: Report) -> list[tuple[str, str]]:
    found = report.found
    stands = "" if report.record.is_active else ", removed"
    lines = [
        ("who", f"{report.name}, {report.role}{stands}   {report.fingerprint.words}"),
        ("admitted", _when(found.admitted)),
    ]
    if found.removed is not None:
        lines.append(("removed", f"{_when(found.removed)} by {report.remover}"))
    for group in report.groups:
        until = "" if group.until is None else f", until {_when(group.until)}"
        lines.append(("group", f"{group.label} since epoch {group.epoch}{until}"))
    return lines


def _row(line: SkillLine) -> list[str]:
    from skillvault.services import receipts
    from skillvault.services.reach import span

    found = line.found
    until = "now" if found.until is None else _when(found.until)
    return [
        line.label,
        span(line.numbers),
        ", ".join(receipts.way(one) for one in line.through),
        _when(found.since),
        f"{until} (gone)" if found.gone else until,
        str(found.results) if found.results else "",
    ]


def _when(when: When) -> str:
    return f"{when.time[:10]} (entry {when.seq})"
