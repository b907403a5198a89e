"""What is asked on top of a place: a title, the question, the keys below; `esc` always works."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from skillvault.tui.work import Job

if TYPE_CHECKING:
    from skillvault.tui.app import Skillvault

T = TypeVar("T")
J = TypeVar("J")


class Dialog(ModalScreen[T | None]):
    """A box with a `heading`, the widgets of `body`, and a line `keys_line` that says the keys.

    Dismissed with None by `esc`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, priority=True)
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #box {
        width: 80%; max-width: 110; min-width: 60; height: auto; max-height: 90%;
        background: $surface; border: round $primary; border-title-color: $primary;
        border-title-style: bold; border-subtitle-color: $quiet; padding: 0 1;
    }
    Dialog:ansi { background: ansi_default; }
    """

    heading: str = ""
    keys_line: str = "esc cancel"

    @property
    def tui(self) -> Skillvault:
        """Our app."""
        return cast("Skillvault", self.app)

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box") as box:
            box.border_title = escaped(self.heading)
            box.border_subtitle = escaped(self.keys_line)
            yield from self.body()

    def body(self) -> Iterable[Widget]:
        """What is asked."""
        raise NotImplementedError

    def say_keys(self, text: str) -> None:
        """Say other keys below."""
        self.query_one("#box").border_subtitle = escaped(text)

    def work(self, job: Job[J]) -> None:
        """Start a job of this dialog."""
        self.tui.jobs.start(job, self)

    def on_paste(self, event: events.Paste) -> None:
        """Text that is pasted where nothing takes it does nothing."""
        if not isinstance(self.focused, Input):
            event.stop()
            self.notify("pasted text is taken in input lines only; nothing was done", markup=False)

    def close(self, value: T | None) -> None:
        """Go, unless one left already while something was written."""
        if self.is_current:
            self.dismiss(value)

    def action_back(self) -> None:
        """Nothing of it."""
        self.dismiss(None)


class Text(Static):
    """Words of ours or of strangers: shown as they are, no markup."""

    def __init__(
        self,
        text: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(text, id=id, classes=classes, markup=False)


def escaped(text: str) -> str:
    """Text in which Textual finds no markup."""
    return text.replace("[", "\\[")
