"""A host that goes on serving what the victim has seen, and nothing newer."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import Exit
from tests.hostile import host
from tests.hostile.host import DAY, Scene

SAID = "the host may keep you in the past"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return host.build(tmp_path_factory.mktemp("late") / "scene", age=32 * DAY)


@pytest.fixture
def late(built: Scene, tmp_path: Path) -> Scene:
    """The newest entry of others is 31 days old."""
    return host.copy(built, tmp_path / "late")


def stale(scene: Scene) -> bool:
    found: bool = json.loads(scene.victim.ok("status", "--json").out)["stale"]
    return found


def test_after_thirty_days_it_is_said(scene: Scene, late: Scene) -> None:
    assert not stale(scene)
    assert stale(late)
    done = late.victim.ok("status")
    assert f"no entry of another person for 30 days: {SAID}" in done.err
    late.victim.ok("sync")
    assert late.victim.shows("review") == host.REVIEW


WRITES = [
    ["put", "skills/review"],
    ["share", "review", "--with", "Ben", "--yes"],
    ["unshare", "review", "--from", "Dan", "--yes"],
    ["rename", "review", "checks"],
    ["remove", "review", "--yes"],
    ["restore", "review@1"],
]


@pytest.mark.parametrize("words", WRITES, ids=lambda words: words[0])
def test_every_write_says_so_or_is_refused(late: Scene, words: list[str]) -> None:
    folder = late.victim.home / "skills/review/SKILL.md"
    folder.write_bytes(folder.read_bytes() + b"Mine.\n")
    late.victim.ok("show", "review@1")
    late.victim.paths.config_file.write_text('stale = "refuse"\n')
    with late.victim.untouched():
        error = late.victim.fails(*words, exit=Exit.VERIFICATION)
        late.told(error, "acme", f"no entry of another person for 30 days: {SAID}")
    assert late.victim.shows("review") == host.REVIEW
    late.victim.paths.config_file.write_text("")
    assert SAID in late.victim.ok(*words).err


def test_news_end_it(late: Scene) -> None:
    late.victim.paths.config_file.write_text('stale = "refuse"\n')
    late.made = replace(late.made, start=int(time.time()) - DAY)
    late.made.write(late.who("Ada"), {})
    late.victim.ok("sync")
    assert not stale(late)
    late.goes_on()


def test_news_of_her_own_do_not(late: Scene) -> None:
    """Who is alone with the host hears nobody but herself."""
    folder = late.victim.home / "skills/review/SKILL.md"
    folder.write_bytes(folder.read_bytes() + b"Mine.\n")
    late.victim.ok("put", "skills/review")
    late.victim.ok("sync")
    assert stale(late)


def test_an_entry_from_the_future_is_no_news(late: Scene) -> None:
    """By a member who works with the host: it is said, and silences nothing."""
    late.forger().lawful(late.who("Ada"), {})
    late.victim.ok("sync")
    late.follow()
    assert stale(late)
    made = late.forger()
    made.write(late.who("Dan"), {}, time="9999-12-31T23:59:59Z")
    ahead = f"warning: acme: entry {made.state.seq}: its time is ahead of this machine's clock"
    assert ahead in late.victim.ok("sync").err
    assert stale(late)
    late.goes_on()
