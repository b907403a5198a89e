"""The full-text index: what is found, in which order, with which passage, whatever is asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillvault.catalog import image, search
from skillvault.catalog.search import Entry, Hit, Match
from skillvault.vault.identity import Identity

HOME = "sha256:home"


@pytest.fixture
def db(state: Path, me: Identity) -> Iterator[sqlite3.Connection]:
    opened = image.load(state, me)
    yield opened
    opened.close()


def entry(
    skill: str, name: str = "", description: str = "", body: str = "", vault: str = HOME
) -> Entry:
    return Entry(vault, skill, f"content of {skill}", name or skill, description, body)


def ask(
    db: sqlite3.Connection, *query: str, match: Match = "all", limit: int = 20, vault: str = HOME
) -> list[Hit]:
    words = search.words_of(query)
    return search.search(db, words, vaults=[vault], match=match, limit=limit)


def skills(hits: list[Hit]) -> list[str]:
    return [hit.skill for hit in hits]


def text(hit: Hit) -> str:
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in hit.snippet)


def test_a_name_counts_more_than_a_description_and_that_more_than_a_body(
    db: sqlite3.Connection,
) -> None:
    pad = "Some words that are of no matter here, as many as in the others. " * 3
    search.put(
        db,
        [
            entry("body", "alpha", pad, f"{pad} refund"),
            entry("described", "beta", f"{pad} refund", pad),
            entry("named", "refund", pad, pad),
            entry("none", "gamma", pad, pad),
        ],
    )
    assert skills(ask(db, "refund")) == ["named", "described", "body"]
    assert all(hit.exact and hit.words == ("refund",) for hit in ask(db, "refund"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("REVIEW", "how to review code"),
        ("reviews", "how to review code"),
        ("review", "Reviewing is fun"),
        ("cafe", "the caf\u00e9 at the corner"),
        ("caf\u00e9", "the CAFE at the corner"),
        ("naive", "na\u00efve"),
        (
            "\u0441\u043b\u043e\u0432\u043e",
            "\u0421\u041b\u041e\u0412\u041e \u043e \u043f\u043e\u043b\u043a\u0443",
        ),
        ("rev", "how to review code"),
        ("code-review", "run the code-review now"),
        ("code-review", "a code review"),
        ("null_deref", "see null_deref, or null deref"),
        ("\u9000\u6b3e", "\u5ba2\u6237\u9000\u6b3e\u653f\u7b56"),
        ("\u653f\u7b56", "\u5ba2\u6237\u9000\u6b3e\u653f\u7b56\u3002"),
        ("\u30ab\u30bf", "\u3053\u308c\u306f\u30ab\u30bf\u30ab\u30ca\u3067\u3059"),
        ('"quoted"', "it is quoted"),
        ("C++", "written in c"),
        ("don't", "don't do it"),
        ("3.11", "Python 3.11 and later"),
    ],
)
def test_found(db: sqlite3.Connection, query: str, said: str) -> None:
    search.put(db, [entry("it", body=said), entry("other", body="nothing of the kind")])
    assert skills(ask(db, query)) == ["it"]
    assert any(piece.hit for piece in ask(db, query)[0].snippet)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("view", "how to review code"),
        ("code-review", "review of code"),
        ("\u6b3e\u9000", "\u5ba2\u6237\u9000\u6b3e\u653f\u7b56"),
        ("review tests", "how to review code"),
    ],
)
def test_not_found(db: sqlite3.Connection, query: str, said: str) -> None:
    search.put(db, [entry("it", body=said)])
    assert ask(db, query) == []


def test_the_words_themselves_stand_before_longer_ones(db: sqlite3.Connection) -> None:
    search.put(
        db,
        [
            entry("longer", "logistics", "logistics logistics", "logistics"),
            entry("itself", "x", "y", "a long text in which log stands once " + "word " * 200),
        ],
    )
    hits = ask(db, "log")
    assert [(hit.skill, hit.exact) for hit in hits] == [("itself", True), ("longer", False)]


def test_any_takes_those_with_some_and_says_which(db: sqlite3.Connection) -> None:
    search.put(
        db,
        [
            entry("one", body="invoices"),
            entry("both", body="invoices and refunds"),
            entry("none", body="gardening"),
        ],
    )
    hits = ask(db, "refund", "invoice", "unicorn", match="any")
    assert [(hit.skill, hit.words) for hit in hits] == [
        ("both", ("refund", "invoice")),
        ("one", ("invoice",)),
    ]
    assert skills(ask(db, "invo", "gard", match="any")) != [], "beginnings, where nothing else is"


def test_words_that_say_nothing_are_left_out_unless_there_are_no_others() -> None:
    assert search.words_of(["How do I", "write a refund, please?"]) == ("write", "refund,")
    assert search.words_of(["to be"]) == ("to", "be")
    assert search.words_of(["the the", "to"]) == ("the", "to")
    assert search.words_of(["", " -- ", "***", "\u200b"]) == ()
    assert len(search.words_of([" ".join(map(str, range(500)))])) == 64


def test_the_passage_is_where_the_words_are_on_one_line(db: sqlite3.Connection) -> None:
    body = (
        "# Title\n\n"
        + "filler words go here\n" * 40
        + "Never\n\tmerge a null pointer.\n"
        + "x " * 99
    )
    search.put(db, [entry("it", "review", "Look at code.", body)])
    (hit,) = ask(db, "null", "pointer")
    assert "Never merge a [null] [pointer]." in text(hit)
    assert text(hit).startswith("...")
    assert "\n" not in text(hit)
    assert len(text(hit)) < 200
    (named,) = ask(db, "review")
    assert text(named) == "Look at code.", "what it is for, where no passage has a word"
    (described,) = ask(db, "look")
    assert text(described) == "[Look] at code."


def test_what_a_skill_writes_cannot_pass_for_our_marks(db: sqlite3.Connection) -> None:
    search.put(db, [entry("it", "\x02a", "b\x03\x1f", "refund \x02not a hit\x03 \x1f\ud800 \0 z")])
    (hit,) = ask(db, "refund")
    assert [piece.text for piece in hit.snippet if piece.hit] == ["refund"]
    assert skills(ask(db, "hit")) == ["it"]


def test_marks_between_characters_never_show(db: sqlite3.Connection) -> None:
    said = "\u5ba2\u6237\u9000\u6b3e\u653f\u7b56, \u30ab\u30bf\u30ab\u30ca"
    search.put(db, [entry("it", body=said)])
    assert text(ask(db, "\u9000\u6b3e")[0]).replace("[", "").replace("]", "") == said


def test_only_the_vaults_that_are_asked_for_and_at_most_so_many(db: sqlite3.Connection) -> None:
    search.put(db, [entry(f"{n:02}", body="refund") for n in range(30)])
    search.put(db, [entry("theirs", body="refund refund refund", vault="sha256:other")])
    assert len(ask(db, "refund")) == 20
    assert "theirs" not in skills(ask(db, "refund", limit=100))
    assert skills(ask(db, "refund", vault="sha256:other")) == ["theirs"]
    assert len(ask(db, "refund", limit=3)) == 3
    assert ask(db, "refund", vault="sha256:neither") == []
    assert search.search(db, ["refund"], vaults=[]) == []
    assert search.search(db, [], vaults=[HOME]) == []


def test_a_new_version_takes_the_place_of_the_old(db: sqlite3.Connection) -> None:
    search.put(db, [entry("it", body="about refunds"), entry("other", body="about refunds")])
    search.put(db, [entry("it", body="about invoices")])
    assert skills(ask(db, "refunds")) == ["other"]
    assert skills(ask(db, "invoices")) == ["it"]
    search.drop(db, [(HOME, "other"), (HOME, "never there")])
    assert ask(db, "refunds") == []
    assert search.indexed(db) == {(HOME, "it"): "content of it"}
    db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=st.text() | st.text(alphabet='"*()^:+-{}AND OR NOT NEAR \0\u5ba2'))
def test_whatever_one_types_is_words_and_never_syntax(db: sqlite3.Connection, query: str) -> None:
    search.put(db, [entry("it", "name", "description", f"body {query}")])
    for match in ("all", "any"):
        words = search.words_of([query])
        assert skills(search.search(db, words, vaults=[HOME], match=match)) in ([], ["it"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(word=st.from_regex(r"[a-z]{3,12}", fullmatch=True), around=st.text())
def test_a_word_that_a_skill_has_is_found(db: sqlite3.Connection, word: str, around: str) -> None:
    search.put(db, [entry("it", "name", "description", f"{around} {word} {around}")])
    assert skills(search.search(db, [word], vaults=[HOME])) == ["it"]
