"""`python -m skillvault` is the command."""

from __future__ import annotations

from skillvault.cli import entry_point

if __name__ == "__main__":
    entry_point()
