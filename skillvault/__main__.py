"""`python -m skillvault` is the command."""

from __future__ import annotations

import sys

from skillvault.cli import entry_point

if __name__ == "__main__":
    sys.exit(entry_point())
