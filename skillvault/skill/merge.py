"""Two edits of one skill, merged file by file: pure, bytes in, bytes out.

What only one side changed is taken. A file that one side only moved, byte for byte and to one place
alone, takes the other side's edit along. Texts that both changed are merged by lines
(`merge_text`). Whatever is left is a conflict: nothing of either side is dropped without being
named in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from skillvault.skill.files import Mode, SkillFile
from skillvault.skill.merge_text import Effort, merge_text
from skillvault.skill.paths import fold

Side = Literal["mine", "theirs"]
Kind = Literal["text", "binary", "removed", "moved", "mode", "place"]
Files = Mapping[str, SkillFile]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where both sides changed the same thing; a side is None where it has no such file.

    `text`: the same lines, marked in the merged file. `binary`: no text; the merged file is mine.
    `removed`: one side removed or never had it, the other changed it; what is left is kept.
    `moved`: to two places; it stands at mine. `mode`: both added it, one as a program; it is one.
    `place`: its path cannot stand beside one of theirs (case, Unicode form, a file and a folder);
    it is left out of the merged files.
    """

    path: str
    kind: Kind
    base: SkillFile | None
    mine: SkillFile | None
    theirs: SkillFile | None


@dataclass(frozen=True, slots=True)
class Merged:
    """`files` is the result where there are no `conflicts`; else what to go on from, marked."""

    files: tuple[SkillFile, ...]
    conflicts: tuple[Conflict, ...]


def merge(
    base: Sequence[SkillFile], mine: Sequence[SkillFile], theirs: Sequence[SkillFile]
) -> Merged:
    """Merge two sets of files that both came from `base`, each with paths that may stand together.

    The work is bounded whatever the texts are: beyond it more is called a conflict, never less.
    """
    was, ours, others = ({f.path: f for f in side} for side in (base, mine, theirs))
    return _Merge(was, ours, others).run()


def settle(merged: Merged, take: Callable[[Conflict], Side | None]) -> tuple[SkillFile, ...]:
    """The merged files with each conflict settled by taking a side; None leaves it as it stands.

    Where paths cannot stand beside each other, what was taken stands, and the other gives way.
    """
    files = {f.path: f for f in merged.files}
    taken: dict[str, SkillFile] = {}
    for conflict in merged.conflicts:
        side = take(conflict)
        if side is None:
            continue
        for file in (conflict.mine, conflict.theirs):
            if file is not None:
                files.pop(file.path, None)
        chosen = conflict.mine if side == "mine" else conflict.theirs
        if chosen is not None:
            taken[chosen.path] = chosen
    places = _Places()
    kept = [f for f in (*taken.values(), *files.values()) if places.add(f.path)]
    return tuple(sorted(kept, key=lambda f: f.path.encode()))


@dataclass(frozen=True, slots=True)
class _Track:
    """One file through all three sides."""

    base: SkillFile | None
    mine: SkillFile | None
    theirs: SkillFile | None


@dataclass(slots=True)
class _Merge:
    base: Files
    mine: Files
    theirs: Files
    files: dict[str, SkillFile] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    effort: Effort = field(default_factory=Effort)

    def run(self) -> Merged:
        for track in _tracks(self.base, self.mine, self.theirs):
            self._file(track)
        self._place()
        files = tuple(self.files[p] for p in sorted(self.files, key=str.encode))
        return Merged(files, tuple(sorted(self.conflicts, key=lambda c: (c.path.encode(), c.kind))))

    def _file(self, track: _Track) -> None:
        base, mine, theirs = track.base, track.mine, track.theirs
        if theirs in (mine, base):
            self._keep(mine)
        elif mine == base:
            self._keep(theirs)
        elif mine is None or theirs is None:
            kept = mine or theirs
            self._keep(kept)
            self._conflict(track, "removed", kept.path if kept else "")
        else:
            self._both(track, mine, theirs)

    def _both(self, track: _Track, mine: SkillFile, theirs: SkillFile) -> None:
        """Both sides have it, and differ, and neither is the base."""
        base = track.base
        path = mine.path
        if base is not None and mine.path == base.path:
            path = theirs.path
        elif mine.path != theirs.path and (base is None or theirs.path != base.path):
            self._conflict(track, "moved", path)
        data, marked = self._data(base, mine, theirs)
        if marked is not None:
            self._conflict(track, marked, path)
        self._keep(SkillFile(path, data, self._mode(track, mine, theirs, path)))

    def _data(
        self, base: SkillFile | None, mine: SkillFile, theirs: SkillFile
    ) -> tuple[bytes, Kind | None]:
        was = None if base is None else base.data
        if theirs.data in (mine.data, was):
            return mine.data, None
        if mine.data == was:
            return theirs.data, None
        merged = merge_text(was or b"", mine.data, theirs.data, self.effort)
        if merged is None:
            return mine.data, "binary"
        return merged.data, "text" if merged.conflicts else None

    def _mode(self, track: _Track, mine: SkillFile, theirs: SkillFile, path: str) -> Mode:
        if mine.mode == theirs.mode:
            return mine.mode
        if track.base is None:
            self._conflict(track, "mode", path)
            return "755"
        return theirs.mode if mine.mode == track.base.mode else mine.mode

    def _keep(self, file: SkillFile | None) -> None:
        if file is not None:
            self.files[file.path] = file

    def _conflict(self, track: _Track, kind: Kind, path: str) -> None:
        self.conflicts.append(Conflict(path, kind, track.base, track.mine, track.theirs))

    def _place(self) -> None:
        """Leave out what cannot stand beside theirs: each side alone could."""
        taken = _Places()
        for path in sorted(self.files, key=lambda p: (p not in self.theirs, p.encode())):
            if not taken.add(path):
                file = self.files.pop(path)
                at = (side.get(path) for side in (self.base, self.mine, self.theirs))
                self.conflicts.append(Conflict(file.path, "place", *at))


@dataclass(slots=True)
class _Places:
    """Paths that can stand beside each other on any system, as `paths.check_set` judges."""

    files: set[str] = field(default_factory=set)
    folders: dict[str, str] = field(default_factory=dict)

    def add(self, path: str) -> bool:
        """False, and nothing is added, where it cannot stand beside those that are there."""
        key, parents = fold(path), list(_parents(path))
        if key in self.files or key in self.folders:
            return False
        known = ((fold(p), p) for p in parents)
        if any(k in self.files or self.folders.get(k, p) != p for k, p in known):
            return False
        self.files.add(key)
        self.folders.update((fold(p), p) for p in parents)
        return True


def _parents(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _tracks(base: Files, mine: Files, theirs: Files) -> Iterator[_Track]:
    """Each file of the three sides once, moved ones followed."""
    moved_mine, moved_theirs = _moves(base, mine), _moves(base, theirs)
    _keep_sure(moved_mine, theirs, moved_theirs)
    _keep_sure(moved_theirs, mine, moved_mine)
    for path, file in base.items():
        yield _Track(
            file,
            mine.get(moved_mine.get(path, path)),
            theirs.get(moved_theirs.get(path, path)),
        )
    ours = mine.keys() - base.keys() - set(moved_mine.values())
    others = theirs.keys() - base.keys() - set(moved_theirs.values())
    for path in sorted(ours | others, key=str.encode):
        yield _Track(
            None,
            mine[path] if path in ours else None,
            theirs[path] if path in others else None,
        )


def _moves(base: Files, side: Files) -> dict[str, str]:
    """Old path to new one, of files whose bytes went from one path alone and came to one alone."""
    gone = _by_bytes(base, lambda path: path not in side)
    come = _by_bytes(side, lambda path: path not in base)
    return {
        paths[0]: come[data][0]
        for data, paths in gone.items()
        if data and len(paths) == 1 and len(come.get(data, ())) == 1
    }


def _by_bytes(files: Files, chosen: Callable[[str], bool]) -> dict[bytes, list[str]]:
    found: dict[bytes, list[str]] = {}
    for path, file in files.items():
        if chosen(path):
            found.setdefault(file.data, []).append(path)
    return found


def _keep_sure(moves: dict[str, str], other: Files, others_moves: Mapping[str, str]) -> None:
    """Drop the moves to where the other side has a file of another origin."""
    for old, new in list(moves.items()):
        if new in other and others_moves.get(old) != new:
            del moves[old]
