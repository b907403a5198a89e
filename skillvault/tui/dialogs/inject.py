"""Injecting: what a prompt takes, to the clipboard or a file, with its tokens counted first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, cast, get_args

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from skillvault.agents.inject import Format, Wrapped
from skillvault.errors import SkillvaultError
from skillvault.services import browsing, injecting
from skillvault.services.browsing import Line
from skillvault.services.context import Context
from skillvault.services.injecting import Injected
from skillvault.services.references import Reference
from skillvault.services.wording import count
from skillvault.tui import spelling
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.toggle import Toggle
from skillvault.tui.work import Job, told

Route = Literal["clipboard", "file"]
ROUTES: tuple[Route, ...] = get_args(Route)
FORMATS: tuple[Format, ...] = get_args(Format)
_KEYS = "{enter}   tab next   space choose   ctrl+y copy the command   esc cancel"


class Wish(NamedTuple):
    """Where to, in which form, whole or as an index, for how many tokens at most."""

    route: Route
    form: Format
    only_index: bool
    budget: int | None
    file: Path | None


class Inject(Dialog[str]):
    """Inject the skills of some lines. Gives the line that says what was done."""

    CSS_PATH = "form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "copy_command", "copy", show=False, priority=True),
        Binding("enter", "go", "inject", show=False, priority=True),
    ]

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self.lines = tuple(lines)
        self.heading = f"Inject {count(len(lines), 'skill')}: {', '.join(x.name for x in lines)}"
        self.keys_line = _KEYS.format(enter="counting ...")
        self.wrapped: Wrapped | None = None
        self.busy = False
        self.warnings: list[str] = []

    def body(self) -> Iterable[Widget]:
        """Where to and how; what it costs."""
        first = self.lines[0].name if len(self.lines) == 1 else "skills"
        yield Horizontal(Text("to", classes="label"), Toggle(ROUTES, id="route"), classes="line")
        yield Horizontal(
            Text("file", classes="label"), Field(f"{first}-prompt.txt", id="file"), classes="line"
        )
        yield Horizontal(Text("as", classes="label"), Toggle(FORMATS, id="form"), classes="line")
        yield Horizontal(
            Text("what", classes="label"),
            Toggle(["whole", "index of names"], id="index"),
            classes="line",
        )
        yield Horizontal(
            Text("budget", classes="label"),
            Field(placeholder="tokens at most; empty: no limit", id="budget"),
            classes="line",
        )
        yield Text("what will be taken", id="rule")
        yield Text("counting ...", id="preview")
        yield Text(id="command")

    def on_mount(self) -> None:
        """Count."""
        self._weigh()

    @property
    def wish(self) -> Wish:
        """What is chosen now. UsageError is for the service; a budget that is no number is None."""
        route = cast("Route", self.query_one("#route", Toggle).word)
        budget = self.query_one("#budget", Field).value.strip()
        return Wish(
            route=route,
            form=cast("Format", self.query_one("#form", Toggle).word),
            only_index=self.query_one("#index", Toggle).index == 1,
            budget=int(budget) if budget.isascii() and budget.isdigit() and int(budget) else None,
            file=Path(self.query_one("#file", Field).value or "prompt.txt").expanduser()
            if route == "file"
            else None,
        )

    @on(Toggle.Changed, "#form")
    @on(Toggle.Changed, "#index")
    def _other_text(self) -> None:
        self._weigh()

    @on(Toggle.Changed, "#route")
    @on(Field.Changed)
    def _other_words(self) -> None:
        if self.wrapped is not None:
            self._weighed(self.wrapped)

    def _references(self) -> list[Reference]:
        return [browsing.reference(line, several=True) for line in self.lines]

    def _weigh(self) -> None:
        wish = self.wish
        self.wrapped = None
        self.warnings.clear()
        self.query_one("#preview", Text).update("counting ...")

        def run(ctx: Context) -> Wrapped:
            return injecting.weigh(
                ctx, self._references(), format=wish.form, index_only=wish.only_index
            )

        self.work(
            Job(
                "counting tokens",
                run,
                self._weighed,
                self._refused,
                group="weigh",
                warned=self.warnings.append,
            )
        )

    def _weighed(self, wrapped: Wrapped) -> None:
        self.wrapped = wrapped
        wish = self.wish
        size = f"about {wrapped.tokens:,} tokens, {count(len(wrapped.text), 'character')}"
        over = wish.budget is not None and wrapped.tokens > wish.budget
        said = [f"{', '.join(wrapped.names)}   {size}"]
        if over:
            said.append(f"over the budget of {wish.budget:,}: nothing would be taken")
        if wish.file is not None:
            exists = ", which exists and is replaced" if wish.file.exists() else ""
            said.append(f"into {wish.file}{exists}")
            said.append("readable by you alone; on record, so `skillvault wipe` finds it")
        else:
            said.append("other programs can read the clipboard while it is there")
        said += [f"lint warns   {warning}" for warning in self.warnings[:6]]
        if len(self.warnings) > 6:  # noqa: PLR2004 - as many as fit
            said.append(f"and {len(self.warnings) - 6} more: `skillvault lint` has them all")
        preview = self.query_one("#preview", Text)
        preview.set_class(over, "bad")
        preview.update("\n".join(said))
        self.query_one("#command", Text).update(f"$ {self._command(wish)}")
        self.query_one("#file", Field).disabled = wish.route != "file"
        enter = "over the budget" if over else "enter inject"
        self.say_keys(_KEYS.format(enter=enter))

    def _command(self, wish: Wish) -> str:
        several = self.tui.session.several
        said = f"skillvault inject {spelling.skills(self.lines, several=several)}"
        said += f" --format {wish.form}" if wish.form != "text" else ""
        said += " --index-only" if wish.only_index else ""
        said += f" --budget {wish.budget}" if wish.budget is not None else ""
        if wish.file is not None:
            return f"{said} --into {spelling.path(wish.file)}"
        return f"{said} | (your clipboard)"

    def action_go(self) -> None:
        """Take it out."""
        wish = self.wish
        if self.wrapped is None or self.busy:
            return
        self.busy = True
        command = self._command(wish)
        self.tui.log_command(command, "injecting ...")

        def run(ctx: Context) -> Injected:
            return injecting.inject(
                ctx,
                self._references(),
                format=wish.form,
                index_only=wish.only_index,
                budget=wish.budget,
                into=wish.file,
            )

        def done(injected: Injected) -> None:
            tokens = f"about {injected.wrapped.tokens:,} tokens"
            where = "copied" if wish.file is None else f"written to {wish.file}"
            self.tui.log_command(command, f"{where}, {tokens}")
            if wish.file is None:
                self.tui.copy(injected.wrapped.text)
            self.close(where)

        self.work(Job("injecting", run, done, partial(self._failed, command), changes=True))

    def _failed(self, command: str, error: SkillvaultError) -> None:
        self.tui.log_command(command, error.problem, bad=True)
        if self.is_current:
            self._refused(error)
        else:
            self.tui.tell(error)

    def _refused(self, error: SkillvaultError) -> None:
        self.busy = False
        preview = self.query_one("#preview", Text)
        preview.add_class("bad")
        preview.update(told(error))
        self.say_keys(_KEYS.format(enter="nothing to inject"))

    def action_copy_command(self) -> None:
        """Copy the command line."""
        self.tui.copy(self._command(self.wish))
