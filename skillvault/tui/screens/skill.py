"""One skill: its text, files, history, readers, results and checks, a tab each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import browsing, leafing
from skillvault.services.browsing import Line, Result, Shelf
from skillvault.services.leafing import Leaf
from skillvault.services.wording import count
from skillvault.tui import actions, rows, spelling
from skillvault.tui.actions import Action
from skillvault.tui.dialog import Text
from skillvault.tui.screens.skill_access import Access
from skillvault.tui.screens.skill_checks import Checks
from skillvault.tui.screens.skill_files import Files
from skillvault.tui.screens.skill_history import History
from skillvault.tui.screens.skill_read import Read
from skillvault.tui.screens.skill_restoring import Restoring
from skillvault.tui.screens.skill_results import Results
from skillvault.tui.screens.skill_tab import Tab
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.tabs import Tabs
from skillvault.tui.work import Job

TABS: tuple[type[Tab], ...] = (Read, Files, History, Access, Results, Checks)
IDS = tuple(tab.title.casefold() for tab in TABS)


class Skill(Restoring):
    """A skill; `1` to `6` or `h` and `l` go through its tabs, `esc` goes back."""

    place = "skill"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "skill.tcss",
        *(f"skill_{name}.tcss" for name in IDS),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("skill")]

    def __init__(self, line: Line, tab: str = IDS[0]) -> None:
        super().__init__()
        self.line = line
        self.leaf: Leaf | None = None
        self.pinned: int | None = None
        self.problem: SkillvaultError | None = None
        self.tabs = [one(line.key, id=name) for one, name in zip(TABS, IDS, strict=True)]
        self._first = IDS.index(tab)
        self._known: tuple[Shelf | None, str | None, Result | None] = (None, None, None)

    def body(self) -> Iterable[Widget]:
        """The line of tabs, and all of them, one of which is shown."""
        yield Tabs(id="tabs")
        yield Container(*self.tabs, id="panes")
        yield Horizontal(Text("/", id="slash"), Field(id="needle"), Text(id="found"), id="find")

    @cached_property
    def bar(self) -> Tabs:
        """The line of tabs."""
        return self.query_one("#tabs", Tabs)

    @property
    def tab(self) -> Tab:
        """The one that is shown."""
        return self.tabs[self.bar.current]

    def on_mount(self) -> None:
        """The frame first, then the newest version."""
        super().on_mount()
        name = spelling.skills([self.line], several=self.tui.session.several)
        self.tui.log_command(f"skillvault show {name}")
        self.go(self._first)
        self._say_labels()
        self.call_after_refresh(self.reload)

    def on_screen_resume(self) -> None:
        """Come back, perhaps from an evaluation of it."""
        super().on_screen_resume()
        if self.leaf is not None:
            self.query_one(Results).load()

    # Opening versions

    def reload(self) -> None:
        """Open the version that is looked at, and read what holds of all of them."""
        self.open(self.pinned)
        for tab in self.tabs:
            tab.load()

    def open(self, version: int | None) -> None:
        """Open a version, the newest by default."""
        key, desk = self.line.key, self.tui.session.desk
        self.pinned = version
        self.work(
            Job(
                f"opening {self.line.name}",
                lambda ctx: leafing.leaf(ctx, desk, key, version),
                self._opened,
                self._not_opened,
                group="open",
            )
        )

    def _opened(self, leaf: Leaf) -> None:
        self.leaf, self.problem = leaf, None
        for tab in self.tabs:
            tab.open(leaf)
        self.update_frame()

    def _not_opened(self, error: SkillvaultError) -> None:
        self.leaf, self.problem = None, error
        for tab in self.tabs:
            tab.fail(error)
        self.update_frame()

    def changed(self) -> None:
        """The vault changed: what is shown stays until it is read again."""
        self.reload()

    def _look_again(self) -> None:
        """What the session knows of the skill by now, which the library reads anew."""
        session, key = self.tui.session, self.line.key
        shelf = session.shelves.get(key[0])
        known = (shelf, session.states.get(key), session.results.get(key))
        if shelf is None or (shelf is self._known[0] and known[1:] == self._known[1:]):
            return
        self._known = known
        row = next((row for row in shelf.rows if row.skill == key[1]), self.line.row)
        self.line = replace(self.line, row=row, copy=known[1], result=known[2])

    def action_refresh(self) -> None:
        """Look again."""
        self.reload()

    # The frame

    def title_line(self) -> tuple[str, str]:
        """Which skill, which version, how it stands."""
        self._look_again()
        line, leaf = self.line, self.leaf
        name = leaf.name if leaf is not None else line.name
        version = leaf.version if leaf is not None else line.row.found.summary.version
        said = [state] if (state := browsing.state(line)) else []
        if leaf is not None and leaf.version < leaf.newest:
            older = f"the newest is @{leaf.newest}"
            said.insert(0, f"{older}: esc" if self.pinned is not None else f"{older}, not yours")
        if self.problem is not None:
            said.insert(0, "does not open")
        return f"{line.row.vault}/{name}@{version}", "".join(f"· {one} " for one in said).strip()

    def footer(self) -> Iterable[tuple[str, Action]]:
        """The way back and the tabs, then what can be done here."""
        yield self.tui.key_of(actions.named("back")), actions.named("back")
        first, last = (self.tui.key_of(actions.named(f"tab-{n}")) for n in (IDS[0], IDS[-1]))
        yield f"{first}-{last}", actions.named("next-tab")
        yield from super().footer()

    def corner(self) -> str:
        """The newest result at the right of the header, but for an evaluation under way."""
        found = self.line.result
        if found is None or self.tui.evaluations.header:
            return super().corner()
        said = rows.result(found, wide=self.size.width >= rows.WIDE).text
        return f"{said} on {found.model}, {count(found.tasks, 'task')}"

    @on(Tab.Told)
    def _say_labels(self) -> None:
        self.bar.labels = tuple(tab.label for tab in self.tabs)
        self.update_frame()

    # Going from tab to tab

    def go(self, number: int) -> Tab:
        """Show a tab."""
        self._stop_finding()
        self.bar.current = number
        for place, tab in enumerate(self.tabs):
            tab.set_class(place == number, "shown")
        self.tab.first.focus()
        self.update_frame()
        return self.tab

    @on(Tabs.Chosen)
    def _clicked_tab(self, event: Tabs.Chosen) -> None:
        self.go(event.number)

    def action_tab_read(self) -> None:
        """The text."""
        self.go(IDS.index("read"))

    def action_tab_files(self) -> None:
        """The files."""
        self.go(IDS.index("files"))

    def action_tab_history(self) -> None:
        """The versions."""
        self.go(IDS.index("history"))

    def action_tab_access(self) -> None:
        """Who reads it."""
        self.go(IDS.index("access"))

    def action_tab_results(self) -> None:
        """What was measured."""
        self.go(IDS.index("results"))

    def action_tab_checks(self) -> None:
        """What lint says."""
        self.go(IDS.index("checks"))

    def action_next_tab(self) -> None:
        """The tab to the right, round at the end."""
        self.go((self.bar.current + 1) % len(TABS))

    def action_previous_tab(self) -> None:
        """The tab to the left."""
        self.go((self.bar.current - 1) % len(TABS))

    # What the tabs do

    def chosen(self) -> list[Line]:
        """The one skill."""
        return [self.line]

    def can(self, action: str) -> bool:
        """What belongs to a tab holds in that tab."""
        if not (self.is_mounted and self.tab.is_mounted):
            return False
        if action in {"find-next", "find-previous"}:
            return bool(self.tab.page.hits)
        if any(action in tab.actions for tab in TABS):
            return self.tab.can(action)
        return super().can(action)

    def action_follow(self) -> None:
        """Open what the text names."""
        self.tab.enter()

    def action_raw(self) -> None:
        """The text as it stands, or rendered."""
        if isinstance(self.tab, Read | Files):
            self.tab.turn()

    def action_widen(self) -> None:
        """All room for the text, or as before."""
        self.tab.widen()

    def action_preview_down(self) -> None:
        """Scroll the text."""
        self.tab.page.action_page_down()

    def action_preview_up(self) -> None:
        """Scroll it back."""
        self.tab.page.action_page_up()

    def action_copy(self) -> None:
        """Copy what the tab shows."""
        if text := self.tab.copied():
            self.tui.copy(text)
        else:
            self.notify("nothing to copy here", timeout=3)

    def action_edit(self) -> None:
        """The file that is looked at, in the user's editor."""
        spot = self.tab.spot()
        self.edit(self.line, spot.path, spot.line)

    @on(Checks.Open)
    def _show_file(self, event: Checks.Open) -> None:
        self.go(IDS.index("files"))
        self.query_one(Files).go_to(event.path, event.line)

    @on(Results.Found)
    def _measured(self, event: Results.Found) -> None:
        self.query_one(History).know(event.measured)

    # Versions

    @on(History.Chosen)
    def _read_version(self, event: History.Chosen) -> None:
        newest = self.leaf.newest if self.leaf is not None else 0
        self.open(None if event.number == newest else event.number)
        self.go(IDS.index("read"))

    def action_diff(self) -> None:
        """What the version changed, line by line."""
        self.query_one(History).diff("inline")

    def action_diff_beside(self) -> None:
        """The same, the old text beside the new."""
        self.query_one(History).diff("beside")

    def action_restore(self) -> None:
        """What going back to a version would change; enter does it."""
        self.query_one(History).restore()

    def restored(self) -> None:
        """The newest is what was wanted now."""
        self.pinned = None

    def action_unshare(self) -> None:
        """Who loses what; y does it."""
        from skillvault.tui.dialogs.unshare import Unshare

        grant = self.query_one(Access).grant
        if grant is not None:
            self.app.push_screen(Unshare(self.line, grant.label))

    # Finding

    def action_find(self) -> None:
        """Type what to find."""
        self.query_one("#find").add_class("shown")
        self.query_one("#needle", Field).focus()

    @on(Field.Changed, "#needle")
    def _typed(self, event: Field.Changed) -> None:
        self.tab.page.find(event.value)
        self._say_found()

    @on(Field.Submitted, "#needle")
    def _to_the_text(self) -> None:
        self.tab.page.focus()
        self.update_frame()

    def action_find_next(self) -> None:
        """The next place."""
        self.tab.page.find_next(1)
        self._say_found()

    def action_find_previous(self) -> None:
        """The place before."""
        self.tab.page.find_next(-1)
        self._say_found()

    def _say_found(self) -> None:
        page = self.tab.page
        said = f"{page.hit + 1} of {len(page.hits)}" if page.hits else "not found"
        self.query_one("#found", Text).update(said if page.needle else "")

    def _stop_finding(self) -> bool:
        shown = self.query_one("#find").has_class("shown")
        if shown:
            self.query_one("#find").remove_class("shown")
            self.query_one("#needle", Field).value = ""
            self.tab.page.find("")
        return shown

    def leave(self) -> None:
        """Step by step: what was found, a step within the tab, the older version, the skill."""
        if self._stop_finding():
            self.tab.page.focus()
            self.update_frame()
        elif self.tab.back():
            self.update_frame()
        elif self.pinned is not None:
            self.open(None)
        else:
            super().leave()
