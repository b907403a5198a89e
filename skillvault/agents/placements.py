"""The record of the copies in the clear that we made: where, of what, and as they were written.

It holds paths (which have the skills' names, as the folders themselves do), ids, and digests under
a salt of their own: nothing of a skill's text, nor its bare hash. It is needed without any vault or
key: what was taken away from a user must still be found and removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from skillvault import atomic
from skillvault.errors import RefusedError, SkillvaultError
from skillvault.paths import Paths
from skillvault.skill.files import SkillFile, read_folder
from skillvault.vault.lock import locked

Kind = Literal["install", "get", "inject"]
Condition = Literal["ours", "edited", "gone"]
Content = Sequence[SkillFile] | bytes

_MOST_BYTES, _MOST_FILES = 64 * 1024 * 1024, 4096  # what the format of a skill can hold


@dataclass(frozen=True, slots=True)
class Source:
    """The version that a copy is of. `vault` and `skill` are ids."""

    vault: str
    vault_name: str
    skill: str
    name: str
    version: int
    content: str


@dataclass(frozen=True, slots=True)
class Placement:
    """One copy: an agent's folder, a folder of `get`, or a file of `inject`.

    `place` is absolute, its parent without links. `pinned`: a version was asked for by number.
    `digests`: of what we wrote there, each behind its salt; while one content replaces another,
    of both.
    """

    place: Path
    kind: Kind
    sources: tuple[Source, ...]
    agent: str | None = None
    pinned: bool = False
    time: str = ""
    digests: tuple[str, ...] = ()

    @property
    def source(self) -> Source:
        """The version of a folder's copy, which has just one."""
        return self.sources[0]

    def holding(self, content: Content, *older: str) -> Placement:
        """The same, as the record of this content, or of what the `older` digests are of."""
        salt = secrets.token_hex(16)
        return replace(self, digests=(_digest(content, salt), *older))

    def look(self) -> Condition:
        """Whether the copy is as we wrote it. What cannot be read, or is a link now, is not."""
        if not os.path.lexists(self.place):
            return "gone"
        if self.place.is_symlink():
            return "edited"
        try:
            content: Content
            if self.kind == "inject":
                content = self.place.read_bytes()
            else:
                content = read_folder(self.place, max_bytes=_MOST_BYTES, max_files=_MOST_FILES)
        except (SkillvaultError, OSError):
            return "edited"
        known = (_digest(content, digest.partition(":")[0]) == digest for digest in self.digests)
        return "ours" if any(known) else "edited"


def _digest(content: Content, salt: str) -> str:
    """`SALT:SHA256` of a file, or of a folder's files: their modes, paths and bytes."""
    key = bytes.fromhex(salt)
    if not isinstance(content, bytes):
        lines = sorted(
            f"{file.mode} {hashlib.sha256(key + file.data).hexdigest()} {file.path}\n"
            for file in content
        )
        content = "".join(lines).encode()
    return f"{salt}:{hashlib.sha256(key + content).hexdigest()}"


def place_of(path: Path) -> Path:
    """How a copy is named: absolute, by its real parent, so that no link leads elsewhere later."""
    return path.parent.resolve() / path.name


class Record:
    """The placements, while nobody else changes them. Each change is on disk when it returns."""

    def __init__(self, paths: Paths, placements: Iterable[Placement]) -> None:
        self._paths = paths
        self._placements = {p.place: p for p in placements}

    def of(self, place: Path) -> Placement | None:
        """The record of a copy."""
        return self._placements.get(place)

    def __iter__(self) -> Iterator[Placement]:
        return iter(sorted(self._placements.values(), key=lambda p: p.place))

    def keep(self, *placements: Placement) -> None:
        """Put them on record, each in place of an older record of its place."""
        self._placements |= {p.place: p for p in placements}
        self._save()

    def drop(self, *places: Path) -> None:
        """Forget them."""
        for place in places:
            self._placements.pop(place, None)
        self._save()

    def _save(self) -> None:
        said = {str(p.place): _said(p) for p in self}
        atomic.write(_file(self._paths), json.dumps(said, sort_keys=True).encode())


def load(paths: Paths) -> tuple[Placement, ...]:
    """Every copy on record, by path. RefusedError (8) where the record is damaged."""
    file = _file(paths)
    try:
        known = json.loads(file.read_bytes())
        return tuple(_read(Path(place), said) for place, said in sorted(known.items()))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        hint = f"look for copies yourself, then remove {file}"
        problem = f"the record of copies cannot be read: {type(error).__name__}"
        raise RefusedError(str(file), problem, hint) from None


@contextmanager
def changing(paths: Paths) -> Iterator[Record]:
    """The record, locked. RefusedError where it is damaged: it is never begun anew over that."""
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(_file(paths)):
        yield Record(paths, load(paths))


def _file(paths: Paths) -> Path:
    return paths.state / "placements.json"


def _said(placement: Placement) -> dict[str, object]:
    said = asdict(placement)
    del said["place"]
    return said


def _read(place: Path, said: dict[str, object]) -> Placement:
    """TypeError, KeyError or ValueError for anything but what `_said` makes."""
    fields = dict(said)
    sources = tuple(Source(**source) for source in fields.pop("sources"))  # type: ignore[attr-defined]  # judged below
    digests: tuple[str, ...] = tuple(fields.pop("digests"))  # type: ignore[arg-type]  # judged below
    made = Placement(place, sources=sources, digests=digests, **fields)  # type: ignore[arg-type]  # judged below
    texts = [made.time, *digests]
    texts += [t for s in sources for t in (s.vault, s.vault_name, s.skill, s.name, s.content)]
    if (
        not place.is_absolute()
        or made.kind not in get_args(Kind)
        or not (made.agent is None or isinstance(made.agent, str))
        or not isinstance(made.pinned, bool)
        or not sources
        or not all(isinstance(text, str) for text in texts)
        or not all(type(s.version) is int for s in sources)
    ):
        raise ValueError(place)
    for digest in digests:
        bytes.fromhex(digest.partition(":")[0])
    return made
