"""The example skills that ship: in the wheel below `data/`, in a checkout at its root."""

from __future__ import annotations

from pathlib import Path

from skillvault.errors import NotFoundError


def folder(name: str) -> Path:
    """The folder of a shipped skill. NotFoundError if this installation has none of that name."""
    package = Path(__file__).resolve().parent.parent
    for root in (package / "data" / "skills", package.parent / "skills"):
        if (root / name / "SKILL.md").is_file():
            return root / name
    raise NotFoundError(name, "no example skill of this name in this installation")
