"""A vault to look around in before one has one: real, sealed, shared, and thrown away."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from skillvault.paths import Paths
from skillvault.services import identities, put, references, samples, sharing, vaults
from skillvault.services.context import Context

NAME = "sample"
SKILLS = ("using-skillvault", "food-safety", "incoterms-2020")
_OURS = ("SKILLVAULT_KEY", "SKILLVAULT_IDENTITY", "SKILLVAULT_VAULT")


def make(ctx: Context) -> Context:
    """A context whose vault `sample` holds the shipped skills, one of them shared with Bob.

    Everything lies in one private folder, which `throw_away` removes. The models of this machine
    are shared with it.
    """
    top = Path(tempfile.mkdtemp(prefix="skillvault-sample-"))
    try:
        return _fill(ctx, top)
    except BaseException:
        shutil.rmtree(top, ignore_errors=True)
        raise


def throw_away(sample: Context) -> None:
    """Remove a sample and everything in it."""
    shutil.rmtree(sample.paths.config.parent, ignore_errors=True)


def _fill(ctx: Context, top: Path) -> Context:
    paths = Paths(top / "config", top / "data", top / "state")
    environ = {name: value for name, value in ctx.environ.items() if name not in _OURS}
    mine = replace(ctx, paths=paths, environ=environ)
    bob = replace(mine, paths=Paths(top / "bob", top / "bob", top / "bob"))
    paths.data.mkdir(parents=True)
    if ctx.paths.models.is_dir():
        paths.models.symlink_to(ctx.paths.models)
    vaults.init(mine, NAME, holder=lambda: "You")
    put.put(mine, [samples.folder(name) for name in SKILLS], message="the shipped example")
    held = identities.make(bob, "Bob Barker").held
    card = top / "bob.card"
    card.write_text(identities.make_card(held).to_text())
    sharing.share(mine, [references.parse(SKILLS[0])], [str(card)], approve=lambda _preview: True)
    return mine
