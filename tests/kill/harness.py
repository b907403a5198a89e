"""Real SIGKILLs at chosen system calls, by strace, in skillvault or in a git that it started.

strace counts each kind of call in each process on its own. So a place to kill at is a process
(`main`, or a git by the name that git.sh gives it), a kind of call, and its number there. The
signal arrives before the call: every state in which a call is the next thing to happen is seen.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
KINDS = (
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "copy_file_range",
    "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
    "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "truncate", "ftruncate",
)  # fmt: skip
MAIN = "main"
PATIENCE = 60.0
_TRACE = ",".join(f"?{kind}" for kind in KINDS)
_STRACE = ("strace", "-f", "-b", "execve", "-qq")
_CALL = re.compile(r"(?P<thread>\d+) +(?P<kind>\w+)\((?P<rest>.*)")
_SAID = re.compile(r"\d+</dev/(null|tty|pts)|[12]<.*/said>")
_FAILED = re.compile(r"= -1 E[A-Z0-9]+ \([^)]*\)$")
_PIPE = re.compile(r"\d+<(pipe|socket|UNIX.*):")
_PR_SET_CHILD_SUBREAPER = 36


class Place(NamedTuple):
    """Where to kill: before the `number`-th call of a `kind` in a `process`; `call` shows it.

    `together`: everything that runs for the operation dies at that moment, not one git alone.
    """

    process: str
    kind: str
    number: int
    together: bool
    call: str

    def __str__(self) -> str:
        who = f"{self.process} and all" if self.together else self.process
        return f"{who}, {self.kind} {self.number}: {self.call}"


class Ended(NamedTuple):
    """How the operation went: its exit code, negative for a signal, and what it said."""

    code: int
    said: str


@dataclass(frozen=True)
class Strace:
    """Runs `python -m tests.kill.driver ARGUMENTS` for `box`, under strace, from a folder `work`."""

    work: Path
    box: Path
    arguments: tuple[str, ...]

    def count(self) -> tuple[Ended, list[Place]]:
        """Let it run to its end, and list where it can be killed."""
        trace = self.work / "trace"
        with self._calls() as calls:
            head = [*_STRACE, "-y", "-e", f"trace={_TRACE}", "-o", str(trace)]
            ended = self._run(head, calls, target="all")
            traces = {MAIN: trace} | {p.name: p / "trace" for p in sorted(calls.iterdir())}
            places = [p for name, path in traces.items() for p in self._places(name, path)]
        return ended, places

    def kill(self, place: Place) -> Ended:
        """Run it, and kill it there. Everything that it started has ended on return."""
        inject = f"{place.kind}:signal=SIGKILL:when={place.number}"
        with self._calls() as calls:
            if place.process != MAIN:
                return self._run([], calls, place.process, inject, together=place.together)
            head = [*_STRACE, "-e", f"trace={place.kind}", "-e", f"inject={inject}"]
            return self._run([*head, "-o", os.devnull], calls, "none")

    @contextlib.contextmanager
    def _calls(self) -> Iterator[Path]:
        """A folder where git.sh counts."""
        calls = self.work / "calls"
        shutil.rmtree(calls, ignore_errors=True)
        calls.mkdir(parents=True)
        yield calls

    def _run(
        self, head: list[str], calls: Path, target: str, inject: str = "", *, together: bool = False
    ) -> Ended:
        _adopt_orphans()
        kind = inject.partition(":")[0]
        environ = {
            "PATH": f"{self._shims()}:{os.environ['PATH']}",
            "HOME": str(self.box / "home"),
            "TMPDIR": str(self.box / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "KILL_SHIMS": str(self._shims()),
            "KILL_GIT": str(shutil.which("git")),
            "KILL_CALLS": str(calls),
            "KILL_TARGET": target,
            "KILL_TRACE": kind or _TRACE,
            "KILL_INJECT": inject,
            "KILL_TOGETHER": str(int(together)),
        }
        words = [*head, sys.executable, "-m", "tests.kill.driver", str(self.box), *self.arguments]
        said = self.work / "said"
        with said.open("wb") as out:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
            try:
                code = process.wait(PATIENCE)
            finally:
                _wait_for_group(process.pid)
        return Ended(code, said.read_text("utf-8", "replace"))

    def _places(self, process: str, trace: Path) -> Iterator[Place]:
        """The places in a trace. A thread's calls are its own.

        What is only said is left out, and a call that failed: the next one sees the same state.
        """
        counts: Counter[tuple[str, str]] = Counter()
        for line in trace.read_text("utf-8", "replace").splitlines():
            match = _CALL.match(line)
            if match is None:
                continue
            kind, rest = match["kind"], match["rest"]
            counts[match["thread"], kind] += 1
            if _SAID.match(rest) or _FAILED.search(rest):
                continue
            call = rest.replace(f"{self.box}/", "")[:120]
            place = Place(process, kind, counts[match["thread"], kind], False, call)
            yield place
            if process != MAIN and not _PIPE.match(rest):
                yield place._replace(together=True)

    def _shims(self) -> Path:
        """A folder of what git may be called by, each of them git.sh."""
        shims = self.work / "shims"
        if not shims.is_dir():
            shims.mkdir(parents=True)
            for name in ("git", "git-upload-pack", "git-receive-pack"):
                (shims / name).symlink_to(Path(__file__).with_name("git.sh"))
        return shims


def _adopt_orphans() -> None:
    """What a killed process leaves running becomes a child of this one, which can wait for it."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_group(group: int) -> None:
    """Wait until every process of the group is gone."""
    end = time.monotonic() + PATIENCE
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitid(os.P_PGID, group, os.WEXITED | os.WNOHANG) is None:
                if time.monotonic() > end:
                    os.killpg(group, signal.SIGKILL)
                    raise TimeoutError("what the operation had started never ended")
                time.sleep(0.005)
