"""What can be done with skills, in every place that shows some: each with a preview first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.message import Message

from skillvault.errors import SkillvaultError
from skillvault.services import browsing, checking, editing, removing, undoing
from skillvault.services.browsing import Line
from skillvault.services.context import Context
from skillvault.services.editing import Choice as Decision
from skillvault.services.editing import Saved
from skillvault.services.removing import Removal, Removed
from skillvault.services.revising import Revised
from skillvault.services.undoing import Undoing, Undone
from skillvault.services.wording import count, listed, quoted
from skillvault.tui import spelling
from skillvault.tui.place import Place
from skillvault.tui.work import Job, Look

if TYPE_CHECKING:
    from skillvault.services.checking import SyncReport
    from skillvault.tui.evaluation import Evaluation


class Suspend(Message):
    """A thread needs the terminal for `go`, and waits till that is done."""

    def __init__(self, go: Callable[[], None]) -> None:
        super().__init__()
        self.go = go
        self.error: BaseException | None = None
        self.done = threading.Event()


class Decide(Message):
    """Lint found something in what was saved; a thread waits for what to do."""

    def __init__(self, saved: Saved) -> None:
        super().__init__()
        self.saved = saved
        self.choice: Decision = "discard"
        self.done = threading.Event()


class Doing(Place):
    """A place with skills: `chosen` gives those that an action is about."""

    def chosen(self) -> list[Line]:
        """The marked skills, or the one under the cursor."""
        raise NotImplementedError

    @property
    def has_skills(self) -> bool:
        """Whether there is any; asked often."""
        return self.is_mounted and bool(self.chosen())

    def _one_vault(self) -> list[Line]:
        """The chosen skills, if they are of one vault; else nothing, and that is said."""
        lines = self.chosen()
        if len({line.row.vault for line in lines}) > 1:
            self.notify("the marked skills are of several vaults", severity="warning")
            return []
        return lines

    def can(self, action: str) -> bool:
        """What is about skills needs one."""
        if action in {"edit", "share", "inject", "install", "remove", "evaluate"}:
            return self.has_skills
        if action in {"put", "sync", "undo", "people"}:
            return bool(self.tui.session.names())
        return super().can(action)

    # With a dialog of their own

    def action_share(self) -> None:
        """With whom, and what that changes."""
        from skillvault.tui.dialogs.share import Share

        if lines := self._one_vault():
            self.app.push_screen(Share(lines))

    def action_inject(self) -> None:
        """To the clipboard or a file."""
        from skillvault.tui.dialogs.inject import Inject

        if lines := self._one_vault():
            self.app.push_screen(Inject(lines))

    def action_install(self) -> None:
        """To where agents read."""
        from skillvault.tui.dialogs.install import Install

        if lines := self._one_vault():
            self.app.push_screen(Install(lines))

    def action_evaluate(self) -> None:
        """The plan of an evaluation; one that is under way is gone back to."""
        from skillvault.tui.screens.evaluate import Evaluate
        from skillvault.tui.screens.plan import Planning

        line = next(iter(self.chosen()), None)
        now = self.tui.evaluations.current
        if now is not None and now.is_open and (now.is_running or _is_about(now, line)):
            if not _is_about(now, line):
                self.notify(f"one at a time: {now.title} is under way", timeout=5, markup=False)
            self.app.push_screen(Evaluate(now))
        elif line is not None:
            self.app.push_screen(Planning(line))

    def action_people(self) -> None:
        """Who is in the vault."""
        from skillvault.tui.screens.people import People

        self._with_a_vault(lambda name: self.app.push_screen(People(name)))

    # Editing

    def action_edit(self) -> None:
        """The skill in the user's editor."""
        line = next(iter(self.chosen()), None)
        if line is not None:
            self.edit(line)

    def edit(self, line: Line, path: str | None = None, at: int | None = None) -> None:
        """A file of a skill in the user's editor, SKILL.md by default, at its line `at`."""
        several = self.tui.session.several
        command = f"skillvault edit {spelling.skills([line], several=several)}"
        command += f" {quoted(path)}" if path else ""
        self.tui.log_command(command, "in your editor")
        reference = browsing.reference(line, several=True)

        def run(ctx: Context) -> Revised | None:
            return editing.edit(
                ctx,
                reference,
                path,
                decide=self._ask_decision,
                around=self._with_the_terminal,
                line=at,
            )

        failed = partial(self._failed, command)
        self.work(
            Job(f"editing {line.name}", run, partial(self._edited, command), failed, changes=True)
        )

    def _with_the_terminal(self, go: Callable[[], None]) -> None:
        """In a job's thread: have the loop give up the terminal while `go` runs."""
        request = Suspend(go)
        self.post_message(request)
        request.done.wait()
        if request.error is not None:
            raise request.error

    def on_suspend(self, request: Suspend) -> None:
        """Give the terminal away, and take it back whatever happens."""
        try:
            with self.app.suspend():
                # Within: Textual takes the terminal back only if nothing is raised here.
                try:
                    request.go()
                except BaseException as error:  # noqa: BLE001 - raised in the thread that asked
                    request.error = error
        except SuspendNotSupported:
            request.error = SkillvaultError("edit", "this terminal cannot be handed to an editor")
        finally:
            request.done.set()
            self.app.refresh(layout=True)

    def _ask_decision(self, saved: Saved) -> Decision:
        """In a job's thread: what to do with what lint found."""
        request = Decide(saved)
        self.post_message(request)
        request.done.wait()
        return request.choice

    def on_decide(self, request: Decide) -> None:
        """Ask; editing again is the first choice, and nothing is thrown away on enter."""
        from skillvault.tui.dialogs.chooser import Choice, Chooser

        saved = request.saved
        said = [saved.problem] if saved.problem else [f.message for f in saved.faults]
        choices = [Choice("again", "edit again")]
        if saved.problem is None:
            choices.append(Choice("keep", "keep it as it is"))
        choices.append(Choice("discard", "discard what was changed"))

        def chosen(choice: str | None) -> None:
            request.choice = (
                "keep" if choice == "keep" else "discard" if choice == "discard" else "again"
            )
            request.done.set()

        about = "; ".join(text for text in said if text)
        choices = [choice._replace(about=about) for choice in choices]
        self.app.push_screen(Chooser("Lint found something", choices), chosen)

    def _edited(self, command: str, done: Revised | None) -> None:
        if done is None:
            self.tui.log_command(command, "discarded, nothing changed")
        elif done.entry is None:
            self.tui.log_command(command, "nothing changed")
        else:
            self.tui.log_change(command, f"{done.name}@{done.version}, entry {done.entry.seq}")
            self.tui.vaults_changed()

    def _failed(self, command: str, error: SkillvaultError) -> None:
        self.tui.log_command(command, error.problem, bad=True)
        self.tui.tell(error)

    # Putting, syncing, removing

    def action_put(self) -> None:
        """A folder as a skill."""
        from skillvault.tui.dialogs.put import Put

        self._with_a_vault(lambda name: self.app.push_screen(Put(name)))

    def _with_a_vault(self, go: Callable[[str], object]) -> None:
        """`go` with the vault that is looked at; which one is asked where there are several."""
        from skillvault.tui.dialogs.chooser import Choice, Chooser

        names = self.tui.session.names()
        if len(names) == 1:
            go(names[0])
        elif names:
            choices = [Choice(name, name) for name in names]

            def chosen(name: str | None) -> None:
                if name is not None:
                    go(name)

            self.app.push_screen(Chooser("Into which vault", choices), chosen)

    def action_sync(self) -> None:
        """Say what would be pushed; enter does it."""
        from skillvault.tui.dialogs.asking import Confirm

        def ask(name: str) -> None:
            shelf = self.tui.session.shelves.get(name)
            if shelf is not None and shelf.remote is None:
                self.notify(f"{name} has no remote: local only", severity="warning", markup=False)
                return
            command = "skillvault sync" + (f" --vault {name}" if self.tui.session.several else "")
            waits = (
                count(shelf.unpushed, "change") if shelf and shelf.unpushed else "nothing of mine"
            )
            lines = ["fetches what others did, and verifies it", f"pushes {waits}", f"$ {command}"]
            sure = Confirm(f"Sync {name}", lines, "sync")
            self.app.push_screen(sure, lambda yes: self._sync(name, command) if yes else None)

        self._with_a_vault(ask)

    def _sync(self, name: str, command: str) -> None:
        self.tui.log_command(command, "syncing ...")
        self.work(
            Job(
                f"syncing {name}",
                lambda ctx: checking.sync(ctx, vault=name),
                partial(self._synced, command),
                partial(self._failed, command),
                changes=True,
            )
        )

    def _synced(self, command: str, done: SyncReport) -> None:
        entry = ("entry", "entries")
        moved = []
        if done.synced.fetched:
            moved.append(f"{count(done.synced.fetched, *entry)} from others")
        if done.synced.pushed:
            moved.append(f"{count(done.synced.pushed, *entry)} of yours pushed")
        self.tui.log_command(command, ", ".join(moved) or "nothing new")
        for line in (*done.news.trust, *done.news.skills)[:6]:
            self.notify(line, title=done.vault.name, timeout=10, markup=False)
        self.tui.vaults_changed()

    def action_undo(self) -> None:
        """Say what my newest change did and what takes it back; `y` does it."""

        def look(name: str) -> None:
            def run(ctx: Context) -> Undoing:
                approve = Look[Undoing]()
                undoing.undo(ctx, approve=approve, vault=name)
                return approve.preview

            self.work(Job("looking what can be undone", run, partial(self._undoing, name)))

        self._with_a_vault(look)

    def _undoing(self, name: str, found: Undoing) -> None:
        from skillvault.tui.dialogs.asking import Question, Typed

        several = self.tui.session.several
        command = f"skillvault undo {found.seq}" + (f" --vault {name}" if several else "")
        said = [f"did    {line}" for line in found.did]
        said += [f"now    {line}" for line in found.back]
        said += [f"stays  {line}" for line in found.stays]
        said.append("it never left this machine: it is gone then" if found.vanishes else "")
        said.append("pushed at once" if found.pushed else "")
        text = [*filter(None, said), f"$ {command}"]
        heading = f"Undo entry {found.seq} of {name}"

        def sure(answer: str | None) -> None:
            if answer is not None:
                self._undo(name, found.seq, command)

        if found.final:
            self.app.push_screen(Typed(heading, text, found.final), sure)
        else:
            keys = "y undo   enter keep it   esc cancel"
            self.app.push_screen(Question("\n".join(text), heading, keys), sure)

    def _undo(self, name: str, seq: int, command: str) -> None:
        def run(ctx: Context) -> Undone | None:
            return undoing.undo(ctx, seq, approve=lambda _found: True, vault=name)

        def done(undone: Undone | None) -> None:
            entry = undone.entry if undone is not None else None
            outcome = f"undone, entry {entry.seq}" if entry is not None else "undone, it is gone"
            self.tui.log_command(command, outcome)
            self.tui.vaults_changed()

        self.tui.log_command(command, "undoing ...")
        failed = partial(self._failed, command)
        self.work(Job(f"undoing entry {seq}", run, done, failed, changes=True))

    def action_remove(self) -> None:
        """Say what goes; then the name is typed."""
        lines = self.chosen()
        if len(lines) != 1:
            self.notify("skills are removed one at a time", severity="warning")
            return
        line = lines[0]
        reference = browsing.reference(line, several=True)

        def look(ctx: Context) -> Removal:
            approve = Look[Removal]()
            removing.remove(ctx, reference, approve=approve)
            return approve.preview

        self.work(Job(f"looking at {line.name}", look, partial(self._removal, line)))

    def _removal(self, line: Line, found: Removal) -> None:
        from skillvault.tui.dialogs.asking import Typed

        several = self.tui.session.several
        command = f"skillvault remove {spelling.skills([line], several=several)}"
        lose = "loses it" if len(found.people) == 1 else "lose it"
        who = count(len(found.people), "keyholder")
        said = [f"{count(found.versions, 'version')}, for everybody"]
        if found.evidence:
            said.append(count(found.evidence, "evaluation result"))
        said.append(f"{who} {lose}   {listed(found.people, most=8)}")
        if found.pushed:
            said.append("not ours: copies that were taken out, and the sealed bytes at the host")
        said.append(f"$ {command}")
        sure = Typed(f"Remove {found.located.label}", said, found.name)
        self.app.push_screen(sure, lambda typed: self._remove(line, command) if typed else None)

    def _remove(self, line: Line, command: str) -> None:
        reference = browsing.reference(line, several=True)

        def run(ctx: Context) -> Removed | None:
            return removing.remove(ctx, reference, approve=lambda _found: True)

        def done(removed: Removed | None) -> None:
            if removed is not None:
                self.tui.log_change(command, f"removed, entry {removed.entry.seq}")
                self.tui.vaults_changed()

        failed = partial(self._failed, command)
        self.work(Job(f"removing {line.name}", run, done, failed, changes=True))


def _is_about(now: Evaluation, line: Line | None) -> bool:
    return line is not None and line.key == now.wish.key
