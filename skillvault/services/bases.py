"""Which version a folder on this machine came from, kept outside the folder itself.

The record has the folder's path (so usually the skill's name: the folder lies there in the clear),
the vault, the skill's id and the content's hash: no text of a skill.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from skillvault import atomic
from skillvault.paths import Paths
from skillvault.services.context import Context
from skillvault.vault.lock import locked


@dataclass(frozen=True, slots=True)
class Base:
    """What a folder held when it was last got or put."""

    vault: str
    skill: str
    content: str


class Bases:
    """The records, read once. Folders are named by their resolved paths."""

    def __init__(self, paths: Paths) -> None:
        self._records = _load(paths)

    def of(self, place: Path) -> Base | None:
        """The record of a folder, or None."""
        found = self._records.get(str(place))
        try:
            return Base(**found) if found is not None else None
        except TypeError:
            return None

    def places(self, vault: str, content: str) -> list[Path]:
        """The folders that hold this version of a vault's skill."""
        found = self._records.items()
        return [
            Path(place)
            for place, r in found
            if (r.get("vault"), r.get("content")) == (vault, content)
        ]

    def contents(self, vault: str) -> frozenset[str]:
        """What folders came from, of one vault."""
        found = (r for r in self._records.values() if r.get("vault") == vault)
        return frozenset(str(r.get("content")) for r in found)


def remember(paths: Paths, records: dict[Path, Base]) -> None:
    """Record what these folders hold now, each named by its resolved path."""
    if not records:
        return
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(_file(paths)):
        known = _load(paths)
        if not known and _file(paths).exists():
            # Damaged: never wiped, somebody may mend it.
            _file(paths).replace(_file(paths).with_suffix(".damaged"))
        for place, base in records.items():
            known[str(place)] = {"vault": base.vault, "skill": base.skill, "content": base.content}
        atomic.write(_file(paths), json.dumps(known, sort_keys=True).encode())


def note(ctx: Context, records: dict[Path, Base]) -> None:
    """As `remember`, of what is done already; what cannot be recorded is warned about."""
    try:
        remember(ctx.paths, records)
    except OSError as error:
        for place in records:
            ctx.warn(
                f"{place}: which version it holds is not on record ({error.strerror}): "
                "the next put of it needs --onto @N"
            )


def forget(paths: Paths, places: Collection[Path]) -> None:
    """Drop the records of folders that we removed."""
    if not _file(paths).exists():
        return
    with locked(_file(paths)):
        known = _load(paths)
        kept = {place: base for place, base in known.items() if Path(place) not in places}
        if len(kept) < len(known):
            atomic.write(_file(paths), json.dumps(kept, sort_keys=True).encode())


def _file(paths: Paths) -> Path:
    return paths.state / "bases.json"


def _load(paths: Paths) -> dict[str, dict[str, str]]:
    """All records; none where the file is damaged, or not there."""
    try:
        known = json.loads(_file(paths).read_bytes())
    except (FileNotFoundError, IsADirectoryError, ValueError, RecursionError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {place: record for place, record in known.items() if _is_record(record)}


def _is_record(found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(value, str) for value in found.values())
