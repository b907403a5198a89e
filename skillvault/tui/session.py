"""What all places share: the vaults that are open, what is known of them, who looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from skillvault.services import browsing
from skillvault.services.browsing import Desk, Key, Line, Result, Shelf
from skillvault.services.context import Context
from skillvault.services.wording import ago, count, stamp


class LogLine(NamedTuple):
    """`$ command`, and what became of it at the right. `bad`: it failed."""

    prompt: str = ""
    command: str = ""
    outcome: str = ""
    bad: bool = False


_SILENT = LogLine()


@dataclass
class Session:
    """State of the app. Only handlers on the loop write it.

    `vault`: the one that is looked at, or None for all. `sample`: this is the vault that is
    thrown away.
    """

    context: Context
    vault: str | None = None
    desk: Desk = field(default_factory=Desk)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    states: dict[Key, str] = field(default_factory=dict)
    results: dict[Key, Result] = field(default_factory=dict)
    log: LogLine = _SILENT
    sample: bool = False
    _known: list[str] | None = None

    def names(self) -> list[str]:
        """The vaults that are looked at."""
        return [name for name in self.known() if self.vault in {None, name}]

    def known(self) -> list[str]:
        """The vaults of this machine, as `look_again` found them last: this is asked often."""
        if self._known is None:
            self.look_again()
        return self._known or []

    def look_again(self) -> None:
        """See which vaults there are now."""
        self._known = browsing.names(self.context)

    def lines(self) -> list[Line]:
        """All skills of the vaults that are looked at, with what is known of them."""
        here = [self.shelves[name] for name in self.names() if name in self.shelves]
        return browsing.lines(here, self.states, self.results)

    @property
    def several(self) -> bool:
        """Whether a skill must be named with its vault."""
        return len(self.known()) > 1

    @property
    def who(self) -> str:
        """My name in the vaults that are looked at."""
        found = {s.member for n in self.names() if (s := self.shelves.get(n)) and s.member}
        return ", ".join(sorted(found))

    def title(self) -> tuple[str, str]:
        """The header: the vault, and how it stands."""
        names = self.names()
        if not names:
            return "skillvault", "· no vault yet"
        label = self.vault or (names[0] if len(names) == 1 else count(len(names), "vault"))
        here = [self.shelves[name] for name in names if name in self.shelves]
        if not here:
            return label, ""
        said = [count(sum(len(s.rows) for s in here), "skill")]
        if unpushed := sum(s.unpushed for s in here):
            said.append(f"{unpushed:,} not pushed")
        if all(s.remote is None and s.problem is None for s in here):
            said.append("local only")
        bad = [s.vault for s in here if s.problem is not None]
        if bad:
            said.append(f"{', '.join(bad)} does not open")
        else:
            since = min(s.verified for s in here)
            said.append(f"verified {ago(stamp(since), self.context.now())}")
        if self.sample:
            said.append("a sample, thrown away when you leave")
        return label, "· " + " · ".join(said)
