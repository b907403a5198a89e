"""Questions with few words: yes or no, a passphrase, a name typed to be sure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import events, on
from textual.containers import VerticalScroll
from textual.widget import Widget

from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.field import Field


class Question(Dialog[str]):
    """A question of a service. `y` is yes; enter is no, as is esc."""

    heading = "Are you sure?"
    keys_line = "enter no   y yes"

    def __init__(self, question: str, heading: str = "", keys_line: str = "") -> None:
        super().__init__()
        self.question = question
        self.heading = heading or self.heading
        self.keys_line = keys_line or self.keys_line

    def body(self) -> Iterable[Widget]:
        """The question."""
        yield Text(self.question)

    def on_key(self, event: events.Key) -> None:
        """Nothing but `y` is yes."""
        if event.key == "y":
            event.stop()
            self.dismiss("yes")
        elif event.key in {"enter", "n"}:
            event.stop()
            self.dismiss(None)


class Confirm(Dialog[str]):
    """Something that can be taken back, with what it will do: enter does it."""

    def __init__(self, heading: str, lines: Sequence[str], verb: str) -> None:
        super().__init__()
        self.heading = heading
        self.lines = tuple(lines)
        self.keys_line = f"enter {verb}   esc cancel"

    def body(self) -> Iterable[Widget]:
        """What it will do."""
        yield Text("\n".join(self.lines))

    def on_key(self, event: events.Key) -> None:
        """Enter is yes."""
        if event.key == "enter":
            event.stop()
            self.dismiss("yes")


class Leave(Question):
    """Leaving while something is written: waiting is the first choice."""

    heading = "Something is being written"
    keys_line = "enter wait for it   y leave all the same"

    def __init__(self, what: Sequence[str]) -> None:
        super().__init__(
            "\n".join(what)
            + "\n\nIf you leave, what is written stays whole: the old state or the new."
        )


class LeaveRunning(Question):
    """Leaving while an evaluation runs: waiting is the first choice."""

    heading = "An evaluation is under way"
    keys_line = "enter wait for it   y leave it, to go on later"

    def __init__(self, title: str, command: str) -> None:
        super().__init__(
            f"{title}\n\nWhat was answered is kept. The same evaluation goes on from there:\n"
            f"$ {command}"
        )


class Entry(Dialog[str]):
    """A line of text that somebody types, with words on what it may be."""

    keys_line = "enter take it   esc cancel"

    def __init__(self, heading: str, lines: Sequence[str], value: str = "") -> None:
        super().__init__()
        self.heading = heading
        self.lines = tuple(lines)
        self.value = value

    def body(self) -> Iterable[Widget]:
        """The words and the line."""
        yield Text("\n".join(self.lines))
        yield Field(self.value)

    @on(Field.Submitted)
    def _typed(self, event: Field.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())


class Passphrase(Dialog[str]):
    """The passphrase of an identity; never shown, never kept on disk."""

    heading = "Passphrase"
    keys_line = "enter unlock   esc cancel"

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def body(self) -> Iterable[Widget]:
        """For which file, and the line."""
        yield Text(self.file)
        yield Field(password=True)

    @on(Field.Submitted)
    def _typed(self, event: Field.Submitted) -> None:
        self.dismiss(event.value)


class Typed(Dialog[str]):
    """Something that cannot be taken back: the name is typed. Enter alone does nothing."""

    DEFAULT_CSS = "Typed #said { height: auto; max-height: 60vh; }"
    AUTO_FOCUS = "Field"

    def __init__(self, heading: str, lines: Sequence[str], name: str) -> None:
        super().__init__()
        self.heading = heading
        self.lines = tuple(lines)
        self.wanted = name
        self.keys_line = "esc cancel"

    def body(self) -> Iterable[Widget]:
        """What will happen, and the line."""
        yield VerticalScroll(Text("\n".join(self.lines)), id="said")
        yield Text(f"\ntype {self.wanted} to go on:")
        yield Field()

    @on(Field.Changed)
    def _changed(self, event: Field.Changed) -> None:
        same = event.value == self.wanted
        self.say_keys("enter remove   esc cancel" if same else "esc cancel")

    @on(Field.Submitted)
    def _typed(self, event: Field.Submitted) -> None:
        if event.value == self.wanted:
            self.dismiss(event.value)
