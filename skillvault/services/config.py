"""`config.toml`: what the user settled once. Comments and order survive our writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skillvault import atomic
from skillvault.errors import RefusedError
from skillvault.paths import Paths

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

KEYS = {
    "vault": "the vault that a changing command uses",
    "model": "the model that `eval` measures on",
    "openai-base-url": "where `openai:` models are, if not at OpenAI",
    "anthropic-base-url": "where `anthropic:` models are, if not at Anthropic",
    "stale-age": "days without an entry of another person, after which that is said (30)",
    "theme": "the colours of the terminal UI: `dark`, `light`, `high-contrast` or `terminal`",
    "stale": "`refuse` makes it an error (exit 5) to write then, `warn` says it",
}


def get(paths: Paths, key: str) -> str | None:
    """A setting, or None. RefusedError if the file is not TOML or the value is no text."""
    value = load(paths).get(key)
    if value is not None and not isinstance(value, str):
        raise RefusedError(str(paths.config_file), f"{key} is not text")
    return value


def load(paths: Paths) -> dict[str, Any]:
    """All settings. RefusedError if the file is not TOML."""
    try:
        text = paths.config_file.read_bytes()
    except FileNotFoundError:
        return {}
    import tomllib

    try:
        return tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(str(paths.config_file), f"not TOML: {error}") from None


def put(paths: Paths, key: str, value: str | int) -> None:
    """Set a key at the top of the file, and leave everything else as it is."""
    document = _document(paths)
    document[key] = value
    _write(paths, document)


def remove(paths: Paths, key: str) -> bool:
    """Take a key out of the file, and leave everything else. False if it was not there."""
    document = _document(paths)
    if key not in document:
        return False
    del document[key]
    _write(paths, document)
    return True


def _document(paths: Paths) -> TOMLDocument:
    import tomlkit

    load(paths)
    old = paths.config_file.read_text("utf-8") if paths.config_file.exists() else ""
    return tomlkit.parse(old)


def _write(paths: Paths, document: TOMLDocument) -> None:
    import tomlkit

    paths.config.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(paths.config_file, tomlkit.dumps(document).encode())
