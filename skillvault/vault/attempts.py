"""Which unpushed commits a push was ever attempted of: a host can keep what it claims not to have.

Written before the push starts, outside the repository, so that a kill at any moment leaves at most
one attempt too many on the record, never one too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from skillvault import atomic
from skillvault.paths import Paths

_COMMIT: Final = re.compile("[0-9a-f]{40}")


def attempts_file(paths: Paths, name: str) -> Path:
    """Where the attempts of the vault `name` are recorded."""
    return paths.state / "vaults" / f"{name}.attempted"


def load(paths: Paths, name: str) -> frozenset[str] | None:
    """The commits on the record; None where it cannot be read: then each may have been sent."""
    try:
        found = attempts_file(paths, name).read_text("ascii").split()
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeDecodeError):
        return None
    return frozenset(found) if all(map(_COMMIT.fullmatch, found)) else None


def add(paths: Paths, name: str, commits: Iterable[str]) -> None:
    """Put commits on the record, on the disk when this returns."""
    known = load(paths, name)
    if known is None or known.issuperset(new := set(commits)):
        return
    _save(paths, name, known | new)


def forget(paths: Paths, name: str) -> None:
    """Nothing is unpushed any more."""
    attempts_file(paths, name).unlink(missing_ok=True)


def _save(paths: Paths, name: str, commits: Iterable[str]) -> None:
    path = attempts_file(paths, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(path, "".join(f"{commit}\n" for commit in sorted(commits)).encode())
