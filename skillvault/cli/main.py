"""From the words of a process to its exit code: the one place where errors are caught."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import click

from skillvault.cli.frame import ROOT
from skillvault.cli.redact import secrets_of
from skillvault.cli.run import Run
from skillvault.errors import Exit


def main(args: Sequence[str]) -> int:
    """Run one command line and give its exit code; every error is told on stderr, none escapes."""
    run = Run()
    run.bare = not args
    # Plugins of other packages have no business in a process that holds keys.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Before any command takes them out of the environment.
    secrets = secrets_of(os.environ)
    _harden_streams()
    ours = args[: args.index("--")] if "--" in args else args
    if "--debug" in ours:
        run.debug = True
        from skillvault.cli.children import show

        show(secrets)
    try:
        code = _invoke(list(args), run)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        _quietly_to_stderr("skillvault: interrupted\n")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        return _end_like_a_pipe()
    except Exception as error:  # noqa: BLE001 the last resort: whatever it is, it is told in one voice
        from skillvault.cli.failure import report

        # The error may be one in the words before `--json` was read.
        run.json = run.json or "--json" in ours
        code = report(error, run, secrets)
        _give_up_stdout()
    return code


def _invoke(args: list[str], run: Run) -> int:
    try:
        with ROOT.make_context("skillvault", args, obj=run) as ctx:
            ROOT.invoke(ctx)
    except click.exceptions.Exit as done:  # --help, --version, and a child's own code
        return done.exit_code
    finally:
        run.close()
    return int(Exit.OK)


def _harden_streams() -> None:
    """Neither a closed stream nor text that it cannot encode may end a command.

    A closed descriptor is opened on nothing first, as git does: else the next file that is opened
    would get its number, and our output.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - lives as long as we
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115 - lives as long as we
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _quietly_to_stderr(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def _give_up_stdout() -> None:
    """What cannot be flushed now must not fail once more at exit, with a code of Python's own."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_like_a_pipe() -> int:
    """Whoever read our output has had enough: end by SIGPIPE, as every tool in a pipe does.

    It is nobody's error and none of the exit codes; `finally` blocks have run by now.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    return int(Exit.OK)
