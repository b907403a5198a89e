"""Installing: copies of skills where agents read them, shown before they are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from skillvault.agents import folders
from skillvault.agents.folders import AGENTS, Agent
from skillvault.errors import SkillvaultError
from skillvault.services import browsing, installing
from skillvault.services.browsing import Line
from skillvault.services.context import Context
from skillvault.services.installing import Installed
from skillvault.services.wording import count
from skillvault.tui import spelling
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.toggle import Toggle
from skillvault.tui.work import Job, told


class Install(Dialog[str]):
    """Install the skills of some lines for one agent, or for all that there are."""

    CSS_PATH = "form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "install", show=False, priority=True),
        Binding("y", "copy_command", "copy", show=False),
    ]
    keys_line = "enter install   space choose   y copy the command   esc cancel"

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self.lines = tuple(lines)
        self.heading = f"Install {count(len(lines), 'skill')}: {', '.join(x.name for x in lines)}"
        self.busy = False

    def body(self) -> Iterable[Widget]:
        """For whom, and where that is."""
        environ = self.tui.session.context.environ
        present = folders.present(environ)
        index = AGENTS.index(present[0]) if len(present) == 1 else 0
        yield Horizontal(
            Text("for", classes="label"),
            Toggle([*AGENTS, "both"], index=index, id="agent"),
            classes="line",
        )
        yield Text("what will be written", id="rule")
        yield Text(id="preview")
        yield Text(id="command")

    def on_mount(self) -> None:
        """Say where."""
        self._say()

    @property
    def agents(self) -> tuple[Agent, ...]:
        """Those that are chosen."""
        index = self.query_one(Toggle).index
        return AGENTS if index == len(AGENTS) else (AGENTS[index],)

    @on(Toggle.Changed)
    def _say(self) -> None:
        environ = self.tui.session.context.environ
        said = []
        for agent in self.agents:
            top = folders.skills_folder(agent, environ)
            for line in self.lines:
                place = top / line.name
                said.append(str(place))
                if place.exists():
                    said.append(
                        "  is there already: replaced only if it is an unchanged copy of ours"
                    )
            if folders.work_tree(top) is not None:
                said.append(f"{top} lies in a git work tree: one `git add` would publish it")
        said.append("readable copies, on record: `skillvault wipe` removes them all")
        preview = self.query_one("#preview", Text)
        preview.remove_class("bad")
        preview.update("\n".join(said))
        self.query_one("#command", Text).update(f"$ {self._command()}")

    def _command(self) -> str:
        several = self.tui.session.several
        agents = "".join(f" --agent {agent}" for agent in self.agents)
        return f"skillvault install {spelling.skills(self.lines, several=several)}{agents}"

    def action_go(self) -> None:
        """Write the copies."""
        if self.busy:
            return
        self.busy = True
        command, agents = self._command(), self.agents
        self.tui.log_command(command, "installing ...")
        references = [browsing.reference(line, several=True) for line in self.lines]

        def run(ctx: Context) -> list[Installed]:
            return installing.install(ctx, references, agents)

        def done(made: list[Installed]) -> None:
            said = ", ".join(dict.fromkeys(one.change for one in made))
            outcome = f"{said}: {count(len(made), 'copy', 'copies')}"
            self.tui.log_command(command, outcome)
            self.tui.vaults_changed()
            self.close(outcome)

        self.work(Job("installing", run, done, partial(self._refused, command), changes=True))

    def _refused(self, command: str, error: SkillvaultError) -> None:
        self.busy = False
        self.tui.log_command(command, error.problem, bad=True)
        if not self.is_current:
            self.tui.tell(error)
            return
        preview = self.query_one("#preview", Text)
        preview.add_class("bad")
        preview.update(told(error))

    def action_copy_command(self) -> None:
        """Copy the command line."""
        self.tui.copy(self._command())
