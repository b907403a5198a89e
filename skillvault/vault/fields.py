"""What the fields of records may hold: for each kind a check, and what is said where it fails.

By hand, and not by pydantic: whoever opens a skill reads records, and importing pydantic takes
nearly as long as all the rest of `show` (ADR 11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from skillvault.vault.syntax import HEX128, RECIPIENTS, SIGNING_KEY, is_hash, is_id, is_time

Kind = Callable[[Any], str | None]
"""Says what is wrong with a value, or None."""
Kinds = Mapping[str, Kind]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
# Half of a surrogate pair, as it stands for a byte that is no UTF-8.
_HALF: Final = re.compile("[\ud800-\udfff]")


class FieldError(ValueError):
    """A field is missing, or holds what it may not. `where` is its path in the record."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.where = where
        self.what = what


def check(fields: object, kinds: Kinds, prefix: str = "") -> Mapping[str, Any]:
    """Hold a JSON object against the kinds of its fields; gives the fields that have none.

    FieldError for no object, a missing field, and a value that is not of its kind.
    """
    if not isinstance(fields, dict):
        raise FieldError(prefix.rstrip("."), "not an object")
    for name, kind in kinds.items():
        if name not in fields:
            raise FieldError(prefix + name, "missing")
        what = kind(fields[name])
        if what is not None:
            raise FieldError(prefix + name, what)
    if len(fields) == len(kinds):
        return _NOTHING
    return {name: value for name, value in fields.items() if name not in kinds}


def number(low: int, high: int) -> Kind:
    """A whole number, and no truth value."""
    said = f"not a number from {low} to {high:,}"
    return lambda v: None if type(v) is int and low <= v <= high else said


def text(least: int, most: int) -> Kind:
    """A text of so many characters."""
    said = f"not a text of {least:,} to {most:,} characters"

    def kind(value: object) -> str | None:
        good = isinstance(value, str) and least <= len(value) <= most and not _HALF.search(value)
        return None if good else said

    return kind


def one_of(*words: str) -> Kind:
    """One of a few words."""
    said = f"neither {' nor '.join(words)}"
    return lambda v: None if isinstance(v, str) and v in words else said


def matching(pattern: str, said: str) -> Kind:
    """A text that is all of a pattern."""
    compiled = re.compile(pattern)
    return lambda v: None if isinstance(v, str) and compiled.fullmatch(v) else said


def or_null(kind: Kind) -> Kind:
    """The same, or nothing."""
    return lambda v: None if v is None else kind(v)


def items(most: int) -> Kind:
    """A list of that many things at most, and of one at least; whatever they are."""
    said = f"not a list of 1 to {most:,}"
    return lambda v: None if isinstance(v, list) and 1 <= len(v) <= most else said


def ids(value: object) -> str | None:
    """Names of members and groups, sorted."""
    if not isinstance(value, list) or not value or not all(map(is_id, value)):
        return "not a list of ids"
    if any(left >= right for left, right in pairwise(value)):
        return "not sorted, or a name twice"
    return None


def _by(is_good: Callable[[object], bool], said: str) -> Kind:
    return lambda v: None if is_good(v) else said


ANY_TEXT: Final = matching("(?s).*", "not a text")
ID: Final = _by(is_id, "not an id")
HASH: Final = _by(is_hash, "not a hash")
NONCE: Final = matching(HEX128, "not 32 hex digits")
TIME: Final = _by(is_time, "not a time in whole seconds, UTC, since 1970")
RECIPIENT: Final = matching("|".join(RECIPIENTS.values()), "not a recipient")
SIGNING: Final = matching(SIGNING_KEY, "not a signing key")
