"""People: who is in a vault, what they may, since when; groups, machines; who comes and goes."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import exposure, farewell, leaving, receipts, regrouping, ungrouping
from skillvault.services import roster as rosters
from skillvault.services.context import Context
from skillvault.services.exposure import Report
from skillvault.services.grouping import Grouped, GroupPreview
from skillvault.services.groups import GroupLine
from skillvault.services.leaving import Leaving, Removed
from skillvault.services.reach import span
from skillvault.services.roster import Keyholder, Roster
from skillvault.services.wording import ago, count, listed
from skillvault.skill.layout import Line, Span
from skillvault.skill.render import Laid
from skillvault.tui import actions
from skillvault.tui.dialogs import groups as group_dialogs
from skillvault.tui.dialogs import members as member_dialogs
from skillvault.tui.dialogs.asking import Typed
from skillvault.tui.laying import BOLD, QUIET, TITLE, WARN, fold, lines_of, words
from skillvault.tui.place import Place
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job, Look, told

_LABEL = 9
_HEADS = 3
"""Lines above the two tables."""
_MEMBER_ACTIONS = frozenset({"role", "expires", "exposure"})
_ADMIN_ACTIONS = frozenset({"add", "new-group", "machine", "remove-member", "take-out", "expires"})


class People(Place):
    """The members and groups of one vault."""

    place = "people"
    CSS_PATH = "people.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("people")]

    def __init__(self, vault: str) -> None:
        super().__init__()
        self.vault = vault
        self.roster: Roster | None = None

    def body(self) -> Iterable[Widget]:
        """Members and groups; beside them, the one under the cursor."""
        yield Horizontal(
            Vertical(
                Bar(id="members-head"),
                Grid[Keyholder](
                    _MEMBERS, self._member_cells, key=lambda one: one.line.member, id="members"
                ),
                Bar(id="groups-head"),
                Grid[GroupLine](_GROUPS, _group_cells, key=lambda one: one.group, id="groups"),
                id="lists",
            ),
            Vertical(Bar(id="about-head"), Page(id="about"), id="side"),
            id="panes",
        )

    @property
    def members(self) -> Grid[Keyholder]:
        """The members."""
        return self.query_one("#members", Grid)

    @property
    def groups(self) -> Grid[GroupLine]:
        """The groups."""
        return self.query_one("#groups", Grid)

    @property
    def page(self) -> Page:
        """What is said of the one under the cursor."""
        return self.query_one("#about", Page)

    @property
    def in_groups(self) -> bool:
        """Whether the groups are what one looks at."""
        return self.is_mounted and self.groups.has_focus

    def on_mount(self) -> None:
        """The frame, then the people."""
        super().on_mount()
        self.members.focus()
        self.tui.log_command(self._command("member list"))
        self.call_after_refresh(self.reload)

    def _command(self, said: str) -> str:
        return f"skillvault {said}" + (f" --vault {self.vault}" if self.tui.session.several else "")

    # Reading

    def reload(self) -> None:
        """Read them; what is known stays meanwhile."""
        desk, name = self.tui.session.desk, self.vault

        def run(ctx: Context) -> Roster:
            with desk.vault(ctx, name) as vault:
                return rosters.roster(vault)

        self.work(Job("reading who is there", run, self._read, self._unread, group="roster"))

    def _read(self, found: Roster) -> None:
        self.roster = found
        people = [one for one in found.members if one.line.role != "machine"]
        machines = len(found.members) - len(people)
        head = self.query_one("#members-head", Bar)
        head.strong = f"MEMBERS {len(people)}"
        head.left = f" · {count(machines, 'machine')}" if machines else ""
        self.query_one("#groups-head", Bar).strong = f"GROUPS {len(found.groups)}"
        self.members.columns = _MEMBERS if machines else _MEMBERS[:-1]
        self.members.show(found.members)
        self.groups.show(found.groups)
        self._fit()
        self._say()
        self.update_frame()

    def _unread(self, error: SkillvaultError) -> None:
        head = self.query_one("#about-head", Bar)
        head.strong, head.left, head.bad = self.vault, "  does not open", True
        self.page.say(*told(error).splitlines())

    def _fit(self) -> None:
        """Both as high as they are; where that is too much, the groups take at most a third."""
        room = self.query_one("#lists").size.height - _HEADS
        members, groups = len(self.members.rows) + 1, len(self.groups.rows) + 1
        if members + groups <= room:
            self.members.styles.height = members
            self.groups.styles.height = groups
        else:
            self.groups.styles.height = min(groups, max(3, room // 3))
            self.members.styles.height = "1fr"

    def on_resize(self) -> None:
        """Another third."""
        if self.roster is not None:
            self.call_after_refresh(self._fit)

    def changed(self) -> None:
        """Somebody came or went."""
        self.reload()

    def action_refresh(self) -> None:
        """Look again."""
        self.reload()

    def title_line(self) -> tuple[str, str]:
        """Whose people, and what I may."""
        mine = f"· you are {self.roster.role}" if self.roster is not None else ""
        return f"People of {self.vault}", mine

    def can(self, action: str) -> bool:
        """What my role and the pane allow; what is about somebody needs one."""
        if action in _ADMIN_ACTIONS and (self.roster is None or not self.roster.is_admin):
            return False
        group = self.groups.current if self.in_groups else None
        if action == "take-out":
            return group is not None and not self._is_everyone(group)
        if action in _MEMBER_ACTIONS and self.in_groups:
            return False
        if action == "expires":
            return self._current_role() == "machine"
        if action == "role":
            return self._current_role() not in {"", "machine"}
        if action == "remove-member" and self.in_groups:
            return group is not None and not self._is_everyone(group)
        return super().can(action)

    def _current_role(self) -> str:
        one = self.members.current if self.is_mounted else None
        return one.line.role if one is not None else ""

    def _is_everyone(self, group: GroupLine) -> bool:
        return self.roster is not None and group.group == self.roster.groups[0].group

    # The one under the cursor

    @on(Grid.Moved)
    def _moved(self, event: Grid.Moved) -> None:
        if event.grid.has_focus:
            self._say()
            self.update_frame()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Other keys hold among the groups."""
        if event.widget in {self.members, self.groups}:
            self._say()
            self.update_frame()

    def _say(self) -> None:
        head = self.query_one("#about-head", Bar)
        head.bad = False
        if self.in_groups:
            group = self.groups.current
            if group is not None:
                head.strong, head.left = group.label, "  a group"
                self._draw(_about_group(group))
        elif (one := self.members.current) is not None:
            head.strong = one.line.label
            head.left = "  that is you" if one.line.me else ""
            self._draw(_about_member(one, self.tui.session.context.now()))

    def _draw(self, lines: list[Line]) -> None:
        self.page.draw_new(
            lambda width, _ctx: Laid(
                [part for line in lines for part in _hung(line, width)], (), rendered=True
            )
        )

    def _member_cells(self, one: Keyholder) -> list[Cell]:
        line = one.line
        me = " (you)" if line.me else ""
        look = "warn" if line.role in {"owner", "admin"} else "quiet"
        return [
            Cell(f"{line.label}{me}"),
            Cell(line.role, look),
            Cell(", ".join(line.groups), ""),
            Cell(ago(one.since, self.tui.session.context.now()) if one.since else "", "quiet"),
            Cell(line.fingerprint, "quiet"),
            Cell(line.expires[:10] if line.expires else "", "quiet"),
        ][: len(self.members.columns)]

    # Who comes

    def action_add(self) -> None:
        """A card; in the groups, members."""
        group = self.groups.current if self.in_groups else None
        if group is None or self._is_everyone(group):
            owner = self.roster is not None and self.roster.role == "owner"
            self.app.push_screen(member_dialogs.AddCard(self.vault, owner=owner))
            return
        others = [one for one in self._candidates() if one[0] not in group.members]
        self.app.push_screen(group_dialogs.Grow(self.vault, group.label, others))

    def _candidates(self, *, me: bool = True) -> list[tuple[str, str]]:
        known = self.roster.members if self.roster is not None else ()
        return [(one.line.label, one.line.role) for one in known if me or not one.line.me]

    def action_new_group(self) -> None:
        """A group of me and others."""
        self.app.push_screen(group_dialogs.NewGroup(self.vault, self._candidates(me=False)))

    def action_machine(self) -> None:
        """An identity for a job."""
        self.app.push_screen(member_dialogs.NewMachine(self.vault))

    def action_expires(self) -> None:
        """From when on a machine writes nothing."""
        if self.members.current is not None:
            label = self.members.current.line.label
            self.app.push_screen(member_dialogs.Expires(self.vault, label))

    def action_role(self) -> None:
        """Another role."""
        if (one := self.members.current) is not None:
            dialog = member_dialogs.GiveRole(self.vault, one.line.label, one.line.role)
            self.app.push_screen(dialog)

    # Who goes

    def action_take_out(self) -> None:
        """Members out of a group."""
        if (group := self.groups.current) is not None:
            inside = [one for one in self._candidates() if one[0] in group.members]
            self.app.push_screen(group_dialogs.Shrink(self.vault, group.label, inside))

    def action_exposure(self) -> None:
        """What they could ever have read."""
        if (one := self.members.current) is None:
            return
        who, vault = one.line.label, self.vault
        self.tui.log_command(self._command(f"exposure {shlex.quote(who)}"))
        self.work(
            Job(
                f"what {who} could read",
                lambda ctx: exposure.exposure(ctx, who, vault=vault),
                self._exposed,
                group="exposure",
            )
        )

    @on(Grid.Opened, "#members")
    def _opened(self) -> None:
        self.action_exposure()

    def _exposed(self, report: Report) -> None:
        head = self.query_one("#about-head", Bar)
        head.strong, head.left = report.name, "  could ever have read"
        self._draw(_about_exposure(report))

    def action_remove_member(self) -> None:
        """Say what they read and what goes; then the name is typed."""
        if self.in_groups:
            self._delete_group()
            return
        if (one := self.members.current) is None:
            return
        who, vault = one.line.label, self.vault

        def look(ctx: Context) -> tuple[Leaving, Report]:
            seen = Look[Leaving]()
            leaving.remove(ctx, who, approve=seen, vault=vault)
            return seen.preview, seen.preview.report

        self.work(Job(f"what {who} could read", look, partial(self._leaving, who)))

    def _leaving(self, who: str, found: tuple[Leaving, Report]) -> None:
        preview, report = found
        command = self._command(f"member remove {shlex.quote(who)}")
        said = [
            f"{report.fingerprint.words}",
            f"in {self.vault} since {report.found.admitted.time[:10]}",
        ]
        said += ["", *(f"{name:<{_LABEL}}  {value}" for name, value in farewell.lines(preview))]
        said += ["", f"$ {command}"]
        sure = Typed(f"Remove {preview.label} for good", said, preview.label)
        self.app.push_screen(sure, lambda typed: self._remove(who, command) if typed else None)

    def _remove(self, who: str, command: str) -> None:
        vault = self.vault
        self.tui.log_command(command, "removing ...")

        def run(ctx: Context) -> Removed | None:
            return leaving.remove(ctx, who, approve=lambda _leaving: True, vault=vault)

        def done(removed: Removed | None) -> None:
            if removed is None:
                return
            entry = member_dialogs.entry(removed.published)
            sealed = removed.resealed
            again = f", {count(len(sealed.skills), 'skill')} sealed anew" if sealed else ""
            self.tui.log_command(command, f"removed, {entry}{again}")
            if removed.waiting:
                wait = f"{count(removed.waiting, 'skill')} wait for others to seal them anew"
                self.notify(wait, severity="warning", timeout=10, markup=False)
            for line in receipts.not_ours(removed.report):
                self.notify(line, title="not ours", timeout=12, markup=False)
            self.tui.vaults_changed()

        failed = partial(self._failed, command)
        self.work(Job(f"removing {who}", run, done, failed, changes=True))

    def _delete_group(self) -> None:
        group, vault = self.groups.current, self.vault
        if group is None:
            return
        name = group.label

        def look(ctx: Context) -> GroupPreview:
            seen = Look[GroupPreview]()
            ungrouping.remove(ctx, name, approve=seen, vault=vault)
            return seen.preview

        self.work(Job(f"looking at {name}", look, partial(self._deleting, name)))

    def _deleting(self, name: str, preview: GroupPreview) -> None:
        command = self._command(f"group remove {shlex.quote(name)}")
        said = [*regrouping.lines(preview), "", f"$ {command}"]
        sure = Typed(f"Delete the group {name}", said, name)
        self.app.push_screen(sure, lambda typed: self._delete(name, command) if typed else None)

    def _delete(self, name: str, command: str) -> None:
        vault = self.vault
        self.tui.log_command(command, "deleting ...")

        def run(ctx: Context) -> Grouped | None:
            return ungrouping.remove(ctx, name, approve=lambda _preview: True, vault=vault)

        def done(deleted: Grouped | None) -> None:
            if deleted is not None:
                entry = member_dialogs.entry(deleted.published)
                self.tui.log_command(command, f"deleted, {entry}")
                self.tui.vaults_changed()

        failed = partial(self._failed, command)
        self.work(Job(f"deleting {name}", run, done, failed, changes=True))

    def _failed(self, command: str, error: SkillvaultError) -> None:
        self.tui.log_command(command, error.problem, bad=True)
        self.tui.tell(error)


_MEMBERS = (
    Column("name", "NAME", 14, grow=3),
    Column("role", "ROLE", 7),
    Column("groups", "GROUPS", 10, grow=2, drop=1),
    Column("since", "SINCE", 12, drop=3),
    Column("words", "WORDS", 52, drop=4),
    Column("expires", "EXPIRES", 10, drop=2),
)
_GROUPS = (
    Column("name", "NAME", 14, grow=3),
    Column("members", "IN IT", 5, right=True),
    Column("skills", "READS", 8, right=True, drop=1),
    Column("state", "", 8, grow=2, drop=2),
)


def _group_cells(group: GroupLine) -> list[Cell]:
    state = (
        Cell("closed", "warn") if group.closed else Cell("" if group.me else "not in it", "quiet")
    )
    return [Cell(group.label), Cell(str(len(group.members))), Cell(str(group.skills)), state]


def _line(label: str, *parts: str | Span) -> Line:
    return words(Span(f"{label:<{_LABEL}}  ", QUIET), *parts)


def _about_member(one: Keyholder, now: float) -> list[Line]:
    line = one.line
    first, second = _halves(line.fingerprint)
    lines = [
        _line("role", Span(line.role, BOLD), f"  {rosters.MEANS[line.role]}"),
        _line("words", first),
        _line("", second),
        _line("", Span("compare them with the holder, by voice", QUIET)),
        _line("groups", ", ".join(line.groups) or "none but everyone"),
    ]
    if one.since:
        lines.append(_line("since", f"{one.since[:10]}, {ago(one.since, now)}"))
    if line.role == "machine":
        lines.append(
            _line("machine", f"expires {line.expires[:10]}" if line.expires else "never expires")
        )
    return lines


def _hung(line: Line, width: int) -> list[Line]:
    """A line that is folded; what follows a label stays behind it."""
    indent = _LABEL + 2
    if not line or line[0].style != QUIET or len(line[0].text) != indent:
        return fold(line, width)
    parts = fold(line[1:], max(10, width - indent))
    return [[line[0] if not at else Span(" " * indent), *part] for at, part in enumerate(parts)]


def _halves(text: str) -> tuple[str, str]:
    """Eight words in two lines of four."""
    parts = text.split(" ")
    return " ".join(parts[:4]), " ".join(parts[4:])


def _about_group(group: GroupLine) -> list[Line]:
    admins = ", ".join(group.admins) or "nobody: it cannot grow"
    lines = [
        _line("in it", listed(group.members, most=40)),
        _line("admins", admins),
        _line(
            "reads", count(group.skills, "skill") + (f", owns {group.owns}" if group.owns else "")
        ),
        _line("you", "in it" if group.me else "not in it"),
    ]
    if group.closed is not None:
        lines += [[], *(words(Span(text, WARN)) for text in group.closed.splitlines())]
    return lines


def _about_exposure(report: Report) -> list[Line]:
    found = report.found
    lines = [_line("admitted", f"{found.admitted.time[:10]}, entry {found.admitted.seq}"), []]
    for skill in report.skills:
        until = "now" if skill.found.until is None else skill.found.until.time[:10]
        lines.append(words(Span(skill.label, TITLE), f"  {span(skill.numbers)}"))
        lines.append(words(Span(f"   {skill.found.since.time[:10]} till {until}", QUIET)))
    if not report.skills:
        lines.append(words("nothing was ever sealed to a key of theirs"))
    if report.unnamed:
        lines.append(words(f"and {count(report.unnamed, 'skill')} that you cannot read"))
    lines.append([])
    for text in receipts.not_ours(report):
        lines += lines_of(text)
    return lines
