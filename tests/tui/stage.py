"""The stage of the terminal UI's tests: a vault that is the same every time, and a user who types."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.pilot import Pilot
from textual.widget import Widget

from skillvault.age import bech32
from skillvault.paths import Paths
from skillvault.services import vaults
from skillvault.services.context import Context
from skillvault.skill.files import SkillFile
from skillvault.tui.app import Skillvault
from skillvault.vault.identity import Identity, format_file, parse
from skillvault.vault.ids import new_id
from skillvault.vault.repository import create_bare
from tests.vault_maker import START, Maker, Person

SIZES = ((80, 24), (120, 40), (200, 60))
PATIENCE = 30.0
"""Seconds till a test gives up waiting: none of them takes one."""
NOW = START + 5 * 86_400.0

REVIEW = """\
---
name: code-review
description: Review a pull request as our staff engineers do. Use when a diff is to be judged.
---
# Review a pull request

Read the description first, then [layers](references/layers.md).

## Before you read the diff

1. What is it for?
2. What would break?

> A reviewer reads tests first.

| question | who answers |
|---|---|
| why now | the author |
| why so | the diff |

```python
assert layers == ["cli", "services", "vault"]
```

Hidden: \u202eabc\u202c, and an escape \x1b[31mred\x1b[0m.
"""


def skill(name: str, about: str, body: str = "", **more: str) -> list[SkillFile]:
    """The files of a skill."""
    body = body or f"# {name}\n\nDo it well.\n"
    text = f"---\nname: {name}\ndescription: {about}\n---\n{body}"
    files = [SkillFile("SKILL.md", text.encode(), "644")]
    return files + [SkillFile(path, data.encode(), "644") for path, data in more.items()]


def fixed_identity(name: str) -> Identity:
    """The same keys for a name each time, so that fingerprints are the same on pictures."""
    secret = hashlib.sha256(f"the terminal UI's tests: {name}".encode()).digest()
    return parse(bech32.encode("age-secret-key-", secret).upper())


def tell(folder: Path) -> None:
    """Ada's machine in `folder`: her vault `acme` with six people, a group and seven skills.

    Nothing of it depends on when it is made; ids are random, and are not shown.
    """
    host = folder / "host.git"
    create_bare(host)
    made = Maker(host, "x25519")
    ada, *others = (
        made.people.setdefault(name, Person(name, fixed_identity(name), new_id()))
        for name in ("Ada", "Bob Barker", "Paul Yates", "Cyd", "Dora", "Eve")
    )
    made.found(ada)
    for other in others:
        made.admit(ada, other, "member")
    bob = others[0]
    payments = new_id()
    made.write(ada, made.group([ada, *others[:4]], payments, "payments"))
    everyone = made.state.everyone

    def put(who: Person, files: list[SkillFile], name: str, *readers: str) -> str:
        identifier = new_id()
        access = made.access(identifier, who.id, [who.id, *readers], [who.id])
        made.put(who, identifier, name, files, access)
        return identifier

    review = [SkillFile("SKILL.md", REVIEW.encode(), "644")]
    review.append(SkillFile("references/layers.md", b"# Layers\n\nImports point down.\n", "644"))
    first = put(ada, review, "code-review", payments)
    text = REVIEW.replace("What would break?", "What would break, and for whom?")
    made.put(ada, first, "code-review", [SkillFile("SKILL.md", text.encode(), "644"), review[1]])
    put(bob, skill("incident-review", "Write up an incident."), "incident-review", everyone)
    put(ada, skill("contract-review", "Read a contract."), "contract-review", bob.id, others[1].id)
    put(ada, skill("refund-policy", "When money goes back."), "refund-policy")
    put(ada, skill("release-notes", "Tell users what changed."), "release-notes", everyone)
    put(bob, skill("on-call", "What to do at three in the morning."), "on-call", payments)
    put(ada, skill("sql-style", "How our queries look."), "sql-style")
    machine = Machine(folder)
    paths = machine.paths
    paths.identities.mkdir(parents=True, mode=0o700)
    key = paths.identities / "default.key"
    key.write_bytes(format_file(ada.identity, "Ada"))
    key.chmod(0o600)
    vaults.clone(
        machine.context, str(host), "acme", vault_id=made.state.vault_id, approve=lambda *_: True
    )


@dataclass
class Machine:
    """Somebody's computer: a folder with a home in it."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    now: float = NOW

    @property
    def paths(self) -> Paths:
        return Paths(self.folder / "config", self.folder / "data", self.folder / "state")

    @property
    def context(self) -> Context:
        environ = {"HOME": str(self.folder), **self.environ}
        return Context(self.paths, environ, now=lambda: self.now)

    def copied(self, folder: Path) -> Machine:
        """The same on another folder, to be changed; the host is copied with it."""
        shutil.copytree(self.folder, folder, symlinks=True)
        other = replace(self, folder=folder)
        if (self.folder / "host.git").is_dir():
            vaults.set_remote(other.context, "acme", str(folder / "host.git"))
            notes = other.paths.state / "vaults" / "acme.json"
            notes.write_text(notes.read_text().replace('"moved":true', '"moved":false'))
        return other


class Ui:
    """The app on a screen, and the hands of whoever uses it."""

    def __init__(self, app: Skillvault, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until nothing is under way any more."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            await self.pilot.pause()
            if not self._is_busy():
                await self.pilot.pause()
                if not self._is_busy():
                    return
            await asyncio.sleep(0.005)
        raise AssertionError(f"never at rest: {[job.what for job in self.app.jobs.running]}")

    def _is_busy(self) -> bool:
        waited = [job for job in self.app.jobs.running if not job.background]
        return bool(waited) or _timers(self.app) or _unlaid(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys, each by its Textual name, and wait for what they do."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type letters."""
        await self.pilot.press(*text)
        await self.settle()

    async def paste(self, text: str) -> None:
        """Paste, as a terminal with bracketed paste says it."""
        from textual.events import Paste

        self.app.post_message(Paste(text))
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        """Another size of the terminal."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    def see(self) -> str:
        """What stands on the screen, without blanks at the ends of lines."""
        lines = ("".join(segment.text for segment in line) for line in self._lines())
        return "\n".join(line.rstrip() for line in lines)

    def print_of(self) -> str:
        """A digest of what stands on the screen, with all colours."""
        digest = hashlib.sha256()
        for line in self._lines():
            for segment in line:
                digest.update(f"{segment.text}\0{segment.style}\0".encode())
            digest.update(b"\n")
        return digest.hexdigest()

    def _lines(self) -> list[list[Segment]]:
        """The screen as it is drawn, with the places below a dialog."""
        drawn = self.app.screen._compositor.render_update(
            full=True, screen_stack=self.app._background_screens, simplify=True
        )
        assert isinstance(drawn, LayoutUpdate)
        return [[segment for strip in line for segment in strip] for line in drawn.strips]

    def toasts(self) -> list[str]:
        """What was told in passing, the newest last."""
        return [note.message for note in self.app._notifications]

    @property
    def log(self) -> str:
        """The command line shown below, and what became of it."""
        line = self.app.session.log
        return f"{line.prompt}{line.command}  {line.outcome}".strip()

    def picture(self) -> str:
        """The screen as SVG, the same for the same screen; its digest stands at the end."""
        return (
            f"{normalised(self.app.export_screenshot(simplify=True))}<!-- {self.print_of()} -->\n"
        )


def _unlaid(app: Skillvault) -> bool:
    """Whether something is still to be laid out or drawn."""
    screen = app.screen
    return bool(
        not screen.is_mounted
        or screen._layout_required
        or screen._repaint_required
        or screen._dirty_widgets
        or any(not child.is_mounted for child in screen.walk_children(Widget))
    )


def _timers(app: Skillvault) -> bool:
    """Whether a screen waits a moment before it goes on."""
    return any(getattr(screen, "is_resting", False) for screen in app.screen_stack)


@contextlib.asynccontextmanager
async def playing(
    machine: Machine,
    size: tuple[int, int] = (100, 30),
    vault: str | None = None,
    *,
    settle: bool = True,
) -> AsyncIterator[Ui]:
    """Open the UI on a machine and wait until it is at rest, unless it will ask something."""
    app = Skillvault(machine.context, vault)
    async with app.run_test(size=size, notifications=True) as pilot:
        ui = Ui(app, pilot)
        if settle:
            await ui.settle()
        yield ui


_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_CLIPS = re.compile(r'<clipPath id="[^"]*-line-\d+">.*?</clipPath>\s*', re.DOTALL)
_CLIP_USES = re.compile(r' clip-path="url\(#[^"]*-line-\d+\)"')
_IDS = re.compile(r"terminal-\d+(?=[-\s\"{)])")


def normalised(svg: str) -> str:
    """The picture without fonts of elsewhere, clipping of single lines, and ids of this one run."""
    svg = _CLIP_USES.sub("", _CLIPS.sub("", _FONTS.sub("", svg)))
    return _IDS.sub("terminal", svg).replace("Fira Code", "monospace")


def pictures(*, dialog: bool) -> Sequence[tuple[str, tuple[int, int], str]]:
    """The sizes and themes of which snapshots are kept: (label, size, theme).

    Of places all; of a dialog the smallest and the middle size, in a theme each.
    """
    return [
        (f"{width}x{height}-{theme}", (width, height), theme)
        for theme in ("dark", "light")
        for width, height in SIZES
        if not dialog or (theme, width) in {("light", 80), ("dark", 120)}
    ]
