"""`lint --fix`: what it mends, what it leaves alone, and that a skill says the same afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.services.linting import lint_files
from skillvault.skill.files import SkillFile
from skillvault.skill.fix import fix_files
from skillvault.skill.frontmatter import parse_skill
from skillvault.skill.rules import Rule, all_rules

FRONT = "name: a\ndescription: Does it. Use when asked.\n"
FIXABLE = [rule for rule in all_rules() if rule.fixed]


def mended(text: str, path: str = "SKILL.md") -> str:
    (file,) = fix_files([SkillFile(path, text.encode(), "644")])
    return file.data.decode()


def front(fields: str) -> str:
    return f"---\n{FRONT}{fields}---\n\nBody: x\n"


@pytest.mark.parametrize("rule", FIXABLE, ids=lambda rule: rule.code)
def test_what_the_table_says_is_mended_is(rule: Rule) -> None:
    left = [
        finding
        for example in rule.bad
        for finding in lint_files(fix_files(example.files), example.folder).findings
        if finding.code == rule.code
    ]
    # A map of allowed tools is no list: nobody can say which text is meant.
    assert len(left) == (1 if rule.code == "SK020" else 0)


@pytest.mark.parametrize(
    "rule", [r for r in all_rules() if not r.fixed and r.code != "SC007"], ids=lambda r: r.code
)
def test_nothing_else_is_touched(rule: Rule) -> None:
    for example in (*rule.bad, *rule.good):
        for old, new in zip(example.files, fix_files(example.files), strict=True):
            assert new is old or rule.code in {"SK002", "SK018"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("version: 1.10\n", 'version: "1.10"\n'),
        ("date:  2026-11-24  # today\n", 'date:  "2026-11-24"  # today\n'),
        ("old: yes\n  new: no\n", 'old: "yes"\n  new: "no"\n'),
        ("a: 'x'\n  b: 2\n", "a: 'x'\n  b: \"2\"\n"),
    ],
)
def test_values_of_metadata_are_quoted_where_they_stand(before: str, after: str) -> None:
    assert mended(front(f"metadata:\n  {before}")) == front(f"metadata:\n  {after}")


def test_a_description_that_is_not_yaml_is_quoted_and_comments_stay() -> None:
    text = '---\nname: a\ndescription: Use when: "asked"\n  and then: more\n# note\n\nlicense: MIT\n---\nx\n'
    wanted = (
        '---\nname: a\ndescription: "Use when: \\"asked\\" and then: more"\n'
        "# note\n\nlicense: MIT\n---\nx\n"
    )
    assert mended(text) == wanted
    assert parse_skill(wanted.encode()).description == parse_skill(text.encode()).description


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("allowed-tools: [Read, Grep]\n", 'allowed-tools: "Read Grep"\n'),
        (
            "allowed-tools:\n  - Bash(git add:*)\n  - Read\n",
            'allowed-tools: "Bash(git add:*) Read"\n',
        ),
        ("allowed-tools:\n  - Read # for reading\n", "allowed-tools:\n  - Read # for reading\n"),
        ("allowed-tools: [[Read]]\n", "allowed-tools: [[Read]]\n"),
        ("allowed-tools: ['a b', c]\n", "allowed-tools: ['a b', c]\n"),
    ],
)
def test_a_list_of_tools_becomes_one_text_if_that_means_the_same(before: str, after: str) -> None:
    assert mended(front(before)) == front(after)


def test_line_ends_stay() -> None:
    text = front("metadata:\n  version: 1.10\n").replace("\n", "\r\n")
    assert mended(text) == text.replace("1.10", '"1.10"')
    mixed = text.replace("\r\n", "\n", 1)
    assert mended(mixed) == mixed


def test_invisible_characters_go_and_those_that_are_needed_stay() -> None:
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "obey")
    assert mended(f"a{hidden}b\u200bc {chr(0x2066)}d{chr(0x2069)}", "x.py") == "abc d"
    assert mended("x" + "\u200b" * 40 + "y\xad", "a") == "xy"
    for kept in (
        "\U0001f469\u200d\U0001f4bb \u2764\ufe0f 1\ufe0f\u20e3",
        "\u0645\u06cc\u200c\u062e \u2067\u05e9\u05dc\u2069",
        "\u202e\u05e9",  # overridden, but nobody can say what is meant
        "tab\there\r\n",
    ):
        assert mended(kept, "a.md") == kept


def test_files_that_are_not_text_are_left_alone() -> None:
    file = SkillFile("a.bin", b"\xff\xfe\0\xe2\x80\x8b", "755")
    assert fix_files([file]) == (file,)


TEXT = st.text(
    st.sampled_from("ab:#\n\t -'\"[]{}\u200b\u200d\u202e\u2066\u05d0\U000e0041\ufe0f\u2764\xad\r"),
    max_size=60,
)


@given(fields=TEXT, body=TEXT)
def test_a_mended_skill_says_the_same_and_is_mended_for_good(fields: str, body: str) -> None:
    text = f"---\n{FRONT}{fields}\n---\n{body}"
    once = mended(text)
    assert mended(once) == once
    plain = mended(text, "other.md").removeprefix("\ufeff")  # hidden characters alone
    before, after = parse_skill(plain.encode()), parse_skill(once.encode())
    assert (before.name, before.description, before.body) == (
        after.name,
        after.description,
        after.body,
    )
    assert dict(before.extra) == dict(after.extra)
