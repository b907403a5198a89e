"""What this machine notes of each of its vaults, beside the repository and outside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillvault import atomic
from skillvault.errors import NotFoundError, RefusedError, UsageError
from skillvault.paths import Paths
from skillvault.vault.card import check_name


class Settings(BaseModel):
    """`vault`: its id. `identity`: the recipient of the identity that is a member here.

    `moved`: the remote was changed, and nothing was fetched from the new one yet.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    format: Annotated[int, Field(ge=1, le=1)] = 1
    vault: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
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
        return Settings.model_validate_json(settings_file(paths, name).read_bytes())
    except FileNotFoundError:
        raise NotFoundError(name, "no such vault on this machine", "skillvault vaults") from None
    except ValidationError:
        problem = f"its notes are damaged: {settings_file(paths, name)}"
        hint = f"clone it under another name; {paths.vault(name)} has what was not pushed"
        raise RefusedError(name, problem, hint) from None


def save(paths: Paths, name: str, settings: Settings) -> None:
    """Write the notes."""
    path = settings_file(paths, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(path, settings.model_dump_json().encode())


def names(paths: Paths) -> list[str]:
    """The vaults of this machine, sorted."""
    return sorted(path.stem for path in (paths.state / "vaults").glob("*.json"))
