"""Canonical JSON: one line of ASCII with sorted keys, so that a hash of its bytes is a hash of it.

Control files, entries, manifests, name records and evidence are such lines (docs/format.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from skillvault.errors import RefusedError

INT_LIMIT = 2**53
DEPTH_LIMIT = 32
SIZE_LIMIT = 8 * 1024 * 1024


def dumps(record: Mapping[str, object]) -> bytes:
    """The canonical line of `record`, with its newline.

    RefusedError for what `loads` would not read back: floats, integers of 2^53 and beyond,
    lone surrogates, keys that are no strings, more than 32 levels.
    """
    plain = dict(record)
    _check(plain, "record", 1)
    return _encode(plain)


def loads(data: bytes, subject: str) -> dict[str, Any]:
    """The object that `data` says. RefusedError unless `data` is its canonical line, byte for byte.

    `subject` is what the error is about. Which fields there must be, the caller knows.
    """
    if len(data) > SIZE_LIMIT:
        raise RefusedError(subject, f"larger than {SIZE_LIMIT} bytes")

    try:
        record = _DECODER.decode(data.decode("ascii"))
    except UnicodeDecodeError:
        raise RefusedError(subject, "not ASCII") from None
    except _BadNumberError as error:
        raise RefusedError(subject, str(error)) from None
    except (ValueError, RecursionError):
        raise RefusedError(subject, "not JSON") from None
    if not isinstance(record, dict):
        raise RefusedError(subject, "not a JSON object")
    # Only lines that can be deep or hold a surrogate pay for the walk.
    if b"\\ud" in data or data.count(b"[") + data.count(b"{") > DEPTH_LIMIT:
        _check(record, subject, 1)
    if _encode(record) != data:
        raise RefusedError(subject, "not canonical JSON: it differs from its own re-encoding")
    return record


class _BadNumberError(ValueError):
    """A number that no record has."""


def _refuse(token: str) -> NoReturn:
    raise _BadNumberError(f"a number that is no integer: {token[:40]}")


def _integer(token: str) -> int:
    if len(token) > 17 or abs(value := int(token)) >= INT_LIMIT:  # noqa: PLR2004 - digits of 2^53, and a sign
        raise _BadNumberError("an integer of 2^53 or beyond")
    return value


# Made once: `json.loads` and `json.dumps` make them anew for every line, of which there are many.
_DECODER: Final = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, parse_int=_integer)
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def _encode(record: dict[str, Any]) -> bytes:
    return f"{_ENCODER.encode(record)}\n".encode("ascii")


def _check(value: object, subject: str, depth: int) -> None:
    """Refuse every value that is not the format's."""
    if isinstance(value, str):
        _check_text(value, subject)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if abs(value) >= INT_LIMIT:
            raise RefusedError(subject, "an integer of 2^53 or beyond")
    elif depth > DEPTH_LIMIT:
        raise RefusedError(subject, f"nested deeper than {DEPTH_LIMIT} levels")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise RefusedError(subject, "a key that is no string")
            _check_text(key, subject)
            # Most of a record is ASCII text, and a call for each would take half of the time.
            if type(item) is not str or not item.isascii():
                _check(item, subject, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) is not str or not item.isascii():
                _check(item, subject, depth + 1)
    else:
        raise RefusedError(subject, f"a {type(value).__name__} has no place in canonical JSON")


def _check_text(text: str, subject: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise RefusedError(subject, "half of a surrogate pair") from None
