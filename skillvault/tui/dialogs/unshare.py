"""Taking access away: who loses what, what they may have kept; `y` does it, enter never."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import browsing, sharing
from skillvault.services.browsing import Line
from skillvault.services.context import Context
from skillvault.services.reach import span
from skillvault.services.sharing import Approve, Preview, Shared
from skillvault.services.wording import count, listed
from skillvault.tui import spelling
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.work import Job, Look, told

_WAIT = "computing what will change ...   esc keep"


class Unshare(Dialog[str]):
    """Strike one name from the readers of a skill. Gives the line that says what was done."""

    CSS_PATH = "form.tcss"
    keys_line = _WAIT

    def __init__(self, line: Line, who: str) -> None:
        super().__init__()
        self.line = line
        self.who = who
        self.heading = f"Unshare {line.name} from {who}"
        self.preview: Preview | None = None
        self.busy = False

    def body(self) -> Iterable[Widget]:
        """What will change."""
        yield Text("computing ...", id="preview")
        yield Text(f"\n$ {self._command}", id="command")

    @property
    def _command(self) -> str:
        return spelling.unshare([self.line], [self.who], several=self.tui.session.several)

    def on_mount(self) -> None:
        """Compute it."""

        def run(ctx: Context) -> Preview:
            look = Look[Preview]()
            self._unshare(ctx, look, fetch=False)
            return look.preview

        self.work(Job("computing what will change", run, self._foreseen, self._refused))

    def _unshare(self, ctx: Context, approve: Approve, *, fetch: bool) -> Shared | None:
        reference = browsing.reference(self.line, several=False)
        vault = self.line.row.vault
        return sharing.unshare(
            ctx, [reference], [self.who], approve=approve, vault=vault, fetch=fetch
        )

    def _foreseen(self, preview: Preview) -> None:
        self.preview = preview
        self.query_one("#preview", Text).update("\n".join(lines_of(preview)))
        self.say_keys("y unshare   esc keep")

    def _refused(self, error: SkillvaultError) -> None:
        if self.busy:
            self.tui.log_command(self._command, error.problem, bad=True)
        self.busy = False
        said = self.query_one("#preview", Text)
        said.add_class("bad")
        said.update(told(error))
        self.say_keys("y try again   esc keep" if self.preview is not None else "esc close")

    def on_key(self, event: events.Key) -> None:
        """Nothing but `y` does it."""
        if event.key in {"y", "enter"}:
            event.stop()
        if event.key == "y" and self.preview is not None and not self.busy:
            self._go(self.preview)

    def _go(self, shown: Preview) -> None:
        self.busy = True
        self.say_keys("unsharing ...")
        self.tui.log_command(self._command, "unsharing ...")
        changed: list[Preview] = []

        def approve(preview: Preview) -> bool:
            if (preview.people, preview.skills) != (shown.people, shown.skills):
                changed.append(preview)
            return not changed

        def run(ctx: Context) -> Shared | Preview:
            done = self._unshare(ctx, approve, fetch=True)
            return changed[0] if done is None else done

        self.work(Job("unsharing", run, self._done, self._refused, changes=True))

    def _done(self, done: Shared | Preview) -> None:
        self.busy = False
        if isinstance(done, Preview):
            self._foreseen(done)
            self.notify("others changed something meanwhile: look again", severity="warning")
            return
        entry = done.published.entry
        where = "pushed" if done.published.pushed else "local only"
        outcome = f"unshared, entry {entry.seq}, {where}" if entry is not None else "nothing to do"
        self.tui.log_command(self._command, outcome)
        self.tui.vaults_changed()
        if self.is_current:
            self.dismiss(outcome)


def lines_of(preview: Preview) -> list[str]:
    """What will change, in words."""
    lose = "loses it" if len(preview.people) == 1 else "lose it"
    lines = [f"{count(len(preview.people), 'keyholder')} {lose}   {listed(preview.people, most=8)}"]
    if not preview.people:
        lines = ["nobody loses it: they read it through somebody else too"]
    for change in preview.skills:
        if change.sealed:
            lines.append(f"they may have read and kept {span(change.sealed)}")
        else:
            lines.append("nothing was sealed to them yet")
    lines.append("the current version is sealed anew without them")
    local = preview.vault.notes.remote is None
    pushed = "local only: this vault has no remote" if local else "pushed at once"
    return [*lines, f"1 entry, {pushed} · sharing again gives it back"]
