"""A skill's suite: `evals/evals.json` in either dialect, with our checks in a key of their own.

agentskills.io calls the written expectations `assertions`, skill-creator `expectations`. Keys
that we do not know are left alone, but for those inside a check, where one that does nothing
would be a check that does not check. Documented in `docs/suites.md`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from skillvault.errors import CheckError, RefusedError
from skillvault.evals.checks import EMPTY, Check, Choice, Regex, checked_schema
from skillvault.evals.located import Located, LocatedError, Step, load
from skillvault.evals.matcher import Matcher, PatternError, SlowPatternError
from skillvault.evals.stubs import MARK, is_stub
from skillvault.skill.text import visible

PATH = "evals/evals.json"
MAX_BYTES = 1 << 20

Scoring = Literal["all", "mean"]
Split = Literal["tune", "held-out"]
Text = Annotated[str, Field(min_length=1)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    # `schema` is a method of every pydantic model; the file's name for it is an alias.
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    scoring: Scoring = "all"
    prefill: str = ""
    max_tokens: Annotated[int, Field(ge=1, le=100_000)] = 512

    @field_validator("json_schema")
    @classmethod
    def _is_in_the_subset(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if value is None else checked_schema(value)


class _Defaults(_Settings):
    system: Text | None = None


class _Eval(_Settings):
    id: Annotated[Text, Field(max_length=100)] | int | None = None
    prompt: Text
    expected_output: str | None = None
    files: tuple[Text, ...] = Field(default=(), strict=False)
    assertions: tuple[str, ...] = Field(default=(), strict=False)
    expectations: tuple[str, ...] = Field(default=(), strict=False)
    checks: tuple[Check, ...] = Field(default=(), strict=False)
    group: Text | None = None
    split: Split = "tune"

    @field_validator("id")
    @classmethod
    def _is_shown_as_it_is(cls, value: str | int | None) -> str | int | None:
        if isinstance(value, str) and not value.isprintable():
            raise ValueError("an id is printable")
        return value

    @model_validator(mode="after")
    def _is_constrained_once(self) -> Self:
        if sum(isinstance(check, Choice) for check in self.checks) > 1:
            raise ValueError("more than one `choice`")
        return self


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    skill_name: str | None = None
    defaults: _Defaults = _Defaults()
    evals: tuple[_Eval, ...] = Field(strict=False)


@dataclass(frozen=True, slots=True)
class Task:
    """One task, its file's defaults applied. `guards[i]`: an empty answer passes `checks[i]`.

    `prompt` is what the model is asked, input files included; nothing else of the suite reaches
    it but `prefill`, `schema` (JSON text) and the options of a choice, as a constraint. `stub`: it
    is still the one of `eval --init`.
    """

    id: str
    line: int
    prompt: str
    prefill: str
    schema: str | None
    checks: tuple[Check, ...]
    guards: tuple[bool, ...]
    scoring: Scoring
    max_tokens: int
    group: str | None
    split: Split
    expected_output: str | None
    expectations: tuple[str, ...]
    stub: bool = False

    @property
    def graded(self) -> bool:
        """Whether something can tell what an answer is worth."""
        return bool(self.checks)

    @property
    def choice(self) -> Choice | None:
        """The check that constrains the answer to its options."""
        return next((check for check in self.checks if isinstance(check, Choice)), None)


@dataclass(frozen=True, slots=True)
class Suite:
    """All tasks of a skill; `digest` is the SHA-256 of the file's bytes."""

    skill: str
    digest: str
    system: str | None
    tasks: tuple[Task, ...]

    @property
    def graded(self) -> tuple[Task, ...]:
        """The tasks that can be scored."""
        return tuple(task for task in self.tasks if task.graded)

    @property
    def ungraded(self) -> tuple[Task, ...]:
        """The tasks with nothing but written expectations: counted and said, never scored."""
        return tuple(task for task in self.tasks if not task.graded)

    def only(self, split: Split) -> Suite:
        """The tasks of one split."""
        return replace(self, tasks=tuple(task for task in self.tasks if task.split == split))

    def require_graded(self) -> tuple[Task, ...]:
        """The graded tasks; CheckError where there are none, or one that nobody wrote yet."""
        if stubs := [task for task in self.tasks if task.stub]:
            problem = f"{len(stubs)} of {len(self.tasks)} tasks are stubs: nobody wrote them yet"
            raise CheckError(
                self.skill, problem, f"write over what says {MARK} in {PATH}:{stubs[0].line}"
            )
        if self.graded:
            return self.graded
        if not self.tasks:
            raise CheckError(self.skill, "its suite has no tasks", f"add some to {PATH}")
        count = len(self.tasks)
        raise CheckError(
            self.skill,
            f"{count} of {count} tasks have only written expectations, which need a judge",
            f'add "checks" to {PATH}:{self.tasks[0].line}',
        )


def suite_of(skill: str, files: Mapping[str, bytes]) -> Suite:
    """The suite among a skill's files. CheckError: it has none. RefusedError: see `parse`."""
    data = files.get(PATH)
    if data is None:
        hint = f'add {PATH}: {{"evals": [{{"id", "prompt", "checks"}}]}}'
        raise CheckError(skill, "it has no suite, so nothing can be measured", hint)
    return parse(skill, data, files)


def parse(skill: str, data: bytes, files: Mapping[str, bytes] | None = None) -> Suite:
    """Read a suite; `files` are the skill's, for tasks that name input files.

    RefusedError, with the line, for whatever is not one: it names `evals/evals.json:LINE`.
    """
    reader = _Reader(_located(data), files or {})
    file = reader.file()
    with Matcher() as matcher:
        tasks = tuple(
            reader.task(i, raw, file.defaults, matcher) for i, raw in enumerate(file.evals)
        )
    reader.check_ids(tasks)
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    return Suite(skill=skill, digest=digest, system=file.defaults.system, tasks=tasks)


def _located(data: bytes) -> Located:
    if len(data) > MAX_BYTES:
        raise RefusedError(PATH, f"{len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        return load(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RefusedError(f"{PATH}:{line}", "not UTF-8") from error
    except LocatedError as error:
        raise RefusedError(f"{PATH}:{error.line}", f"not JSON: {error}") from error


class _Reader:
    """Turns the parsed file into tasks, and every fault into an error with its line."""

    def __init__(self, located: Located, files: Mapping[str, bytes]) -> None:
        self._located = located
        self._files = files

    def fail(self, path: Sequence[Step], problem: str) -> NoReturn:
        raise RefusedError(f"{PATH}:{self._located.line(path)}", visible(problem, lines=False))

    def file(self) -> _File:
        try:
            return _File.model_validate(self._located.value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            problem = str(first["msg"]).removeprefix("Value error, ")
            self.fail(first["loc"], f"{place}: {problem[:1].lower()}{problem[1:]}")

    def task(self, index: int, raw: _Eval, defaults: _Defaults, matcher: Matcher) -> Task:
        at = ("evals", index)

        def setting(name: str) -> Any:  # noqa: ANN401 - of several types
            return getattr(raw if name in raw.model_fields_set else defaults, name)

        wanted = setting("json_schema")
        if wanted is not None and any(isinstance(check, Choice) for check in raw.checks):
            self.fail((*at, "schema"), 'a `choice` needs `"schema": null` beside it')
        return Task(
            id=str(index + 1 if raw.id is None else raw.id),
            line=self._located.line(at),
            prompt=raw.prompt + self._inputs(raw.files, (*at, "files")),
            prefill=setting("prefill"),
            schema=None if wanted is None else json.dumps(wanted),
            checks=raw.checks,
            guards=self._guards(raw.checks, (*at, "checks"), matcher),
            scoring=setting("scoring"),
            max_tokens=setting("max_tokens"),
            group=raw.group,
            split=raw.split,
            expected_output=raw.expected_output,
            expectations=raw.assertions + raw.expectations,
            stub=is_stub(raw.model_dump(mode="json")),
        )

    def check_ids(self, tasks: Sequence[Task]) -> None:
        seen: set[str] = set()
        for index, task in enumerate(tasks):
            if task.id in seen:
                self.fail(("evals", index, "id"), f"the id `{task.id}` occurs twice")
            seen.add(task.id)

    def _guards(
        self, checks: Sequence[Check], at: tuple[Step, ...], matcher: Matcher
    ) -> tuple[bool, ...]:
        guards = []
        for index, check in enumerate(checks):
            try:
                if isinstance(check, Regex):
                    matcher.search(check.value, "")  # also where `line` would skip it
                guards.append(check.grade(EMPTY, matcher) == 1)
            except (PatternError, SlowPatternError) as error:
                self.fail((*at, index, "value"), f"not a usable pattern: {error}")
        if guards and all(guards):
            self.fail(at, "an empty answer passes every check: nothing here can be earned")
        return tuple(guards)

    def _inputs(self, names: Sequence[str], at: tuple[Step, ...]) -> str:
        return "".join(self._input(name, (*at, index)) for index, name in enumerate(names))

    def _input(self, name: str, at: tuple[Step, ...]) -> str:
        path = next((p for p in (name, f"evals/{name}") if p in self._files), None)
        if path is None:
            self.fail(at, f"the skill has no file {name}")
        if path == PATH:
            self.fail(at, "the suite itself never reaches the model")
        try:
            text = self._files[path].decode()
        except UnicodeDecodeError:
            self.fail(at, f"{name} is not text")
        return f'\n\n<file name="{name}">\n{text}\n</file>'
