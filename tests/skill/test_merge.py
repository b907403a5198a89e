"""Three-way merges: laws that hold for all texts, and each kind of conflict by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.skill.edits import EFFORT
from skillvault.skill.files import SkillFile
from skillvault.skill.merge import Conflict, Merged, merge
from skillvault.skill.merge_text import Effort, is_marked, merge_text
from skillvault.skill.paths import check_set

LINES = st.lists(st.sampled_from(["a", "b", "c", "d", "", "<<<<<<< yours"]), max_size=9)
TEXT = st.builds(
    lambda lines, end: ("\n".join(lines) + end).encode(), LINES, st.sampled_from(["", "\n"])
)
DATA = st.one_of(TEXT, st.sampled_from([b"\0\1", b"\xff", b"\0\2"]))
PATHS = st.sampled_from(["SKILL.md", "a.md", "A.md", "a.md/x", "b/c.md", "B/d.md", "z"])


def _stand_together(files: Sequence[SkillFile]) -> bool:
    try:
        check_set(f.path for f in files)
    except RefusedError:
        return False
    return True


FILES = (
    st.dictionaries(PATHS, st.tuples(DATA, st.sampled_from(["644", "755"])), max_size=5)
    .map(lambda made: tuple(SkillFile(p, *made[p]) for p in sorted(made, key=str.encode)))
    .filter(_stand_together)
)


def text(data: str, path: str = "SKILL.md") -> SkillFile:
    return SkillFile(path, data.encode(), "644")


def one(base: str, mine: str, theirs: str) -> Merged:
    return merge([text(base)], [text(mine)], [text(theirs)])


def swapped(conflicts: Sequence[Conflict]) -> list[tuple[object, ...]]:
    return [(c.kind, c.base, c.theirs, c.mine) for c in conflicts]


def sides(conflicts: Sequence[Conflict]) -> list[tuple[object, ...]]:
    return [(c.kind, c.base, c.mine, c.theirs) for c in conflicts]


@given(FILES, FILES)
def test_what_only_one_side_changed_or_both_alike_is_taken(
    base: tuple[SkillFile, ...], changed: tuple[SkillFile, ...]
) -> None:
    assert merge(base, changed, changed) == Merged(changed, ())
    assert merge(base, base, changed) == Merged(changed, ())
    assert merge(base, changed, base) == Merged(changed, ())


@given(FILES, FILES, FILES)
def test_the_sides_are_worth_the_same(
    base: tuple[SkillFile, ...], mine: tuple[SkillFile, ...], theirs: tuple[SkillFile, ...]
) -> None:
    here, there = merge(base, mine, theirs), merge(base, theirs, mine)
    assert bool(here.conflicts) == bool(there.conflicts)
    if "place" not in {c.kind for c in here.conflicts}:
        # (Which file has to give way there depends on whose it is.)
        assert sorted(map(str, sides(here.conflicts))) == sorted(map(str, swapped(there.conflicts)))
    if not here.conflicts:
        assert here.files == there.files
    assert _stand_together(here.files)


@given(FILES, FILES, FILES)
def test_no_bytes_are_lost_unnamed(
    base: tuple[SkillFile, ...], mine: tuple[SkillFile, ...], theirs: tuple[SkillFile, ...]
) -> None:
    """Whatever a side wrote is in the merged files, or in a conflict that names it."""
    merged = merge(base, mine, theirs)
    named = [c.mine for c in merged.conflicts] + [c.theirs for c in merged.conflicts]
    there = b"\n".join(f.data for f in (*merged.files, *(n for n in named if n))).split(b"\n")
    was = {line for f in base for line in f.data.split(b"\n")}
    for side in (mine, theirs):
        for line in {line for f in side for line in f.data.split(b"\n")} - was:
            assert line in there


@given(TEXT, TEXT, TEXT)
def test_a_clean_merge_of_texts_makes_both_changes(base: bytes, mine: bytes, theirs: bytes) -> None:
    """A line that neither side counted otherwise than the base is there as often as before."""
    merged = merge_text(base, mine, theirs, Effort())
    assert merged is not None
    if merged.conflicts:
        return
    old, new, other, got = (
        Counter(data.split(b"\n")) for data in (base, mine, theirs, merged.data)
    )
    for line in old | new | other:
        low, high = sorted([new[line] - old[line], other[line] - old[line]])
        # Two equal changes may be one change that both made.
        assert min(low + high, low) <= got[line] - old[line] <= max(low + high, high)


@given(st.lists(st.integers(0, 99), min_size=8, max_size=40, unique=True), st.data())
def test_it_conflicts_just_where_changes_overlap_or_touch(
    numbers: list[int], data: st.DataObject
) -> None:
    at = st.integers(0, len(numbers) - 1)
    left, right = data.draw(at), data.draw(at)
    lines = [f"line {n}\n" for n in numbers]
    mine, theirs = [*lines], [*lines]
    mine[left], theirs[right] = "mine\n", "theirs\n"
    merged = one("".join(lines), "".join(mine), "".join(theirs))
    assert bool(merged.conflicts) == (abs(left - right) <= 1)
    if not merged.conflicts:
        both = [*lines]
        both[left], both[right] = "mine\n", "theirs\n"
        assert merged.files[0].data.decode() == "".join(both)


def test_the_marks_show_both_sides_and_the_base() -> None:
    merged = one("a\nb\nc\n", "a\nmine\nc\n", "a\ntheirs\nc\n")
    assert [c.kind for c in merged.conflicts] == ["text"]
    assert merged.files[0].data.decode() == (
        "a\n<<<<<<< yours\nmine\n||||||| before\nb\n=======\ntheirs\n>>>>>>> theirs\nc\n"
    )
    assert is_marked(merged.files[0].data)
    assert not is_marked(b"a\nmine and theirs\nc\n=======\n")


def test_marks_are_longer_than_whatever_looks_like_one() -> None:
    merged = one("<<<<<<< yours\nb", "<<<<<<< yours\nmine", "<<<<<<< yours\ntheirs")
    assert b"<<<<<<<< yours\nmine\n|||||||| before\n" in merged.files[0].data


def test_marks_end_as_the_lines_do() -> None:
    merged = one("a\r\n", "b\r\n", "c\r\n")
    assert merged.files[0].data.count(b"\r\n") == merged.files[0].data.count(b"\n") == 7


def test_a_text_of_absurd_marks_is_no_text_to_merge() -> None:
    wide = "<" * 4000
    assert [c.kind for c in one(wide, f"{wide}\na", f"{wide}\nb").conflicts] == ["binary"]


def test_front_matter_is_merged_as_any_text() -> None:
    base = "---\nname: x\ndescription: Old.\n---\n\nBody.\n\nEnd.\n"
    merged = one(base, base.replace("Old.", "New."), base.replace("End.", "The end."))
    assert not merged.conflicts
    assert merged.files[0].data.decode() == base.replace("Old.", "New.").replace("End.", "The end.")


def test_a_file_that_one_side_moved_takes_the_others_edit_along() -> None:
    base, moved = text("a\nb\nc\n", "old.md"), text("a\nb\nc\n", "new/place.md")
    edited = text("a\nb\nC\n", "old.md")
    merged = merge([base], [moved], [edited])
    assert merged == Merged((text("a\nb\nC\n", "new/place.md"),), ())
    assert merge([base], [edited], [moved]) == merged


def test_a_move_that_is_not_sure_is_a_removal() -> None:
    base = [text("same\n", "a.md"), text("same\n", "b.md")]
    mine = [text("same\n", "c.md")]
    theirs = [text("edited\n", "a.md"), text("same\n", "b.md")]
    merged = merge(base, mine, theirs)
    assert [(c.path, c.kind) for c in merged.conflicts] == [("a.md", "removed")]
    assert {f.path for f in merged.files} == {"a.md", "c.md"}


def test_a_move_to_where_the_other_side_has_another_file_is_no_move() -> None:
    base = [text("one\n", "a.md")]
    merged = merge(base, [text("one\n", "b.md")], [text("two\n", "a.md"), text("three\n", "b.md")])
    assert [(c.path, c.kind) for c in merged.conflicts] == [("a.md", "removed"), ("b.md", "text")]


def test_moved_to_two_places() -> None:
    base = [text("one\n", "a.md")]
    merged = merge(base, [text("one\n", "b.md")], [text("one\n", "c.md")])
    assert [(c.path, c.kind) for c in merged.conflicts] == [("b.md", "moved")]


def test_moved_here_and_removed_there() -> None:
    merged = merge([text("one\n", "a.md")], [text("one\n", "b.md")], [])
    assert [(c.path, c.kind) for c in merged.conflicts] == [("b.md", "removed")]
    assert merged.files == (text("one\n", "b.md"),)


def test_removed_against_edited_keeps_what_was_edited() -> None:
    base = [text("one\n", "a.md"), text("k\n")]
    mine, theirs = [text("k\n")], [text("k\n"), text("two\n", "a.md")]
    here, there = merge(base, mine, theirs), merge(base, theirs, mine)
    assert here.files == there.files == (text("k\n"), text("two\n", "a.md"))
    assert [c.kind for c in (*here.conflicts, *there.conflicts)] == ["removed", "removed"]


def test_what_is_no_text_is_never_mixed() -> None:
    base, mine, theirs = (SkillFile("x.png", data, "644") for data in (b"\0", b"\0a", b"\0b"))
    merged = merge([base], [mine], [theirs])
    assert [c.kind for c in merged.conflicts] == ["binary"]
    assert merged.files == (mine,)


def test_permissions_are_merged_apart_from_the_bytes() -> None:
    base, run = SkillFile("x", b"a\n", "644"), SkillFile("x", b"a\n", "755")
    edited = SkillFile("x", b"b\n", "644")
    assert merge([base], [run], [edited]) == Merged((SkillFile("x", b"b\n", "755"),), ())
    assert [c.kind for c in merge([], [run], [base]).conflicts] == ["mode"]


@pytest.mark.parametrize(
    ("mine", "theirs"), [("a.md", "A.md"), ("x", "x/y"), ("x/y", "x"), ("D/a", "d/b")]
)
def test_paths_that_cannot_stand_beside_each_other(mine: str, theirs: str) -> None:
    merged = merge([], [text("1\n", mine)], [text("2\n", theirs)])
    assert [(c.path, c.kind, c.mine) for c in merged.conflicts] == [
        (mine, "place", text("1\n", mine))
    ]
    assert merged.files == (text("2\n", theirs),)


def test_hostile_texts_cost_a_bounded_effort() -> None:
    """Ten files, each of which would take all of the bound: the later ones conflict whole."""

    def side(word: str) -> list[SkillFile]:
        many = "".join(f"{word} {n}\n" for n in range(EFFORT))
        return [text(f"{many}end\n", f"{n}.md") for n in range(10)]

    effort = Effort()
    before = effort.left
    for file, mine, theirs in zip(side("a"), side("b"), side("c"), strict=True):
        merged = merge_text(file.data, mine.data, theirs.data, effort)
        assert merged is not None
        assert merged.conflicts == 1
    assert effort.left == 0 < before
