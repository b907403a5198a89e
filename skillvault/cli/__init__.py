"""The command line: words in, one service called, words or JSON out. No logic of its own."""

from __future__ import annotations


def entry_point() -> int:
    """Run the command that this process was started with; what it returns is the exit code."""
    import sys

    from skillvault.cli.main import main

    return main(sys.argv[1:])
