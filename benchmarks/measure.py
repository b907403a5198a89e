"""CPU seconds and bytes: of whole processes with their children, and of this one."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillvault.errors import ServiceError


@dataclass(frozen=True)
class Ran:
    """What a process printed, the user and system seconds of its whole tree, and wall seconds."""

    output: str
    cpu: float
    wall: float = 0.0


def run(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> Ran:
    """Run a command to its end. ServiceError, with the end of what it said, if it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            argv, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")[-2_000:]
            raise ServiceError(" ".join(argv)[:200], f"ended with {process.returncode}: {words}")
        output.seek(0)
        return Ran(output.read().decode(), used.ru_utime + used.ru_stime, wall)


def cpu_of(call: Callable[[], object]) -> float:
    """CPU seconds of a call in this process, and of the processes that it started and awaited."""
    before = _used()
    call()
    return _used() - before


def pack_bytes(repo: Path, new: str, old: str | None) -> int:
    """The bytes of the pack that a push from `old` to `new` sends; all of it if `old` is None."""
    words = ["--all-progress-implied", "--quiet", "--revs", "--thin", "--stdout"]
    wanted = f"{new}\n" + (f"^{old}\n" if old else "")
    command = ["git", f"--git-dir={repo}", "pack-objects", "--delta-base-offset", *words]
    return len(
        subprocess.run(command, input=wanted.encode(), capture_output=True, check=True).stdout
    )


def tip(repo: Path) -> str | None:
    """The commit at the branch of a bare repository."""
    command = ["git", f"--git-dir={repo}", "rev-parse", "--verify", "--quiet", "refs/heads/main"]
    return subprocess.run(command, capture_output=True, check=False).stdout.decode().strip() or None


def load() -> str:
    """How busy the machine is: other work makes caches cold and CPU seconds longer."""
    average = os.getloadavg()[0]
    text = f"load {average:.1f} on {os.cpu_count()} CPUs"
    pressure = Path("/proc/pressure/cpu")
    if pressure.exists():
        waited = re.search(r"some avg10=(\S+)", pressure.read_text())
        text += f", CPU pressure {waited[1]}%" if waited else ""
    return text


def _used() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, both))
