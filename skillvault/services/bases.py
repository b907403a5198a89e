"""Which version a folder on this machine came from, kept outside the folder itself.

The record has the folder's path, the vault, the skill's id and the content's hash: no name and no
text of a skill.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from skillvault import atomic
from skillvault.paths import Paths
from skillvault.vault.lock import locked


@dataclass(frozen=True, slots=True)
class Base:
    """What a folder held when it was last got or put."""

    vault: str
    skill: str
    content: str


def find(paths: Paths, folder: Path) -> Base | None:
    """The record of `folder`, or None."""
    found = _load(paths).get(str(folder.resolve()))
    try:
        return Base(**found) if found is not None else None
    except TypeError:
        return None


def remember(paths: Paths, records: dict[Path, Base]) -> None:
    """Record what these folders hold now."""
    if not records:
        return
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(_file(paths)):
        known = _load(paths)
        known |= {str(folder.resolve()): asdict(base) for folder, base in records.items()}
        atomic.write(_file(paths), json.dumps(known, indent=0, sort_keys=True).encode())


def _file(paths: Paths) -> Path:
    return paths.state / "bases.json"


def _load(paths: Paths) -> dict[str, dict[str, str]]:
    try:
        known = json.loads(_file(paths).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
