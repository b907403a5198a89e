"""A change of people: a form; `enter` shows what it will do, and once more does it.

What is shown comes from the service itself, after it fetched what others did. If that changes
before the second key, it is shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services.context import Context
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.toggle import Toggle
from skillvault.tui.work import Job, Look, told

P = TypeVar("P")
D = TypeVar("D")


class Change(Dialog[str], Generic[P, D]):
    """A form over a service that shows first. Gives the line that says what was done.

    `verb`: what the second key does. `sure`: that key; `y` where somebody loses something.
    """

    CSS_PATH = "form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "go on", show=False, priority=True),
        Binding("ctrl+y", "copy_command", "copy", show=False, priority=True),
        Binding("tab", "next", "next", show=False, priority=True),
    ]
    verb: ClassVar[str] = "do it"
    sure: ClassVar[str] = "enter"
    more_keys: ClassVar[str] = ""

    def __init__(self, vault: str) -> None:
        super().__init__()
        self.vault = vault
        self.preview: P | None = None
        self.busy = False
        self.keys_line = self._keys("enter show what it will do")

    # What a form says of itself

    def form(self) -> Iterable[Widget]:
        """The lines that are filled in."""
        raise NotImplementedError

    def lacks(self) -> str:
        """What is still to be filled in; empty if nothing is."""
        return ""

    def command(self) -> str:
        """The command line that does the same."""
        raise NotImplementedError

    def call(self) -> Callable[[Context, Callable[[P], bool]], D | None]:
        """The service with what is filled in now."""
        raise NotImplementedError

    def lines(self, preview: P) -> Iterable[str]:
        """What it will do."""
        raise NotImplementedError

    def outcome(self, done: D) -> str:
        """What was done."""
        raise NotImplementedError

    def after(self, done: D) -> None:
        """More to tell once it is done."""

    # How it goes

    def body(self) -> Iterable[Widget]:
        """The form, what it will do, and the command."""
        yield from self.form()
        yield Text("what will change", id="rule")
        yield Text(id="preview")
        yield Text(id="command")

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self.touched()

    @on(Field.Changed)
    @on(Toggle.Changed)
    def touched(self) -> None:
        """Something else is filled in: what was shown does not hold any more."""
        if self.busy:
            return
        self.preview = None
        lacks = self.lacks()
        self._say(lacks or "enter shows it")
        self.query_one("#command", Text).update("" if lacks else f"$ {self.command()}")
        self.say_keys(self._keys("enter show what it will do"))

    def _keys(self, first: str) -> str:
        return "   ".join(filter(None, [first, self.more_keys, "tab next", "esc cancel"]))

    def _say(self, text: str, *, bad: bool = False) -> None:
        said = self.query_one("#preview", Text)
        said.set_class(bad, "bad")
        said.update(text)

    def action_go(self) -> None:
        """Show it, or do what was shown."""
        if self.busy or self.lacks():
            return
        if self.preview is None:
            self._foresee()
        elif self.sure == "enter":
            self._do()

    def key_y(self) -> None:
        """Do what was shown, where enter does not."""
        if self.sure == "y" and self.preview is not None and not self.busy:
            self._do()

    def _foresee(self) -> None:
        call = self.call()
        self.busy = True
        self._say("looking ...")

        def run(ctx: Context) -> Any:  # noqa: ANN401 - the service's own preview
            look = Look[P]()
            call(ctx, look)
            return look.preview

        self.work(Job("looking what will change", run, self._foreseen, self._refused))

    def _foreseen(self, preview: P) -> None:
        self.busy = False
        self.preview = preview
        self._say("\n".join(self.lines(preview)))
        self.say_keys(self._keys(f"{self.sure} {self.verb}"))
        if self.sure == "y":
            self.set_focus(None)  # a letter is a letter only where nobody types

    def _do(self) -> None:
        assert self.preview is not None  # noqa: S101 - it was shown
        call, shown = self.call(), list(self.lines(self.preview))
        self.busy = True
        command = self.command()
        self.tui.log_command(command, "under way ...")
        others: list[P] = []

        def approve(preview: P) -> bool:
            if list(self.lines(preview)) != shown:
                others.append(preview)
            return not others

        def run(ctx: Context) -> D | None:
            return call(ctx, approve)

        def done(found: D | None) -> None:
            if found is None:
                self.tui.log_command(command, "not done: others changed something", bad=True)
                if self.is_current and others:
                    self.app.notify("others changed something meanwhile: look again")
                    self._foreseen(others[0])
                return
            outcome = self.outcome(found)
            self.tui.log_command(command, outcome)
            self.tui.vaults_changed()
            self.after(found)
            self.close(outcome)

        failed = partial(self._failed, command)
        self.work(Job(self.heading.casefold(), run, done, failed, changes=True))

    def _failed(self, command: str, error: SkillvaultError) -> None:
        self.tui.log_command(command, error.problem, bad=True)
        if self.is_current:
            self._refused(error)
        else:
            self.tui.tell(error)

    def _refused(self, error: SkillvaultError) -> None:
        self.busy = False
        self.preview = None
        self._say(told(error), bad=True)
        self.say_keys(self._keys("enter try again"))

    def action_copy_command(self) -> None:
        """Copy the command line, by the terminal."""
        if not self.lacks():
            self.tui.copy(self.command())

    def action_next(self) -> None:
        """The next line of the form."""
        self.focus_next()
