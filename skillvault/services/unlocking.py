"""Identities that were opened with a passphrase, kept in the memory of one process for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skillvault.services.identities import Held

Print = tuple[Path, int, int]
"""A key file as it is now: its path, time of change and size."""


@dataclass
class Unlocked:
    """Who asks once and not at each call has one in its context; `forget` locks again."""

    _held: dict[Print, Held] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def open(self, path: Path, unlock: Callable[[], Held]) -> Held:
        """The identity of a key file; `unlock` opens it, one at a time, unless it is known."""
        found = path.stat()
        key = (path, found.st_mtime_ns, found.st_size)
        with self._lock:
            if key not in self._held:
                self._held[key] = unlock()
            return self._held[key]

    @property
    def is_empty(self) -> bool:
        """Nothing is unlocked."""
        return not self._held

    def forget(self) -> None:
        """Lock again."""
        self._held.clear()
