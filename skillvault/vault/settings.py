"""What this machine notes of each of its vaults, beside the repository and outside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from skillvault import atomic
from skillvault.errors import NotFoundError, RefusedError, UsageError
from skillvault.paths import Paths
from skillvault.vault.card import check_name
from skillvault.vault.syntax import is_hash

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """`vault`: its id. `identity`: the recipient of the identity that is a member here.

    `moved`: the remote was changed, and nothing was fetched from the new one yet.
    No pydantic here: every command reads this, and importing it takes longer than `list` does.
    """

    vault: str
    remote: str | None = None
    identity: str | None = None
    moved: bool = False


def check_vault_name(name: str) -> str:
    """A vault's name on this machine. UsageError unless it is a plain file name."""
    try:
        checked = check_name(name)
    except RefusedError as error:
        raise UsageError(name, f"not a name for a vault: {error.problem}") from None
    if checked.startswith("."):
        raise UsageError(name, "not a name for a vault: it begins with a dot")
    return checked


def settings_file(paths: Paths, name: str) -> Path:
    """Where the notes of vault `name` lie."""
    return paths.state / "vaults" / f"{name}.json"


def load(paths: Paths, name: str) -> Settings:
    """Read the notes. NotFoundError if there is no such vault, RefusedError if damaged."""
    try:
        return _parse(settings_file(paths, name).read_bytes())
    except FileNotFoundError:
        raise NotFoundError(name, "no such vault on this machine", "skillvault vaults") from None
    except (ValueError, RecursionError):
        problem = f"its notes are damaged: {settings_file(paths, name)}"
        hint = f"clone it under another name; {paths.vault(name)} has what was not pushed"
        raise RefusedError(name, problem, hint) from None


def save(paths: Paths, name: str, settings: Settings) -> None:
    """Write the notes."""
    path = settings_file(paths, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(path, _format(settings))


def names(paths: Paths) -> list[str]:
    """The vaults of this machine, sorted."""
    return sorted(path.stem for path in (paths.state / "vaults").glob("*.json"))


def _parse(data: bytes) -> Settings:
    """ValueError for anything but what `_format` writes, or wrote with fewer fields."""
    said = json.loads(data)
    if not isinstance(said, dict) or said.pop("format", FORMAT) != FORMAT:
        raise ValueError("no notes of this format")
    if not {"vault"} <= said.keys() <= {field.name for field in fields(Settings)}:
        raise ValueError("other fields than these notes have")
    found = Settings(**said)
    texts = (found.remote, found.identity)
    if not (
        is_hash(found.vault)
        and all(text is None or isinstance(text, str) for text in texts)
        and isinstance(found.moved, bool)
    ):
        raise ValueError("a field of another kind")
    return found


def _format(settings: Settings) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(settings)}).encode()
