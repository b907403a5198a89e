"""The library: every skill that one may read, as a table, with a preview beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import browsing, sampling
from skillvault.services.browsing import Key, Line, Opened, Shelf
from skillvault.services.context import Context
from skillvault.services.wording import count
from skillvault.tui import actions, rows
from skillvault.tui.dialog import Text
from skillvault.tui.dialogs.chooser import Choice, Chooser
from skillvault.tui.doing import Doing
from skillvault.tui.rows import Entry
from skillvault.tui.widgets.bars import Bar
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


class Library(Doing):
    """All skills; `enter` opens one."""

    place = "library"
    CSS_PATH = "library.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("library")]

    def __init__(self) -> None:
        super().__init__()
        self.wanted = Wanted()
        self.lines: list[Line] = []
        self._resting: Timer | None = None
        self._previewed: tuple[Key, int] | None = None
        self._opening: set[str] = set()

    # The panes

    def body(self) -> Iterable[Widget]:
        """Filter line, banner, table and preview."""
        yield Horizontal(Text("/", id="slash"), Field(id="query"), Text(id="count"), id="filter")
        yield Text(id="banner")
        yield Horizontal(
            Grid[Entry](
                rows.COLUMNS,
                lambda entry: rows.cells(
                    entry, several=self._shows_several, wide=self.size.width >= rows.WIDE
                ),
                key=lambda entry: entry.line.key,
                id="table",
            ),
            Text(id="nothing"),
            Vertical(Bar(id="about"), Page(id="preview"), id="side"),
            id="panes",
        )

    def compose(self) -> ComposeResult:
        """The frame."""
        yield from super().compose()

    @property
    def table(self) -> Grid[Entry]:
        """The table of skills."""
        return self.query_one("#table", Grid)

    @property
    def page(self) -> Page:
        """The preview."""
        return self.query_one("#preview", Page)

    @property
    def _shows_several(self) -> bool:
        return len(self.tui.session.names()) > 1

    def on_mount(self) -> None:
        """The frame first; vaults are opened once it is on the screen."""
        super().on_mount()
        self.table.focus()
        self.show()
        self.call_after_refresh(self.reload)

    # Opening vaults

    def reload(self) -> None:
        """Open the vaults that are looked at, each by itself; what is known stays meanwhile."""
        names = self.tui.session.names()
        self._opening = set(names)
        for name in names:
            job = Job(
                f"opening {name}",
                partial(self._look, name),
                self._looked,
                group=f"look {name}",
            )
            self.work(job)
        self.show()

    def _look(self, name: str, ctx: Context) -> Shelf:
        return browsing.look(ctx, self.tui.session.desk, name)

    def _looked(self, shelf: Shelf) -> None:
        self.tui.session.shelves[shelf.vault] = shelf
        self._opening.discard(shelf.vault)
        if not self.tui.session.log.command and shelf.problem is None:
            self.tui.log_command("skillvault list", count(len(shelf.rows), "skill"))
        for warning in shelf.warnings:
            self.notify(warning, title=shelf.vault, severity="warning", markup=False)
        self.show()
        if shelf.problem is None:
            name = shelf.vault
            self.work(
                Job(
                    f"looking at copies of {name}",
                    lambda ctx: browsing.copies(ctx, self.tui.session.desk, name),
                    self._found_copies,
                    group=f"copies {name}",
                    quiet=True,
                )
            )
        shelves = [s for s in self.tui.session.shelves.values() if s.problem is None]
        if shelves and not self._opening:
            self.work(
                Job(
                    "reading results",
                    lambda ctx: browsing.results(ctx, shelves),
                    self._found_results,
                    group="results",
                    quiet=True,
                )
            )

    def _found_copies(self, found: dict[Key, str]) -> None:
        self.tui.session.states.update(found)
        self.show()

    def _found_results(self, found: dict[Key, browsing.Result]) -> None:
        self.tui.session.results = found
        self.show()

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
        if self._opening:
            text = f"checking {', '.join(sorted(self._opening))} · {text}"
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
            self._previewed = None
            self.query_one("#about", Bar).left = ""
            self.page.say("")

    def _nothing(self) -> str:
        """Why there are no rows, and what to do."""
        names = self.tui.session.names()
        if self.wanted.query and self.lines:
            where = "texts" if self.wanted.bodies is not None else "names"
            more = "" if self.wanted.bodies is not None else "\n\nenter  search in bodies"
            return (
                f"nothing in the {where} matches “{self.wanted.query}”{more}\nesc    show all again"
            )
        if self._opening:
            return f"opening {', '.join(sorted(self._opening))} ..."
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
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._preview)

    @property
    def is_resting(self) -> bool:
        """Whether the cursor came to a skill that will be opened in a moment."""
        return self._resting is not None

    def _preview(self) -> None:
        self._resting = None
        entry = self.table.current
        if entry is None:
            return
        line = entry.line
        wanted = (line.key, line.row.found.summary.version)
        if wanted == self._previewed:
            return
        self._previewed = wanted
        self.query_one("#about", Bar).left = f"{line.name}@{wanted[1]}"
        self.work(
            Job(
                f"opening {line.name}",
                lambda ctx: browsing.preview(ctx, self.tui.session.desk, line.key),
                partial(self._opened, line),
                partial(self._not_opened, line),
                group="preview",
            )
        )

    def _opened(self, line: Line, opened: Opened) -> None:
        about = self.query_one("#about", Bar)
        about.strong, about.left = rows.about(line, opened, self.tui.session.context.now())
        about.bad = False
        self.page.show(browsing.introduction(opened.bundle))

    def _not_opened(self, line: Line, error: SkillvaultError) -> None:
        about = self.query_one("#about", Bar)
        about.strong, about.left, about.bad = line.name, "  does not open", True
        self.page.say(*told(error).splitlines())

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
        (self.page if now == 1 else self.table).focus()

    # Filtering, searching, sorting

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one("#query", Field).focus()

    @on(Field.Changed, "#query")
    def _typed(self, event: Field.Changed) -> None:
        self.wanted.query = event.value
        self.wanted.bodies = None
        self.table.cursor = 0
        self.show()

    @on(Field.Submitted, "#query")
    def _to_the_table(self) -> None:
        if not self.table.rows and self.wanted.query and self.wanted.bodies is None:
            self.action_search_bodies()
        else:
            self.table.focus()

    def on_key(self, event: events.Key) -> None:
        """From the filter line one goes down into the table."""
        if event.key == "down" and isinstance(self.focused, Field):
            event.stop()
            self.table.focus()

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
        self.table.focus()

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
        names = browsing.names(session.context)
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
            return bool(browsing.names(self.tui.session.context))
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
        self.table.focus()


__all__: Sequence[str] = ["Library"]
