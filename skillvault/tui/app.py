"""The app: what holds in every place. Screens have the rest."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.widgets import Input

from skillvault.errors import SkillvaultError
from skillvault.services import appearance, browsing, clipboard, sampling
from skillvault.services.context import Context
from skillvault.services.unlocking import Unlocked
from skillvault.tui import actions, keys, themes
from skillvault.tui.actions import Action
from skillvault.tui.dialogs.chooser import Choice, Chooser
from skillvault.tui.evaluation import Answered, Evaluations
from skillvault.tui.place import Place
from skillvault.tui.session import LogLine, Session
from skillvault.tui.work import Asked, Ended, Job, Jobs, Progressed, Warned, told

if TYPE_CHECKING:
    from skillvault.tui.dialogs.help import KeyLine

WATCH = 2.0
"""Seconds between two looks at whether somebody else wrote to a vault."""
TICK = 0.2
LOCK_AFTER = 15 * 60.0
"""Seconds without a key after which an identity under a passphrase is locked again."""
CLIPBOARD = 60.0
"""Seconds after which what we copied leaves the clipboard, where that can be done."""


class Skillvault(App[int], inherit_bindings=False):
    """Browse, share, inject and measure skills."""

    TITLE = "skillvault"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *actions.bindings(actions.EVERYWHERE),
        Binding("ctrl+c", "interrupt", "", show=False),
    ]

    def __init__(self, context: Context, vault: str | None = None) -> None:
        super().__init__()
        context = replace(context, unlocked=Unlocked())
        self.session = Session(context)
        self.jobs = Jobs(self, context)
        self.evaluations = Evaluations(self)
        self.own = context
        self.active_at = monotonic()
        self.wanted = vault
        self.keymap: dict[str, str] = {}
        self._heads: dict[str, str | None] = {}
        self._told = 0.0
        self._held = ""
        for theme in themes.ALL:
            self.register_theme(theme)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The variables of our own that themes of Textual's do not have."""
        return {"quiet": "#808080", "bar": "#303030"}

    # Beginning and end

    def on_mount(self) -> None:
        """Dress, then show the library before anything is opened."""
        from skillvault.tui.screens.library import Library

        try:
            self.theme = appearance.theme(self.own.paths)
            self.keymap, faults = keys.remapped(appearance.keys(self.own.paths))
        except SkillvaultError as error:
            self.theme = "dark"
            faults = [told(error)]
        for fault in faults:
            self.notify(fault, title="config.toml", severity="warning", timeout=10, markup=False)
        self.set_keymap(self.keymap)
        try:
            self.session.vault = browsing.first(self.own, self.wanted)
        except SkillvaultError as error:
            self.tell(error)
        self.push_screen(Library())
        self.set_interval(TICK, self._tick)
        self.set_interval(WATCH, self.watch_vaults)
        self._leave_when_told()

    def _leave_when_told(self) -> None:
        """Whoever ends the process, or closes its window, gets the terminal back as it was."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Where the app runs beside a main thread, signals are that one's.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.exit, 128 + number)

    def on_unmount(self) -> None:
        """The sample goes; keys are forgotten."""
        self.session.desk.close()
        if self._held:
            clipboard.clear(self.own, self._held)
        if self.session.sample:
            sampling.throw_away(self.session.context)

    def open_sample(self, context: Context) -> None:
        """Go on in the vault that is thrown away."""
        self.session = Session(context, sampling.NAME, sample=True)
        self.jobs.context = context

    # Work

    def waiting(self) -> str:
        """What is waited for, for the header; empty if nothing is."""
        job = self.jobs.waited_for()
        return "" if job is None else f"{job.line} … esc"

    def stop_waiting(self) -> bool:
        """Let go of what only reads; whether there was anything."""
        if not self.jobs.let_go():
            return False
        self.notify("stopped waiting", timeout=2)
        self.update_frame()
        return True

    def _tick(self) -> None:
        if monotonic() - self.active_at > LOCK_AFTER:
            self.lock()
        self.evaluations.tick()
        if self.jobs.running or self._told:
            self.update_frame()
            self._told = monotonic() if self.jobs.running else 0.0

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is there."""
        if isinstance(event, events.InputEvent):
            self.active_at = monotonic()
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """A letter typed ahead is for the line that has the focus by now.

        A line keeps its own letters, so one that comes up to here was read by what had the focus
        before: of `/sql` typed at once `/` moves it on, while the rest waits in the table's queue.
        """
        line = self.focused
        if isinstance(line, Input) and event.is_printable:
            event.prevent_default()
            line._forward_event(events.Key(event.key, event.character))  # noqa: SLF001 - as Textual

    def lock(self) -> None:
        """Forget what a passphrase opened, and show nothing until it is given again."""
        from skillvault.tui.dialogs.locked import Locked

        unlocked = self.session.context.unlocked
        self.active_at = monotonic()
        if unlocked is None or unlocked.is_empty or isinstance(self.screen, Locked):
            return
        unlocked.forget()
        self.session.desk.close()
        self.clear_notifications()
        self.push_screen(Locked(), lambda _open: self.vaults_changed())

    def update_frame(self) -> None:
        """Say again what stands around the place that is shown."""
        for screen in self.screen_stack:
            if isinstance(screen, Place):
                screen.update_frame()

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        self.jobs.end(event)
        self.update_frame()

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        event.job.progress = event.told

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        self.evaluations.hear(event)

    @on(Warned)
    def _warned(self, event: Warned) -> None:
        if event.job.warned is not None and event.job.owner and event.job.owner.is_attached:
            event.job.warned(event.text)
        else:
            self.notify(event.text, severity="warning", timeout=8, markup=False)

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        from skillvault.tui.dialogs.asking import Passphrase, Question

        if event.secret:
            self.push_screen(Passphrase(event.question), event.answer)
        else:
            self.push_screen(Question(event.question), event.answer)

    def watch_vaults(self) -> None:
        """Look whether another process wrote to a vault that is shown."""
        self.session.look_again()
        heads = {n: browsing.stamp(self.session.context, n) for n in self.session.names()}
        if self._heads and heads != self._heads and not self.jobs.changing():
            self.vaults_changed()
        self._heads = heads
        self.update_frame()

    def vaults_changed(self) -> None:
        """Have every place look again."""
        self._heads = {}
        for screen in self.screen_stack:
            if isinstance(screen, Place):
                screen.changed()

    # The command line below

    def log_command(self, command: str, outcome: str = "", *, bad: bool = False) -> None:
        """Show the command that is about to be done, or was."""
        self.session.log = LogLine("$ ", command, outcome, bad)
        self.update_frame()

    def log_change(self, command: str, outcome: str) -> None:
        """Show what was done, and how to go back."""
        key = self.key_of(actions.named("undo"))
        self.log_command(command, f"{outcome} · {key} undo")

    def tell(self, error: SkillvaultError) -> None:
        """Show an error in passing."""
        self.notify(told(error), severity="error", timeout=10, markup=False)

    def copy(self, text: str) -> None:
        """Copy text: to the terminal by OSC 52, and by the system's own tool where there is one.

        The route is named; whether it arrived nobody can know. What the tool took is taken out of
        the clipboard again after a while, and when one leaves.
        """
        self.copy_to_clipboard(text)
        self.jobs.start(
            Job(
                "copying",
                lambda ctx: clipboard.copy(ctx, text),
                partial(self._copied, text),
                group="copy",
            ),
            self,
        )

    def _copied(self, text: str, tool: str | None) -> None:
        route = "sent to the terminal (OSC 52)"
        if tool is not None:
            route = f"handed to {tool}, and {route}"
            self._held = text
            self.set_timer(CLIPBOARD, self._clear_clipboard)
        self.notify(f"{route}; if paste is empty, write a file: i, file", timeout=8, markup=False)

    def _clear_clipboard(self) -> None:
        text, self._held = self._held, ""
        if text:
            run = partial(clipboard.clear, text=text)
            self.jobs.start(Job("clearing", run, lambda _done: None, quiet=True), self)

    # Actions that hold everywhere

    def key_of(self, action: Action) -> str:
        """The key that an action has now, as people write it."""
        return self.keys_of(action).split(" ", maxsplit=1)[0]

    def keys_of(self, action: Action) -> str:
        """All its keys."""
        mapped = self.keymap.get(action.id)
        found = mapped.split(",") if mapped else list(action.keys)
        return " ".join(actions.shown(key) for key in found)

    def action_palette(self) -> None:
        """Everything that can be done here."""
        place = self._place()
        if place is None:
            return
        choices = [
            Choice(
                action.id,
                action.title,
                f"$ {action.command}" if action.command else "",
                self.keys_of(action),
                action.help,
            )
            for action in place.available()
            if action.id != "palette"
        ]
        self.push_screen(Chooser("What to do", choices), self._do)

    def action_help(self) -> None:
        """The keys of this place."""
        from skillvault.tui.dialogs.help import Help

        place = self._place()
        if place is not None:
            self.push_screen(Help(f"Keys of {place.place}", self._key_lines(place)), self._do)

    def _key_lines(self, place: Place) -> list[KeyLine]:
        from skillvault.tui.dialogs.help import KeyLine

        shown = [*place.available(), *(a for a in actions.ACTIONS if actions.MOVE in a.places)]
        return [KeyLine(self.keys_of(action), action) for action in shown]

    async def _do(self, identifier: str | None) -> None:
        place = self._place()
        if identifier is None or place is None:
            return
        method = actions.named(identifier).method
        for node in (place.focused, place, self):
            if node is not None and hasattr(node, f"action_{method}"):
                await self.run_action(method, node)
                return

    def action_theme(self) -> None:
        """Choose a theme, seen while one chooses, kept for the next time."""
        before = self.theme

        def look(name: str | None) -> None:
            self.theme = name or before

        def chosen(name: str | None) -> None:
            self.theme = name or before
            if name is not None:
                self.keep_theme(name)

        choices = [Choice(name, name, help_) for name, help_ in appearance.THEMES.items()]
        self.push_screen(Chooser("Theme", choices, current=before, look=look), chosen)

    def keep_theme(self, name: str) -> None:
        """Write it down; the sample has none of its own."""
        paths = self.own.paths
        command = f"skillvault config theme {name}"
        self._start(
            Job(
                "keeping the theme",
                lambda _ctx: appearance.keep_theme(paths, name),
                lambda _none: self.log_command(command, "kept"),
            )
        )

    def _start(self, job: Job[None]) -> None:
        self.jobs.start(job, self)

    async def action_back(self) -> None:
        """As the place says."""
        place = self._place()
        if place is not None:
            place.action_back()

    def action_next_pane(self) -> None:
        """As the place says."""
        self.screen.focus_next()

    def action_refresh(self) -> None:
        """Have every place look again."""
        self.vaults_changed()

    def action_interrupt(self) -> None:
        """Leaving is `q`: ctrl+c has too many other meanings."""
        quit_key = self.key_of(actions.named("quit"))
        self.notify(f"{quit_key} leaves", timeout=3, markup=False)

    async def action_quit(self) -> None:
        """Leave; ask first while something is being written."""
        from skillvault.tui.dialogs.asking import Leave, LeaveRunning

        under_way = self.jobs.changing()
        measuring = self.evaluations.running
        if under_way:
            self.push_screen(Leave([job.line for job in under_way]), self._leave)
        elif measuring is not None:
            self.push_screen(LeaveRunning(measuring.title, measuring.wish.command), self._leave)
        else:
            self.exit(0)

    def _leave(self, sure: str | None) -> None:
        if sure is not None:
            self.evaluations.stop()
            self.exit(0)

    def _place(self) -> Place | None:
        return next((s for s in reversed(self.screen_stack) if isinstance(s, Place)), None)


def start(context: Context, vault: str | None = None) -> int:
    """Run the terminal UI until one leaves it; the exit code."""
    app = Skillvault(context, vault)
    return app.run() or app.return_code or 0
