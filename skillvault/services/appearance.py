"""How the terminal UI looks and which keys it has, as `config.toml` keeps it between sessions."""

from __future__ import annotations

from collections.abc import Mapping

from skillvault.errors import RefusedError
from skillvault.paths import Paths
from skillvault.services import config

THEMES: Mapping[str, str] = {
    "dark": "light letters on dark",
    "light": "dark letters on light",
    "high-contrast": "black and white, the rest as strong as it gets",
    "terminal": "the colours of your terminal",
}
KEY_TABLE = "keys"


def theme(paths: Paths) -> str:
    """The theme that was kept, else `dark`. RefusedError if the file is no TOML."""
    name = config.get(paths, "theme")
    return name if name is not None and name in THEMES else "dark"


def keep_theme(paths: Paths, name: str) -> None:
    """Keep a theme for the next session."""
    config.put(paths, "theme", name)


def keys(paths: Paths) -> dict[str, str]:
    """The table `[keys]`: by action, the keys that the user wants instead.

    RefusedError if it is no table of texts.
    """
    table = config.load(paths).get(KEY_TABLE, {})
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table.values()):
        raise RefusedError(str(paths.config_file), f"[{KEY_TABLE}] is no table of texts")
    return dict(table)
