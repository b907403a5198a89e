"""Keyholders for tests: each with folders of their own, as on a machine of their own."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from skillvault.paths import Paths
from skillvault.services import identities, sharing, vaults
from skillvault.services.context import Context
from skillvault.services.references import parse
from skillvault.services.sharing import Preview
from skillvault.vault.card import Card
from skillvault.vault.client import Vault


@dataclass
class Person:
    """Somebody with a name and a home. `warnings` collects what they were told."""

    name: str
    home: Path
    suite: str = "x25519"
    environ: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    clock: float = 1_790_000_000.0
    answer: bool = False

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def paths(self) -> Paths:
        return Paths(self.home / "config", self.home / "data", self.home / "state")

    @property
    def ctx(self) -> Context:
        def now() -> float:
            self.clock += 1
            return self.clock

        return Context(
            self.paths,
            self.environ,
            warn=self.warnings.append,
            now=now,
            confirm=lambda _question: self.answer,
        )

    def keygen(self) -> Card:
        if not identities.load(self.ctx):
            identities.make(self.ctx, self.name, suite=self.suite)
        return identities.make_card(identities.load(self.ctx)[0])

    def card_file(self) -> Path:
        path = self.home / "me.card"
        path.write_text(self.keygen().to_text())
        return path

    def init(self, name: str = "acme", remote: Path | None = None) -> Vault:
        self.keygen()
        url = str(remote) if remote else None
        return vaults.init(self.ctx, name, holder=lambda: self.name, remote=url).vault

    def clone(self, remote: Path, vault_id: str | None = None, name: str = "acme") -> Vault:
        done = vaults.clone(
            self.ctx, str(remote), name, vault_id=vault_id, approve=lambda *_: self.answer
        )
        return done.vault

    def skill(self, name: str, body: str = "Do it well.\n", **files: str) -> Path:
        """A folder with a skill, as the person has it on their disk."""
        folder = self.home / "skills" / name
        folder.mkdir(parents=True, exist_ok=True)
        text = f"---\nname: {name}\ndescription: How we do {name}.\n---\n{body}"
        (folder / "SKILL.md").write_text(text)
        for path, data in files.items():
            (folder / path).write_text(data)
        return folder

    def share(self, *names: str, with_: str, write: bool = False) -> sharing.Shared:
        done = sharing.share(self.ctx, [parse(n) for n in names], [with_], approve=yes, write=write)
        assert done is not None
        return done

    def unshare(self, *names: str, from_: str) -> sharing.Shared:
        done = sharing.unshare(self.ctx, [parse(n) for n in names], [from_], approve=yes)
        assert done is not None
        return done


def yes(_preview: Preview) -> bool:
    """Approve whatever is shown."""
    return True


def bare(path: Path) -> Path:
    """An empty bare repository: the host."""
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(path)], check=True)
    return path


def copied(template: Path, root: Path) -> Path:
    """A copy of people's homes and their host at another place, which their records then name.

    A situation that many tests begin with is made once, which costs ten times as much.
    """
    shutil.copytree(template, root, symlinks=True, dirs_exist_ok=True)
    for record in root.glob("*/state/**/*.json"):
        record.write_text(record.read_text().replace(str(template), str(root)))
    return root
