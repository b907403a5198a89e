"""A service's key: from the environment, else from the system's keyring."""

from __future__ import annotations

from collections.abc import Mapping

SERVICE = "skillvault"
"""The keyring's service; the user name is the host that the key is for, and for no other."""


def find_key(environ: Mapping[str, str], variable: str, host: str) -> str | None:
    """The key of the service at `host`, or None."""
    return environ.get(variable, "").strip() or _from_keyring(host)


def _from_keyring(host: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        found = keyring.get_password(SERVICE, host)
    except (KeyringError, OSError, RuntimeError):
        # A keyring that is locked, or not there at all, holds no key for us.
        return None
    return found.strip() if found and found.strip() else None
