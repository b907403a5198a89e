"""Putting a folder into a vault, and beginning one: what is in it is shown first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import creating, put
from skillvault.services.context import Context
from skillvault.services.folders import Folder, near, read_all
from skillvault.services.put import PutReport
from skillvault.services.wording import count, quoted, size
from skillvault.tui import spelling
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.grid import Column, Grid
from skillvault.tui.work import Job, told

REST = 0.2


class Put(Dialog[str]):
    """A folder as a skill of the vault, or as the next version of the one it came from."""

    CSS_PATH = "form.tcss"
    CSS = """
    Put #folders { height: auto; max-height: 8; margin: 0 0 0 8; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "put", show=False, priority=True),
        Binding("tab", "complete", "complete", show=False, priority=True),
    ]

    def __init__(self, vault: str) -> None:
        super().__init__()
        self.vault = vault
        self.heading = f"Put a folder into {vault}"
        self.keys_line = "type a folder   tab take the marked one   esc cancel"
        self.folder: Folder | None = None
        self.busy = False
        self._resting: Timer | None = None

    def body(self) -> Iterable[Widget]:
        """Which folder, the message; what is in it."""
        yield Horizontal(
            Text("folder", classes="label"),
            Field(placeholder="a folder with a SKILL.md in it", id="folder"),
            classes="line",
        )
        grid: Grid[Path] = Grid(
            [Column("path", "", 30, grow=1)], lambda p: [str(p)], head=False, id="folders"
        )
        grid.can_focus = False
        yield grid
        yield Horizontal(
            Text("message", classes="label"),
            Field(placeholder="what changed, for the history; may be empty", id="message"),
            classes="line",
        )
        yield Text("what will be put", id="rule")
        yield Text(id="preview")
        yield Text(id="command")

    @property
    def is_resting(self) -> bool:
        """Whether the folder that was typed will be read in a moment."""
        return self._resting is not None

    @property
    def grid(self) -> Grid[Path]:
        """The folders nearby."""
        return self.query_one("#folders", Grid)

    def on_mount(self) -> None:
        """Look for skills nearby."""
        self.query_one("#preview", Text).update("no folder yet")
        self._look()

    @on(Field.Changed, "#folder")
    def _typed(self) -> None:
        self.folder = None
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._look)

    def _look(self) -> None:
        self._resting = None
        typed = self.query_one("#folder", Field).value.strip()
        self.work(Job("looking for skills", lambda ctx: near(ctx, typed), self._near, group="near"))
        if typed:
            place = Path(typed).expanduser()
            self.work(
                Job(
                    f"reading {place.name}",
                    lambda ctx: read_all(ctx, [place])[0],
                    self._read,
                    self._unread,
                    group="read",
                )
            )

    def _near(self, found: Sequence[Path]) -> None:
        self.grid.show(found)
        self.grid.styles.height = min(len(found), 8)

    def _read(self, folder: Folder) -> None:
        self.folder = folder
        bytes_ = sum(len(file.data) for file in folder.files)
        said = [f"{folder.name}   {count(len(folder.files), 'file')}, {size(bytes_)}"]
        said += [f"{f.severity} {f.code}: {f.message}" for f in folder.findings[:5]]
        said.append(
            "a new skill, or the next version of the one it came from; not pushed until you sync"
        )
        preview = self.query_one("#preview", Text)
        preview.remove_class("bad")
        preview.update("\n".join(said))
        self.query_one("#command", Text).update(f"$ {self._command(folder)}")
        self.say_keys("enter put   esc cancel")

    def _unread(self, error: SkillvaultError) -> None:
        preview = self.query_one("#preview", Text)
        preview.add_class("bad")
        preview.update(told(error))
        self.query_one("#command", Text).update("")
        self.say_keys("type a folder   tab take the marked one   esc cancel")

    def _command(self, folder: Folder) -> str:
        message = self.query_one("#message", Field).value
        said = f"skillvault put {spelling.path(folder.path)}"
        said += f" -m {quoted(message)}" if message else ""
        return said + (f" --vault {self.vault}" if self.tui.session.several else "")

    def on_key(self, event: events.Key) -> None:
        """Up and down move among the folders."""
        move = {"down": self.grid.action_down, "up": self.grid.action_up}.get(event.key)
        if move is not None:
            event.stop()
            event.prevent_default()
            move()

    def action_complete(self) -> None:
        """Take the folder under the cursor; without one, go to the next line."""
        field = self.query_one("#folder", Field)
        current = self.grid.current
        if self.focused is field and current is not None and field.value != str(current):
            field.value = str(current)
            field.cursor_position = len(field.value)
        else:
            self.focus_next()

    @on(Grid.Opened)
    def _clicked(self, event: Grid.Opened) -> None:
        self.query_one("#folder", Field).value = str(event.row)

    def action_go(self) -> None:
        """Put it, once it was read."""
        folder = self.folder
        if folder is None:
            self.action_complete()
            return
        if self.busy:
            return
        self.busy = True
        command, message = self._command(folder), self.query_one("#message", Field).value
        self.tui.log_command(command, "putting ...")

        def run(ctx: Context) -> PutReport:
            return put.put(ctx, [folder.path], vault=self.vault, message=message)

        def done(report: PutReport) -> None:
            one = report.skills[0]
            said = f"{one.name}@{one.version} {one.change}"
            if report.entry is None:
                self.tui.log_command(command, said)
            else:
                self.tui.log_change(command, f"{said}, entry {report.entry.seq}")
            self.tui.vaults_changed()
            self.close(one.name)

        def failed(error: SkillvaultError) -> None:
            self.busy = False
            self.tui.log_command(command, error.problem, bad=True)
            if self.is_current:
                self._unread(error)
            else:
                self.tui.tell(error)

        self.work(Job(f"putting {folder.name}", run, done, failed, changes=True))


class New(Dialog[str]):
    """Begin a skill: a folder with a template in it."""

    CSS_PATH = "form.tcss"
    heading = "Begin a skill"
    keys_line = "enter write the folder   esc cancel"

    def body(self) -> Iterable[Widget]:
        """What it is called."""
        yield Horizontal(
            Text("name", classes="label"),
            Field(placeholder="lower case, with hyphens: code-review", id="name"),
            classes="line",
        )
        yield Text(id="preview")

    @on(Field.Changed)
    def _typed(self, event: Field.Changed) -> None:
        folder = Path.cwd() / event.value
        said = f"writes {folder}/SKILL.md\n$ skillvault new {quoted(event.value)}"
        preview = self.query_one("#preview", Text)
        preview.remove_class("bad")
        preview.update(said if event.value else "")

    @on(Field.Submitted)
    def _go(self, event: Field.Submitted) -> None:
        name = event.value
        command = f"skillvault new {quoted(name)}"

        def done(made: tuple[Path, object]) -> None:
            self.tui.log_command(command, f"{made[0]}: fill it in, then p puts it")
            self.close(str(made[0]))

        def failed(error: SkillvaultError) -> None:
            preview = self.query_one("#preview", Text)
            preview.add_class("bad")
            preview.update(told(error))

        run = lambda _ctx: creating.create(name, Path.cwd())  # noqa: E731 - a job's body
        self.work(Job("writing", run, done, failed, changes=True))
