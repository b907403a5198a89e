"""Opening the vaults that a place shows, each by itself, and what comes in after the rows."""

from __future__ import annotations

from functools import partial

from textual.timer import Timer

from skillvault.services import browsing
from skillvault.services.browsing import Key, Result, Shelf
from skillvault.services.context import Context
from skillvault.services.wording import count
from skillvault.tui.doing import Doing
from skillvault.tui.work import Job

LATER = 0.15
"""Seconds after the rows are there, in which they are painted, before more is looked for."""


class Shelving(Doing):
    """A place that shows shelves. `opening`: the vaults that are not there yet."""

    def __init__(self) -> None:
        super().__init__()
        self.opening: set[str] = set()
        self._more: Timer | None = None

    def show(self) -> None:
        """Show what is known now."""
        raise NotImplementedError

    @property
    def is_resting(self) -> bool:
        """Whether more will be looked for in a moment."""
        return self._more is not None

    def reload(self) -> None:
        """Open the vaults that are looked at, each by itself; what is known stays meanwhile."""
        self.tui.session.look_again()
        names = self.tui.session.names()
        self.opening = set(names)
        for name in names:
            look = partial(self._look, name)
            self.work(Job(f"opening {name}", look, self._looked, group=f"look {name}"))
        self.show()

    def _look(self, name: str, ctx: Context) -> Shelf:
        return browsing.look(ctx, self.tui.session.desk, name)

    def _looked(self, shelf: Shelf) -> None:
        self.tui.session.shelves[shelf.vault] = shelf
        self.opening.discard(shelf.vault)
        if not self.tui.session.log.command and shelf.problem is None:
            self.tui.log_command("skillvault list", count(len(shelf.rows), "skill"))
        for warning in shelf.warnings:
            self.notify(warning, title=shelf.vault, severity="warning", markup=False)
        self.show()
        if self._more is None:
            self._more = self.set_timer(LATER, self._look_for_more)

    def _look_for_more(self) -> None:
        self._more = None
        shelves = [s for s in self.tui.session.shelves.values() if s.problem is None]
        if not shelves:
            return
        for shelf in shelves:
            self.work(
                Job(
                    f"looking at copies of {shelf.vault}",
                    partial(self._copies, shelf.vault),
                    self._found_copies,
                    group=f"copies {shelf.vault}",
                    quiet=True,
                )
            )
        self.work(
            Job(
                "reading results",
                lambda ctx: browsing.results(ctx, shelves),
                self._found_results,
                group="results",
                quiet=True,
            )
        )

    def _copies(self, name: str, ctx: Context) -> tuple[str, dict[Key, str]]:
        return name, browsing.copies(ctx, self.tui.session.desk, name)

    def _found_copies(self, found: tuple[str, dict[Key, str]]) -> None:
        name, states = found
        known = self.tui.session.states
        before = {key: word for key, word in known.items() if key[0] == name}
        if states != before:
            self.tui.session.states = {k: w for k, w in known.items() if k[0] != name} | states
            self.show()

    def _found_results(self, found: dict[Key, Result]) -> None:
        if found != self.tui.session.results:
            self.tui.session.results = found
            self.show()
