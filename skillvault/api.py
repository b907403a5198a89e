"""The Python API: an open vault, its skills, and their way into a list of messages.

    import skillvault

    with skillvault.open_vault() as vault:
        messages = vault.inject(messages, skills=["code-review"], format="openai")

Everything is synchronous, and what goes wrong is a `skillvault.errors.SkillvaultError`. An open
vault shows what this machine had when it was opened, or last `refresh`ed; `skillvault sync`
fetches. One vault is for one thread at a time.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from skillvault.agents import inject as wrapping
from skillvault.agents import messages as placing
from skillvault.errors import NotFoundError, UsageError
from skillvault.paths import Paths
from skillvault.services import finding, injecting, journaling, linting, opening, reading
from skillvault.services.context import Context
from skillvault.services.finding import Found, Located, Shelf
from skillvault.services.references import parse

if TYPE_CHECKING:
    from skillvault.vault.bundle import Bundle
    from skillvault.vault.client import Vault as Opened

__all__ = ["Choice", "Match", "Skill", "SkillInfo", "Vault", "open_vault"]

Dialect = Literal["openai", "anthropic"]
Messages = list[dict[str, Any]]
_log = logging.getLogger("skillvault")


@dataclass(frozen=True, slots=True)
class SkillInfo:
    """A skill that I can read: its newest version sealed to me.

    `newest` is larger than `version` while a newer one is not sealed to me yet. `id` never
    changes, whatever the skill is called.
    """

    name: str
    description: str
    version: int
    newest: int
    id: str


@dataclass(frozen=True, slots=True)
class Skill:
    """One version of a skill, opened. The texts are in the clear: keep them out of logs.

    `body` is SKILL.md below its front matter, `files` are all files by path, SKILL.md among them.
    """

    name: str
    description: str
    version: int
    id: str
    body: str = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Match:
    """A skill that `search` found. `words` of the query are in it; `snippet` is one line of it."""

    skill: SkillInfo
    score: float
    words: tuple[str, ...]
    snippet: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """A skill that has `words` of a task. `name` is what `inject` takes.

    `reason`: why it was left out; None for one that was taken.
    """

    name: str
    score: float
    words: tuple[str, ...]
    reason: str | None

    @property
    def is_taken(self) -> bool:
        """Whether it goes to the model."""
        return self.reason is None


def open_vault(
    name: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    passphrase: Callable[[str], str] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Vault:
    """Open and verify a vault of this machine, as `skillvault --vault NAME` does.

    Without a name it is `SKILLVAULT_VAULT`, the vault of `skillvault vaults use`, or the only one.
    The identity is `SKILLVAULT_KEY`, or the file that `skillvault keygen` made. `environ` stands
    in for `os.environ`, which is read and never changed. `passphrase` is asked with the path of
    an identity that is under one (else `SKILLVAULT_PASSPHRASE` counts). `warn` gets what is
    worth knowing, a line at a time; by default the logger "skillvault" does.

    NotFoundError: no such vault. AccessError: no identity, or not a member. VerificationError:
    the vault was changed by somebody who may not.
    """
    surroundings = dict(os.environ if environ is None else environ)
    ctx = Context(Paths.from_environment(surroundings), surroundings, warn=warn or _log.warning)
    if passphrase is not None:
        ctx = Context(ctx.paths, surroundings, warn=ctx.warn, passphrase=passphrase)
    opened = opening.open_vault(ctx, name)
    if opened.me is None:
        raise finding.not_a_member(opened)
    return Vault(ctx, opened)


class Vault:
    """An open vault. Make one with `open_vault`."""

    def __init__(self, ctx: Context, opened: Opened) -> None:
        self._ctx = ctx
        self._vault: Opened | None = opened
        self._shelf: Shelf | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<skillvault.Vault {self._vault.name if self._vault else 'closed'}>"

    def close(self) -> None:
        """Let go of the vault, its keys and its git process. Closing twice is fine."""
        self._vault = self._shelf = None

    @property
    def name(self) -> str:
        """What this machine calls the vault."""
        return self._open.name

    @property
    def id(self) -> str:
        """What the vault is called everywhere, `sha256:` and 64 hex digits."""
        return self._open.notes.vault

    def refresh(self) -> None:
        """Take in what `skillvault sync` or another process added since it was opened."""
        self._open.refresh()
        self._shelf = None

    def read(self, name: str) -> Skill:
        """Open a skill, `NAME`, `NAME@VERSION` or `NAME~ID`; the newest version by default.

        NotFoundError: no readable skill has this name, or several have. AccessError: this version
        is not sealed to me.
        """
        located, bundle = self._load(name)
        said = injecting.wrapped_skill(located, bundle)
        return Skill(
            name=said.name,
            description=said.description,
            version=bundle.manifest.version,
            id=located.found.skill,
            body=said.body,
            files={file.path: file.data for file in bundle.files},
        )

    def search(self, words: str | Sequence[str], *, limit: int = 20) -> tuple[Match, ...]:
        """The skills with these words in name, description or body, the best first.

        Where no skill has all of them, those that have some. UsageError: no word to search for.
        """
        from skillvault.services import searching

        query = [words] if isinstance(words, str) else list(words)
        done = searching.search_in(self._ctx, [self._open], query, limit=limit)
        return tuple(
            Match(_info(hit.found), hit.score, hit.words, "".join(p.text for p in hit.snippet))
            for hit in done.hits
        )

    def for_task(
        self,
        task: str,
        *,
        among: Sequence[str] = (),
        budget: int | None = None,
        index_only: bool = False,
        allow: Collection[str] = (),
    ) -> tuple[Choice, ...]:
        """The skills that have words of `task`, the best first, with why some are left out.

        Those that are taken are at most 5, cost at most `budget` tokens together, as `inject` with
        this `index_only` estimates, and hold nothing that `lint` refuses but for what `allow` lets
        pass. `among`: names of candidates, by default all skills. The same vault and task give the
        same choice. Nothing is given to a model yet.

        NotFoundError: no candidate has a word of it. UsageError: it has no word to search for.
        """
        from skillvault.services import choosing

        def cost(some: Sequence[tuple[Located, Bundle]]) -> int:
            return _wrapped(some, index_only=index_only).tokens

        chosen = choosing.choose_in(
            self._ctx,
            [self._open],
            task,
            among=[self._locate(name) for name in among],
            allow=allow,
            cost=cost,
            budget=budget,
        )
        return tuple(Choice(c.label, c.score, c.words, c.reason) for c in chosen.choices)

    def prompt(
        self,
        skills: str | Sequence[str],
        *,
        budget: int | None = None,
        index_only: bool = False,
        allow: Collection[str] = (),
    ) -> str:
        """The skills as text for a system prompt, such as Anthropic's `system=`.

        `index_only`: names and descriptions alone. CheckError: over the `budget` of tokens, as
        estimated. RefusedError: a skill hides instructions or holds a secret; `allow` names the
        codes of `skillvault lint` to let pass. The journal of this machine notes it.
        """
        return self._give(skills, budget, None, index_only=index_only, allow=allow)

    def inject(
        self,
        messages: Sequence[Mapping[str, Any]],
        skills: str | Sequence[str],
        *,
        format: Dialect = "openai",  # noqa: A002 - as the option of the command line is called
        budget: int | None = None,
        index_only: bool = False,
        allow: Collection[str] = (),
    ) -> Messages:
        """A new list of messages with the skills in it; the list that was given stays as it is.

        `openai`: one more system message after those that stand first (a `developer` one, if the
        last of them is). `anthropic`: a block of text at the head of the first user turn, because
        its lists have no system message; where skills shall stand in `system=`, use `prompt`.
        Errors are those of `prompt`, and UsageError for what is no message.
        """
        placing.place(messages, "", format)  # says what is wrong before anything is noted
        text = self._give(skills, budget, format, index_only=index_only, allow=allow)
        return placing.place(messages, text, format)

    def list(self) -> tuple[SkillInfo, ...]:
        """Every skill that I can read, by name."""
        return tuple(map(_info, finding.readable(self._ctx, self._open)))

    @property
    def _open(self) -> Opened:
        if self._vault is None:
            raise UsageError("vault", "it was closed", "skillvault.open_vault()")
        return self._vault

    def _load(self, name: str) -> tuple[Located, Bundle]:
        located = self._locate(name)
        return located, reading.open_located(self._ctx, located)

    def _locate(self, name: str) -> Located:
        """Find one skill. The names are looked through once, not at every skill."""
        vault, reference = self._open, parse(name)
        if reference.vault not in {None, vault.name}:
            problem = f"it names another vault; this one is {vault.name}"
            raise NotFoundError(name, problem, "open_vault(NAME)")
        if self._shelf is None:
            self._shelf = Shelf(finding.readable(self._ctx, vault))
        return finding.locate_in(self._ctx, vault, reference, self._shelf)

    def _give(
        self,
        skills: str | Sequence[str],
        budget: int | None,
        agent: str | None,
        *,
        index_only: bool,
        allow: Collection[str],
    ) -> str:
        opened = [self._load(n) for n in ([skills] if isinstance(skills, str) else skills)]
        for located, bundle in opened:
            linting.guard(self._ctx, located.label, bundle.files, allow=allow)
        wrapped = _wrapped(opened, index_only=index_only)
        wrapping.enforce_budget(wrapped, budget)
        versions = [journaling.Version.of(located.vault, bundle) for located, bundle in opened]
        journaling.note(self._ctx, "inject", versions, agent=agent)
        return wrapped.text


def _wrapped(opened: Sequence[tuple[Located, Bundle]], *, index_only: bool) -> wrapping.Wrapped:
    skills = [injecting.wrapped_skill(*one) for one in opened]
    return wrapping.wrap(skills, index_only=index_only)


def _info(found: Found) -> SkillInfo:
    said = found.summary
    return SkillInfo(said.name, said.description, said.version, found.newest, found.skill)
