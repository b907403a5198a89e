"""What this client already knows of a vault, in one age file sealed to the user's own identity.

It holds a summary of each manifest that was opened, so that `list` opens only what is new, and
which skill a name meant last time, so that an impostor's skill of the same name is noticed. It is
a cache: without it everything is opened once more.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from skillvault import age, atomic
from skillvault.vault.identity import Identity
from skillvault.vault.lock import locked

if TYPE_CHECKING:
    from skillvault.vault.bundle import Bundle

VERSION = 4
_UNREADABLE = (
    OSError,
    age.AgeError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
)
_SAME_NAMES = (3, VERSION)  # what a name meant outlives the summaries: nothing else knows it


class Summary(NamedTuple):
    """A version as `list` and `log` show it.

    `size`: bytes of all its files. `digest`: of its list of files, which tells a folder that holds
    just this version from one that was edited. `origin`, `licence`: of an import, as its manifest
    has them.
    """

    skill: str
    name: str
    description: str
    version: int
    author: str
    time: str
    message: str
    files: int
    size: int
    digest: str
    origin: dict[str, str] | None
    licence: str | None


@dataclass(slots=True)
class Notebook:
    """`summaries` by content hash, `names` by name to skill id. Save it after changing it.

    `checked`: the number of the entry up to which sealed files were tried (-1: none).
    """

    path: Path
    identity: Identity
    summaries: dict[str, Summary] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    checked: int = -1
    _changed: bool = False
    _meant: dict[str, str] = field(default_factory=dict)
    _wanted: set[str] | None = None
    _seen: tuple[int, ...] = ()

    @classmethod
    def load(cls, path: Path, identity: Identity) -> Notebook:
        """Read it; an empty one where there is none that this identity can open."""
        book = cls(path, identity)
        book._seen = _print_of(path)
        try:
            plain = age.decrypt(path.read_bytes(), [identity.key])
            said: dict[str, Any] = json.loads(plain)
            if said["version"] in _SAME_NAMES:
                book.names = dict(said["names"])
            if said["version"] == VERSION:
                book.summaries = {k: Summary(*v) for k, v in said["summaries"].items()}
                book.checked = int(said["checked"])
        except _UNREADABLE:
            book.summaries, book.names, book.checked = {}, {}, -1
        return book

    def known(self, skill: str, content: str) -> Summary | None:
        """The summary of a version of `skill` that was opened before.

        The line alone says which content a version has: whoever writes another skill may name
        this one's, so the manifest behind it must be this skill's.
        """
        found = self.summaries.get(content)
        return found if found is not None and found.skill == skill else None

    def note(self, opened: Bundle, description: str | None = None) -> Summary:
        """Remember an opened version, and return its summary.

        It follows from the content alone, so what is known is not made again. `description`: what
        its SKILL.md says, from whoever has read that already.
        """
        known = self.known(opened.manifest.skill, opened.content)
        if known is None:
            known = self.summaries[opened.content] = summarise(opened, description)
            self._changed = True
        return known

    def means(self, name: str, skill: str) -> None:
        """Remember which skill this name meant."""
        if self.names.get(name) != skill:
            self.names[name] = self._meant[name] = skill
            self._changed = True

    def checked_to(self, seq: int) -> None:
        """Remember that the sealed files up to entry `seq` were tried."""
        if self.checked < seq:
            self.checked, self._changed = seq, True

    def keep_only(self, contents: Iterable[str]) -> None:
        """Forget versions that are not among `contents`."""
        self._wanted = set(contents)
        gone = [content for content in self.summaries if content not in self._wanted]
        for content in gone:
            del self.summaries[content]
        self._changed = self._changed or bool(gone)

    def save(self) -> None:
        """Write it if anything was noted, sealed, at once or not at all.

        What another process noted meanwhile is kept. A full disk or a folder that cannot be written
        fails no command: everything is opened once more then.
        """
        if not self._changed:
            return
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(self.path):
                if _print_of(self.path) != self._seen:
                    self._take_over(Notebook.load(self.path, self.identity))
                self._write()
            self._changed = False

    def _take_over(self, other: Notebook) -> None:
        wanted = self._wanted
        self.summaries |= {
            k: v for k, v in other.summaries.items() if wanted is None or k in wanted
        }
        self.names = other.names | self._meant
        self.checked = max(self.checked, other.checked)

    def _write(self) -> None:
        plain = json.dumps(
            {
                "version": VERSION,
                "summaries": self.summaries,
                "names": self.names,
                "checked": self.checked,
            },
            separators=(",", ":"),
        )
        recipient = age.parse_recipient(self.identity.recipient)
        atomic.write(self.path, age.encrypt(plain.encode(), [recipient]))
        self._seen = _print_of(self.path)


def _print_of(path: Path) -> tuple[int, ...]:
    """What changes when another process replaces the file."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def summarise(opened: Bundle, description: str | None = None) -> Summary:
    """The summary of an opened version; the description is read from its SKILL.md by default."""
    # Not at the top: a list of what is known already opens nothing.
    from skillvault.skill.frontmatter import parse_skill
    from skillvault.vault import bundle

    manifest = opened.manifest
    if description is None:
        text = next((f.data for f in opened.files if f.path == "SKILL.md"), b"")
        description = parse_skill(text).description or ""
    return Summary(
        skill=manifest.skill,
        name=manifest.name,
        description=description,
        version=manifest.version,
        author=manifest.author,
        time=manifest.time,
        message=manifest.message,
        files=len(manifest.files),
        size=sum(file.size for file in manifest.files),
        digest=bundle.digest(manifest.files),
        origin=manifest.origin,
        licence=manifest.licence,
    )
