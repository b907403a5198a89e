"""Three people write the same skills at random: in the end all agree, and no edit was lost.

Each line that somebody writes is one of a kind. It is either in a version of the line that all end
with, or was laid aside, or whoever wrote or settled it let it go.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from skillvault.errors import ConflictError
from skillvault.services import checking, get, opening, put, resolving, undoing
from skillvault.services.references import Reference, parse
from skillvault.vault.client import Vault
from skillvault.vault.meeting import Clash
from tests.people import Person, bare

SKILLS = ("one", "two")
PATHS = ("SKILL.md", "a.md", "b.md")


@dataclass
class Story:
    """What was written by whom, and what was let go on purpose."""

    people: list[Person]
    chance: random.Random
    written: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    count: int = 0

    def write(self, who: Person) -> None:
        """Change a line or add one, in a fresh folder or in one that may be of an older version."""
        name = self.chance.choice(SKILLS)
        folder = who.home / name
        if not folder.exists() or self.chance.random() < 0.5:
            get.get(who.ctx, parse(name), who.home, force=True)
        before = _lines(folder)
        path = folder / self.chance.choice(PATHS)
        lines = path.read_text().splitlines()
        self.count += 1
        token = f"line {self.count} by {who.name}"
        at = self.chance.randrange(4 if path.name == "SKILL.md" else 0, len(lines) + 1)
        lines[at : at + self.chance.randrange(2)] = [token]
        path.write_text("".join(f"{line}\n" for line in lines))
        after = _lines(folder)
        try:
            put.put(who.ctx, [folder])
        except ConflictError:
            get.get(who.ctx, parse(name), who.home, force=True)
            return
        self.written.add(token)
        self.dropped |= before - after

    def sync(self, who: Person) -> None:
        while True:
            try:
                checking.sync(who.ctx)
            except ConflictError:
                self.settle(who)
            else:
                return

    def settle(self, who: Person) -> None:
        for clash in resolving.board(who.ctx).clashes:
            reference = Reference(clash.mine.manifest.name, id=clash.skill)
            how = self.chance.choice(["mine", "theirs", "abort", "both"])
            if how == "abort":
                resolving.abort(who.ctx, reference)
            elif how == "both":
                self.both(who, reference, clash)
            else:
                loser = clash.mine if how == "theirs" else clash.theirs
                assert loser is not None
                self.dropped |= {line for f in loser.files for line in f.data.decode().splitlines()}
                resolving.take(who.ctx, reference, "mine" if how == "mine" else "theirs")

    def both(self, who: Person, reference: Reference, clash: Clash) -> None:
        """Take the marks out, and leave all the lines."""
        folder = who.home / f"merge-{self.count}-{self.chance.randrange(1 << 30)}"
        folder.mkdir()
        (marked, *_) = resolving.export(who.ctx, reference, folder).folders
        for path in (marked / name for name in PATHS):
            lines = path.read_text().splitlines()
            kept = [line for line in lines if line[:7] not in _MARKS]
            path.write_text("".join(f"{line}\n" for line in kept))
        assert {c.kind for c in clash.joined.merged.conflicts} == {"text"}
        resolving.from_folder(who.ctx, reference, marked)

    def undo(self, who: Person) -> None:
        """Only what never left: then the lines are gone on purpose."""

        def unsent(shown: undoing.Undoing) -> bool:
            return shown.vanishes

        vault = opening.open_vault(who.ctx)
        if not vault.unpushed:
            return
        before = _versions(vault)
        if undoing.undo(who.ctx, approve=unsent) is not None:
            now = opening.open_vault(who.ctx)
            self.dropped |= before - _versions(now)
            for name in SKILLS:
                get.get(who.ctx, parse(name), who.home, force=True)

    def step(self) -> None:
        who = self.chance.choice(self.people)
        self.chance.choice([self.write, self.write, self.write, self.sync, self.undo])(who)

    def check(self) -> None:
        for _ in range(2):
            for who in self.people:
                self.sync(who)
        vaults = [opening.open_vault(who.ctx) for who in self.people]
        assert len({vault.local.commit for vault in vaults}) == 1
        kept = _versions(vaults[0])
        for vault in vaults:
            works = [work.text.files for work in vault.workbench.all()]
            kept |= {line for fs in works for f in fs for line in f.data.decode().splitlines()}
        assert self.written - self.dropped <= kept


_MARKS = {"<" * 7, "|" * 7, "=" * 7, ">" * 7}


def _lines(folder: Path) -> set[str]:
    return {line for path in PATHS for line in (folder / path).read_text().splitlines()}


def _versions(vault: Vault) -> set[str]:
    """The lines of all versions of all skills."""
    return {
        line
        for skill, record in vault.state.skills.items()
        for number in range(1, len(record.versions) + 1)
        for file in vault.reader.open_version(skill, number).bundle.files
        for line in file.data.decode().splitlines()
    }


def tell(root: Path, seed: int, steps: int) -> None:
    host = bare(root / "host.git")
    people = [Person(name, root / name.lower()) for name in ("Ada", "Bob", "Cyd")]
    ada, *others = people
    vault = ada.init(remote=host)
    extra = {"a.md": "a\n\nmore a\n", "b.md": "b\n\nmore b\n"}
    put.put(ada.ctx, [ada.skill(name, "first\n\nsecond\n\nthird\n", **extra) for name in SKILLS])
    for other in others:
        ada.share(*SKILLS, with_=str(other.card_file()), write=True)
        other.clone(host, vault.state.vault_id)
    story = Story(people, random.Random(seed))
    for _ in range(steps):
        story.step()
    story.check()


def test_everybody_agrees_and_nothing_is_lost(tmp_path: Path) -> None:
    tell(tmp_path, 3, 40)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(4, 16))
def test_everybody_agrees_and_nothing_is_lost_for_long(tmp_path: Path, seed: int) -> None:
    tell(tmp_path, seed, 40)
