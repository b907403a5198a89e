"""Run a program that asks for a passphrase at its terminal: terminal.py PASSPHRASE PROGRAM ARG...

Ends as the program ends. A process of its own, because forking a terminal from a test process
that has threads is what Python warns about.
"""

from __future__ import annotations

import os
import pty
import sys


def main(passphrase: str, command: list[str]) -> int:
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    seen = b""
    while data := _read(terminal):
        seen += data
        if b"passphrase" in seen.lower() and seen.endswith(b": "):
            os.write(terminal, passphrase.encode() + b"\n")
            seen = b""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side has closed
        return b""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
