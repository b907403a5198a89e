"""What git says when a remote fails, as one error of ours that says what to do.

Git has no codes for it: its words count, which are English here (LC_ALL=C).
"""

from __future__ import annotations

import re
from typing import Final

from skillvault.errors import ConflictError, RefusedError, ServiceError, SkillvaultError
from skillvault.vault import git
from skillvault.vault.remote_url import shown, without_password


class PushRejected(ConflictError):  # noqa: N818 - it is an answer, and the caller goes on with it
    """Others pushed first: fetch, replay, try again."""


_RACES: Final = (
    "fetch first",
    "non-fast-forward",
    "stale info",
    "failed to update ref",
    "cannot lock ref",
    "incorrect old value",
    "reference already exists",
)


def refusal(url: str, output: bytes) -> SkillvaultError | None:
    """Why the remote did not take a ref, by the lines that `push --porcelain` writes."""
    for line in output.splitlines():
        if not line.startswith(b"!\t"):
            continue
        reason = git.said(line.split(b"\t")[-1])
        if any(race in reason for race in _RACES):
            return PushRejected(shown(url), "others pushed first", "skillvault sync")
        return ServiceError(shown(url), f"the host did not take it: {reason}")
    return None


_UNREACHABLE: Final = (
    "Could not resolve host",
    "Connection refused",
    "Connection timed out",
    "Connection reset",
    "Could not connect",
    "Failed to connect",
    "Network is unreachable",
    "No route to host",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Could not resolve hostname",
)
_LOCKED_OUT: Final = (
    "Permission denied",
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "Host key verification failed",
    "returned error: 401",
    "returned error: 403",
)
_NOT_THERE: Final = (
    "does not appear to be a git repository",
    "not a git repository",
    "epository not found",
    "returned error: 404",
    "does not exist",
    "No such file or directory",
)
_MALFORMED: Final = ("fsck error", "error in object", "fsck_", "invalid index-pack output")


def failure(url: str, code: int, words: bytes) -> SkillvaultError:
    """One error of ours for whatever git said when it ended with `code`."""
    subject = shown(url)
    text = without_password(words.decode("ascii", "replace"))

    def says(*phrases: str) -> bool:
        return any(phrase in text for phrase in phrases)

    if says("' not allowed"):
        return RefusedError(subject, "git was led to a protocol other than https, ssh and file")
    if says(*_UNREACHABLE):
        hint = "check the address and the network; nothing was lost"
        return ServiceError(subject, "it cannot be reached", hint)
    if not says(*_LOCKED_OUT) and (says(*_NOT_THERE) or re.search("repository '.*' not f", text)):
        return ServiceError(subject, "no repository there, or none that you may see")
    if says(*_LOCKED_OUT):
        hint = "check your key or token for this host, with plain `git ls-remote`"
        return ServiceError(subject, "the host does not let you in", hint)
    if says(*_MALFORMED):
        return RefusedError(subject, f"it sends malformed objects: {git.said(text.encode())}")
    return ServiceError(subject, git.said(text.encode()) or f"git ended with {code}")
