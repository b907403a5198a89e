"""Answers of models, by all that made them: a second run is free, an interrupted one resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from skillvault.catalog.image import deflate, inflate
from skillvault.catalog.tables import Answer

if TYPE_CHECKING:
    from skillvault.catalog.store import Catalog
    from skillvault.vault.spool import Record


def key_of(
    *,
    model: str,
    parameters: Mapping[str, object],
    request: Mapping[str, object],
    sample: int,
) -> str:
    """What an answer is kept under: the SHA-256 of everything that it follows from.

    `model` is its digest, `parameters` what else of the backend may change a text, `request` the
    messages and decoding parameters with the seed; all of it what JSON can say.
    """
    asked = {"model": model, "parameters": parameters, "request": request, "sample": sample}
    line = json.dumps(asked, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(line.encode()).hexdigest()}"


def find(catalog: Catalog, key: str) -> dict[str, Any] | None:
    """The answer that was kept under this key, as it was given to `keep`, or None."""
    found = catalog.session.get(Answer, key)
    if found is None:
        return None
    value: dict[str, Any] = json.loads(inflate(found.value))
    return value


def keep(catalog: Catalog, key: str, value: Mapping[str, object], *, time: str) -> None:
    """Keep an answer, on disk before this returns. The first under a key stays.

    `value` is what JSON can say, `time` RFC 3339. OSError where it cannot be written.
    """
    catalog.add("answer", {"key": key, "time": time, "value": dict(value)})


def rows(record: Record) -> list[Answer]:
    """The rows of a record. KeyError: it has not the form of one."""
    body = record.body
    return [Answer(key=body["key"], time=body["time"], value=deflate(json.dumps(body["value"])))]
