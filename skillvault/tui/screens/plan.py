"""What an evaluation is going to be: chosen line by line, with the plan below, before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import browsing, measuring, preparing
from skillvault.services.browsing import Line
from skillvault.services.context import Context
from skillvault.services.preparing import How, Prepared
from skillvault.services.references import Reference
from skillvault.services.wording import count
from skillvault.tui import actions, spelling
from skillvault.tui.dialogs.asking import Entry
from skillvault.tui.dialogs.chooser import Choice, Chooser
from skillvault.tui.doing import Doing
from skillvault.tui.evaluation import Wish
from skillvault.tui.widgets.board import Board, Piece, Row
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.work import Job, told

if TYPE_CHECKING:
    from skillvault.services.measuring import Measurable

NO_SKILL = "no skill"
_OTHER = "\0other"
_SAMPLES = (1, 2, 3, 5, 8, 10, 20, 30)
_BESIDE = {
    "sham": "an inert text as long as the skill: tells knowledge from mere length",
    "baseline": "no skill at all",
}
_LABEL = 9


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the form: what it is, what holds, a word on it."""

    id: str
    value: str
    note: str = ""


@dataclass
class Wanted:
    """What is chosen. `version`: None is the newest; `model`: None is the default one."""

    version: int | None = None
    against: str | None = None
    beside: tuple[str, ...] = ("sham",)
    model: str | None = None
    samples: int | None = None

    def how(self) -> How:
        """As the service takes it: arms beside no skill are named where the sham is left out."""
        if self.against is None:
            arms: tuple[str, ...] = () if "sham" in self.beside else ("baseline",)
        else:
            arms = self.beside
        return How(model=self.model, against=self.against, arms=arms, samples=self.samples)


class Planning(Doing):
    """The plan of an evaluation of one skill. `enter` on its last line starts it."""

    place = "plan"
    CSS_PATH = "evaluate.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("plan")]

    def __init__(self, line: Line, version: int | None = None) -> None:
        super().__init__()
        self.line = line
        self.wanted = Wanted(version)
        self.prepared: Prepared | None = None
        self.problem: SkillvaultError | None = None
        self.models: list[Measurable] = []
        self._first = True

    def body(self) -> Iterable[Widget]:
        """The form, and what it comes to."""
        yield Grid[Field](
            [Column("id", "", _LABEL), Column("value", "", 24, grow=1), Column("note", "", 20, 2)],
            self._cells,
            key=lambda field: field.id,
            head=False,
            id="form",
        )
        yield Board(id="plan")

    @property
    def form(self) -> Grid[Field]:
        """The lines."""
        return self.query_one("#form", Grid)

    def chosen(self) -> list[Line]:
        """The skill."""
        return [self.line]

    def on_mount(self) -> None:
        """The plan as it is by default."""
        super().on_mount()
        last = self.tui.evaluations.last
        if last is not None:
            self.wanted.model, self.wanted.samples = last.model, last.samples
        self.form.focus()
        self.work(Job("looking at models", measuring.models, self._found, quiet=True))
        self.plan()

    def _found(self, models: list[Measurable]) -> None:
        self.models = models
        self.show()

    def title_line(self) -> tuple[str, str]:
        """What is about to be measured."""
        return f"Evaluate {self.label}", "· the plan, before anything is asked"

    @property
    def newest(self) -> int:
        """The newest version."""
        return self.line.row.found.summary.version

    @property
    def label(self) -> str:
        """`code-review@2`."""
        return f"{self.line.name}@{self.wanted.version or self.newest}"

    @property
    def reference(self) -> Reference:
        """The version that is measured, as the service finds it."""
        found = browsing.reference(self.line, several=True)
        return replace(found, version=self.wanted.version)

    @property
    def command(self) -> str:
        """What does the same on the command line."""
        vault = self.line.row.vault if self.tui.session.several else None
        said = Reference(self.line.name, vault, None, self.wanted.version)
        return spelling.evaluate(said, self.wanted.how())

    # The plan

    def plan(self) -> None:
        """Make it anew; until it is there, nothing starts."""
        self.prepared = self.problem = None
        how, reference = self.wanted.how(), self.reference
        self.work(
            Job(
                "planning",
                lambda ctx: preparing.prepare(ctx, reference, how),
                self._planned,
                self._not_planned,
                group="plan",
            )
        )
        self.show()

    def _planned(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.show()

    def _not_planned(self, error: SkillvaultError) -> None:
        self.problem = error
        self.show()

    def show(self) -> None:
        """The form as it is, and the plan."""
        wanted = self.wanted
        model = wanted.model or self._default_model()
        fields = [
            Field(
                "skill", self.label, "the newest" if wanted.version in {None, self.newest} else ""
            ),
            Field("against", wanted.against or NO_SKILL, self._against_note()),
            Field("beside", " + ".join(wanted.beside) or "nothing", self._beside_note()),
            Field("model", model, self._model_note(model)),
            Field("samples", self._samples(), "of each task, in each arm"),
            Field("start", *self._start()),
        ]
        self.form.show(fields)
        self.form.styles.height = len(fields) + 1  # and the line below
        if self._first:
            self._first = False
            self.form.cursor = len(fields) - 1
        self.query_one("#plan", Board).show(self._plan_rows())
        self.update_frame()

    def _cells(self, field: Field) -> list[Cell]:
        if field.id == "start":
            return [
                Cell("", ""),
                Cell(f"▶ {field.value}", "good" if self.prepared else "quiet"),
                Cell(field.note, "quiet"),
            ]
        return [Cell(field.id, "quiet"), Cell(field.value), Cell(field.note, "quiet")]

    def _default_model(self) -> str:
        if self.prepared is not None:
            return self.prepared.gathered.model
        return self.models[0].name if self.models else "..."

    def _model_note(self, model: str) -> str:
        return next((one.note for one in self.models if one.name == model), "")

    def _against_note(self) -> str:
        return "what it is worth at all" if self.wanted.against is None else "which one is better"

    def _beside_note(self) -> str:
        return _BESIDE[self.wanted.beside[0]] if len(self.wanted.beside) == 1 else ""

    def _samples(self) -> str:
        if self.wanted.samples is not None:
            return str(self.wanted.samples)
        return str(self.prepared.plan.k) if self.prepared is not None else "..."

    def _start(self) -> tuple[str, str]:
        if self.problem is not None:
            return "cannot start", "the reason stands below"
        if self.prepared is None:
            return "planning ...", ""
        return f"start {count(self.prepared.calls, 'call')}", "enter"

    def _plan_rows(self) -> list[Row]:
        rows: list[Row] = []
        if self.problem is not None:
            lines = told(self.problem).splitlines()
            rows = [[Piece(lines[0], "bad")], *([Piece(line)] for line in lines[1:])]
            if self._lacks_tasks:
                rows += [[], [Piece("e", "warn"), Piece(" begins one: six tasks to write over")]]
        elif self.prepared is not None:
            rows = _plan(self.prepared)
        return [*rows, [], [Piece(f"$ {self.command}", "quiet")]]

    @property
    def _lacks_tasks(self) -> bool:
        return self.problem is not None and "suite" in self.problem.problem

    # Choosing

    def action_change(self) -> None:
        """Another value for the line, or the start."""
        field = self.form.current
        if field is None:
            return
        if field.id == "start":
            self._go()
        else:
            getattr(self, f"_choose_{field.id}")()

    @on(Grid.Opened, "#form")
    def _opened(self) -> None:
        self.action_change()

    def _choose(self, heading: str, choices: list[Choice], current: str, field: str) -> None:
        def chosen(found: str | None) -> None:
            if found is not None:
                getattr(self, f"_set_{field}")(found)

        self.app.push_screen(Chooser(heading, choices, current=current), chosen)

    def _versions(self) -> list[str]:
        return [str(number) for number in range(self.newest, 0, -1)]

    def _choose_skill(self) -> None:
        choices = [
            Choice(number, f"@{number}", "the newest" if int(number) == self.newest else "")
            for number in self._versions()
        ]
        current = str(self.wanted.version or self.newest)
        self._choose(f"Which version of {self.line.name}", choices, current, "skill")

    def _set_skill(self, number: str) -> None:
        self.wanted.version = int(number) if int(number) != self.newest else None
        if self.wanted.against == f"@{number}":
            self._set_against(NO_SKILL)
        else:
            self.plan()

    def _choose_against(self) -> None:
        here = self.wanted.version or self.newest
        choices = [Choice(NO_SKILL, NO_SKILL, "what the skill is worth at all")]
        choices += [
            Choice(f"@{number}", f"@{number}", "this version against that one")
            for number in self._versions()
            if int(number) != here
        ]
        self._choose("Against what", choices, self.wanted.against or NO_SKILL, "against")

    def _set_against(self, against: str) -> None:
        self.wanted.against = None if against == NO_SKILL else against
        self.wanted.beside = ("sham",) if against == NO_SKILL else ()
        self.plan()

    def _choose_beside(self) -> None:
        choices = [Choice("", "nothing", "only the two that are compared")]
        choices += [Choice("sham", "sham", _BESIDE["sham"])]
        if self.wanted.against is not None:
            choices += [
                Choice("baseline", "baseline", _BESIDE["baseline"]),
                Choice("baseline+sham", "baseline + sham", "both"),
            ]
        self._choose("Which arms beside", choices, "+".join(self.wanted.beside), "beside")

    def _set_beside(self, arms: str) -> None:
        self.wanted.beside = tuple(arms.split("+")) if arms else ()
        self.plan()

    def _choose_model(self) -> None:
        choices = [Choice(one.name, one.name, one.note) for one in self.models]
        choices.append(Choice(_OTHER, "another ...", "openai:MODEL, anthropic:MODEL, a GGUF file"))
        model = self.wanted.model or self._default_model()
        self._choose("On which model", choices, model, "model")

    def _set_model(self, model: str) -> None:
        if model == _OTHER:
            lines = [
                "openai:MODEL or anthropic:MODEL, as the service calls it",
                "local:FILE.gguf for weights on this machine",
                "a service's key is OPENAI_API_KEY or ANTHROPIC_API_KEY, else in the keyring",
            ]
            typed = Entry("A model", lines, self.wanted.model or "")
            self.app.push_screen(typed, lambda name: self._set_model(name) if name else None)
            return
        self.wanted.model = model
        self.plan()

    def _choose_samples(self) -> None:
        choices = [
            Choice("", "as the model needs", "1 where it repeats itself, else 3"),
            *(Choice(str(number), str(number)) for number in _SAMPLES),
        ]
        self._choose("Answers a task and arm", choices, str(self.wanted.samples or ""), "samples")

    def _set_samples(self, number: str) -> None:
        self.wanted.samples = int(number) if number else None
        self.plan()

    # Doing it

    def _go(self) -> None:
        from skillvault.tui.screens.evaluate import Evaluate

        if self.prepared is None:
            if self.problem is not None:
                self.plan()
            return
        if self.tui.evaluations.running is not None:
            self.notify("one at a time: another evaluation is under way", severity="warning")
            return
        wish = Wish(self.line.key, self.label, self.reference, self.wanted.how(), self.command)
        self.app.switch_screen(Evaluate(self.tui.evaluations.start(wish, self.prepared)))

    def action_suite(self) -> None:
        """Begin the tasks, or write on."""
        from skillvault.services import starting

        if self.problem is None or "no suite" not in self.problem.problem:
            self.edit(self.line, "evals/evals.json")
            return
        command = f"skillvault eval {self.line.name} --init"
        self.tui.log_command(command, "in your editor")
        reference = browsing.reference(self.line, several=True)

        def run(ctx: Context) -> object:
            return starting.start_suite(
                ctx,
                reference,
                decide=self._ask_decision,
                message="begin a suite",
                around=self._with_the_terminal,
            )

        failed = partial(self._failed, command)
        self.work(
            Job("beginning a suite", run, partial(self._begun, command), failed, changes=True)
        )

    def _begun(self, command: str, done: object) -> None:
        self.tui.log_command(command, "kept" if done is not None else "discarded, nothing changed")
        self.tui.vaults_changed()

    def can(self, action: str) -> bool:
        """The tasks are of the newest version."""
        if action == "suite":
            return self.wanted.version in {None, self.newest}
        return super().can(action)

    def changed(self) -> None:
        """Another version may be the newest now."""
        for line in self.tui.session.lines():
            if line.key == self.line.key:
                self.line = line
        self.plan()


def _plan(prepared: Prepared) -> list[Row]:
    plan, k = prepared.plan, prepared.plan.k
    related = "" if prepared.units == len(prepared.tasks) else f" that count as {prepared.units}"
    shape = f"{count(len(prepared.tasks), 'task')}{related} x {len(plan.arms)} arms x {k}"
    remote = prepared.model.capabilities.remote
    tokens = (
        f"about {prepared.prompt_tokens:,} to read, at most {prepared.answer_tokens:,} to write"
    )
    rows: list[Row] = [
        _line("calls", f"{prepared.calls:,}", f"   {shape}: {', '.join(plan.arms)}"),
        _line("tokens", tokens),
        _line(
            "cost",
            "what the service asks for these tokens; its prices are not known here"
            if remote
            else "nothing: it runs on this machine",
        ),
        _line("kept", "what was answered before is not asked again"),
    ]
    if not prepared.is_enough:
        rows.append(
            _line(
                "verdict",
                f"{count(prepared.units, 'task')} can only be inconclusive: 6 are needed",
                look="warn",
            )
        )
        return rows
    rows.append(_line("improves", f"needs {prepared.gains} tasks better and none worse, at least"))
    found = "no difference that is likely to be found"
    if prepared.detects is not None:
        found = f"a difference of {prepared.detects:.2f} or more, in 4 runs of 5"
    rows.append(_line("detects", found))
    if prepared.model.demo:
        rows.append(
            _line(
                "model", "a demo model: it shows recall of stated facts, little else", look="warn"
            )
        )
    return rows


def _line(label: str, text: str, rest: str = "", look: str = "") -> Row:
    return [Piece(f"{label:<{_LABEL + 2}}", "quiet"), Piece(text, look), Piece(rest, "quiet")]
