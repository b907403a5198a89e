"""Where this user's files lie: XDG on Linux and macOS alike (as git, gh and uv do; ADR 0005)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The three folders of one user. Nothing is created by asking."""

    config: Path
    data: Path
    state: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Paths:
        """Read `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_STATE_HOME`, each only if absolute."""
        home = Path(environ.get("HOME") or Path.home())

        def base(variable: str, default: str) -> Path:
            value = environ.get(variable, "")
            return (Path(value) if Path(value).is_absolute() else home / default) / "skillvault"

        return cls(
            config=base("XDG_CONFIG_HOME", ".config"),
            data=base("XDG_DATA_HOME", ".local/share"),
            state=base("XDG_STATE_HOME", ".local/state"),
        )

    @property
    def identities(self) -> Path:
        """`*.key`, one identity a file."""
        return self.config / "identities"

    @property
    def config_file(self) -> Path:
        """`config.toml`."""
        return self.config / "config.toml"

    @property
    def models(self) -> Path:
        """Weights that `models pull` fetched."""
        return self.data / "models"

    def vault(self, name: str) -> Path:
        """The bare repository of the vault that this machine calls `name`."""
        return self.data / f"{name}.vault"
