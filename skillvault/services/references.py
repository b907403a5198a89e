"""How a skill is named: `[VAULT/]NAME[~ID][@N]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from skillvault.errors import UsageError

_REFERENCE = re.compile(
    r"(?:(?P<vault>[^/@~]+)/)?(?P<name>[^/@~]+)(?:~(?P<id>[a-z2-7]{1,16}))?(?:@(?P<version>[0-9]{1,9}))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference; what was not said is None."""

    name: str
    vault: str | None = None
    id: str | None = None
    version: int | None = None

    def __str__(self) -> str:
        head = f"{self.vault}/" if self.vault else ""
        tail = (f"~{self.id}" if self.id else "") + (f"@{self.version}" if self.version else "")
        return f"{head}{self.name}{tail}"


def require_whole(references: Iterable[Reference], problem: str) -> None:
    """UsageError about the first that says a version, where only a whole skill can be meant."""
    for one in references:
        if one.version is not None:
            raise UsageError(str(one), problem, f"say {replace(one, version=None)}")


def parse(text: str) -> Reference:
    """Read a reference. UsageError for anything else."""
    match = _REFERENCE.fullmatch(text)
    version = match and match["version"]
    if match is None or (version is not None and int(version) < 1):
        raise UsageError(text, "not a skill's name", "[VAULT/]NAME[~ID][@N], as in acme/review@2")
    return Reference(match["name"], match["vault"], match["id"], int(version) if version else None)
