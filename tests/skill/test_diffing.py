"""What differs: every diff leads from the one text to the other, by `patch` too."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.skill.diffing import Hunk, Line, hunks, is_text, merged, unified

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c c\n", "c d\n", "\n", "x\r\n"]), max_size=25)
TEXT = st.builds(lambda lines, tail: "".join(lines) + tail, LINES, st.sampled_from(["", "end"]))


def applied(old: str, found: list[Hunk]) -> str:
    """The old text with the hunks done to it, each where it says."""
    lines, out, at = old.splitlines(keepends=True), list[str](), 0
    lines = [part + "\n" for part in old.split("\n")]
    lines = [*lines[:-1], lines[-1][:-1]] if lines[-1] != "\n" else lines[:-1]
    for hunk in found:
        start = hunk.old_start - bool(hunk.old_count)
        out += lines[at:start]
        at = start
        for line in hunk.lines:
            text = line.text + ("\n" if line.ends else "")
            if line.kind != "+":
                assert lines[at] == text
                at += 1
            if line.kind != "-":
                out.append(text)
    return "".join([*out, *lines[at:]])


@given(TEXT, TEXT)
def test_the_hunks_lead_from_one_to_the_other(old: str, new: str) -> None:
    found = hunks(old, new)
    assert applied(old, found) == new
    assert (not found) == (old == new)
    for hunk in found:
        assert sum(line.kind != "+" for line in hunk.lines) == hunk.old_count
        assert sum(line.kind != "-" for line in hunk.lines) == hunk.new_count


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("", "a\n"),
        ("a\n", ""),
        ("a", "a\n"),
        ("a\n", "a"),
        ("a\r\nb\n", "a\nb\n"),
        ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\nnine"),
    ],
)
def test_git_applies_what_we_print(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(old.encode())
    patch = "--- a/x\n+++ b/x\n" + unified(hunks(old, new))
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        input=patch.encode(),
        cwd=tmp_path,
        check=True,
        env={"PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    assert file.read_bytes().decode() == new


def test_words_are_marked_where_lines_are_alike() -> None:
    (hunk,) = hunks("Look once at it.\n", "Look twice at it.\n")
    assert hunk.lines == (
        Line("-", (("Look ", False), ("once", True), (" at it.", False))),
        Line("+", (("Look ", False), ("twice", True), (" at it.", False))),
    )
    assert list(merged(hunk.lines)) == ["~Look [-once-]{+twice+} at it."]


@pytest.mark.parametrize(
    ("old", "new"), [("one thing\n", "quite different words\n"), ("a\n", "a\nb\n"), ("", "a\n")]
)
def test_lines_that_are_not_alike_stay_whole(old: str, new: str) -> None:
    for hunk in hunks(old, new):
        assert not any(marked for line in hunk.lines for _, marked in line.pieces)
        assert list(merged(hunk.lines)) == [line.kind + line.text for line in hunk.lines]


@given(st.text("ab .-+", max_size=30), st.text("ab .-+", max_size=30))
def test_marked_words_lose_no_text(old: str, new: str) -> None:
    for hunk in hunks(old + "\n", new + "\n"):
        assert "".join(x.text for x in hunk.lines if x.kind == "-") in {old, ""}
        assert "".join(x.text for x in hunk.lines if x.kind == "+") in {new, ""}
        for line in merged(hunk.lines):
            assert line[0] in " -+~"


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", True), (b"a\0b", False), (b"\xff", False), ("caf\u00e9".encode(), True)],
)
def test_what_is_text(data: bytes, text: bool) -> None:
    assert is_text(data) is text


def test_hostile_texts_do_not_take_for_ever() -> None:
    old = "".join(f"{i % 7}\n" for i in range(60_000))
    new = "".join(f"{i % 11}\n" for i in range(60_000))
    began = time.process_time()
    found = hunks(old, new)
    assert time.process_time() - began < 20
    assert applied(old, found) == new
