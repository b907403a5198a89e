"""From the name on the command line to a backend."""

from __future__ import annotations

from pathlib import Path

from skillvault.errors import NotFoundError, RefusedError, ServiceError, UsageError
from skillvault.models import known, store
from skillvault.models.base import Model
from skillvault.models.echo import EchoModel
from skillvault.models.reach import KINDS, Reach, open_remote

DEFAULT = f"local:{known.DEFAULT}"
"""What measures where no model was named: the embedded demo model."""

_MAGIC = b"GGUF"


def open_model(
    name: str,
    folder: Path,
    *,
    threads: int | None = None,
    reach: Reach = Reach(),  # noqa: B008 - frozen
) -> Model:
    """The backend for `local:NAME`, `local:PATH.gguf`, `openai:`, `anthropic:` or `echo:`.

    `folder` holds known weights, `reach` says how services are reached. Weights are hashed here and
    loaded at the first question. UsageError: no such kind of model. NotFoundError: no such model or
    file. ServiceError: weights, runtime, SDK or key are not on this machine. RefusedError: weights
    that are not what their name says.
    """
    kind, separator, rest = name.partition(":")
    if kind in KINDS and separator:
        return open_remote(name, kind, rest, reach)
    if kind == "echo" and separator and not rest:
        return EchoModel()
    if kind != "local" or not rest:
        hint = f"`{DEFAULT}`, `local:PATH.gguf`, `openai:MODEL`, `anthropic:MODEL` or `echo:`"
        raise UsageError(name, "no such kind of model", hint)
    if rest.endswith(".gguf") or "/" in rest:
        return _from_file(name, Path(rest).expanduser(), threads)
    return _from_table(name, rest, folder, threads)


def _from_table(name: str, short: str, folder: Path, threads: int | None) -> Model:
    model = known.by_name(short)
    if model is None:
        raise NotFoundError(name, "no such model", "`skillvault models` lists the known ones")
    pull = f"skillvault models pull {short}"
    match store.state(model, folder):
        case "missing":
            raise ServiceError(name, "its weights are not on this machine", pull)
        case "damaged":
            raise RefusedError(name, "its weights are not whole", pull)
    path = folder / model.file
    if store.digest_of(path) != model.digest:
        raise RefusedError(name, "its weights are not what they should be (SHA-256)", pull)
    return _local(name, path, model.digest, model, threads)


def _from_file(name: str, path: Path, threads: int | None) -> Model:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
        digest = store.digest_of(path)
    except FileNotFoundError:
        raise NotFoundError(name, "no such file") from None
    except OSError as error:
        raise RefusedError(name, f"cannot be read: {error.strerror}") from error
    if magic != _MAGIC:
        raise RefusedError(name, "not a GGUF file")
    return _local(name, path, digest, known.by_digest(digest), threads)


def _local(
    name: str, path: Path, digest: str, model: known.KnownModel | None, threads: int | None
) -> Model:
    from skillvault.models.local import LocalModel

    if model is None:
        return LocalModel(name, path, digest, threads=threads)
    context, demo = model.context, model.demo
    return LocalModel(name, path, digest, context=context, threads=threads, demo=demo)
