"""`demo`: the whole life of a skill, for real, in a folder that is thrown away afterwards.

Two keyholders with configuration folders of their own, a bare git repository as their host, and the
commands that a user would type, run as processes. Whatever they print is handed on as it is.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from skillvault.errors import ServiceError
from skillvault.services import samples
from skillvault.services.context import Context

SKILL: Final = "using-skillvault"
MODEL: Final = "local:smollm2-135m"
HOST: Final = "host.git"


@dataclass(frozen=True, slots=True)
class Heading:
    """What comes next, in a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Ran:
    """A command as its user typed it, and what it printed. `who`: ada, bob, or the host."""

    who: str
    command: str
    output: str
    seconds: float


Say = Callable[[Heading | Ran], None]


def run(ctx: Context, say: Say, *, measure: bool = True) -> None:
    """Play the demo in a private folder. ServiceError (7) if one of its commands fails.

    Without `measure` the last act, the evaluation on the local model, is left out.
    """
    scene = Path(tempfile.mkdtemp(prefix="skillvault-demo-"))
    try:
        _Play(ctx, scene, say).acts(measure=measure)
    finally:
        shutil.rmtree(scene, ignore_errors=True)


class _Play:
    def __init__(self, ctx: Context, scene: Path, say: Say) -> None:
        self.ctx = ctx
        self.scene = scene
        self.say = say

    def acts(self, *, measure: bool) -> None:
        say, ada, bob = self.say, self._user("ada"), self._user("bob")
        shutil.copytree(samples.folder(SKILL), self.scene / "skills" / SKILL)
        say(Heading("Ada makes a vault. Its host is any git server; here a bare repository."))
        self._shell(
            "host", ["git", "init", "--quiet", "--bare", "--initial-branch=main", HOST], bob
        )
        self._skillvault("ada", ["keygen", "--name", "Ada Lovelace"], ada)
        self._skillvault("ada", ["init", "acme", "--remote", HOST], ada)
        say(Heading("She puts a skill into it: versioned in git, sealed to her alone."))
        self._skillvault("ada", ["put", f"skills/{SKILL}", "-m", "first version"], ada)
        say(Heading("Bob makes a key too, and sends her his card (no secret is in it)."))
        self._skillvault("bob", ["keygen", "--name", "Bob Barker"], bob)
        self._skillvault("bob", ["id", "-o", "bob.card"], bob)
        say(Heading("One command admits Bob and shares the skill with him."))
        shared = self._skillvault("ada", ["share", SKILL, "--with", "./bob.card", "--yes"], ada)
        say(Heading("What the host can see: pseudonyms, padded sizes, times. No name, no text."))
        self._shell("host", ["git", "--git-dir", HOST, "log", "--format=%h %an %s"], bob)
        self._shell(
            "host",
            [
                "git",
                "--git-dir",
                HOST,
                "ls-tree",
                "-r",
                "--format=%(objectsize:padded) %(path)",
                "main",
            ],
            bob,
        )
        say(Heading("What Bob sees, after he has cloned and verified it."))
        self._skillvault("bob", [*_clone_of(shared), "acme"], bob)
        self._skillvault("bob", ["list"], bob)
        self._skillvault("bob", ["log", SKILL], bob)
        self._skillvault("bob", ["get", SKILL, "bob-folder"], bob)
        say(Heading("He puts it into a prompt; a model never sees the vault."))
        self._skillvault("bob", ["inject", SKILL, "--into", "prompt.txt"], bob)
        self._shell("bob", ["head", "-n", "6", "prompt.txt"], bob)
        say(Heading("Anybody can check the history, without a key."))
        self._skillvault("host", ["verify", HOST], self._user("host"))
        if measure:
            say(Heading("Is the skill worth anything? Measured on a small local model, for real."))
            self._skillvault("bob", ["models", "pull", "smollm2-135m"], bob)
            self._skillvault("bob", ["eval", SKILL, "--model", MODEL, "--arm", "sham"], bob)

    def _user(self, name: str) -> dict[str, str]:
        """The environment of one person: their own home, and nothing of this machine's user's."""
        home = self.scene / name
        data = home / ".local/share/skillvault"
        data.mkdir(parents=True, exist_ok=True)
        real = self.ctx.paths.models
        real.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (data / "models").exists():
            # Weights are public and large: one copy serves the demo and its user.
            (data / "models").symlink_to(real)
        kept = {
            k: v
            for k, v in os.environ.items()
            if k in {"PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH"}
            or k.startswith(("PIP_", "SSL_", "REQUESTS_"))
            or k.lower().endswith("_proxy")
        }
        return {**kept, "HOME": str(home), "NO_COLOR": "1", "COLUMNS": "100"}

    def _skillvault(self, who: str, args: Sequence[str], env: Mapping[str, str]) -> str:
        argv = [sys.executable, "-m", "skillvault", *args]
        return self._run(who, argv, shlex.join(["skillvault", *args]), env)

    def _shell(self, who: str, argv: Sequence[str], env: Mapping[str, str]) -> str:
        return self._run(who, argv, shlex.join(argv), env)

    def _run(self, who: str, argv: Sequence[str], shown: str, env: Mapping[str, str]) -> str:
        start = self.ctx.now()
        done = subprocess.run(
            argv,
            cwd=self.scene,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        self.say(Ran(who, shown, done.stdout, self.ctx.now() - start))
        if done.returncode:
            raise ServiceError(shown, f"ended with exit code {done.returncode}", None)
        return done.stdout


def _clone_of(shared: str) -> list[str]:
    """The arguments of the clone command that `share` ends with."""
    line = next(line for line in shared.splitlines() if "skillvault clone " in line)
    words = line[line.index("skillvault clone ") :].split()
    return [word.strip("`") for word in words[1:5]]
