"""One operation in a process of its own, to be killed: `python -m tests.kill.driver BOX ...`."""

from __future__ import annotations

import sys
from pathlib import Path

from skillvault.errors import SkillvaultError
from tests.kill.scenery import ALL
from tests.kill.scenes import Box


def main(root: str, suite: str, scene: str) -> int:
    """The exit code is one of ours: another one, or a traceback, is a failure of the test."""
    try:
        ALL[scene].act(Box(Path(root), suite, stage=1))
    except SkillvaultError as error:
        sys.stderr.write(f"skillvault: error: {error}\n")
        return int(error.exit)
    except BaseException:
        sys.stderr.write("unexpected\n")
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
