"""Paths of a skill: what escapes, what collides, what an archive cannot hold."""

from __future__ import annotations

import posixpath
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.skill.paths import check_path, check_set, fold
from skillvault.vault import ustar

PIECES = [*"abAB019._- ~:$é\u0301\u017fKßİ漢\u200d\u200c\ufeff\\\x00\n\ud800", "git", ".."]
COMPONENT = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
PATH = st.one_of(st.lists(COMPONENT, max_size=5).map("/".join), st.text(max_size=300))


@pytest.mark.parametrize(
    "path",
    [
        "SKILL.md",
        "references/layers.md",
        "with spaces/and more.md",
        "-leading/-dash",
        "--help",
        "ünï/漢字.md",
        "e\u0301.md",
        ".gitignore",
        ".gitmodules",
        ".github/workflows/x.yml",
        "git",
        "git~",
        "a.git",
        "dir.git/x",
        "gitx~1",
        ".hidden",
        "...x",
        "a..b",
        "trailing.",
        "q: what.md",
        "עברית.md",
        "family 👩\u200d👧.md",
        "x" * 100,
        "x" * 100 + "/" + "y" * 94,
        "a/" * 78 + "x" * 94,
    ],
)
def test_may_be_in_a_skill(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "empty"),
        ("/", "absolute"),
        ("/etc/passwd", "absolute"),
        ("//x", "absolute"),
        ("C:/x", "absolute"),
        ("C:", "absolute"),
        ("..", "dots"),
        (".", "dots"),
        ("../x", "dots"),
        ("a/../b", "dots"),
        ("a/.", "dots"),
        ("a/./b", "dots"),
        (".. /x", "dots"),
        ("...", "dots"),
        (" ", "dots"),
        (". .", "dots"),
        (".\u200d.", "dots"),
        ("\u200b", "dots"),
        ("a//b", "empty component"),
        ("a/", "empty component"),
        ("..\\x", "backslash"),
        ("a\\b", "backslash"),
        ("a\nb", "control"),
        ("a\x00b", "control"),
        ("a\x1b[2Jb", "control"),
        ("a\x7fb", "control"),
        ("a\x9bb", "control"),
        ("a\u2028b", "control"),
        ("bad\udcff.md", "UTF-8"),
        (".git", ".git"),
        (".git/config", ".git"),
        ("a/.git/hooks/x", ".git"),
        (".GIT", ".git"),
        (".gIt/x", ".git"),
        ("git~1", ".git"),
        ("GIT~1/x", ".git"),
        ("git~12", ".git"),
        (".git.", ".git"),
        (".git ", ".git"),
        (".git . .", ".git"),
        ("git~1.", ".git"),
        (".git::$INDEX_ALLOCATION", ".git"),
        (".git::$INDEX_ALLOCATION/config", ".git"),
        (".git:x", ".git"),
        (".git . :x", ".git"),
        (".g\u200cit", ".git"),
        (".g\u200dit", ".git"),
        ("\u200e.git", ".git"),
        (".git\u200f", ".git"),
        (".\u202agit", ".git"),
        (".g\u202eit", ".git"),
        (".gi\u206at", ".git"),
        (".gi\u206ft", ".git"),
        (".gi\ufefft", ".git"),
        (".git\u200d.", ".git"),
        ("x" * 101, "ustar"),
        ("y/" + "x" * 101, "ustar"),
        ("a/" * 79 + "x" * 94, "ustar"),
        ("a/" * 140 + "x", "ustar"),
        ("é" * 51, "ustar"),
    ],
)
def test_never_in_a_skill(path: str, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check_path(path)
    assert reason in caught.value.problem
    caught.value.subject.encode()
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in caught.value.subject)


@given(PATH)
@example("a/" * 75 + "é" * 47)
def test_an_accepted_path_stays_inside_and_fits_the_archive(path: str) -> None:
    try:
        check_path(path)
    except RefusedError:
        return
    assert posixpath.normpath(path) == path
    assert not path.startswith("/")
    assert path.partition("/")[0] != ".."
    assert all(fold(part).rstrip(". ") != ".git" for part in path.split("/"))
    prefix, name = ustar.split_path(f"skill/{path}")
    assert (prefix + b"/" + name if prefix else name) == f"skill/{path}".encode()


@given(st.lists(st.sampled_from(["a", "bb", "é", "x" * 40]), min_size=1, max_size=90))
def test_only_what_ustar_cannot_hold_is_refused_of_harmless_names(parts: list[str]) -> None:
    path = "/".join(parts)
    try:
        ustar.split_path(f"skill/{path}")
    except ValueError:
        with pytest.raises(RefusedError):
            check_path(path)
    else:
        check_path(path)


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["SKILL.md"],
        ["a/x", "a/y", "b/x"],
        ["a", "ab", "a.b", "a-b/c"],
        ["strasse/a", "strase/a"],
    ],
)
def test_paths_that_every_system_keeps_apart(paths: list[str]) -> None:
    check_set(paths)


@pytest.mark.parametrize(
    "paths",
    [
        ["a", "a"],
        ["SKILL.md", "skill.md"],
        ["a/Read.md", "a/README.md", "a/readme.MD"],
        ["é.md", "e\u0301.md"],
        ["É.md", "e\u0301.md"],
        ["straße", "STRASSE"],
        ["\u017fkill", "skill"],
        ["\u212a", "k"],
        ["a", "a/b"],
        ["a/b", "a"],
        ["A", "a/b"],
        ["a/b/c", "x", "A/B"],
        ["Docs/a", "docs/b"],
        ["x/é/a", "x/e\u0301/b"],
    ],
)
def test_paths_that_meet_somewhere_are_refused(paths: list[str]) -> None:
    for order in (paths, paths[::-1]):
        with pytest.raises(RefusedError):
            check_set(order)


@given(st.lists(st.lists(COMPONENT.filter(bool), min_size=1, max_size=3).map("/".join)))
def test_an_accepted_set_has_one_meaning_under_any_case(paths: list[str]) -> None:
    try:
        check_set(paths)
    except RefusedError:
        return
    assert len({fold(p) for p in paths}) == len(paths)
    folders = {fold(p[:i]) for p in paths for i, c in enumerate(p) if c == "/"}
    assert folders.isdisjoint({fold(p) for p in paths})
