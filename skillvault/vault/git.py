"""Git's plumbing as processes: without a shell, in an environment that no repository can bend.

A client's vault is a bare repository of its own making. Whatever git would take from the machine,
the user or the repository's own configuration is fixed here (docs/format.md, "the client").
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

from skillvault.errors import RefusedError, ServiceError

BRANCH: Final = "refs/heads/main"
OLDEST: Final = (2, 32)

_SECRETS: Final = frozenset({"SKILLVAULT_KEY", "SKILLVAULT_PASSPHRASE"})
_FIXED: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PROTOCOL_FROM_USER": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
_SETTINGS: Final = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    # Ours, and no other: it says that what is sealed is not worth comparing, for push and repack.
    ("core.attributesFile", str(Path(__file__).parents[1] / "data" / "gitattributes")),
    ("core.alternateRefsCommand", "true"),
    ("core.commitGraph", "false"),
    ("protocol.allow", "never"),
    ("protocol.https.allow", "always"),
    ("protocol.ssh.allow", "always"),
    ("protocol.file.allow", "always"),
    # The general rule above yields to a user's own word about one of these.
    ("protocol.http.allow", "never"),
    ("protocol.git.allow", "never"),
    ("protocol.ext.allow", "never"),
    ("fetch.fsckObjects", "true"),
    ("transfer.fsckObjects", "true"),
    ("fetch.recurseSubmodules", "false"),
    ("http.followRedirects", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
)
DAMAGED: Final = (
    "a damaged disk, or a copy that is not whole: restore the vault from a backup of this machine, "
    "or `skillvault vaults forget` it and clone it again; what was not pushed is in it"
)
_AHEAD: Final = 63  # ids fit into one flight
_OID: Final = 64
_FLIGHT: Final = 12 * 1024
_NAME: Final = re.compile(r"[!-~]{1,300}")


def environment(
    *, network: bool = False, ask: bool = False, ssh_command: str | None = None
) -> dict[str, str]:
    """The environment of a git process: nothing inherited bends it, no secret is in it.

    `network`: fetch and push, for which the user's own configuration counts (credentials,
    proxies). `ask`: git and ssh may ask at the terminal. `ssh_command` replaces `ssh`.
    """
    inherited = os.environ.items()
    found = {k: v for k, v in inherited if not k.startswith("GIT_") and k not in _SECRETS}
    found.update(_FIXED)
    found["GIT_CONFIG_COUNT"] = str(len(_SETTINGS))
    for index, (key, value) in enumerate(_SETTINGS):
        found[f"GIT_CONFIG_KEY_{index}"] = key
        found[f"GIT_CONFIG_VALUE_{index}"] = value
    if not network:
        found["GIT_CONFIG_GLOBAL"] = os.devnull
    ssh = ssh_command or "ssh"
    if not ask:
        # `false` answers no question; ssh asks it instead of the terminal.
        found |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "false"}
        found |= {"SSH_ASKPASS": "false", "SSH_ASKPASS_REQUIRE": "force"}
        if Path(ssh.partition(" ")[0]).name == "ssh":
            ssh += " -o BatchMode=yes"
    found["GIT_SSH_COMMAND"] = ssh
    return found


def command(repo: Path, args: Sequence[str]) -> list[str]:
    """The words of a git command on the repository `repo`, wherever the process stands."""
    return ["git", f"--git-dir={repo.absolute()}", *args]


def run(repo: Path, args: Sequence[str], data: bytes = b"", *, keep: Sequence[int] = ()) -> bytes:
    """Run a local git command with `data` as its input, and give its output.

    Open descriptors in `keep` stay open in it. ServiceError with git's own words if it fails.
    """
    try:
        done = subprocess.run(
            command(repo, args),
            input=data,
            capture_output=True,
            check=False,
            env=environment(),
            pass_fds=keep,
        )
    except FileNotFoundError:
        raise missing_git() from None
    if done.returncode != 0:
        raise ServiceError(f"git {args[0]}", said(done.stderr) or f"ended with {done.returncode}")
    return done.stdout


def missing_git() -> ServiceError:
    """The error for a machine without git."""
    return ServiceError("git", "not found on this machine", "install git 2.32 or newer")


def said(stderr: bytes) -> str:
    """What git said last that is an error, as one line of printable ASCII, or the empty string."""
    lines = [line.strip() for line in stderr.decode("ascii", "replace").splitlines()]
    lines = [line for line in lines if line]
    chosen = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
    text = (chosen or "".join(lines[-1:])).removeprefix("fatal: ").removeprefix("error: ")
    return "".join(c if " " <= c <= "~" else "?" for c in text)[:300]


@cache
def require_version() -> None:
    """Refuse a git that would ignore what `environment` fixes. ServiceError."""
    try:
        words = subprocess.run(
            ["git", "version"], capture_output=True, check=False, env=environment()
        ).stdout
    except FileNotFoundError:
        raise missing_git() from None
    found = re.match(rb"git version (\d{1,4})\.(\d{1,4})", words)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise ServiceError("git", f"too old: {said(words)}", "install git 2.32 or newer")


class Info(NamedTuple):
    """What an object is, without its content: id, kind (`blob`, `commit`, ...) and bytes."""

    oid: str
    kind: str
    size: int


class CatFile:
    """Objects of one repository, read through one `git cat-file` process (two, for sizes).

    Requests go in flights that fit into a pipe, so that neither side waits for the other. A
    context manager; not for two threads at once.
    """

    def __init__(self, repo: Path) -> None:
        self._repo = repo
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._expected: deque[str] = deque()
        self._asked: deque[str] = deque()  # answers that wait in the pipe, in this order

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes. The next request would start them again."""
        for process in self._processes.values():
            process.kill()
            process.communicate()
        self._processes.clear()
        self._asked.clear()

    def expect(self, oids: Iterable[str]) -> None:
        """Say what will be read next, one by one and in this order: it is asked for in flights.

        Something else may be read between, which costs a new process; no answer is held back.
        """
        self._expected = deque(oid for oid in oids if len(oid) <= _OID)

    def infos(self, names: Sequence[str]) -> list[Info | None]:
        """What each name is, or None where there is nothing: an id, or `<commit>:<path>`."""
        found: list[Info | None] = []
        for output, _ in self._ask("--batch-check", names):
            fields = output.readline().split()
            if not fields:
                raise self._broken("it ended early")
            # "NAME missing" and its like have two words.
            found.append(
                Info(fields[0].decode(), fields[1].decode(), int(fields[2]))
                if len(fields) == 3  # noqa: PLR2004 - id, kind, size
                else None
            )
        return found

    def listing(self, tree: str, most: int) -> dict[str, Info] | None:
        """All files below a tree, by path: a tenth of what `infos` of each takes.

        None where git fails, or would say more than `most` bytes: a few small trees can be made to
        unfold without end.
        """
        words = ["ls-tree", "-r", "-l", "-z", "--full-tree", tree]
        process = subprocess.Popen(
            command(self._repo, words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        with process:
            said = process.stdout.read(most + 1) if process.stdout is not None else b""
            if len(said) > most:
                process.kill()
                return None
        if process.returncode != 0:
            return None
        found: dict[str, Info] = {}
        for line in said.decode("utf-8", "surrogateescape").split("\0"):
            about, _, path = line.partition("\t")
            fields = about.split()
            if len(fields) == 4 and fields[3].isdecimal():  # noqa: PLR2004 - mode, kind, id, size
                found.setdefault(path, Info(fields[2], fields[1], int(fields[3])))
        return found

    def reads(self, oids: Sequence[str], kind: str, limit: int) -> list[bytes]:
        """The content of each object, which must be a `kind` of at most `limit` bytes.

        RefusedError if one is missing, of another kind, larger, or not what its id says.
        """
        if self._asked:
            self.close()
        return [self._read(output, oid, kind, limit) for output, oid in self._ask("--batch", oids)]

    def read(self, oid: str, kind: str, limit: int) -> bytes:
        """As `reads`, of one object."""
        if self._asked and self._asked[0] != oid:
            self.close()
        if not self._asked:
            self._ask_ahead(oid)
        self._asked.popleft()
        output = self._process("--batch").stdout
        if output is None:
            raise self._broken("it has no pipes")
        return self._read(output, oid, kind, limit)

    def _ask_ahead(self, oid: str) -> None:
        """Ask for an object, and with it for some of those that are expected behind it."""
        expected = self._expected
        if oid in expected:
            while expected.popleft() != oid:
                pass
            more = [expected.popleft() for _ in range(min(_AHEAD, len(expected)))]
        else:
            more = []
        wanted = [oid, *more]
        next(self._ask("--batch", wanted))
        self._asked.extend(wanted)

    def _read(self, output: IO[bytes], oid: str, kind: str, limit: int) -> bytes:
        header = output.readline()
        fields = header.split()
        if not fields:
            raise self._broken("it ended early")
        if len(fields) != 3 or fields[0] != oid.encode():  # noqa: PLR2004 - id, kind, size
            self.close()
            raise RefusedError(f"object {oid}", "missing from the repository", DAMAGED)
        size = int(fields[2])
        if fields[1] != kind.encode() or size > limit:
            self.close()
            problem = f"not a {kind} of at most {limit} bytes"
            raise RefusedError(f"object {oid}", problem)
        data = output.read(size + 1)[:size]
        if len(data) < size and self._process("--batch").wait() < 0:
            # Killed; a git that finds an object damaged ends here too, but by itself.
            raise self._broken("it ended early")
        digest = hashlib.sha1(b"%b %d\0" % (fields[1], size), usedforsecurity=False)
        digest.update(data)
        if digest.hexdigest() != oid:
            self.close()
            raise RefusedError(f"object {oid}", "damaged in the repository", DAMAGED)
        return data

    def _ask(self, option: str, names: Sequence[str]) -> Iterator[tuple[IO[bytes], str]]:
        """Send the names in flights; yield the output once for each, positioned at its answer."""
        if not all(map(_NAME.fullmatch, names)):
            raise RefusedError("object", "a name that git could misread")
        start = 0
        while start < len(names):
            process = self._process(option)
            end, size = start, 0
            while end < len(names) and (end == start or size + len(names[end]) < _FLIGHT):
                size += len(names[end]) + 1
                end += 1
            request = "".join(f"{name}\n" for name in names[start:end]).encode()
            if process.stdin is None or process.stdout is None:
                raise self._broken("it has no pipes")
            try:
                process.stdin.write(request)
                process.stdin.flush()
            except BrokenPipeError:
                raise self._broken("it ended early") from None
            for name in names[start:end]:
                yield process.stdout, name
            start = end

    def _process(self, option: str) -> subprocess.Popen[bytes]:
        if option not in self._processes:
            try:
                self._processes[option] = subprocess.Popen(
                    command(self._repo, ["cat-file", option]),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment(),
                )
            except FileNotFoundError:
                raise missing_git() from None
        return self._processes[option]

    def _broken(self, problem: str) -> ServiceError:
        self.close()
        return ServiceError("git cat-file", f"{problem} in {self._repo}", DAMAGED)
