"""RECOVERY.md: its bytes are part of format 1, so that nobody can plant other instructions."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

from skillvault.vault.ids import sha256

RECOVERY_PATH: Final = "RECOVERY.md"


@lru_cache(maxsize=1)
def recovery_text() -> bytes:
    """The bytes that every vault of format 1 holds at `RECOVERY.md`."""
    return files("skillvault.data").joinpath(RECOVERY_PATH).read_bytes()


RECOVERY_SHA256: Final = sha256(recovery_text())
