"""The folder of weights on this machine: a file is what its SHA-256 says, or it is not there."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Literal

from skillvault.errors import RefusedError, ServiceError
from skillvault.models.known import KnownModel

_CHUNK = 1 << 20
Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

State = Literal["ready", "missing", "damaged"]


def nobody(_done: int, _total: int) -> None:
    """Nobody watches."""


def digest_of(path: Path) -> str:
    """`sha256:...` of a file. OSError as the system says it."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def state(model: KnownModel, folder: Path) -> State:
    """Whether the weights lie in `folder`; by size alone, because hashing takes a second a GB."""
    try:
        size = (folder / model.file).stat().st_size
    except OSError:
        return "missing"
    return "ready" if size == model.size else "damaged"


def holds(model: KnownModel, folder: Path) -> bool:
    """Whether the weights lie in `folder`, by their hash."""
    ready = state(model, folder) == "ready"
    return ready and digest_of(folder / model.file) == model.digest


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other pulls; what a killed one left behind is swept away."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ServiceError(str(folder), f"cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for leftover in folder.glob(".*.part"):
            leftover.unlink(missing_ok=True)
        for leftover in folder.glob(".pull-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


def receive(
    model: KnownModel, source: IO[bytes], folder: Path, progress: Progress = nobody
) -> Path:
    """Copy `source` into `folder` as the model's file, only if it is exactly the known bytes.

    Call it under `locked`. RefusedError, with nothing kept, for other bytes; no more is read
    than the known size and one chunk. ServiceError if fewer came or the disk is full; what
    `source` raises passes through.
    """
    temporary = folder / f".{secrets.token_hex(6)}.part"
    hasher, done = hashlib.sha256(), 0
    try:
        with _storing(model, folder):
            file = temporary.open("xb")
        with file:
            while done <= model.size and (chunk := source.read(_CHUNK)):
                done += len(chunk)
                hasher.update(chunk)
                with _storing(model, folder):
                    file.write(chunk)
                progress(min(done, model.size), model.size)
            if done < model.size:
                problem = f"only {done:,} of {model.size:,} bytes came"
                raise ServiceError(model.name, problem, "try again")
            if done > model.size or hasher.hexdigest() != model.sha256:
                problem = f"what came is not {model.title}: its SHA-256 differs"
                raise RefusedError(model.name, problem, "nothing was kept")
            with _storing(model, folder):
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(0o644)
                temporary.replace(folder / model.file)
    finally:
        temporary.unlink(missing_ok=True)
    return folder / model.file


@contextlib.contextmanager
def _storing(model: KnownModel, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"could not be stored in {folder}: {error.strerror}"
        raise ServiceError(model.name, problem) from error
