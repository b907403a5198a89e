"""Fetch, push and look at a remote, through GitPython: the only module that uses it.

The user's own git configuration counts here (credentials, proxies, `insteadOf`), and nothing else
that was inherited. What arrives is unverified; what goes out was verified by the caller.
"""

from __future__ import annotations

import errno
import os
import re
import resource
import selectors
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from skillvault.errors import NotFoundError, RefusedError, ServiceError, SkillvaultError
from skillvault.vault import git
from skillvault.vault.remote_url import check_url, shown
from skillvault.vault.remote_words import PushRejected, failure, refusal
from skillvault.vault.repository import create_bare, exclusive, read_ref

__all__ = ["FETCHED", "PushRejected", "check_url", "fetch", "fetch_revision", "ls_remote", "push"]

FETCHED: Final = "refs/skillvault/fetched"
MAX_BYTES: Final = 2 * 1024**3

_ANSWER: Final = 8 * 1024**2
_WORDS: Final = 256 * 1024
_REFS: Final = re.compile(r"([0-9a-f]{40})\t([!-~]{1,300})")
_REVISION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]{0,250}")
_LOCATION: Final = re.compile(rb"<= Recv header: location: *(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Peer:
    """Where to, and how: the checked address, whether git may ask, the user's own ssh."""

    url: str
    ask: bool
    ssh_command: str | None

    @property
    def environment(self) -> dict[str, str]:
        return git.environment(network=True, ask=self.ask, ssh_command=self.ssh_command)


@dataclass(frozen=True, slots=True)
class _Answer:
    code: int
    output: bytes
    words: bytes


def fetch(
    repo: Path,
    url: str,
    *,
    ask: bool = False,
    ssh_command: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> str | None:
    """Fetch the branch of a remote into `repo`; gives its tip, or None if there is no such branch.

    The tip stays at `refs/skillvault/fetched`; no other ref moves. RefusedError for an address
    that is none, for malformed objects and for a file of more than `max_bytes`; ServiceError if the
    remote cannot be reached, does not let us in, has moved or is no repository.
    """
    peer = _Peer(check_url(url), ask, ssh_command)
    words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"]
    words += ["--no-recurse-submodules", "--no-prune", "--", peer.url, f"+{git.BRANCH}:{FETCHED}"]
    _check_writable(repo)
    with exclusive(repo) as lock:
        _drop_damaged(repo)
        answer = _call(repo, words, peer.environment, keep=[lock], max_bytes=max_bytes)
        if answer.code == 0:
            return read_ref(repo, FETCHED)
        if b"couldn't find remote ref" in answer.words:
            return None
        if _sweep(repo, max_bytes) or b"died of signal 25" in answer.words:
            problem = f"it sends a file of more than {max_bytes} bytes"
            raise RefusedError(shown(peer.url), problem)
    raise _failure(peer, answer)


def _check_writable(repo: Path) -> None:
    """PermissionError about what git would complain of in words that a host has too."""
    for place in (repo / "objects", repo / "objects/pack", repo / "refs/skillvault"):
        if place.is_dir() and not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


def _drop_damaged(repo: Path) -> None:
    """Remove what a power cut left of the last fetched tip: git would stop at it for ever."""
    try:
        read_ref(repo, FETCHED)
    except RefusedError:
        (repo / FETCHED).unlink(missing_ok=True)


def fetch_revision(
    repo: Path, url: str, revision: str, *, ask: bool = False, max_bytes: int = MAX_BYTES
) -> str:
    """Fetch one commit of any repository, without its history; gives the commit's id.

    `revision` is `HEAD`, a branch, a tag, or a commit's 40 digits. Errors as for `fetch`;
    RefusedError also for a revision that is none.
    """
    if _REVISION.fullmatch(revision) is None or ".." in revision or revision.endswith(".lock"):
        raise RefusedError(shown(revision), "not the name of a branch, a tag or a commit")
    peer = _Peer(check_url(url), ask, None)
    words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"]
    words += ["--no-recurse-submodules", "--depth=1", "--", peer.url, f"+{revision}:{FETCHED}"]
    answer = _call(repo, words, peer.environment, max_bytes=max_bytes)
    if answer.code != 0:
        if _sweep(repo, max_bytes) or b"died of signal 25" in answer.words:
            raise RefusedError(shown(peer.url), f"it sends a file of more than {max_bytes} bytes")
        if b"couldn't find remote ref" in answer.words or b"not our ref" in answer.words:
            raise NotFoundError(shown(peer.url), f"it has no `{revision}`")
        raise _failure(peer, answer)
    tip = git.run(repo, ["rev-parse", "--verify", "--quiet", f"{FETCHED}^{{commit}}"])
    return tip.decode().strip()


def ls_remote(url: str, *, ask: bool = False, ssh_command: str | None = None) -> dict[str, str]:
    """The refs of a remote with their ids, `HEAD` too; empty for an empty repository.

    Errors as for `fetch`.
    """
    peer = _Peer(check_url(url), ask, ssh_command)
    with _scratch() as repo:
        answer = _call(repo, ["ls-remote", "--quiet", "--", peer.url], peer.environment)
    if answer.code != 0:
        raise _failure(peer, answer)
    lines = answer.output.decode("ascii", "replace").splitlines()
    found = (_REFS.fullmatch(line) for line in lines)
    return {match[2]: match[1] for match in found if match is not None}


def push(
    repo: Path,
    url: str,
    commit: str,
    expected: str | None,
    *,
    repair: bool = False,
    dry_run: bool = False,
    ask: bool = False,
    ssh_command: str | None = None,
) -> None:
    """Move the remote's branch forward to `commit`, which must continue what stands there.

    `expected` is where the branch was last seen. With `repair` the branch is moved from exactly
    there, back too: the one place where anything is forced. With `dry_run` the host is asked, and
    nothing is moved.

    PushRejected if others pushed first; ServiceError if the host refuses it, or as for `fetch`.
    """
    peer = _Peer(check_url(url), ask, ssh_command)
    words = ["push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags"]
    words += ["--recurse-submodules=no", *(["--dry-run"] if dry_run else [])]
    if repair:
        words.append(f"--force-with-lease={git.BRANCH}:{expected or ''}")
    words += ["--", peer.url, f"{commit}:{git.BRANCH}"]
    answer = _call(repo, words, peer.environment)
    if answer.code != 0:
        raise refusal(peer.url, answer.output) or _failure(peer, answer)


def _call(
    repo: Path,
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    keep: Sequence[int] = (),
    max_bytes: int | None = None,
) -> _Answer:
    """Run git through GitPython, with this environment and no other.

    GitPython adds to what is inherited and takes nothing away, so the child becomes git by itself.
    """
    git.require_version()
    # After the check: where there is no git, importing GitPython is an ImportError.
    try:
        from git import Git
    except ImportError as error:
        # An inherited GIT_PYTHON_... of another program's.
        raise ServiceError(
            "git", f"GitPython does not start: {str(error).splitlines()[0]}"
        ) from None

    full = git.command(repo, words)
    start = _becoming(full, environment, keep, max_bytes)
    # Not `Repo`, which reads inherited variables: in a hook of another repository it finds that.
    child = Git(repo).execute(full, as_process=True, preexec_fn=start)
    process = child.proc
    if process is None:
        raise ServiceError("git", "it did not start")
    try:
        output, said = _drain(process)
        return _Answer(process.wait(), output, said)
    finally:
        process.kill()
        process.communicate()


def _becoming(
    words: list[str], environment: Mapping[str, str], keep: Sequence[int], max_bytes: int | None
) -> Callable[[], None]:
    """What the child does before anything else. Only system calls: other threads are gone."""
    limit = max_bytes
    if limit is not None:
        # Who is held to less already stays so: nobody may raise it.
        held = [n for n in resource.getrlimit(resource.RLIMIT_FSIZE) if n != resource.RLIM_INFINITY]
        limit = min([limit, *held])

    def become() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        for descriptor in keep:
            os.set_inheritable(descriptor, True)
        os.execvpe(words[0], words, environment)  # noqa: S606 - git, by design without a shell

    return become


def _drain(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """All of the output, and the end of what was said. RefusedError for output without an end."""
    output, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, buffer in ((process.stdout, output), (process.stderr, said)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, buffer)
        while selector.get_map():
            for key, _ in selector.select():
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                key.data.extend(chunk)
            del said[:-_WORDS]
            if len(output) > _ANSWER:
                raise RefusedError("remote", f"it answers with more than {_ANSWER} bytes")
    return bytes(output), bytes(said)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A repository to stand in where there is none: the folder of the user is never one."""
    with tempfile.TemporaryDirectory(prefix="skillvault-") as folder:
        path = Path(folder) / "scratch.git"
        create_bare(path)
        yield path


def _sweep(repo: Path, max_bytes: int) -> bool:
    """Remove the pack that grew to the limit and stayed unfinished. Whether there was one."""
    found = False
    for path in (repo / "objects/pack").glob("tmp_pack_*"):
        if path.stat().st_size >= max_bytes:
            path.unlink()
            found = True
    return found


def _failure(peer: _Peer, answer: _Answer) -> SkillvaultError:
    if re.search(rb"returned error: 30[0-9]", answer.words):
        return _moved(peer)
    return failure(peer.url, answer.code, answer.words)


def _moved(peer: _Peer) -> ServiceError:
    """Tell the new address. Git does not say it, but for its trace of the headers."""
    trace = peer.environment | {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1"}
    with _scratch() as repo:
        answer = _call(repo, ["ls-remote", "--quiet", "--", peer.url], trace)
    found = _LOCATION.search(answer.words)
    target = found[1].decode("ascii", "replace").partition("/info/refs")[0] if found else ""
    try:
        check_url(target)
    except RefusedError:
        return ServiceError(shown(peer.url), "it redirects to another address")
    new = shown(target)
    return ServiceError(shown(peer.url), f"it has moved to {new}", f"skillvault remote {new}")
