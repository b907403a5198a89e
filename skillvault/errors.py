"""The one family of errors that leaves this package, and the exit codes they stand for.

Every error names its subject, the problem, and where there is one a hint: what to do.
Nothing else may escape a parser of bytes from outside. Exit codes are frozen (`help exit-codes`).
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a process ends with."""

    OK = 0
    CHECK = 1
    USAGE = 2
    NOT_FOUND = 3
    NO_ACCESS = 4
    VERIFICATION = 5
    CONFLICT = 6
    SERVICE = 7
    REFUSED = 8
    INTERRUPTED = 130


class SkillvaultError(Exception):
    """Something that a person can understand and act on.

    `subject` is what it is about (a skill, a vault, a file), `problem` says what is wrong with it
    in lower case without a full stop, `hint` says what to do, or is None.
    """

    exit: Exit = Exit.CHECK

    def __init__(self, subject: str, problem: str, hint: str | None = None) -> None:
        super().__init__(f"{subject}: {problem}")
        self.subject = subject
        self.problem = problem
        self.hint = hint

    @property
    def code(self) -> str:
        """The stable name of this kind of error, for `--json`: the class in kebab case."""
        name = type(self).__name__.removesuffix("Error")
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class CheckError(SkillvaultError):
    """A check or gate did not hold (1)."""

    exit = Exit.CHECK


class UsageError(SkillvaultError):
    """The command was asked in a way that it cannot follow (2)."""

    exit = Exit.USAGE


class NotFoundError(SkillvaultError):
    """Nothing of that name that this keyholder can see (3)."""

    exit = Exit.NOT_FOUND


class AccessError(SkillvaultError):
    """No key opens this, or the role forbids it (4)."""

    exit = Exit.NO_ACCESS


class VerificationError(SkillvaultError):
    """The history is not what its signatures say: tampering, roll-back, fork (5).

    `subject` names the entry (`entry 12`) and, where one is at fault, the path.
    """

    exit = Exit.VERIFICATION


class ConflictError(SkillvaultError):
    """Two sides changed the same thing (6)."""

    exit = Exit.CONFLICT


class ServiceError(SkillvaultError):
    """A remote, a model or another service failed (7)."""

    exit = Exit.SERVICE


class RefusedError(SkillvaultError):
    """Input that is malformed, too large or unsafe (8)."""

    exit = Exit.REFUSED
