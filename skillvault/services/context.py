"""What every use case is handed: this user's folders, environment, clock, and ways to speak."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from skillvault.errors import AccessError
from skillvault.paths import Paths

if TYPE_CHECKING:
    from skillvault.services.unlocking import Unlocked

SECRETS = ("SKILLVAULT_KEY", "SKILLVAULT_PASSPHRASE")


def _silent(_text: str) -> None:
    """Nobody listens."""


def _no_progress(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def _no_consent(_question: str) -> bool:
    """Nobody is there to say yes."""
    return False


def _no_passphrase(subject: str) -> str:
    hint = "export SKILLVAULT_PASSPHRASE=..., or run this at a terminal"
    raise AccessError(subject, "the identity is under a passphrase", hint)


@dataclass(frozen=True, slots=True)
class Context:
    """Explicit surroundings of one call.

    `warn` is told one line at a time; `progress` gets what is done, how much of it, of how much;
    `passphrase` is asked with the path of an identity file and returns its passphrase.
    `confirm` asks a question and says whether the answer was yes; so does `ask_person`, which no
    option answers, only somebody at a terminal. `interactive`: somebody can be asked (git and ssh
    may ask too). `unlocked` keeps what a passphrase opened, for who makes many calls.
    """

    paths: Paths
    environ: Mapping[str, str] = field(repr=False)
    warn: Callable[[str], None] = _silent
    progress: Callable[[str, int, int], None] = _no_progress
    passphrase: Callable[[str], str] = _no_passphrase
    confirm: Callable[[str], bool] = _no_consent
    ask_person: Callable[[str], bool] = _no_consent
    now: Callable[[], float] = time.time
    interactive: bool = False
    unlocked: Unlocked | None = field(default=None, repr=False)


def from_process(
    *,
    warn: Callable[[str], None] = _silent,
    progress: Callable[[str, int, int], None] = _no_progress,
    passphrase: Callable[[str], str] = _no_passphrase,
    confirm: Callable[[str], bool] = _no_consent,
    ask_person: Callable[[str], bool] = _no_consent,
    interactive: bool = False,
) -> Context:
    """The context of this process.

    `SKILLVAULT_KEY` and `SKILLVAULT_PASSPHRASE` are taken out of `os.environ` here, once, so that
    no child (editor, pager, ssh, agent) inherits them.
    """
    environ = dict(os.environ)
    for name in SECRETS:
        os.environ.pop(name, None)
    return Context(
        paths=Paths.from_environment(environ),
        environ=environ,
        warn=warn,
        progress=progress,
        passphrase=passphrase,
        confirm=confirm,
        ask_person=ask_person,
        interactive=interactive,
    )
