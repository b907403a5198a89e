"""Locked after a while without a key: nothing is seen, and the passphrase is asked for again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual import on
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import identities
from skillvault.services.context import Context
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.field import Field
from skillvault.tui.work import Job


class Locked(Dialog[str]):
    """Covers everything until the passphrase is right. `esc` leaves the app."""

    CSS = """
    Locked { background: $background; }
    Locked > #box { width: 60; }
    """
    heading = "Locked"
    keys_line = "enter unlock   esc leave"

    def body(self) -> Iterable[Widget]:
        """The line."""
        yield Text("nobody pressed a key for a while; your passphrase unlocks")
        yield Field(password=True)
        yield Text(id="said")

    @on(Field.Submitted)
    def _typed(self, event: Field.Submitted) -> None:
        secret, field = event.value, event.input
        field.value = ""
        self.query_one("#said", Text).update("unlocking ...")

        def run(ctx: Context) -> None:
            identities.load(replace(ctx, passphrase=lambda _subject: secret))

        self.work(Job("unlocking", run, lambda _none: self.close("open"), self._wrong))

    def _wrong(self, error: SkillvaultError) -> None:
        self.query_one("#said", Text).update(error.problem)

    def action_back(self) -> None:
        """Leave the app: what is behind stays unseen."""
        self.app.exit(0)
