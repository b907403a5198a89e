"""Members and groups as people read them: a name, with `~id` behind it where two have the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from skillvault.vault.client import Vault
from skillvault.vault.state import State

SHOWN = 8
"""Characters of an id that are shown: 40 bits of it."""


def labels(vault: Vault) -> Mapping[str, str]:
    """Every active member's and every group's label by id. What it prints, WHO accepts."""
    state, reader = vault.state, vault.reader
    names = {i: reader.name(i) for i in [*active(state), *state.groups]}
    held: dict[str, int] = {}
    for name in names.values():
        held[fold(name)] = held.get(fold(name), 0) + 1
    return {i: name if held[fold(name)] == 1 else tagged(name, i) for i, name in names.items()}


def label(vault: Vault, identifier: str) -> str:
    """One label. Whoever was removed is told apart from those who are there now."""
    known = labels(vault)
    if identifier in known:
        return known[identifier]
    name = vault.reader.name(identifier)
    taken = {fold(vault.reader.name(other)) for other in known}
    return tagged(name, identifier) if fold(name) in taken else name


def labels_of(vault: Vault, identifiers: Iterable[str]) -> tuple[str, ...]:
    """Labels of several, sorted."""
    known = labels(vault)
    return tuple(sorted(known.get(i) or vault.reader.name(i) for i in identifiers))


def tagged(name: str, identifier: str) -> str:
    """`name~id`."""
    return f"{name}~{identifier[:SHOWN]}"


def active(state: State) -> list[str]:
    """The ids of active members."""
    return [identifier for identifier, m in state.members.items() if m.is_active]


def either(names: Iterable[str]) -> str:
    """`Ada`, `Ada or Bob`, `Ada, Bob or Cyd`: any of whom will do."""
    *rest, last = sorted(names) or ["nobody"]
    return f"{', '.join(rest)} or {last}" if rest else last


def fold(name: str) -> str:
    """How names are compared: NFC, without case."""
    return unicodedata.normalize("NFC", name).casefold()
