"""Two records of unpushed commits, kept outside the repository until nothing is unpushed.

`attempted`: a push of it was begun; a host can keep what it claims not to have got. Written before
the push starts, so that a kill at any moment leaves at most one attempt too many on the record.
`ahead`: what it did to people and access was pushed already, ahead of a conflict about the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from skillvault import atomic
from skillvault.paths import Paths

Kind = Literal["attempted", "ahead"]

_COMMIT: Final = re.compile("[0-9a-f]{40}")


def attempts_file(paths: Paths, name: str, kind: Kind = "attempted") -> Path:
    """Where a record of the vault `name` lies."""
    return paths.state / "vaults" / f"{name}.{kind}"


def load(paths: Paths, name: str, kind: Kind = "attempted") -> frozenset[str] | None:
    """The commits on the record; None where it cannot be read: then it may be any."""
    try:
        found = attempts_file(paths, name, kind).read_text("ascii").split()
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeDecodeError):
        return None
    return frozenset(found) if all(map(_COMMIT.fullmatch, found)) else None


def add(paths: Paths, name: str, commits: Iterable[str], kind: Kind = "attempted") -> None:
    """Put commits on the record, on the disk when this returns."""
    known = load(paths, name, kind)
    if known is None or known.issuperset(new := set(commits)):
        return
    path = attempts_file(paths, name, kind)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(path, "".join(f"{commit}\n" for commit in sorted(known | new)).encode())


def forget(paths: Paths, name: str) -> None:
    """Nothing is unpushed any more."""
    attempts_file(paths, name, "attempted").unlink(missing_ok=True)
    attempts_file(paths, name, "ahead").unlink(missing_ok=True)
