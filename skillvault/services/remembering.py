"""Answers that are kept between runs, in the catalog of whoever asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from skillvault.errors import SkillvaultError
from skillvault.evals.memory import Kept, NoMemory, Question
from skillvault.services.context import Context
from skillvault.vault.identity import Identity

if TYPE_CHECKING:
    from skillvault.catalog.store import Catalog


class CatalogMemory:
    """Keeps answers sealed to their asker. `fresh`: nothing is found, everything is asked anew."""

    def __init__(self, ctx: Context, catalog: Catalog, *, fresh: bool = False) -> None:
        from skillvault.catalog import answers

        self._answers = answers
        self._ctx = ctx
        self._fresh = fresh
        self._broken = False
        self.catalog = catalog
        self.kept = 0

    def find(self, question: Question) -> Kept | None:
        """The answer to this very question, if it is kept."""
        if self._fresh:
            return None
        found = self._answers.find(self.catalog, self._key(question))
        return None if found is None else Kept.from_json(found)

    def keep(self, question: Question, kept: Kept) -> None:
        """Keep an answer on disk before this returns; a full disk is warned of, once."""
        time = datetime.fromtimestamp(self._ctx.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            self._answers.keep(self.catalog, self._key(question), kept.as_json(), time=time)
            self.kept += 1
        except OSError as error:
            if not self._broken:
                self._ctx.warn(f"catalog: answers are not kept: {error.strerror}")
            self._broken = True

    def _key(self, question: Question) -> str:
        return self._answers.key_of(
            model=question.model.digest,
            parameters=question.model.parameters,
            request=question.as_json(),
            sample=question.sample,
        )


@contextmanager
def memory_of(
    ctx: Context, identity: Identity | None, *, fresh: bool = False
) -> Iterator[CatalogMemory | NoMemory]:
    """The memory of an identity; one that keeps nothing where the catalog cannot be opened."""
    catalog = None if identity is None else _open(ctx, identity)
    if catalog is None:
        yield NoMemory()
        return
    with catalog:
        yield CatalogMemory(ctx, catalog, fresh=fresh)


def _open(ctx: Context, identity: Identity) -> Catalog | None:
    from skillvault.catalog.store import Catalog

    try:
        return Catalog(ctx.paths.state, identity, ctx.warn)
    except (OSError, SkillvaultError) as error:
        ctx.warn(f"catalog: answers are not kept: {error}")
        return None
