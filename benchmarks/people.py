"""Keyholders to measure with: each with a home of their own, and the command that they type."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Ran, run

_COMMAND = Path(sys.executable).with_name("skillvault")


@dataclass(frozen=True)
class Keyholder:
    """Somebody with a home folder."""

    home: Path

    def skillvault(self, *words: str, **variables: str) -> Ran:
        """Run the command as its user types it; `variables` stand in its environment too."""
        argv = [str(_COMMAND)] if _COMMAND.exists() else [sys.executable, "-m", "skillvault"]
        self.home.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "PYTHONPATH"}}
        env = {**kept, "HOME": str(self.home), "LC_ALL": "C.UTF-8", **variables}
        return run([*argv, *words], env=env, cwd=self.home)

    def json(self, *words: str) -> dict[str, Any]:
        """What the command says with `--json`."""
        found: dict[str, Any] = json.loads(self.skillvault(*words, "--json").output)
        return found

    def twin(self, name: str) -> Keyholder:
        """The same person with the same files, in another home; one of that name is replaced."""
        other = Keyholder(self.home.with_name(name))
        shutil.rmtree(other.home, ignore_errors=True)
        shutil.copytree(self.home, other.home, symlinks=True)
        return other

    def fresh_machine(self, name: str) -> Keyholder:
        """The same person with nothing but their identity."""
        other = Keyholder(self.home.with_name(name))
        shutil.rmtree(other.home, ignore_errors=True)
        shutil.copytree(self.home / ".config", other.home / ".config")
        return other


def host(path: Path) -> Path:
    """A bare repository, as a git server has them."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    return path
