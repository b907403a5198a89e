"""Files: all that the skill consists of, with sizes, and any of them beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import leafing
from skillvault.services.leafing import Leaf
from skillvault.services.reading import MAIN
from skillvault.services.wording import size
from skillvault.skill.files import SkillFile
from skillvault.tui.screens.skill_file import FileView
from skillvault.tui.screens.skill_tab import Spot, Tab
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page


class Entry(NamedTuple):
    """A line of the tree: a file, or a folder (`file` None) of so many bytes."""

    path: str
    name: str
    depth: int
    size: int
    file: SkillFile | None = None


def tree(files: Sequence[SkillFile]) -> list[Entry]:
    """SKILL.md first, then the rest by folder; a folder stands above what is in it."""
    entries: list[Entry] = []
    ordered = sorted(files, key=lambda f: (f.path != MAIN, f.path.split("/")))
    above: tuple[str, ...] = ()
    for file in ordered:
        *folders, name = file.path.split("/")
        for depth in range(len(folders)):
            here = tuple(folders[: depth + 1])
            if here != above[: depth + 1]:
                path = "/".join(here)
                inside = sum(len(f.data) for f in files if f.path.startswith(f"{path}/"))
                entries.append(Entry(path, f"{folders[depth]}/", depth, inside))
        above = tuple(folders)
        entries.append(Entry(file.path, name, len(folders), len(file.data), file))
    return entries


def cells(entry: Entry) -> list[Cell]:
    """Its name by its depth, what kind it is, its size."""
    name = "  " * entry.depth + entry.name
    if entry.file is None:
        return [Cell(name, "quiet"), Cell(""), Cell(size(entry.size), "quiet")]
    kind = "binary" if leafing.text_of(entry.file) is None else ""
    kind = "runs" if entry.file.mode == "755" else kind
    return [Cell(name), Cell(kind, "warn"), Cell(size(entry.size), "quiet")]


class Files(Tab):
    """The list, and the file under the cursor."""

    title = "Files"
    actions: ClassVar[frozenset[str]] = frozenset({"raw", "find", "widen", "copy"})

    def compose(self) -> ComposeResult:
        """List and file."""
        columns = [
            Column("name", "FILE", 12, grow=1),
            Column("kind", "", 6, drop=1),
            Column("size", "SIZE", 8, right=True),
        ]
        with Horizontal(classes="split"):
            yield Grid[Entry](columns, cells, key=lambda entry: entry.path, id="files-list")
            yield FileView(id="file")

    def on_mount(self) -> None:
        """Nothing yet."""
        self.view.now = self.tui.session.context.now()
        self._shown: tuple[str, str] = ("", "")

    @cached_property
    def grid(self) -> Grid[Entry]:
        """The files."""
        return self.query_one("#files-list", Grid)

    @cached_property
    def view(self) -> FileView:
        """The one under the cursor."""
        return self.query_one("#file", FileView)

    @cached_property
    def page(self) -> Page:
        """Its text."""
        return self.view.page

    @property
    def first(self) -> Widget:
        """The list."""
        return self.grid

    def open(self, leaf: Leaf) -> None:
        """The files of a version."""
        super().open(leaf)
        self.grid.show(tree(leaf.bundle.files))
        self.say(str(len(leaf.bundle.files)))

    def fail(self, error: SkillvaultError) -> None:
        """Say why there are none."""
        self.leaf = None
        self._shown = ("", "")
        self.grid.show(())
        self.view.fail(error)
        self.say("")

    @on(Grid.Moved, "#files-list")
    def _moved(self) -> None:
        entry, leaf = self.grid.current, self.leaf
        if entry is None or leaf is None or entry.file is None:
            return
        wanted = (leaf.bundle.content, entry.path)
        if wanted != self._shown:
            self._shown = wanted
            self.view.show(leaf, entry.file)
            self.post_message(self.Told())

    @on(Grid.Opened, "#files-list")
    def _opened(self) -> None:
        self.page.focus()

    def go_to(self, path: str, line: int | None) -> None:
        """Show a file, at a line of it."""
        places = [n for n, entry in enumerate(self.grid.rows) if entry.path == path]
        entry = self.grid.rows[places[0]] if places else None
        if entry is None or entry.file is None or self.leaf is None:
            return
        self._shown = (self.leaf.bundle.content, path)
        self.grid.cursor = places[0]
        self.view.show(self.leaf, entry.file, line=line or 1)

    def can(self, action: str) -> bool:
        """Only Markdown is shown in two ways."""
        return self.view.turns if action == "raw" else super().can(action)

    def turn(self) -> None:
        """As it stands, or rendered."""
        self.view.turn()

    def spot(self) -> Spot:
        """The file under the cursor."""
        entry = self.grid.current
        return Spot(entry.path if entry is not None and entry.file is not None else None)
