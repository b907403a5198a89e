"""Ours beside the peers: CPU seconds of each operation, bytes, ratios, and why where we lose."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import corpus, peers
from benchmarks.ours import Ours
from benchmarks.peers import Figures
from benchmarks.table import Table, shown

# At N = 1,000; the design's, where one stanza each is meant. A removal: the entry, then re-sealing.
_BUDGETS: Final = {
    "import": 0.65,
    "list": 0.25,
    "show": 0.2,
    "search": 0.2,
    "remove": 0.85,
    "clone": 0.4,
    "help": 0.06,
}
# Skills for which the budgets were set; the ratios hold from there on.
_SET_FOR: Final = 1_000
# At most so much of what cottage takes in the same run.
_OF_COTTAGE: Final = {"import": 0.8, "remove": 0.7, "clone": 0.2}
_PUSHED: Final = {"admit": 7_000}
_TIMES: Final = 12.0
_FLAT: Final = 1.5

_WORDS: Final = {
    "import": "import all, one commit",
    "list": "list",
    "show": "show one",
    "search": "search a word in all",
    "edit": "one changed skill",
    "admit": "admit a member to all",
    "remove": "remove a member, re-seal all",
    "clone": "clone, read one",
    "help": "--help",
}
_ALONE: Final = {
    "admit": "admit a member, before any group",
    "remove": "remove a member, with all that is sealed again",
    "remove, no re-sealing yet": "the removal alone, which gives two groups a new key each",
}
_FURTHER: Final = {
    "search, first time": "the first search, which makes the sealed index",
    "show by name, first time": (
        "on that clone, `show NAME` instead of `show NAME~ID`: names are sealed, so the first "
        "opens all"
    ),
    "remove, no re-sealing yet": "the removal alone (`--lazy`), which goes first",
}
_WHY: Final = {
    "import": (
        "nothing there is bound to an author or checked before it is used; ours reads, lints and "
        "scans each skill, seals it post-quantum with names and sizes hidden, and signs manifest "
        "and entry"
    ),
    "list": (
        "file names lie in the clear there, and `git ls-files` reads one file; ours starts Python "
        "and shows names that nobody else can read"
    ),
    "show": (
        "a small program decrypts one file, or prints one that lies there in the clear; ours "
        "starts Python and holds the file against the signed line first"
    ),
    "search": (
        "the texts lie on disk in the clear there, or are put there by the search; ours starts "
        "Python and reads a sealed index"
    ),
    "edit": (
        "one file is encrypted and committed; ours also checks whose version it was, lints, scans, "
        "and signs manifest and entry"
    ),
    "admit": (
        "one key of the whole repository is wrapped once more, or a list of readers written; ours "
        "seals a slot post-quantum and holds the signed entry against the rules; no skill is "
        "touched, however many there are"
    ),
    "remove": "nothing is sealed anew for each skill there",
    "clone": (
        "no history is verified there, and one file is decrypted, or none; ours verifies every "
        "entry from the first one on"
    ),
    "help": "a compiled program, or a shell script that prints one text; ours starts Python",
}


def measure(work: Path, count: int, members: int, reps: int) -> list[Figures]:
    """Ours, then each peer; all on the same texts."""
    work.mkdir()
    folder = peers.scripts()
    print(f"  skillvault, N = {count:,}, M = {members} ...", file=sys.stderr, flush=True)
    texts = peers.texts(folder, work, count) if folder else corpus.generate(count)
    found = [Ours(work / "ours", members, reps).measure(texts)]
    if folder is not None:
        found += peers.measure(folder, work, (count, members), max(1, reps // 3))
    return found


def table(found: Sequence[Figures], count: int, members: int) -> Table:
    """One line an operation, one column a tool."""
    by_name = {figures.tool: figures for figures in found}
    ours, cottage = found[0], by_name.get("cottage", Figures("cottage"))
    others = [figures for figures in found[1:] if figures.cpu and figures.tool != "cottage"]
    head = ("CPU seconds", "skillvault", "budget", "", "cottage", "ratio", "at most", "")
    lines = [
        (*_line(operation, ours, cottage, count), *(_cell(other, operation) for other in others))
        for operation in peers.OPERATIONS
        if operation in ours.cpu
    ]
    lines += [
        (
            *_bytes_line(operation, ours, cottage),
            *(_bytes(other.size, operation) for other in others),
        )
        for operation in ("import", "admit", "remove")
        if operation in ours.size
    ]
    return Table(
        f"Beside other tools: N = {count:,} skills, M = {members} members",
        (*head, *(other.tool for other in others)),
        tuple(lines),
        tuple(_notes(found)),
    )


def growth(small: Sequence[Figures], large: Sequence[Figures], factor: float) -> Table:
    """How each operation grows from one N to another; ours beside cottage's."""
    ours, theirs = ({figures.tool: figures for figures in found} for found in (small, large))
    lines = []
    for operation in peers.OPERATIONS:
        cells: list[str] = []
        for tool in ("skillvault", "cottage"):
            before = ours.get(tool, Figures(tool)).cpu.get(operation)
            after = theirs.get(tool, Figures(tool)).cpu.get(operation)
            cells += _grown(before, after)
            if tool == "skillvault":
                most = _FLAT if operation in {"admit", "help"} else _TIMES * factor / 10
                cells += _judged(before, after, most)
        if any(cells):
            lines.append((_WORDS[operation], *cells))
    before, after = (tools["skillvault"].pushed.get("admit") for tools in (ours, theirs))
    if before and after:
        cells = [f"{shown(before, 'B')} to {shown(after, 'B')}", f"{after / before:.1f}"]
        lines.append(("pushed by admitting", *cells, *_judged(before, after, _FLAT), "", ""))
    head = ("CPU seconds", "skillvault", "times", "at most", "", "cottage", "times")
    note = (
        "admitting touches no skill and pushes the same bytes whatever their number; its CPU time "
        "grows by reading the verified state of this machine, as that of every command does"
    )
    return Table(f"Growth: {factor:g} times the skills", head, tuple(lines), (note,))


def _grown(before: float | None, after: float | None) -> list[str]:
    if before is None or after is None:
        return ["", ""]
    return [f"{_seconds(before)} to {_seconds(after)}", f"{after / max(before, 0.001):.1f}"]


def _judged(before: float | None, after: float | None, most: float) -> list[str]:
    if before is None or after is None:
        return ["", ""]
    return [f"{most:g}", "ok" if after <= before * most else "over"]


def _line(operation: str, ours: Figures, cottage: Figures, count: int) -> tuple[str, ...]:
    value, theirs = ours.cpu[operation], cottage.cpu.get(operation)
    budget = _BUDGETS.get(operation) if count == _SET_FOR or operation == "help" else None
    ratio = None if theirs is None else value / theirs
    most = _OF_COTTAGE.get(operation) if count >= _SET_FOR else None
    return (
        _WORDS[operation],
        _seconds(value),
        "" if budget is None else _seconds(budget),
        _verdict(value, budget),
        _cell(cottage, operation),
        "" if ratio is None else f"{ratio:.2f}",
        "" if most is None else f"{most:.1f}",
        _verdict(ratio, most),
    )


def _bytes_line(operation: str, ours: Figures, cottage: Figures) -> tuple[str, ...]:
    words = {"import": "repository", "admit": "  after admitting", "remove": "  after removing"}
    theirs = cottage.size.get(operation)
    ratio = None if theirs is None else ours.size[operation] / theirs
    return (
        words[operation],
        _bytes(ours.size, operation),
        "",
        "",
        _bytes(cottage.size, operation),
        "" if ratio is None else f"{ratio:.2f}",
        "1.0",
        _verdict(ratio, 1.0),
    )


def _verdict(value: float | None, most: float | None) -> str:
    if value is None or most is None:
        return ""
    return "ok" if value <= most else "over"


def _notes(found: Sequence[Figures]) -> list[str]:
    ours = found[0]
    notes = []
    versions = [f"{one.tool} {one.version}" for one in found if one.version]
    notes.append(f"versions: {', '.join(versions)}")
    notes += [
        f"{say}: {_seconds(ours.cpu[what])} s" for what, say in _FURTHER.items() if what in ours.cpu
    ]
    for operation, size in ours.pushed.items():
        budget = _PUSHED.get(operation)
        of = f", budget {shown(budget, 'B')}: {_verdict(size, budget)}" if budget else ""
        notes.append(
            f"{_WORDS.get(operation, operation)}: a push of it sends {shown(size, 'B')}{of}"
        )
    if "remove" not in ours.cpu:
        notes.append("remove a member: this skillvault has no `member remove`")
    if not ours.for_group:
        notes.append("no `put --for` yet: imported as its owner's, then shared (not in the figure)")
    if len(found) == 1:
        notes.append("no peers: their scripts (`shared/bench`) are not here")
    notes += [f"{one.tool}: {one.absent}" for one in found if one.absent]
    return notes + [_lost(operation, found) for operation in _losses(found)]


def _losses(found: Sequence[Figures]) -> list[str]:
    ours = found[0].cpu
    return [
        operation
        for operation in peers.OPERATIONS
        if operation in ours
        and any(one.cpu.get(operation, ours[operation]) < ours[operation] for one in found[1:])
    ]


def _lost(operation: str, found: Sequence[Figures]) -> str:
    value = found[0].cpu[operation]
    ahead = [one for one in found[1:] if one.cpu.get(operation, value) < value]
    names = ", ".join(one.tool for one in ahead)
    return f"where we lose, {_WORDS[operation]} (less: {names}): {_WHY[operation]}"


def _cell(figures: Figures, operation: str) -> str:
    value = figures.cpu.get(operation)
    return "" if value is None else _seconds(value)


def _bytes(sizes: Mapping[str, int], operation: str) -> str:
    return shown(sizes[operation], "B") if operation in sizes else ""


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
