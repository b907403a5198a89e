"""What scripts/docs.py must find in a text, and what it must let pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.docs import ROOT, page, text_faults
from skillvault.cli import table
from skillvault.cli.frame import TOPICS

OURS, THEIRS = "skillvault-cli", "skillvault"


@pytest.mark.parametrize(
    "text",
    [
        f"pip install {THEIRS}",
        f"$ pip install --user {THEIRS}\n",
        f"pip install '{THEIRS}[local]'",
        f"uv tool install {THEIRS}",
        f"uvx {THEIRS} --help",
        f"pipx run {THEIRS}",
        f"see https://{'pypi'}.org/project/x",
        f"resolved: https://registry.{'npmjs'}.org/x.tgz",
        f"pip install --{'index'}-url https://x y",
        f"in {'/'}work/main/docs",
    ],
)
def test_what_must_not_stand_in_a_tracked_file(text: str) -> None:
    assert len(list(text_faults("x.txt", f"first\n{text}"))) == 1
    assert next(text_faults("x.txt", f"first\n{text}")).startswith("x.txt:2: ")


@pytest.mark.parametrize(
    "text",
    [
        f"pip install {OURS}",
        f"pip install '{OURS}[local]'",
        "pip install -e .",
        f"uv tool install {OURS}",
        f"{THEIRS} --help",
        "a framework/main, ../shared/x",
        "[guide](docs/cli.md) [site](https://example.org) [here](#exit-codes)",
        "```\n[not a link](nowhere)\n```",
    ],
)
def test_what_may(text: str) -> None:
    assert not list(text_faults("README.md", text))


def test_a_link_to_nothing_is_a_fault() -> None:
    assert list(text_faults("docs/x.md", "[a](cli.md) [b](../README.md#x) [c](nowhere.md)")) == [
        "docs/x.md: link to nothing: nowhere.md"
    ]


def test_the_page_has_every_command_and_topic() -> None:
    made = page()
    for row in table.ROWS:
        assert f"\n### {row.name}\n" in made
    for topic in TOPICS:
        assert f"\n### help {topic}\n" in made


def test_wrong_words_are_2() -> None:
    done = subprocess.run(
        [sys.executable, str(Path("scripts") / "docs.py"), "--chekc"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 2
