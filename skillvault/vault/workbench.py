"""Texts of mine that are in no line: answers to conflicts, edits laid aside, versions merged since.

One age file each, sealed to the user's own identity, outside the repository (ADR 12): it survives a
restart, and nobody else reads it. An open conflict needs no file: both sides and the base stand
sealed in the repository, and are opened when somebody looks.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from skillvault import age, atomic
from skillvault.errors import SkillvaultError
from skillvault.paths import Paths
from skillvault.vault import bundle
from skillvault.vault.bundle import Bundle
from skillvault.vault.identity import Identity
from skillvault.vault.ids import format_time

Kind = Literal["answer", "aside", "merged"]
_VERSION: Final = 1
_NAME: Final = re.compile(r"[a-z2-7]{16}-[0-9a-f]{16}\.(answer|aside|merged)\.age")


@dataclass(frozen=True, slots=True)
class Work:
    """Something of mine about one skill. `settles`: the content of mine that it stands for.

    `answer`: `text` is what becomes of it, on the version that is its parent. `aside`: nothing
    does; `text` is what I wrote, and `why` says what came between. `merged`: another version took
    its place; `text` is what I wrote, from which a folder on this machine may still come.
    """

    kind: Kind
    skill: str
    name: str
    settles: str
    text: Bundle
    why: str
    time: str


@dataclass(slots=True)
class Workbench:
    """The work on one vault. Damaged files are `damaged`, and never removed."""

    folder: Path
    identity: Identity
    damaged: list[Path] = field(default_factory=list)

    @classmethod
    def of(cls, paths: Paths, vault: str, identity: Identity) -> Workbench:
        """The workbench of the vault with this id."""
        name = vault.removeprefix("sha256:")[:32]
        return cls(paths.state / "workbench" / name, identity)

    def all(self) -> list[Work]:
        """All of it that opens, the newest first."""
        self.damaged.clear()
        return sorted(self._read(), key=lambda w: (w.time, w.settles), reverse=True)

    def settled(self) -> dict[str, Work]:
        """What settles a conflict, by the content of mine that it is about."""
        return {work.settles: work for work in self.all() if work.kind != "merged"}

    def asides(self) -> list[Work]:
        """What was laid aside, the newest first."""
        return [work for work in self.all() if work.kind == "aside"]

    def text_of(self, content: str) -> Bundle | None:
        """What I wrote under this content, if it was merged or laid aside since."""
        mine = (w.text for w in self.all() if w.kind != "answer" and w.settles == content)
        return next(mine, None)

    def keep(self, work: Work) -> None:
        """Write it, or write it anew, on the disk when this returns."""
        plain = json.dumps(
            {
                "version": _VERSION,
                "kind": work.kind,
                "skill": work.skill,
                "name": work.name,
                "settles": work.settles,
                "content": work.text.content,
                "text": base64.b64encode(work.text.compressed).decode(),
                "why": work.why,
                "time": work.time,
            }
        )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        recipient = age.parse_recipient(self.identity.recipient)
        atomic.write(self._path(work), age.encrypt(plain.encode(), [recipient]))

    def drop(self, work: Work) -> None:
        """Remove it for good."""
        self._path(work).unlink(missing_ok=True)

    def clear_answers(self) -> None:
        """Remove the answers: every conflict is settled, and they stand in the line."""
        for path in self._paths():
            if path.name.endswith(".answer.age"):
                path.unlink(missing_ok=True)

    def keep_merged(self, contents: Collection[str]) -> None:
        """Remove the merged versions that no folder comes from."""
        for work in self.all():
            if work.kind == "merged" and work.settles not in contents:
                self.drop(work)

    def _path(self, work: Work) -> Path:
        settled = work.settles.removeprefix("sha256:")[:16]
        return self.folder / f"{work.skill}-{settled}.{work.kind}.age"

    def _paths(self) -> list[Path]:
        try:
            return sorted(p for p in self.folder.iterdir() if _NAME.fullmatch(p.name))
        except FileNotFoundError:
            return []

    def _read(self) -> Iterator[Work]:
        for path in self._paths():
            try:
                work = _work(age.decrypt(path.read_bytes(), [self.identity.key]))
                # Anybody can seal to me: what was not signed by me is not mine.
                bundle.check_signature(work.text, self.identity.signing_line, path.name)
                yield work
            except _UNREADABLE:
                self.damaged.append(path)


_UNREADABLE: Final = (
    OSError,
    age.AgeError,
    ValueError,
    TypeError,
    KeyError,
    RecursionError,
    SkillvaultError,
)


def aside(text: Bundle, why: str, now: float) -> Work:
    """A version of mine that was laid aside."""
    said = text.manifest
    return Work("aside", said.skill, said.name, text.content, text, why, format_time(now))


def merged(text: Bundle, now: float) -> Work:
    """A version of mine whose place another one took."""
    said = text.manifest
    return Work("merged", said.skill, said.name, text.content, text, "", format_time(now))


def answer(settles: Bundle, text: Bundle, now: float) -> Work:
    """What becomes of a version of mine that met another one."""
    said = settles.manifest
    time = format_time(now)
    return Work("answer", said.skill, text.manifest.name, settles.content, text, "", time)


def _work(plain: bytes) -> Work:
    said: dict[str, Any] = json.loads(plain)
    if said["version"] != _VERSION or said["kind"] not in {"answer", "aside", "merged"}:
        raise ValueError("of another version of skillvault")
    content = str(said["content"])
    packed = base64.b64decode(said["text"], validate=True)
    text = bundle.unpack(packed, content=content, subject="workbench")
    words = {name: str(said[name]) for name in ("skill", "name", "settles", "why", "time")}
    return Work(kind=said["kind"], text=text, **words)
