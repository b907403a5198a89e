"""Sharing: with whom, may they write, what will change; `enter` once that is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from skillvault.errors import ServiceError, SkillvaultError
from skillvault.services import browsing, reachable, sharing
from skillvault.services.browsing import Line
from skillvault.services.context import Context
from skillvault.services.reachable import Reachable
from skillvault.services.sharing import Preview, Shared
from skillvault.services.wording import count, listed
from skillvault.skill import fuzzy
from skillvault.tui import spelling
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.toggle import Toggle
from skillvault.tui.work import Job, Look, told

CARD = "-----BEGIN SKILLVAULT CARD-----"
_KEYS = "{enter}   space choose   tab next   ctrl+y copy the command   esc cancel"


class Wish(NamedTuple):
    """With whom, as WHO takes it, and whether they may write. `card`: what was pasted for `-`."""

    who: tuple[str, ...]
    write: bool
    card: bytes | None


class Person(NamedTuple):
    """A line of the list. `hits`: the letters that were typed."""

    one: Reachable
    hits: tuple[int, ...] = ()


class WhoField(Field):
    """The line `with`: what is typed finds, space chooses, a pasted card is taken whole."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "screen.choose", "choose", show=False, priority=True)
    ]

    class Card(Message):
        """A card was pasted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the handler of the base by itself, unless that is prevented.
        if CARD in event.text:
            event.stop()
            event.prevent_default()
            self.post_message(self.Card(event.text))


class Share(Dialog[str]):
    """Share the skills of some lines, all of one vault. Gives the line that says what was done."""

    CSS_PATH = "share.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "copy_command", "copy", show=False, priority=True),
        Binding("enter", "go", "share", show=False, priority=True),
        Binding("tab", "next", "next", show=False, priority=True),
    ]

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self.lines = tuple(lines)
        self.vault = lines[0].row.vault
        names = ", ".join(line.name for line in lines)
        self.heading = f"Share {count(len(lines), 'skill')} of {self.vault}: {names}"
        self.keys_line = _KEYS.format(enter="choose somebody")
        self.everybody: list[Reachable] = []
        self.chosen: dict[str, None] = {}
        self.card: bytes | None = None
        self.preview: Preview | None = None
        self.busy = False

    def body(self) -> Iterable[Widget]:
        """With whom, what they may, what will change."""
        yield Horizontal(Text("with", classes="label"), WhoField(id="who"), classes="line")
        grid: Grid[Person] = Grid(
            [Column("name", "", 18, grow=1), Column("note", "", 24, grow=2, drop=1)],
            self._cells,
            key=lambda person: person.one.label,
            head=False,
            id="people",
        )
        grid.can_focus = False
        yield grid
        yield Horizontal(
            Text("may", classes="label"),
            Toggle(["read", "read and write"], id="may"),
            classes="line",
        )
        yield Text("what will change", id="rule")
        yield Text(id="preview")
        yield Text(id="command")

    def on_mount(self) -> None:
        """Find out with whom one can share."""
        skills = [line.row.skill for line in self.lines]
        self.query_one("#preview", Text).update("choose with whom, or paste a card")

        def run(ctx: Context) -> tuple[list[Reachable], list[str]]:
            with self.tui.session.desk.vault(ctx, self.vault) as vault:
                return reachable.choices(vault, skills), reachable.not_mine(vault, skills)

        self.work(Job("looking who there is", run, self._found, self._not_found))

    def _found(self, found: tuple[list[Reachable], list[str]]) -> None:
        self.everybody, not_mine = found
        self._show_people()
        if not_mine:
            names = ", ".join(line.name for line in self.lines if line.row.skill in not_mine)
            self._say(f"{names}: only its owner may share it", bad=True)
        elif not self.everybody:
            self._say("nobody else is here yet: paste a card, or type its path")

    def _not_found(self, error: SkillvaultError) -> None:
        self._say(told(error), bad=True)

    # Choosing

    @property
    def grid(self) -> Grid[Person]:
        """The people."""
        return self.query_one("#people", Grid)

    @property
    def wish(self) -> Wish:
        """What is chosen now."""
        write = self.query_one("#may", Toggle).index == 1
        return Wish(tuple(self.chosen), write, self.card)

    def _cells(self, person: Person) -> list[Cell]:
        box = "[x] " if person.one.label in self.chosen else "[ ] "
        note = f"{person.one.note}{', reads it already' if person.one.reads else ''}"
        return [
            Cell(box + person.one.label, hits=tuple(len(box) + at for at in person.hits)),
            Cell(note, "quiet"),
        ]

    def _show_people(self) -> None:
        typed = self.query_one("#who", Field).value
        found = [
            (match.score, Person(one, match.positions))
            for one in self._all()
            if (match := fuzzy.match(typed, one.label)) is not None
        ]
        if typed:
            found.sort(key=lambda pair: -pair[0])
        self.grid.show([person for _, person in found])
        self.grid.styles.height = max(1, min(len(found), 10, self.app.size.height - 16))

    def _all(self) -> list[Reachable]:
        known = {one.label for one in self.everybody}
        cards = [
            Reachable(who, "a card", is_group=False, reads=False)
            for who in self.chosen
            if who not in known
        ]
        return [*cards, *self.everybody]

    @on(Field.Changed, "#who")
    def _typed(self) -> None:
        self.grid.rows = ()  # the cursor goes to the best
        self._show_people()

    @on(WhoField.Card)
    def _pasted(self, event: WhoField.Card) -> None:
        self.card = event.text.encode()
        self._toggle("-")

    @on(Grid.Opened, "#people")
    def _clicked(self) -> None:
        self._toggle_current()

    @on(Toggle.Changed)
    def _may_changed(self) -> None:
        self._foresee()

    def on_key(self, event: events.Key) -> None:
        """Up and down move in the list while one types."""
        act = {"down": self.grid.action_down, "up": self.grid.action_up}.get(event.key)
        if act is not None:
            event.stop()
            event.prevent_default()
            act()

    def action_choose(self) -> None:
        """Take in who is under the cursor, or let them go."""
        self._toggle_current()

    def _toggle_current(self) -> None:
        typed = self.query_one("#who", Field).value.strip()
        if _is_path(typed):
            self.query_one("#who", Field).value = ""
            self._toggle(str(Path(typed).expanduser()))
        elif self.grid.current is not None:
            self._toggle(self.grid.current.one.label)

    def _toggle(self, who: str) -> None:
        if who in self.chosen:
            del self.chosen[who]
        else:
            self.chosen[who] = None
        self._show_people()
        self._foresee()

    # What will change

    def _foresee(self) -> None:
        """Compute the preview anew; until it is there, enter does nothing."""
        wish = self.wish
        self.preview = None
        if not wish.who:
            self._say("choose with whom, or paste a card")
            self.query_one("#command", Text).update("")
            self.say_keys(_KEYS.format(enter="choose somebody"))
            return
        self._say("computing ...")
        self.say_keys(_KEYS.format(enter="wait for the preview"))
        self.query_one("#command", Text).update(f"$ {self._command(wish)}")

        def run(ctx: Context) -> Preview:
            look = Look[Preview]()
            self._share(ctx, wish, look, fetch=False)
            return look.preview

        self.work(
            Job("computing what will change", run, self._foreseen, self._not_foreseen, "preview")
        )

    def _share(
        self, ctx: Context, wish: Wish, approve: sharing.Approve, *, fetch: bool
    ) -> Shared | None:
        references = [browsing.reference(line, several=False) for line in self.lines]
        return sharing.share(
            ctx,
            references,
            wish.who,
            approve=approve,
            write=wish.write,
            vault=self.vault,
            stdin=wish.card,
            fetch=fetch,
        )

    def _foreseen(self, preview: Preview) -> None:
        self.preview = preview
        self._say("\n".join(lines_of(preview)))
        self.say_keys(_KEYS.format(enter="enter share"))

    def _not_foreseen(self, error: SkillvaultError) -> None:
        self._say(told(error), bad=True)
        self.say_keys(_KEYS.format(enter="choose somebody else"))

    def _say(self, text: str, *, bad: bool = False) -> None:
        said = self.query_one("#preview", Text)
        said.set_class(bad, "bad")
        said.update(text)

    def _command(self, wish: Wish) -> str:
        return spelling.share(
            self.lines, wish.who, write=wish.write, several=self.tui.session.several
        )

    # Doing it

    def action_go(self) -> None:
        """Share, as it was shown."""
        typed = self.query_one("#who", Field).value.strip()
        if _is_path(typed):
            self._toggle_current()
            return
        if self.preview is None or self.busy:
            return
        wish, shown = self.wish, _gist(self.preview)
        self.busy = True
        self.say_keys("sharing ...   esc leave it to it")
        command = self._command(wish)
        self.tui.log_command(command, "sharing ...")
        changed: list[Preview] = []

        def approve(preview: Preview) -> bool:
            if _gist(preview) != shown:
                changed.append(preview)
            return not changed

        def run(ctx: Context) -> Shared | Preview:
            done = self._share(ctx, wish, approve, fetch=True)
            return changed[0] if done is None else done

        done, failed = partial(self._done, command), partial(self._refused, command)
        self.work(Job("sharing", run, done, failed, changes=True))

    def _done(self, command: str, done: Shared | Preview) -> None:
        self.busy = False
        if isinstance(done, Preview):
            self.tui.log_command(command, "not shared: others changed something", bad=True)
            self.app.notify("others changed something meanwhile: look again", severity="warning")
            if self.is_current:
                self._foreseen(done)
            return
        outcome = f"shared, {sharing_outcome(done)}"
        if done.published.entry is None:
            self.tui.log_command(command, outcome)
        else:
            self.tui.log_change(command, outcome)
        self.tui.vaults_changed()
        if done.clone is not None:
            self.app.notify(f"send them:\n{done.clone}", timeout=20, markup=False)
        self.close(outcome)

    def _refused(self, command: str, error: SkillvaultError) -> None:
        self.busy = False
        self.tui.log_command(command, error.problem, bad=True)
        if not self.is_current:
            self.tui.tell(error)
            return
        self._say(told(error), bad=True)
        again = "enter try again" if isinstance(error, ServiceError) else "enter look again"
        self.say_keys(_KEYS.format(enter=again))

    def action_copy_command(self) -> None:
        """Copy the command line, by the terminal."""
        if self.chosen:
            self.tui.copy(self._command(self.wish))

    def action_next(self) -> None:
        """Between the line and what they may."""
        self.focus_next()


def lines_of(preview: Preview) -> list[str]:
    """What will change, in words."""
    skills = " · ".join(f"{one.name} @{one.from_version} and later" for one in preview.skills)
    gain = "gains" if len(preview.people) == 1 else "gain"
    who = count(len(preview.people), "keyholder")
    lines = [f"{who} {gain}   {skills}", f"  {listed(preview.people, most=8)}"]
    if not preview.people and not preview.write:
        return ["nobody gains anything: they read all of it already"]
    if not preview.people:
        lines = ["they read all of it already"]
    lines += [f"new member: {card.name}   {card.fingerprint.words}" for card in preview.admits]
    if preview.write:
        lines.append("and may write new versions")
    lines.append("not earlier versions: those stay sealed to whoever could read them then")
    if preview.vault.notes.remote is None:
        pushed = "local only: this vault has no remote"
    elif preview.goes_along:
        pushed = f"pushed at once, and {count(preview.goes_along, 'earlier change')} with it"
    else:
        pushed = "pushed at once"
    lines.append(f"1 entry, {pushed} · it can be undone, what was read cannot")
    return lines


def sharing_outcome(done: Shared) -> str:
    """`entry 215, pushed`."""
    published = done.published
    if published.entry is None:
        return "nothing to change"
    return f"entry {published.entry.seq}, {'pushed' if published.pushed else 'local only'}"


def _gist(preview: Preview) -> tuple[object, ...]:
    """What a person agreed to."""
    return preview.people, preview.skills, tuple(c.fingerprint.hex for c in preview.admits)


def _is_path(typed: str) -> bool:
    return "/" in typed or typed.casefold().endswith(".card")
