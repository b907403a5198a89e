"""What a user would pick instead, measured by the scripts of `shared/bench`, one program at a time.

The scripts run as they stand there, each for one tool: `SCRIPT WORKDIR --n N --m M --reps R` prints
a JSON line an operation. Their folder is `SKILLVAULT_SHARED`, by default `../shared` beside this
checkout; without it, or without the program, the table says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.tools import COTTAGE, SOPS, NotHereError, python_tool

OPERATIONS: Final = ("import", "list", "show", "search", "edit", "admit", "remove", "clone", "help")
_THEIRS: Final = {
    "grep": "search",
    "add_recipient": "admit",
    "remove_recipient": "remove",
    "clone_open_read": "clone",
}
_SIZES: Final = {"size_import": "import", "size_add": "admit", "size_remove": "remove"}


@dataclass(frozen=True)
class Figures:
    """One tool on N skills and M members: CPU seconds of each operation, bytes of a packed copy.

    `absent` says why there are none; `for_group`: whether all was imported for one group at once.
    """

    tool: str
    version: str = ""
    cpu: Mapping[str, float] = field(default_factory=dict)
    size: Mapping[str, int] = field(default_factory=dict)
    pushed: Mapping[str, int] = field(default_factory=dict)
    absent: str = ""
    for_group: bool = True


@dataclass(frozen=True)
class _Peer:
    """A tool: its script, the program that it needs, and up to how many skills one waits for it."""

    tool: str
    script: str
    program: str
    most: int
    help: tuple[str, ...] = ("--help",)
    version: tuple[str, ...] = ("--version",)
    package: str = ""
    variable: str = ""


_PEERS: Final = (
    _Peer("cottage", "cottage_", "ctg", 10_000, package=COTTAGE, variable="CTG"),
    _Peer("age in a loop", "age_", "age", 1_000),
    _Peer("git-crypt", "gitcrypt", "git-crypt", 1_000, help=("help",)),
    _Peer("pass", "pass_", "pass", 1_000, help=("help",), version=("version",)),
    _Peer("gcrypt", "gcrypt", "git-remote-gcrypt", 10_000, help=(), version=()),
    _Peer("sops", "sops_", "sops", 100, package=SOPS, variable="SOPS"),
    _Peer("git-secret", "gitsecret", "git-secret", 100, help=("usage",)),
    _Peer("plain git", "plain", "git", 10_000, help=("-h",)),
)


def scripts() -> Path | None:
    """The folder of the peers' scripts, where it is here."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared"
    folder = Path(os.environ.get("SKILLVAULT_SHARED", beside)) / "bench" / "peers"
    return folder if (folder / "common.py").exists() else None


def texts(folder: Path, work: Path, count: int) -> Iterator[tuple[str, str]]:
    """(name, text) of each file that the peers are measured on."""
    corpus = work / f"corpus-{count}"
    command = [sys.executable, str(folder / "corpus.py"), str(corpus), str(count)]
    subprocess.run(command, check=True, capture_output=True)
    for path in sorted(corpus.rglob("*.md")):
        yield path.stem, path.read_text("utf-8")


def measure(folder: Path, work: Path, size: tuple[int, int], reps: int) -> Iterator[Figures]:
    """Each peer on N skills and M members; what is not here says so."""
    for peer in _PEERS:
        print(f"  {peer.tool} ...", file=sys.stderr, flush=True)
        try:
            yield _measured(peer, folder, work, size, reps)
        except NotHereError as error:
            yield Figures(peer.tool, absent=str(error))


def _measured(peer: _Peer, folder: Path, work: Path, size: tuple[int, int], reps: int) -> Figures:
    program = _program(peer)
    env = {**os.environ, **({peer.variable: program} if peer.variable else {})}
    version = _said(program, peer.version) if peer.version else ""
    cpu = {"help": _help(program, peer.help, work)} if peer.help else {}
    if size[0] > peer.most:
        why = f"not tried: too slow for more than {peer.most:,}"
        return Figures(peer.tool, version, cpu, absent=why)
    if not Path("/usr/bin/time").exists():
        raise NotHereError("not here: /usr/bin/time, which the peers' scripts use")
    words = ["--n", str(size[0]), "--m", str(size[1]), "--reps", str(reps)]
    command = [sys.executable, str(folder / f"{peer.script}.py"), str(work), *words]
    try:
        ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    finally:
        _stop_agents(work)
    if ran.returncode:
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise NotHereError(f"its script failed: {last[:200]}")
    read = _read(ran.stdout)
    return Figures(peer.tool, version, {**read.cpu, **cpu}, read.size)


def _read(output: str) -> Figures:
    cpu: dict[str, float] = {}
    size: dict[str, int] = {}
    for line in output.splitlines():
        record: dict[str, Any] = json.loads(line)
        operation = str(record["op"])
        if operation in _SIZES:
            bytes_of = "packed_bytes" if "packed_bytes" in record else "remote_bytes"
            size[_SIZES[operation]] = int(record[bytes_of])
        elif (ours := _THEIRS.get(operation, operation)) in OPERATIONS:
            cpu[ours] = record["user_s"] + record["sys_s"] + record["agent_cpu_s"]
    return Figures("", cpu=cpu, size=size)


def _program(peer: _Peer) -> str:
    if peer.package:
        return str(python_tool(peer.tool, peer.package) / peer.program)
    found = shutil.which(peer.program)
    if found is None:
        raise NotHereError("not here")
    return found


def _said(program: str, words: tuple[str, ...]) -> str:
    """The version that a program says it has."""
    ran = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    for line in ran.stdout.splitlines():
        for word in line.split():
            if word.strip("v")[:1].isdigit() and "." in word:
                return word.strip("v,")
    return ""


def _help(program: str, words: tuple[str, ...], work: Path, reps: int = 5) -> float:
    """CPU seconds of printing the help, the median. Its exit code is its own affair."""
    found = []
    for _ in range(reps):
        process = subprocess.Popen(
            [program, *words],
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        found.append(used.ru_utime + used.ru_stime)
    return sorted(found)[reps // 2]


def _stop_agents(work: Path) -> None:
    """End the agents of gpg that a script left running over its own key rings."""
    if shutil.which("gpgconf") is None:
        return
    for ring in {path.parent for path in work.rglob("pubring.kbx")}:
        command = ["gpgconf", "--homedir", str(ring), "--kill", "all"]
        subprocess.run(command, capture_output=True, check=False)
