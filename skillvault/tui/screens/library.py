"""The library: every skill that one may read, as a table, with a preview beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from skillvault.services import browsing, sampling
from skillvault.services.browsing import Key, Line, Shelf
from skillvault.services.context import Context
from skillvault.services.wording import count
from skillvault.tui import actions, rows
from skillvault.tui.dialog import Text
from skillvault.tui.dialogs.chooser import Choice, Chooser
from skillvault.tui.rows import Entry
from skillvault.tui.screens.library_preview import Preview
from skillvault.tui.screens.shelving import Shelving
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.grid import Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job, told

REST = 0.08
"""Seconds that the cursor rests on a skill before it is opened."""
ALL = "*"


@dataclass
class Wanted:
    """How the table is to be: filter words, order, and the hits of a search in bodies."""

    query: str = ""
    by: str = "name"
    reverse: bool = False
    bodies: dict[Key, int] | None = None


class FilterLine(Field):
    """The filter: enter leads to the table at once, so that the next letter is read there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.to_the_table", show=False, priority=True)
    ]


class Library(Shelving):
    """All skills; `enter` opens one."""

    place = "library"
    CSS_PATH = "library.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("library")]

    def __init__(self) -> None:
        super().__init__()
        self.wanted = Wanted()
        self.lines: list[Line] = []
        self.several = False

    # The panes

    def body(self) -> Iterable[Widget]:
        """Filter line, banner, table and preview."""
        yield Horizontal(
            Text("/", id="slash"), FilterLine(id="query"), Text(id="count"), id="filter"
        )
        yield Text(id="banner")
        yield Horizontal(
            Grid[Entry](
                rows.COLUMNS,
                lambda entry: rows.cells(
                    entry, several=self.several, wide=self.size.width >= rows.WIDE
                ),
                key=lambda entry: entry.line.key,
                id="table",
            ),
            Text(id="nothing"),
            Preview(id="side"),
            id="panes",
        )

    @property
    def table(self) -> Grid[Entry]:
        """The table of skills."""
        return self.query_one("#table", Grid)

    @property
    def preview(self) -> Preview:
        """What stands beside the table."""
        return self.query_one(Preview)

    @property
    def page(self) -> Page:
        """Its text."""
        return self.preview.page

    def on_mount(self) -> None:
        """The frame first; vaults are opened once it is on the screen."""
        self.set_focus(self.table)
        self.show()
        self.call_after_refresh(self.reload)

    def changed(self) -> None:
        """A vault changed."""
        self.reload()

    def action_refresh(self) -> None:
        """Look again."""
        self.reload()

    # Showing

    def show(self) -> None:
        """Put what is known on the table, as it is wanted."""
        session, wanted = self.tui.session, self.wanted
        self.several = len(session.names()) > 1
        self.lines = session.lines()
        if wanted.bodies is not None:
            ranks = wanted.bodies
            found = [line for line in self.lines if line.key in ranks]
            found.sort(key=lambda line: ranks[line.key])
            entries = [Entry(line) for line in found]
        else:
            lines = browsing.ordered(self.lines, wanted.by, reverse=wanted.reverse)
            entries = [Entry(*hit) for hit in browsing.filtered(lines, wanted.query)]
        self.table.show(entries)
        self._say_count(len(entries))
        self._say_banner()
        self._say_nothing(len(entries))
        self.update_frame()

    def _say_count(self, shown: int) -> None:
        wanted = self.wanted
        order = f"sorted by {wanted.by}{' ↑' if wanted.reverse else ''}"
        if wanted.bodies is not None:
            order = "found in their texts · esc all"
        elif wanted.query:
            order = "best match first · esc all"
        marked = f"{len(self.table.marked)} marked · " if self.table.marked else ""
        text = f"{marked}{shown:,} of {len(self.lines):,} · {order}"
        if self.opening:
            text = f"checking {', '.join(sorted(self.opening))} · {text}"
        self.query_one("#count", Text).update(text)

    def _say_banner(self) -> None:
        bad = [
            s.problem
            for name in self.tui.session.names()
            if (s := self.tui.session.shelves.get(name)) and s.problem is not None
        ]
        banner = self.query_one("#banner", Text)
        banner.set_class(bool(bad), "shown")
        banner.update("\n".join(told(problem) for problem in bad))

    def _say_nothing(self, shown: int) -> None:
        panes = self.query_one("#panes")
        panes.set_class(not shown, "empty")
        panes.set_class(not self.lines, "bare")
        if shown:
            return
        self.query_one("#nothing", Text).update(self._nothing())
        if not self.lines:
            self.preview.rest_on(None)

    def _nothing(self) -> str:
        """Why there are no rows, and what to do."""
        names = self.tui.session.names()
        if self.wanted.query and self.lines:
            where = "texts" if self.wanted.bodies is not None else "names"
            more = "" if self.wanted.bodies is not None else "\n\nenter  search in bodies"
            return (
                f"nothing in the {where} matches “{self.wanted.query}”{more}\nesc    show all again"
            )
        if self.opening:
            return f"opening {', '.join(sorted(self.opening))} ..."
        if not names:
            return rows.FIRST_START
        if all(s.problem is not None for s in self._shelves()):
            return "nothing can be shown of this vault; what to do stands above"
        return rows.NO_SKILLS

    def _shelves(self) -> list[Shelf]:
        session = self.tui.session
        return [session.shelves[name] for name in session.names() if name in session.shelves]

    # The preview

    @on(Grid.Moved, "#table")
    def _moved(self) -> None:
        entry = self.table.current
        self.preview.rest_on(entry.line if entry is not None else None)

    @property
    def is_resting(self) -> bool:
        """Whether the cursor came to a skill that will be opened in a moment."""
        return self.preview.is_resting or super().is_resting

    def action_preview_down(self) -> None:
        """Scroll the preview."""
        self.page.action_page_down()

    def action_preview_up(self) -> None:
        """Scroll it back."""
        self.page.action_page_up()

    def action_widen(self) -> None:
        """More room for the preview, all of it, then as before."""
        panes = self.query_one("#panes")
        now = 2 if panes.has_class("wide2") else 1 if panes.has_class("wide1") else 0
        panes.remove_class("wide1", "wide2")
        if now < 2:  # noqa: PLR2004 - the widest
            panes.add_class(f"wide{now + 1}")
        self.set_focus(self.page if now == 1 else self.table)

    # Filtering, searching, sorting

    def action_filter(self) -> None:
        """Type a filter."""
        self.set_focus(self.query_one("#query", Field))  # at once: the next key is for it

    @on(Field.Changed, "#query")
    def _typed(self, event: Field.Changed) -> None:
        self.wanted.query = event.value
        self.wanted.bodies = None
        self.table.cursor = 0
        self.show()

    def action_to_the_table(self) -> None:
        """From the filter to what it left; where it left nothing, to the texts."""
        if not self.table.rows and self.wanted.query and self.wanted.bodies is None:
            self.action_search_bodies()
        else:
            self.set_focus(self.table)

    def on_key(self, event: events.Key) -> None:
        """From the filter line one goes down into the table."""
        if event.key == "down" and isinstance(self.focused, Field):
            event.stop()
            self.set_focus(self.table)

    def action_search_bodies(self) -> None:
        """Search the words in the texts."""
        query = self.wanted.query
        if not query.strip():
            self.notify("type words into the filter first: /", timeout=4, markup=False)
            self.action_filter()
            return
        names = self.tui.session.names()
        self.tui.log_command(rows.search_command(query))
        self.work(
            Job(
                "searching",
                lambda ctx: browsing.in_bodies(ctx, self.tui.session.desk, names, query),
                self._searched,
                group="search",
            )
        )

    def _searched(self, found: dict[Key, tuple[int, object]]) -> None:
        self.wanted.bodies = {key: rank for key, (rank, _) in found.items()}
        self.tui.log_command(
            rows.search_command(self.wanted.query), f"{count(len(found), 'skill')}"
        )
        self.show()
        self.set_focus(self.table)

    def action_sort(self) -> None:
        """Choose the order; the same one again turns it round."""

        def chosen(by: str | None) -> None:
            if by is not None:
                self.wanted.reverse = by == self.wanted.by and not self.wanted.reverse
                self.wanted.by = by
                self.show()

        choices = [Choice(by, by) for by in browsing.SORTS]
        self.app.push_screen(Chooser("Sort by", choices, current=self.wanted.by), chosen)

    # Choosing

    def action_mark(self) -> None:
        """Mark the skill under the cursor."""
        self.table.toggle()
        self._say_count(len(self.table.rows))

    def chosen(self) -> list[Line]:
        """The skills that an action is about: the marked ones, else the current one."""
        return [entry.line for entry in self.table.chosen()]

    @property
    def has_skills(self) -> bool:
        """Whether the table has a row."""
        return self.is_mounted and bool(self.table.rows)

    def action_new(self) -> None:
        """Begin a skill."""
        from skillvault.tui.dialogs.put import New

        self.app.push_screen(New())

    def action_demo(self) -> None:
        """Make the sample and go into it."""
        self.work(Job("making a sample vault", sampling.make, self._sampled, group="demo"))

    def _sampled(self, context: Context) -> None:
        self.tui.open_sample(context)
        self.wanted = Wanted()
        self.query_one("#query", Field).value = ""
        self.table.marked.clear()
        self.reload()

    def action_vault(self) -> None:
        """Choose the vault to look at."""
        session = self.tui.session
        names = session.known()
        choices = [Choice(name, name, rows.vault_note(session.shelves.get(name))) for name in names]
        if len(names) > 1:
            choices.insert(0, Choice(ALL, "all vaults"))
        self.app.push_screen(Chooser("Vault", choices, current=session.vault or ALL), self._go_to)

    def _go_to(self, name: str | None) -> None:
        if name is None:
            return
        self.tui.session.vault = None if name == ALL else name
        self.table.marked.clear()
        self.reload()

    def action_open(self) -> None:
        """Go into the skill."""
        from skillvault.tui.screens.skill import Skill

        if self.table.current is not None:
            self.app.push_screen(Skill(self.table.current.line))

    @on(Grid.Opened, "#table")
    def _open(self) -> None:
        self.action_open()

    def can(self, action: str) -> bool:
        """What needs a skill needs one."""
        if action in {"open", "mark", "preview-down", "preview-up", "widen", "sort"}:
            return self.is_mounted and bool(self.table.rows)
        if action in {"filter", "search-bodies"}:
            return bool(self.lines)
        if action == "vault":
            return bool(self.tui.session.known())
        if action == "demo":
            return not self.tui.session.sample
        return super().can(action)

    def leave(self) -> None:
        """Step by step: the wide preview, the filter, the marks. Never out of the app."""
        panes = self.query_one("#panes")
        if panes.has_class("wide1") or panes.has_class("wide2"):
            panes.remove_class("wide1", "wide2")
        elif self.wanted.query or self.wanted.bodies is not None:
            self.wanted.bodies = None
            self.query_one("#query", Field).value = ""
        elif self.table.marked and not isinstance(self.focused, Field):
            self.table.marked.clear()
            self.show()
        self.set_focus(self.table)


__all__: Sequence[str] = ["Library"]
