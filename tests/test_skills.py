"""The skills that ship: in order, with a source, and with tasks that do not copy their sentences."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from skillvault.evals.evaluate import best_constant
from skillvault.evals.suite import Suite, suite_of
from skillvault.skill.frontmatter import parse_skill
from skillvault.skill.text import estimate_tokens
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SKILLS: Final = {path.parent.name: path.parent for path in sorted(ROOT.glob("skills/*/SKILL.md"))}
SUITES: Final = [name for name, path in SKILLS.items() if (path / "evals/evals.json").is_file()]
# Its suite asks for its sentences as they stand, on purpose: it measures recall and says so.
VERBATIM: Final = "using-skillvault"
TRADES: Final = [name for name in SKILLS if name != VERBATIM]
FIVE: Final = 5
RUN: Final = 3
FUNCTION_WORDS: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "his",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "must",
        "no",
        "not",
        "of",
        "off",
        "on",
        "one",
        "only",
        "or",
        "per",
        "she",
        "so",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "up",
        "was",
        "were",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "you",
        "your",
    ]
)


def words(text: str) -> list[str]:
    """Normalised words: NFKC, case folded, numbers with their minus, no marks (`165 f`)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.findall(r"(?<![^\W_])-\d+|\d+|[^\W\d_]+", folded)


def near(stem: str, answer: str, text: str) -> str | None:
    """The place in `text` where the answer stands within five words of the stem, else None.

    The stem stands in the text where any three content words that follow each other in the stem
    (all of them, if it has fewer) follow each other there. Content words are the words without
    `FUNCTION_WORDS`: those are skipped on both sides. The answer, all its words in a row, is near
    if at most four words (of all words) lie between it and that place, on either side, or if it
    lies inside.
    """
    all_words = words(text)
    places = [n for n, word in enumerate(all_words) if word not in FUNCTION_WORDS]
    content = [all_words[n] for n in places]
    wanted = [word for word in words(stem) if word not in FUNCTION_WORDS]
    length = min(RUN, len(wanted))
    answers = list(_found(all_words, words(answer)))
    for k in range(len(wanted) - length + 1):
        for at in _found(content, wanted[k : k + length]):
            first, last = places[at], places[at + length - 1]
            for begin in answers:
                end = begin + len(words(answer)) - 1
                if begin - last <= FIVE and first - end <= FIVE:
                    return " ".join(all_words[min(first, begin) : max(last, end) + 1])
    return None


def _found(row: list[str], part: list[str]) -> Iterator[int]:
    """Where `part` begins in `row`."""
    return (n for n in range(len(row) - len(part) + 1) if part and row[n : n + len(part)] == part)


def _text(name: str) -> str:
    """All that the skill says: SKILL.md and its references."""
    return "\n\n".join(path.read_text(encoding="utf-8") for path in _pages(name))


def _pages(name: str) -> list[Path]:
    return sorted(SKILLS[name].rglob("*.md"))


def _suite(name: str) -> Suite:
    folder = SKILLS[name]
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return suite_of(name, files)


@pytest.mark.parametrize("name", SUITES)
def test_no_answer_stands_beside_its_stem(name: str) -> None:
    text, copied = _text(name), []
    for task in _suite(name).require_graded():
        if (choice := task.choice) is not None:
            place = near(task.prefill or task.prompt, choice.value, text)
            copied += [] if place is None else [f"{task.id}: {place}"]
    if name == VERBATIM:
        assert len(copied) > 30  # the rule does see a copied sentence
    else:
        assert copied == []


@pytest.mark.parametrize(
    ("stem", "text"),
    [
        ("A big duck must be cooked to", "Big duck cooked well, and to 165 °F."),
        ("The hall's cold soup bowl holds", "165 °F. The soup, in a cold soup bowl."),
        ("Big red duck", "a big, RED duck: one two three four 165 f"),
        ("Big red duck", "165 °F may be too hot: big red duck"),
        ("Old big red duck here", "a big and a red duck of 165 °F"),
        ("Red duck", "a red one; a red duck of 165 °F"),
        ("Red fine duck", "red, 165 °F, fine duck: red fine duck, 165 °F"),
        ("Cold at 165 °F duck", "cold at 165 °F"),
    ],
)
def test_what_stands_too_near(stem: str, text: str) -> None:
    assert near(stem, "165 °F", text) is not None


@pytest.mark.parametrize(
    ("stem", "text"),
    [
        ("Big red duck", "big red duck: one two three four five 165 °F"),
        ("Big red duck", "165 °F: one two three four five big red duck"),
        ("Big red duck", "a red, big duck: 165 °F"),
        ("Big red duck", "big red duck: 165 °C, 155 °F"),
        ("Big red duck", ""),
        ("", "165 °F"),
    ],
)
def test_what_stands_far_enough(stem: str, text: str) -> None:
    assert near(stem, "165 °F", text) is None


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_can_show_something(name: str) -> None:
    suite = _suite(name)
    tasks = suite.require_graded()
    assert len(tasks) == len(suite.tasks) >= 24
    for task in tasks:
        if (choice := task.choice) is not None:
            assert list(choice.options) == sorted(choice.options), task.id
    assert (best_constant(tasks) or 0) <= Fraction(1, 2)


@pytest.mark.parametrize("name", SKILLS)
def test_a_skill_is_sound_and_what_it_refers_to_is_there(name: str) -> None:
    raw = (SKILLS[name] / "SKILL.md").read_bytes()
    skill = parse_skill(raw)
    assert skill.name == name
    for path in re.findall(r"\]\((references/[^)]+)\)", skill.body):
        assert (SKILLS[name] / path).is_file()


@pytest.mark.parametrize("name", TRADES)
def test_a_trade_is_short_and_names_its_sources(name: str) -> None:
    assert 700 <= estimate_tokens((SKILLS[name] / "SKILL.md").read_text(encoding="utf-8")) <= 1_200
    references = sorted(SKILLS[name].glob("references/*.md"))
    assert references
    for page in references:
        assert "Source:" in page.read_text(encoding="utf-8"), page.name


def test_each_answer_about_food_is_in_the_skill_and_so_is_a_wrong_one() -> None:
    body = words(parse_skill((SKILLS["food-safety"] / "SKILL.md").read_bytes()).body)
    lacking = []
    for task in _suite("food-safety").require_graded():
        choice = task.choice
        assert choice is not None
        said = [option for option in choice.options if list(_found(body, words(option)))]
        if choice.value not in said or len(said) < 2:
            lacking.append(f"{task.id}: {said}")
    assert lacking == []


def test_a_number_keeps_its_minus_and_a_section_falls_apart() -> None:
    assert words("Cold fish: -4 °F, 3-402.11") == ["cold", "fish", "-4", "f", "3", "402", "11"]
