"""Access: who reads the skill, through what, since when; sharing, and taking that back."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import leafing
from skillvault.services.leafing import Access as Found
from skillvault.services.leafing import Leaf
from skillvault.services.reach import span
from skillvault.services.wording import ago, count, listed, quoted
from skillvault.skill.layout import Line, Span
from skillvault.skill.render import Laid
from skillvault.tui.laying import QUIET, WARN, fold, words
from skillvault.tui.screens.skill_tab import Tab
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job, told

if TYPE_CHECKING:
    from skillvault.services.accessing import Grant


class Reader(NamedTuple):
    """A line: a name in the access file, or with `person` somebody who reads through it."""

    grant: Grant
    person: str | None = None


def may(grant: Grant) -> str:
    """What a grant allows."""
    if grant.owner:
        return "owns"
    return "read and write" if grant.write else "read"


def kind(grant: Grant) -> str:
    """`group of 5`, `machine`, or `by name` for a person."""
    if grant.kind == "group":
        return f"group of {len(grant.people)}"
    return "machine" if grant.kind == "machine" else "by name"


class Access(Tab):
    """Groups with who is in them, and people; below, what the line under the cursor means."""

    title = "Access"
    actions: ClassVar[frozenset[str]] = frozenset({"unshare", "find", "widen", "copy"})

    def compose(self) -> ComposeResult:
        """Table and text."""
        columns = [
            Column("who", "WHO", 18, grow=2),
            Column("through", "THROUGH", 12, grow=1),
            Column("may", "MAY", 14),
            Column("versions", "VERSIONS", 12, grow=1, drop=1),
            Column("since", "SINCE", 14, drop=2),
        ]
        yield Grid[Reader](columns, self._cells, key=_key, id="readers")
        with Vertical(classes="main"):
            yield Bar(id="reader-head")
            yield Page(id="reader")

    def on_mount(self) -> None:
        """Nothing yet."""
        self.found: Found | None = None

    @cached_property
    def grid(self) -> Grid[Reader]:
        """Who reads it."""
        return self.query_one("#readers", Grid)

    @property
    def first(self) -> Widget:
        """The table."""
        return self.grid

    @property
    def grant(self) -> Grant | None:
        """The grant under the cursor."""
        reader = self.grid.current
        return reader.grant if reader is not None and reader.person is None else None

    def _cells(self, reader: Reader) -> list[Cell]:
        grant = reader.grant
        if reader.person is not None:
            return [
                Cell(f"  {reader.person}", "quiet"),
                Cell(grant.label, "quiet"),
                Cell(may(grant), "quiet"),
                Cell(""),
                Cell(""),
            ]
        closed = grant.closed is not None
        since = ago(grant.time, self.tui.session.context.now()) if grant.time else ""
        return [
            Cell(grant.label),
            Cell(f"{kind(grant)}, closed" if closed else kind(grant), "warn" if closed else ""),
            Cell(may(grant)),
            Cell(_versions(grant), "" if grant.versions else "quiet"),
            Cell(since, "quiet"),
        ]

    def load(self) -> None:
        """Read it anew."""
        desk, key = self.tui.session.desk, self.key
        self.work(
            Job(
                "looking who reads it",
                lambda ctx: leafing.access(ctx, desk, key),
                self._read,
                self._unread,
                group="access",
                quiet=True,
            )
        )

    def _read(self, found: Found) -> None:
        self.found = found
        readers: list[Reader] = []
        for grant in found.grants:
            readers.append(Reader(grant))
            readers += [Reader(grant, person) for person in grant.people]
        self.grid.show(readers)
        self.fit(self.grid)
        alone = found.keyholders <= 1 and len(found.grants) <= 1
        self.say("only you" if alone else str(found.keyholders))

    def _unread(self, error: SkillvaultError) -> None:
        self.grid.show(())
        self._head("does not open", bad=True)
        self.page.say(*told(error).splitlines())

    def open(self, leaf: Leaf) -> None:
        """Whether it is mine to share is known now."""
        super().open(leaf)
        self._moved()

    # The line under the cursor

    def _head(self, strong: str, left: str = "", right: str = "", *, bad: bool = False) -> None:
        head = self.query_one("#reader-head", Bar)
        head.strong, head.left, head.right, head.bad = strong, left, right, bad

    @on(Grid.Moved, "#readers")
    def _moved(self) -> None:
        reader = self.grid.current
        self.post_message(self.Told())
        if reader is None or self.found is None:
            return
        grant = reader.grant
        said = _through(reader) if reader.person is not None else self._about(grant)
        self._head(reader.person or grant.label, f"  {may(grant)}")
        self.page.draw_new(
            lambda width, _ctx: Laid(
                [p for line in said for p in fold(line, width)], (), rendered=True
            )
        )

    def _about(self, grant: Grant) -> list[Line]:
        said: list[Line] = []
        if self.found is not None and self.found.keyholders <= 1 and len(self.found.grants) <= 1:
            said += [words("only you"), words(Span("s shares it", QUIET)), []]
        if grant.versions:
            later = grant.closed is None
            said.append(words(Span("sealed to it  ", QUIET), span(grant.versions, later=later)))
            said.append(words(Span("since         ", QUIET), grant.time or ""))
            if grant.versions[0] > 1:
                earlier = (
                    f"not @1{'' if grant.versions[0] == 2 else f' to @{grant.versions[0] - 1}'}"  # noqa: PLR2004 - one version
                )
                said.append(words(Span("              ", QUIET), f"{earlier}: sealed before"))
        else:
            said.append(words("nothing was sealed to it yet"))
        if grant.kind == "group":
            people = listed(grant.people, most=40) or "nobody"
            said.append(words(Span("in it         ", QUIET), people))
        if grant.closed is not None:
            said.append(words(Span(grant.closed, WARN)))
        said.append([])
        said.append(words(Span(self._what_one_may(grant), QUIET)))
        return said

    def _what_one_may(self, grant: Grant) -> str:
        leaf = self.leaf
        if leaf is None:
            return ""
        if not leaf.owns:
            return "only its owner shares it, and takes that back"
        if grant.owner:
            return f"the owner stays: skillvault own {leaf.name} --by WHO gives it away first"
        return "x unshare: nothing new is sealed to them; what they have read they may have kept"

    def can(self, action: str) -> bool:
        """Unsharing needs a name that is not the owner's, and that the skill is mine."""
        if action == "unshare":
            grant, leaf = self.grant, self.leaf
            return bool(grant and leaf and leaf.owns and not grant.owner)
        return super().can(action)


def _through(reader: Reader) -> list[Line]:
    grant = reader.grant
    return [
        words(f"reads it through {grant.label}, {count(len(grant.people), 'keyholder')}"),
        [],
        words(
            Span(
                f"to take it from one of them: skillvault group remove {quoted(grant.label)} WHO",
                QUIET,
            )
        ),
    ]


def _versions(grant: Grant) -> str:
    if not grant.versions:
        return "nothing yet"
    return span(grant.versions, later=grant.closed is None)


def _key(reader: Reader) -> object:
    return reader.grant.label, reader.person
