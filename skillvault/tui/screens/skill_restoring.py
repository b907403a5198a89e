"""Going back to a version of a skill: what that does is shown, enter does it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from textual import on

from skillvault.services import browsing, revising
from skillvault.services.browsing import Line
from skillvault.services.leafing import Leaf
from skillvault.services.revising import Revised
from skillvault.services.wording import listed
from skillvault.tui import spelling
from skillvault.tui.doing import Doing
from skillvault.tui.screens.skill_history import History
from skillvault.tui.work import Job


class Restoring(Doing):
    """A place with one skill, of whose versions an older one can be made the newest."""

    line: Line
    leaf: Leaf | None

    def restored(self) -> None:
        """It was done, and the vault is about to be read again."""

    @on(History.Restore)
    def _ask_restore(self, event: History.Restore) -> None:
        from skillvault.tui.dialogs.asking import Confirm

        newest = self.leaf.newest if self.leaf is not None else 0
        command = self._restore_command(event.line.number)
        shelf = self.tui.session.shelves.get(self.line.row.vault)
        local = shelf is not None and shelf.remote is None
        lines = restoring(event, self.line.name, newest, local=local)
        sure = Confirm(
            f"Restore {self.line.name}@{event.line.number}", [*lines, f"$ {command}"], "restore"
        )
        self.app.push_screen(sure, lambda yes: self._restore(event.line.number) if yes else None)

    def _restore_command(self, number: int) -> str:
        name = spelling.skills([self.line], several=self.tui.session.several)
        return f"skillvault restore {name}@{number}"

    def _restore(self, number: int) -> None:
        command = self._restore_command(number)
        reference = replace(browsing.reference(self.line, several=True), version=number)
        self.tui.log_command(command, "restoring ...")

        def done(revised: Revised) -> None:
            entry = revised.entry
            said = (
                "nothing changed"
                if entry is None
                else f"{revised.name}@{revised.version}, entry {entry.seq}"
            )
            self.tui.log_command(command, said)
            self.restored()
            self.tui.vaults_changed()

        self.work(
            Job(
                f"restoring @{number}",
                lambda ctx: revising.restore(ctx, reference),
                done,
                partial(self._failed, command),
                changes=True,
            )
        )


def restoring(event: History.Restore, name: str, newest: int, *, local: bool) -> list[str]:
    """What a restore will do, in words."""
    number = event.line.number
    said = [
        f"@{newest + 1} will hold what @{number} holds, byte for byte; @{newest} stays as it is"
    ]
    if event.name != name:
        said.append(f"it is called {event.name} again, as it was then")
    files = [f"{one.path} {one.change}" for one in event.changes]
    said.append(f"against @{newest}: {listed(files, most=6)}" if files else "nothing differs")
    said.append("1 entry, local only" if local else "1 entry, pushed by the next sync")
    return said
