"""The command line: words in, one service called, words or JSON out. No logic of its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def entry_point() -> NoReturn:
    """Run the command that this process was started with, and end with its exit code."""
    import gc
    import sys

    # Imports and a vault's state make many objects and no garbage: looking for it as often as
    # Python does takes 10 ms of a short command, and a tenth of a long one.
    gc.set_threshold(100_000, 20, 50)
    from skillvault.cli.main import main

    _end(main(sys.argv[1:]))


def _end(code: int) -> NoReturn:
    """End at once: taking the interpreter apart is a sixth of what a short command costs.

    What was registered to run at exit has run by then. Where another thread lives, the process
    ends as any other does.
    """
    import atexit
    import contextlib
    import os
    import sys

    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter itself would call now
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
