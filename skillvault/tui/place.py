"""What every place has: the header, its own panes, the command line, the keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from skillvault.tui import actions
from skillvault.tui.actions import Action
from skillvault.tui.widgets.bars import Header, Keys, Log
from skillvault.tui.work import Job

if TYPE_CHECKING:
    from skillvault.tui.app import Skillvault

T = TypeVar("T")


class Place(Screen[None]):
    """A screen with the frame around it.

    A subclass names its `place` (the word in `actions.ACTIONS`), takes its `BINDINGS` from
    `actions.bindings(place)`, gives its panes in `body`, and has a method `action_X` for each of
    its actions. `can(id)` says whether one makes sense now.
    """

    place: ClassVar[str] = ""
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as Textual declares it
        (0, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]

    _will_update = False

    @property
    def tui(self) -> Skillvault:
        """Our app."""
        return cast("Skillvault", self.app)

    def compose(self) -> ComposeResult:
        """The frame, from above."""
        yield Header()
        yield from self.body()
        yield Log()
        yield Keys()

    def body(self) -> Iterable[Widget]:
        """The panes of this place."""
        raise NotImplementedError

    def work(self, job: Job[T]) -> None:
        """Start a job of this place."""
        self.tui.jobs.start(job, self)

    # The frame

    def on_mount(self) -> None:
        """Fill the lines around."""
        self.update_frame()

    def on_screen_resume(self) -> None:
        """Come back: what others did meanwhile stands in the lines around."""
        self.update_frame()

    def title_line(self) -> tuple[str, str]:
        """What the header says: the strong part, and the rest. The vault by default."""
        return self.tui.session.title()

    def update_frame(self) -> None:
        """Say again what stands in the lines around, once for all that is asked at a time."""
        if not self._will_update:
            self._will_update = True
            self.call_later(self._update_frame)

    def _update_frame(self) -> None:
        self._will_update = False
        header = next(iter(self.query(Header)), None)
        if header is None or not self.query(Keys):
            return
        header.strong, rest = self.title_line()
        header.left = f" {rest}" if rest else ""
        waiting = self.tui.waiting()
        header.right = waiting or self.corner()
        log = self.query_one(Log)
        log.strong, log.left, log.right, log.bad = self.tui.session.log
        self.query_one(Keys).actions = tuple(self.footer())

    def corner(self) -> str:
        """What the header says at the right: an evaluation that is under way, or who one is."""
        return self.tui.evaluations.header or self.tui.session.who

    def footer(self) -> Iterable[tuple[str, Action]]:
        """The keys in the last line, with what they do, in their order."""
        for action in sorted(self.available(), key=lambda a: a.rank):
            if action.rank:
                yield self.tui.key_of(action), action

    def hint(self, text: str) -> None:
        """Say the second half of what was begun, in place of the keys; empty: the keys again."""
        self.query_one(Keys).hint = text

    # Actions

    def can(self, _action: str) -> bool:
        """Whether an action makes sense now."""
        return True

    def available(self) -> list[Action]:
        """What can be done here and now, for footer and palette."""
        return [action for action in actions.of(self.place) if self.can(action.id)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An action that makes no sense now does not happen on its key either."""
        del parameters
        identifier = action.replace("_", "-")
        known = {a.id for a in actions.ACTIONS}
        return identifier not in known or self.can(identifier)

    @on(Keys.Chosen)
    async def _clicked(self, event: Keys.Chosen) -> None:
        await self.run_action(event.action.method)

    def on_paste(self, event: events.Paste) -> None:
        """Text that is pasted where nothing takes it runs no commands."""
        if not isinstance(self.focused, Input):
            event.stop()
            self.notify("pasted text is taken in input lines only; nothing was done", markup=False)

    def action_back(self) -> None:
        """Stop waiting, or leave this place."""
        if self.tui.stop_waiting():
            return
        self.leave()

    def leave(self) -> None:
        """Go back to the place before; the first place stays."""
        if len(self.tui.screen_stack) > 2:  # noqa: PLR2004 - Textual's own blank screen, and one
            self.tui.pop_screen()

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self.focus_next()

    def action_refresh(self) -> None:
        """Look again at what is on disk."""

    def changed(self) -> None:
        """Called when a vault changed, by us or by somebody else."""

    def evaluation_moved(self) -> None:
        """Called when the evaluation that is under way came further, or to its end."""
