"""Results, kept beside the throw-away tools, so that one page can be made of several runs."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.measure import load
from benchmarks.ours import version
from benchmarks.peers import Figures
from benchmarks.table import Table
from benchmarks.tools import FOLDER

_RESULTS = FOLDER / "results"


@dataclass(frozen=True)
class Kept:
    """One table as it was measured: on what, when, how busy; the figures behind it, if needed."""

    table: Table
    circumstances: str
    figures: tuple[Figures, ...] = ()


def keep(key: str, table: Table, figures: Sequence[Figures] = ()) -> None:
    """Keep a table under a name; one of that name is replaced."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    found = Kept(table, circumstances(), tuple(figures))
    (_RESULTS / f"{key}.json").write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")


def kept(key: str) -> Kept | None:
    """The table of that name, if there is one."""
    path = _RESULTS / f"{key}.json"
    if not path.exists():
        return None
    record = json.loads(path.read_text("utf-8"))
    table = record["table"]
    return Kept(
        Table(
            table["title"],
            tuple(table["head"]),
            tuple(tuple(line) for line in table["lines"]),
            tuple(table["notes"]),
        ),
        record["circumstances"],
        tuple(Figures(**figures) for figures in record["figures"]),
    )


def keys() -> list[str]:
    """What is kept, by name."""
    return sorted(path.stem for path in _RESULTS.glob("*.json")) if _RESULTS.exists() else []


def circumstances() -> str:
    """When, of what version, and how busy the machine was."""
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{when} UTC, skillvault {version()}, {load()}"


def machine() -> str:
    """Processor, system and the versions that the figures depend on."""
    cpus = Path("/proc/cpuinfo")
    name = re.search(r"model name\s*: (.+)", cpus.read_text()) if cpus.exists() else None
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False)
    return (
        f"{os.cpu_count()} CPUs{f' ({name[1]})' if name else ''}, {platform.system()}, "
        f"Python {platform.python_version()}, {git.stdout.strip()}"
    )
