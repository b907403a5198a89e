"""What the tabs of a skill have in common."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar, cast

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services.leafing import Leaf
from skillvault.tui.widgets.grid import Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.widgets.tabs import Label
from skillvault.tui.work import Job

if TYPE_CHECKING:
    from skillvault.services.browsing import Key
    from skillvault.tui.app import Skillvault

T = TypeVar("T")


class Spot(NamedTuple):
    """A file of the skill, and the line in it."""

    path: str | None = None
    line: int | None = None


class Tab(Vertical):
    """A tab of the skill screen. `actions`: the ids of those that hold in it alone.

    `open` is called with each version that is opened, `fail` where it does not open, `load` to read
    what holds of all versions. Whatever fails in one tab is said in that tab.
    """

    title: ClassVar[str] = ""
    actions: ClassVar[frozenset[str]] = frozenset()
    ALLOW_MAXIMIZE = False

    class Told(Message):
        """The label of a tab, or what one can do in it, is another now."""

    def __init__(self, key: Key, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.key = key
        self.leaf: Leaf | None = None
        self.note = ""
        self.look = ""

    @property
    def tui(self) -> Skillvault:
        """Our app."""
        return cast("Skillvault", self.app)

    @property
    def label(self) -> Label:
        """What stands in the line of tabs."""
        return Label(self.title, self.note, self.look)

    def say(self, note: str, look: str = "") -> None:
        """Say something beside the title."""
        self.note, self.look = note, look
        self.post_message(self.Told())

    def work(self, job: Job[T]) -> None:
        """Start a job of this tab."""
        self.tui.jobs.start(job, self)

    def fit(self, grid: Grid[Any]) -> None:
        """As many lines as there are rows; the style sheet says how many at most."""
        grid.styles.height = len(grid.rows) + 1

    # What a tab has

    @cached_property
    def page(self) -> Page:
        """The text in which one finds, and that J and K scroll."""
        return self.query_one(Page)

    @property
    def first(self) -> Widget:
        """What gets the keys when one comes to the tab."""
        return self.page

    def open(self, leaf: Leaf) -> None:
        """A version was opened."""
        self.leaf = leaf

    def fail(self, error: SkillvaultError) -> None:
        """The version does not open."""

    def load(self) -> None:
        """Read, or read again, what does not hang on a version."""

    def can(self, action: str) -> bool:
        """Whether an action of the skill screen makes sense here now."""
        return action in self.actions

    def enter(self) -> None:
        """Enter was pressed in the text."""

    def back(self) -> bool:
        """One step back within the tab; whether there was one."""
        if self.has_class("widened"):
            self.widen()
            return True
        return False

    def widen(self) -> None:
        """All room for the text, or as before."""
        self.toggle_class("widened")
        (self.page if self.has_class("widened") else self.first).focus()

    def copied(self) -> str:
        """What `y` copies."""
        return self.page.text

    def spot(self) -> Spot:
        """What `e` opens."""
        return Spot()
