"""A mapping that is never changed, of which a changed copy costs no more than what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

Value = TypeVar("Value")

_MOST: Final = 64


class Layered(Mapping[str, Value]):
    """A dictionary, and what differs from it (None: it is not there any more).

    A copy shares the dictionary until so much differs that a new one is made.
    """

    __slots__ = ("_base", "_changed", "_size")

    def __init__(self, base: Mapping[str, Value]) -> None:
        """`base` must not change from now on."""
        self._base = base
        self._changed: dict[str, Value | None] = {}
        self._size = len(base)

    @classmethod
    def of(cls, mapping: Mapping[str, Value]) -> Layered[Value]:
        """The mapping itself if it is one of these."""
        return mapping if isinstance(mapping, Layered) else cls(mapping)

    def changed(self, changes: Mapping[str, Value | None]) -> Layered[Value]:
        """This with these values, and without the keys whose value is None. KeyError: not there."""
        size = self._size
        for key, value in changes.items():
            if key in self:
                size -= value is None
            elif value is None:
                raise KeyError(key)
            else:
                size += 1
        new: Layered[Value] = Layered(self._base)
        new._changed = {**self._changed, **changes}
        new._size = size
        if len(new._changed) > _MOST:
            new._base, new._changed = new.plain(), {}
        return new

    def plain(self) -> dict[str, Value]:
        """All of it as a dictionary of its own."""
        found = dict(self._base)
        for key, value in self._changed.items():
            if value is not None:
                found[key] = value
            else:
                found.pop(key, None)
        return found

    def __getitem__(self, key: str) -> Value:
        if key not in self._changed:
            return self._base[key]
        value = self._changed[key]
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        if key in self._changed:
            return self._changed[key] is not None
        return key in self._base

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain() if self._changed else self._base)

    def __len__(self) -> int:
        return self._size
