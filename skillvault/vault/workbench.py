"""Work of mine that is in no line: the answer to a conflict, and edits that were laid aside.

One age file each, sealed to the user's own identity, outside the repository (ADR 13): it survives a
restart, and nobody else reads it. An open conflict needs no file: both sides and the base stand
sealed in the repository, and are opened when somebody looks.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from skillvault import age, atomic
from skillvault.errors import RefusedError, SkillvaultError, VerificationError
from skillvault.paths import Paths
from skillvault.vault import bundle
from skillvault.vault.bundle import Bundle
from skillvault.vault.identity import Identity
from skillvault.vault.ids import format_time

Kind = Literal["answer", "aside"]
_VERSION: Final = 1
_NAME: Final = re.compile(r"[a-z2-7]{16}-[0-9a-f]{16}\.age")


@dataclass(frozen=True, slots=True)
class Work:
    """Something of mine about one skill. `settles`: the content of mine that it stands for.

    `answer`: `text` is what becomes of it, on the version that is its parent. `aside`: nothing
    does; `text` is what I wrote, and `why` says what came between.
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
        """By the content of mine that each stands for."""
        return {work.settles: work for work in self.all()}

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
        for work in self.all():
            if work.kind == "answer":
                self.drop(work)

    def _path(self, work: Work) -> Path:
        return self.folder / f"{work.skill}-{work.settles.removeprefix('sha256:')[:16]}.age"

    def _read(self) -> Iterator[Work]:
        with contextlib.suppress(FileNotFoundError):
            for path in sorted(self.folder.iterdir()):
                if _NAME.fullmatch(path.name):
                    try:
                        yield _work(age.decrypt(path.read_bytes(), [self.identity.key]))
                    except (*_UNREADABLE, SkillvaultError):
                        self.damaged.append(path)


_UNREADABLE: Final = (
    OSError,
    age.AgeError,
    ValueError,
    TypeError,
    KeyError,
    RefusedError,
    VerificationError,
    binascii.Error,
)


def aside(text: Bundle, why: str, now: float) -> Work:
    """A version of mine that was laid aside."""
    said = text.manifest
    return Work("aside", said.skill, said.name, text.content, text, why, format_time(now))


def answer(settles: Bundle, text: Bundle, now: float) -> Work:
    """What becomes of a version of mine that met another one."""
    said = settles.manifest
    time = format_time(now)
    return Work("answer", said.skill, text.manifest.name, settles.content, text, "", time)


def _work(plain: bytes) -> Work:
    said: dict[str, Any] = json.loads(plain)
    if said["version"] != _VERSION or said["kind"] not in {"answer", "aside"}:
        raise ValueError("of another version of skillvault")
    content = str(said["content"])
    packed = base64.b64decode(said["text"], validate=True)
    text = bundle.unpack(packed, content=content, subject="workbench")
    words = {name: str(said[name]) for name in ("skill", "name", "settles", "why", "time")}
    return Work(kind=said["kind"], text=text, **words)
