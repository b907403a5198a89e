"""Which files of a skill a text names: by links and by their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.skill.links import mentioned

FILES = ["SKILL.md", "references/a.md", "references/b.md", "scripts/run.sh", "LICENSE", "a.md"]


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("", "SKILL.md", []),
        ("see [a](references/a.md)", "SKILL.md", ["references/a.md"]),
        ("see [a](./references/a.md#part)", "SKILL.md", ["references/a.md"]),
        ("see [a](<references/a.md>)", "SKILL.md", ["references/a.md"]),
        ("see [a](references%2Fa.md)", "SKILL.md", ["references/a.md"]),
        ("[b](b.md)", "references/a.md", ["references/b.md"]),
        ("[b](../scripts/run.sh)", "references/a.md", ["scripts/run.sh"]),
        ("[b](references/b.md)", "references/a.md", ["references/b.md"]),
        ("run `scripts/run.sh`, then references/a.md.", "SKILL.md", ["scripts/run.sh", "references/a.md"]),
        ("run ./scripts/run.sh", "SKILL.md", ["scripts/run.sh"]),
        ("b: references/b.md\n[a](references/a.md)", "SKILL.md", ["references/b.md", "references/a.md"]),
        ("[the](LICENSE)", "SKILL.md", ["LICENSE"]),
        # What is no such file, or not of this skill.
        ("read SKILL.md", "SKILL.md", []),
        ("under the LICENSE", "SKILL.md", []),
        ("[x](https://example.org/references/a.md)", "SKILL.md", []),
        ("[x](../references/a.md)", "SKILL.md", []),
        ("[x](/references/a.md)", "SKILL.md", []),
        ("[x](references/c.md)", "SKILL.md", []),
        ("[x](#references)", "SKILL.md", []),
        ("xreferences/a.md references/a.mdx references/a.md.bak", "SKILL.md", []),
        ("old/references/a.md", "SKILL.md", []),
    ],
)  # fmt: skip
def test_files_that_a_text_names(text: str, at: str, found: list[str]) -> None:
    assert mentioned(text, at, FILES) == found


@given(st.text(), st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_whatever_it_is_it_names_files_there_are_each_once(text: str, files: list[str]) -> None:
    found = mentioned(text, "SKILL.md", files)
    assert len(found) == len(set(found))
    assert set(found) <= set(files)


@given(st.text(alphabet="[]()<>`a/.%#\n "))
def test_nothing_breaks_it(text: str) -> None:
    mentioned(text, "a/a", ["a", "a/a.a", "a/a"])
