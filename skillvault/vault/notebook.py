"""What this client already knows of a vault, in one age file sealed to the user's own identity.

It holds a summary of each manifest that was opened, so that `list` opens only what is new, and
which skill a name meant last time, so that an impostor's skill of the same name is noticed. It is
a cache: without it everything is opened once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from skillvault import age, atomic
from skillvault.skill.frontmatter import parse_skill
from skillvault.vault.bundle import Bundle
from skillvault.vault.identity import Identity

VERSION = 1


class Summary(NamedTuple):
    """A version as `list` and `log` show it. `size`: bytes of all its files."""

    name: str
    description: str
    version: int
    author: str
    time: str
    message: str
    files: int
    size: int


@dataclass(slots=True)
class Notebook:
    """`summaries` by content hash, `names` by name to skill id. Save it after changing it."""

    path: Path
    identity: Identity
    summaries: dict[str, Summary] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    _changed: bool = False

    @classmethod
    def load(cls, path: Path, identity: Identity) -> Notebook:
        """Read it; an empty one where there is none that this identity can open."""
        book = cls(path, identity)
        try:
            plain = age.decrypt(path.read_bytes(), [identity.key])
            said: dict[str, Any] = json.loads(plain)
            if said["version"] == VERSION:
                book.summaries = {k: Summary(*v) for k, v in said["summaries"].items()}
                book.names = dict(said["names"])
        except (OSError, age.AgeError, ValueError, TypeError, KeyError, AttributeError):
            book.summaries, book.names = {}, {}
        return book

    def note(self, opened: Bundle) -> Summary:
        """Remember an opened version, and return its summary."""
        summary = summarise(opened)
        if self.summaries.get(opened.content) != summary:
            self.summaries[opened.content] = summary
            self._changed = True
        return summary

    def means(self, name: str, skill: str) -> None:
        """Remember which skill this name meant."""
        if self.names.get(name) != skill:
            self.names[name] = skill
            self._changed = True

    def keep_only(self, contents: Iterable[str]) -> None:
        """Forget versions that are not among `contents`."""
        wanted = set(contents)
        gone = [content for content in self.summaries if content not in wanted]
        for content in gone:
            del self.summaries[content]
        self._changed = self._changed or bool(gone)

    def save(self) -> None:
        """Write it if anything was noted, sealed, at once or not at all."""
        if not self._changed:
            return
        plain = json.dumps(
            {"version": VERSION, "summaries": self.summaries, "names": self.names},
            separators=(",", ":"),
        )
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        recipient = age.parse_recipient(self.identity.recipient)
        atomic.write(self.path, age.encrypt(plain.encode(), [recipient]))
        self._changed = False


def summarise(opened: Bundle) -> Summary:
    """The summary of an opened version."""
    manifest = opened.manifest
    text = next((f.data for f in opened.files if f.path == "SKILL.md"), b"")
    return Summary(
        name=manifest.name,
        description=parse_skill(text).description or "",
        version=manifest.version,
        author=manifest.author,
        time=manifest.time,
        message=manifest.message,
        files=len(manifest.files),
        size=sum(file.size for file in manifest.files),
    )
