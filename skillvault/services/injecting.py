"""`inject`: skills as a model receives them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillvault import atomic
from skillvault.agents import inject as wrapping
from skillvault.agents.inject import Format, Skill, Wrapped
from skillvault.errors import CheckError, RefusedError
from skillvault.services import copies, journaling, linting, reading
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.references import Reference
from skillvault.skill.frontmatter import parse_skill
from skillvault.vault.bundle import Bundle

if TYPE_CHECKING:
    from skillvault.services.choosing import Choice


@dataclass(frozen=True, slots=True)
class Injected:
    """What goes into the prompt. `into` is where it was written, or None.

    `choices`: the candidates for a task, the best first, with why each was taken or not.
    """

    wrapped: Wrapped
    skills: tuple[tuple[Located, Bundle], ...]
    into: Path | None
    choices: tuple[Choice, ...] = ()


def inject(
    ctx: Context,
    references: Sequence[Reference],
    *,
    format: Format = "text",  # noqa: A002 - the option is called --format
    index_only: bool = False,
    budget: int | None = None,
    into: Path | None = None,
    vault: str | None = None,
    allow: Collection[str] = (),
    task: str | None = None,
) -> Injected:
    """Wrap skills for a prompt, within `budget` tokens; write them to the file `into`, mode 0600.

    With a `task` the references (none: every skill that I can read) are candidates, of which those
    are taken that fit it best, as `choosing.choose` does.

    What `lint` finds hostile in them is warned of; RefusedError (8) for an error not in `allow`.
    The journal notes what left, and where to.

    CheckError (1) over the budget: nothing is written then.
    """

    def wrap(opened: Sequence[tuple[Located, Bundle]]) -> Wrapped:
        return wrapping.wrap([wrapped_skill(*one) for one in opened], format, index_only=index_only)

    choices: tuple[Choice, ...] = ()
    if task is None:
        opened = _open(ctx, references, vault, allow)
    else:
        from skillvault.services import choosing  # the search index, only where it is needed

        chosen = choosing.choose(
            ctx,
            task,
            among=references,
            vault=vault,
            allow=allow,
            cost=lambda some: wrap(some).tokens,
            budget=budget,
        )
        opened, choices = list(chosen.opened), chosen.choices
        if not opened:
            raise CheckError(task, f"no skill was taken: {choices[0].label}: {choices[0].reason}")
    wrapped = wrap(opened)
    wrapping.enforce_budget(wrapped, budget)
    if into is not None:
        sources = [copies.source(located.vault, bundle) for located, bundle in opened]
        text = wrapped.text.encode()
        with copies.on_record(ctx, "inject", into, sources, text):
            try:
                atomic.write(into, text)
            except OSError as error:
                raise RefusedError(str(into), f"cannot be written: {error.strerror}") from None
    journaling.note(
        ctx,
        "inject",
        [journaling.Version.of(located.vault, bundle) for located, bundle in opened],
        agent=format if format in {"openai", "anthropic"} else None,
        target=None if into is None else str(into.absolute()),
    )
    return Injected(wrapped, tuple(opened), into, choices)


def weigh(
    ctx: Context,
    references: Sequence[Reference],
    *,
    format: Format = "text",  # noqa: A002 - the option is called --format
    index_only: bool = False,
    vault: str | None = None,
    allow: Collection[str] = (),
) -> Wrapped:
    """What `inject` would give, for who only looks: nothing leaves, and the journal notes nothing.

    Errors and warnings are those of `inject`, but for the budget's.
    """
    opened = _open(ctx, references, vault, allow)
    return wrapping.wrap([wrapped_skill(*one) for one in opened], format, index_only=index_only)


def _open(
    ctx: Context, references: Sequence[Reference], vault: str | None, allow: Collection[str]
) -> list[tuple[Located, Bundle]]:
    """The versions that are meant; RefusedError where one of them is hostile."""
    opened = [reading.open_reference(ctx, reference, vault=vault) for reference in references]
    for located, bundle in opened:
        linting.guard(ctx, located.label, bundle.files, allow=allow)
    return opened


def wrapped_skill(located: Located, bundle: Bundle) -> Skill:
    """An opened version as it is wrapped."""
    main = next((f.data for f in bundle.files if f.path == reading.MAIN), b"")
    text = parse_skill(main)
    return Skill(
        name=bundle.manifest.name,
        description=text.description or "",
        body=text.body,
        version=f"{located.vault.name}/{bundle.manifest.name}@{bundle.manifest.version}",
        resources=tuple(file.path for file in bundle.files),
        frontmatter=text.raw,
    )
