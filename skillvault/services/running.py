"""`run`: skills exist for one process, in a private folder, and are gone when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from skillvault.agents import running as wiring
from skillvault.agents.running import Wiring
from skillvault.errors import NotFoundError, RefusedError, SkillvaultError, UsageError
from skillvault.services import journaling, linting, reading
from skillvault.services.context import SECRETS, Context
from skillvault.services.finding import Located
from skillvault.services.labels import fold
from skillvault.services.references import Reference
from skillvault.services.workspace import workspace
from skillvault.skill.files import SkillFile, read_folder
from skillvault.vault.bundle import Bundle, describe

_FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_BY_SIGNAL = 128  # what a shell adds to the number of the signal that ended a process


@dataclass(frozen=True, slots=True)
class Ran:
    """What was run. `code`: its exit code, or 128 and the number of the signal that ended it."""

    code: int
    agent: Wiring
    skills: tuple[tuple[Located, Bundle], ...]


def run(
    ctx: Context,
    references: Sequence[Reference],
    command: Sequence[str],
    agent: Wiring | None = None,
    *,
    vault: str | None = None,
    allow: Collection[str] = (),
    before: Callable[[], None] = lambda: None,
    stdout: int | None = None,
) -> Ran:
    """Run a command with skills, its standard output into the descriptor `stdout` (ours: None).

    Its environment is ours without the secrets of skillvault, and with what `agents.running`
    adds. Signals that end us are handed to it; the folder goes when it has ended. `before` is
    called when all is ready. NotFoundError where there is no such program.
    """
    agent = agent or wiring.wiring_for(command[0])
    opened = [reading.open_reference(ctx, reference, vault=vault) for reference in references]
    skills: dict[str, tuple[SkillFile, ...]] = {}
    for located, bundle in opened:
        linting.guard(ctx, located.label, bundle.files, allow=allow)
        name = reading.folder_name(bundle)
        if fold(name) in map(fold, skills):
            raise UsageError(name, "two skills of this name", "name one of them")
        skills[name] = bundle.files
    environ = {k: v for k, v in ctx.environ.items() if k not in SECRETS}
    with workspace(ctx) as private:
        wired = wiring.wire(agent, command, skills, private, environ)
        versions = [journaling.Version.of(located.vault, bundle) for located, bundle in opened]
        journaling.note(ctx, "run", versions, agent=agent, target=command[0])
        before()
        try:
            code = _run(wired.command, {**environ, **wired.environ}, stdout)
        finally:
            if agent == "agents":
                _keep(ctx, private, environ)
        _tell_edits(ctx, wired.skills, skills)
    return Ran(code, agent, tuple(opened))


def _run(command: Sequence[str], environ: Mapping[str, str], stdout: int | None) -> int:
    """Run it on our own streams until it ends, whatever we are told meanwhile."""
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and _typed():
            return  # the terminal told the command too
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    with _handled((*_FORWARDED, signal.SIGINT), forward):
        try:
            process = subprocess.Popen(list(command), env=dict(environ), stdout=stdout)
        except (FileNotFoundError, NotADirectoryError):
            hint = "the command stands behind `--`, as one would type it"
            raise NotFoundError(command[0], "no such program", hint) from None
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            raise RefusedError(command[0], f"cannot be run: {problem.lower()}") from None
        for number in early:
            process.send_signal(number)
        code = process.wait()
    return code if code >= 0 else _BY_SIGNAL - code


@contextmanager
def _handled(
    signals: Sequence[signal.Signals], handler: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    """Within, these signals go to `handler`, but for those that we were started to ignore."""
    before = {one: signal.getsignal(one) for one in signals}
    taken = [one for one, old in before.items() if old is not signal.SIG_IGN]
    try:
        for one in taken:
            signal.signal(one, handler)
        yield
    finally:
        for one in taken:
            signal.signal(one, before[one])


def _typed() -> bool:
    """Whether ^C reaches everyone in our group: we are in front at a terminal."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _keep(ctx: Context, private: Path, environ: Mapping[str, str]) -> None:
    try:
        wiring.keep_what_codex_wrote(private, environ)
    except OSError as error:
        ctx.warn(f"CODEX_HOME: what was written there is lost: {error.strerror}")


def _tell_edits(ctx: Context, top: Path, skills: Mapping[str, Sequence[SkillFile]]) -> None:
    """Warn where the command changed a skill: that goes with the folder."""
    for name, files in skills.items():
        try:
            changed = describe(read_folder(top / name)) != describe(files)
        except (SkillvaultError, OSError):
            changed = True
        if changed:
            ctx.warn(
                f"{name}: the command changed it, which is gone; `skillvault edit` keeps edits"
            )
