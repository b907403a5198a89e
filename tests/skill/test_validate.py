"""The lint rules: each code, what raises it, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.skill.finding import Finding
from skillvault.skill.frontmatter import parse_skill
from skillvault.skill.links import MOST, check_links
from skillvault.skill.validate import validate

GOOD = "name: a\ndescription: Does it. Use when asked.\n"


def check(
    front: str, body: str = "Do it.\n", *, folder: str | None = "a", paths: tuple[str, ...] = ()
) -> list[Finding]:
    text = parse_skill(f"---\n{front}---\n{body}".encode())
    return validate(text, folder=folder, paths=("SKILL.md", *paths))


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_skill_by_the_book_has_no_findings() -> None:
    front = (
        f"{GOOD}license: MIT\ncompatibility: git\nallowed-tools: Read\n"
        "metadata:\n  version: '1.10'\n  author: me\n"
    )
    assert check(front) == []


@pytest.mark.parametrize(
    ("front", "code", "severity", "line"),
    [
        ("description: d\n", "SK010", "warning", 1),
        ("name:\ndescription: d\n", "SK010", "warning", 2),
        ("name: [a]\ndescription: d\n", "SK010", "warning", 2),
        ("description: d\nname: A\n", "SK011", "warning", 3),
        ("name: a--b\ndescription: d\n", "SK011", "warning", 2),
        ("name: a b\ndescription: d\n", "SK011", "warning", 2),
        ("name: -a\ndescription: d\n", "SK011", "warning", 2),
        (f"name: {'a' * 65}\ndescription: d\n", "SK012", "warning", 2),
        ("name: a\n", "SK013", "error", 1),
        ("name: a\ndescription: ''\n", "SK013", "error", 3),
        ("name: a\ndescription:\n  - d\n", "SK013", "error", 3),
        (f"name: a\ndescription: {'d' * 1025}\n", "SK014", "warning", 3),
        ("name: b\ndescription: d\n", "SK015", "warning", 2),
        (f"{GOOD}compatibility: {'c' * 501}\n", "SK016", "warning", 4),
        (f"{GOOD}compatibility: ''\n", "SK016", "warning", 4),
        (f"{GOOD}compatibility: [git]\n", "SK016", "warning", 4),
        (f"{GOOD}license:\n  name: MIT\n", "SK017", "warning", 4),
        (f"{GOOD}license:\n", "SK017", "warning", 4),
        (f"{GOOD}metadata: text\n", "SK018", "warning", 4),
        (f"{GOOD}metadata: [a]\n", "SK018", "warning", 4),
        (f"{GOOD}metadata:\n  tags: [a]\n", "SK018", "warning", 5),
        (f"{GOOD}metadata:\n  version: 1.10\n", "SK019", "advice", 5),
        (f"{GOOD}metadata:\n  version: 2\n", "SK019", "advice", 5),
        (f"{GOOD}metadata:\n  date: 2026-11-24\n", "SK019", "advice", 5),
        (f"{GOOD}metadata:\n  old: yes\n", "SK019", "advice", 5),
        (f"{GOOD}metadata:\n  none:\n", "SK019", "advice", 5),
        (f"{GOOD}allowed-tools: [Read]\n", "SK020", "advice", 4),
        (f"{GOOD}allowed-tools: [[Read]]\n", "SK020", "warning", 4),
        (f"{GOOD}allowed-tools:\n", "SK020", "warning", 4),
        (f"{GOOD}allowed-tools:\n  a: b\n", "SK020", "warning", 4),
        (f"{GOOD}foo: bar\n", "SK022", "warning", 4),
        (f"{GOOD}Name: bar\n", "SK022", "warning", 4),
        (f"{GOOD}name: a\n", "SK007", "warning", 4),
        (f"{GOOD}license: a: b\n", "SK006", "warning", 4),
        ("- a\n", "SK005", "error", 2),
    ],
)
def test_front_matter_is_held_to_the_specification(
    front: str, code: str, severity: str, line: int
) -> None:
    assert [(f.code, f.severity, f.line) for f in check(front)] == [(code, severity, line)]


@pytest.mark.parametrize(
    "front",
    [
        f"name: a\ndescription: {'d' * 1024}\n",
        f"name: a\ndescription: {'é' * 1024}\n",
        f"{GOOD}compatibility: {'c' * 500}\n",
        f"{GOOD}metadata: {{version: '1.0'}}\n",
        f"{GOOD}metadata:\n  version: 1.2.3\n  author: 3M\n  note: 'yes'\n",
        f"{GOOD}metadata: {{}}\n",
        f"name: a\ndescription: |\n  {'x ' * 20}\n  y\n",
    ],
)
def test_at_its_limits_a_skill_is_clean(front: str) -> None:
    assert check(front) == []


@pytest.mark.parametrize(
    "field",
    [
        *("when_to_use", "argument-hint", "disable-model-invocation", "user-invocable", "model"),
        *("effort", "context", "agent", "hooks", "paths", "shell", "type", "author", "version"),
    ],
)
def test_fields_of_clients_warn_and_do_not_fail(field: str) -> None:
    (finding,) = check(f"{GOOD}{field}: x\n")
    assert (finding.code, finding.severity, finding.line) == ("SK021", "warning", 4)
    assert f"`{field}`" in finding.message


def test_the_wording_that_put_prints() -> None:
    (finding,) = check(f"name: a\ndescription: {'d' * 1310}\n")
    assert f"{finding.code}: {finding.message}" == "SK014: description over 1,024 characters"
    assert "1,310" in finding.hint


def test_a_skill_needs_its_file_with_that_very_name() -> None:
    (finding,) = validate(None, paths=["README.md"])
    assert (finding.code, finding.severity) == ("SK001", "error")
    (finding,) = validate(None, paths=["README.md", "skill.md"])
    assert finding.hint == "rename `skill.md` to `SKILL.md`"


def test_without_front_matter_nothing_else_is_said_of_it() -> None:
    assert codes(validate(parse_skill(b"# Title\n"), folder="a")) == ["SK004"]
    assert codes(validate(parse_skill(b""), folder="a")) == ["SK004", "SK030"]
    assert codes(validate(parse_skill(b"---\n---\n"), folder="a")) == ["SK013", "SK010", "SK030"]


def test_names_are_compared_in_their_normal_form() -> None:
    assert check("name: u\u0308ber\ndescription: d\n", folder="\xfcber") == []
    assert codes(check(GOOD, folder="A")) == ["SK015"]
    assert check(GOOD, folder=None) == []


def test_the_body_is_measured() -> None:
    assert codes(check(GOOD, "")) == ["SK030"]
    assert check(GOOD, "x\n" * 500) == []
    assert codes(check(GOOD, "x\n" * 501)) == ["SK031"]
    assert check(GOOD, "word " * 4_000) == []
    (finding,) = check(GOOD, "some longer words " * 2_500)
    assert (finding.code, finding.severity, finding.line) == ("SK032", "advice", 5)
    assert "body over 5,000 tokens (about " in finding.message


@pytest.mark.parametrize(
    "body",
    [
        "[a](references/a.md)",
        "[a](./references/a.md)",
        "[a](references/a.md#part)",
        "[a](references/a.md?x=1)",
        "[a](<references/b c.md>)",
        "[a](references/b%20c.md)",
        '[a](references/a.md "title")',
        "![a](references/a.md)",
        "[a](references)",
        "[a](references/)",
        "[a](references/../SKILL.md)",
        "[a](https://example.com/x.md)",
        "[a](mailto:x@example.com)",
        "[a](//example.com)",
        "[a](#part)",
        "[a]({baseDir}/x.md)",
        "[a]($HOME/x)",
        "[a]()",
        "`[a](missing.md)`",
        "```\n[a](missing.md)\n```",
        "~~~md\n[a](missing.md)\n```\n[a](missing.md)\n~~~",
        "```\nnever closed [a](missing.md)",
        "[a] (missing.md)",
        "a](",
    ],
)
def test_links_that_are_fine(body: str) -> None:
    assert check(GOOD, body, paths=("references/a.md", "references/b c.md")) == []


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("[a](missing.md)", "SK033", 5),
        ("\n\n[a](references/A.md)", "SK033", 7),
        ("x\n\nsee [a](references/a.md) and [b](missing.md)", "SK033", 7),
        ("```\n```\n[a](missing.md)", "SK033", 7),
        ("![a](missing.png)", "SK033", 5),
        ("[a](reference)", "SK033", 5),
        ("[a](../other/SKILL.md)", "SK034", 5),
        ("[a](/etc/passwd)", "SK034", 5),
        ("[a](references/../../x)", "SK034", 5),
        ("[a](%2e%2e/x)", "SK034", 5),
        ("[a](..)", "SK034", 5),
        ("[a](..x)", "SK033", 5),
    ],
)
def test_links_that_lead_nowhere_or_out(body: str, code: str, line: int) -> None:
    findings = check(GOOD, body, paths=("references/a.md",))
    assert [(f.code, f.severity, f.line) for f in findings] == [(code, "warning", line)]


def test_each_broken_link_is_said_once_and_not_thousands() -> None:
    assert len(check_links("[a](x) [b](x) [c](./x)", 1, ())) == 1
    assert len(check_links("".join(f"[a](x{i})\n" for i in range(1_000)), 1, ())) == MOST


@given(st.text(st.sampled_from("[]()`<>%.#/ax\n\\!~?:"), max_size=80))
def test_any_body_is_checked_without_an_exception(body: str) -> None:
    for finding in check_links(body, 1, ("a", "x/a")):
        assert finding.line is not None
        assert 1 <= finding.line <= body.count("\n") + 1


@pytest.mark.parametrize(
    "body", ["[" * 300_000 + "](", "](" * 200_000, "](<" * 100_000, "`" * 99_999 + "]("]
)
def test_hostile_bodies_cost_little(body: str) -> None:
    check_links(body, 1, ())


def test_what_a_hostile_skill_says_is_shown_and_not_executed() -> None:
    front = 'name: "a\\e[31m\\u202e"\ndescription: d\n"x\\ny\\e": z\nmetadata:\n  "k\\e": [a]\n'
    for finding in check(front, "[a](\u202ex)", folder="\x1b[2J"):
        for text in (finding.message, finding.hint):
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert "\n" not in text


def accepted(front: str) -> bool:
    return all(finding.severity == "advice" for finding in check(front))


# Verdicts of `skills-ref` 0.1.1, the reference validator, on a folder `a` with this file.
@pytest.mark.parametrize(
    ("front", "verdict"),
    [
        (GOOD, True),
        (f"{GOOD}license: MIT\n", True),
        (f"{GOOD}metadata:\n  a: 1.0\n", True),
        (f"{GOOD}allowed-tools:\n  - Read\n", True),
        (f"name: a\ndescription: {'d' * 1024}\n", True),
        ("name: a\n", False),
        ("description: d\n", False),
        ("name: A\ndescription: d\n", False),
        ("name: b\ndescription: d\n", False),
        (f"name: a\ndescription: {'d' * 1025}\n", False),
        (f"{GOOD}compatibility: {'c' * 501}\n", False),
        (f"{GOOD}version: 1\n", False),
        ("name: a\ndescription: Use when: x\n", False),
        ("name: a\ndescription: *b*\n", False),
        (f"{GOOD}name: a\n", False),
    ],
)
def test_agrees_with_the_reference_validator(front: str, verdict: bool) -> None:
    assert accepted(front) == verdict


@pytest.mark.parametrize(
    ("front", "verdict"),
    [
        (f"{GOOD}allowed-tools: [Read]\n", True),  # it refuses flow lists
        (f"{GOOD}metadata: {{a: b}}\n", True),
        ("name: a\ndescription: ~\n", False),  # it takes null for text
        (f"{GOOD}compatibility: ''\n", False),  # it does not see that it is empty
        (f"{GOOD}metadata: x\n", False),  # it does not look at the types of metadata
        ("name: a\ndescription: a --- b\nfoo: x\n", False),  # it stops at the first ---
    ],
)
def test_differs_from_the_reference_validator_where_that_is_known_to_be_wrong(
    front: str, verdict: bool
) -> None:
    assert accepted(front) == verdict
