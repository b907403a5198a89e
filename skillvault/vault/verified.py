"""A verified line: what `verify` makes, and what everything else is given.

Apart from `verify.py`, because reading from a cached line takes none of what verifying takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from skillvault.vault.state import EMPTY, State
from skillvault.vault.tree import Tree

Blobs = Mapping[tuple[str, str], tuple[str, ...]]
"""(path, hash) to the ids of the blobs that a verified entry called so, the latest last."""


class Verified(NamedTuple):
    """A line up to its highest verified entry, whose commit is `commit` (None: no entry yet)."""

    state: State
    commit: str | None
    tree: Tree
    blobs: Blobs


NOTHING: Final = Verified(EMPTY, None, Tree(), {})
