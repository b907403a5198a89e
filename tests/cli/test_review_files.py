"""The client with files, reviewed: streams that are not there, and words that promise too much."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.story import ROOT, Person, World


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["list", "exposure 'Bob Barker' --json", "member list"])
def test_a_command_without_streams_ends_as_with_them(world: World, words: str, closed: str) -> None:
    line = f"exec {sys.executable} -m skillvault {words} {closed}"
    env = world.ada.environment()
    done = subprocess.run(["sh", "-c", line], env=env, cwd=ROOT, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_card_from_a_closed_stream_is_no_card(world: World) -> None:
    line = f"exec {sys.executable} -m skillvault share incident --with - --yes <&-"
    env = world.ada.environment()
    done = subprocess.run(["sh", "-c", line], env=env, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 8
    assert b"no card in it" in done.stderr


def test_a_vault_that_is_not_here_is_not_said_to_be_deleted(world: World) -> None:
    done = world.ada.run("vaults", "forget", "acne", "--yes")
    assert done.returncode == 3
    assert "deleted" not in done.stderr


@pytest.mark.parametrize("words", [("--abort",), ("--into", "."), ("--forget",)])
def test_a_message_is_refused_where_it_would_be_dropped(
    world: World, words: tuple[str, ...]
) -> None:
    done = world.bob.run("resolve", "code-review", "-m", "why", *words)
    assert done.returncode == 2
    assert f"not with {words[0]}" in done.stderr


def test_a_sheet_without_an_end_is_refused(ada: Person) -> None:
    done = ada.run("keygen", "--import", "/dev/zero")
    assert done.returncode == 8
    assert "too large" in done.stderr
