"""Our validator and `skills-ref`, the reference validator, agree; where not, its fault is known.

Faults that ../shared/reference/agent-skills.md lists: it cuts the front matter at the first `---`,
wherever that stands; it refuses flow lists (and flow maps); it crashes on what is not UTF-8; it does
not look at the types of fields (`metadata`, `allowed-tools`, as little at a license that is a map,
an empty `compatibility`, or null, which it takes for the text). One is of the reader that most
clients use: libyaml refuses a block whose first line begins with a tab, skills-ref's reader does
not. The limit of 64 KiB is ours alone.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skills_ref.validator import validate as reference_validate

from skillvault.skill.finding import Finding
from skillvault.skill.frontmatter import SkillText, parse_skill
from skillvault.skill.rules import Rule, all_rules
from skillvault.skill.validate import validate

ROOT = Path(__file__).resolve().parents[2]
# What the reference validator does not judge: the body, and what is only advice.
BODY = {"SK030", "SK031", "SK032", "SK033", "SK034"}
# What it does not look at: the types of fields, and null.
TYPES = {"SK013", "SK016", "SK017", "SK018", "SK020"}


def ours(text: SkillText, folder: str) -> set[str]:
    found: list[Finding] = validate(text, folder=folder, paths=["SKILL.md"])
    return {f.code for f in found if f.severity != "advice"} - BODY


def theirs(data: bytes, folder: Path) -> list[str]:
    """Its complaints; a crash is one."""
    folder.mkdir(exist_ok=True)
    (folder / "SKILL.md").write_bytes(data)
    try:
        return list(reference_validate(folder))
    except UnicodeDecodeError:
        return ["crash"]
    except TypeError:  # of its YAML reader, on a map that is given twice
        return ["cannot be read"]


def known_fault(data: bytes, text: SkillText, codes: set[str], said: list[str]) -> str:
    """Which of its known faults explains that the two differ, or none."""
    if said == ["crash"]:
        return "not UTF-8" if "SK002" in codes else ""
    if codes == {"SK008"}:
        return "a limit of ours"
    front = data.decode().replace("\r\n", "\n").split("---", 2)
    if len(front) == 3 and front[1].strip() != text.raw.strip():
        return "cut at the first ---"
    if said and not codes and re.search(r"(?::|-)[ ]+[\[{]", text.raw):
        return "flow"
    if not said and codes and codes <= TYPES:
        return "types"
    if not said and codes == {"SK006"} and re.search(r"[|>][-+]?\n +\t", text.raw):
        return "a block that begins with a tab"
    return ""


def check(data: bytes, folder: Path) -> str:
    """How the two agree: `agree`, or the known fault. Fails if there is none."""
    text = parse_skill(data)
    codes = ours(text, folder.name)
    said = theirs(data, folder)
    if bool(codes) == bool(said):
        return "agree"
    fault = known_fault(data, text, codes, said)
    assert fault, (data, codes, said)
    return fault


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_on_the_examples_of_every_rule(rule: Rule, tmp_path: Path) -> None:
    for example in (*rule.bad, *rule.good):
        for file in example.files:
            if file.path == "SKILL.md":
                check(file.data, tmp_path / example.folder)


@pytest.mark.parametrize("folder", sorted((ROOT / "skills").iterdir()), ids=lambda p: p.name)
def test_on_the_shipped_skills(folder: Path) -> None:
    assert reference_validate(folder) == []
    data = (folder / "SKILL.md").read_bytes()
    assert ours(parse_skill(data), folder.name) == set()


GOOD = "name: a\ndescription: Does it.\n"


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (f"---\n{GOOD}---\nx", "agree"),
        (f"---\n{GOOD}version: 1\n---\nx", "agree"),
        (f"---\n{GOOD}license: a --- b\nextra: x\n---\nx", "cut at the first ---"),
        ("---\nname: a\ndescription: a --- b\n---\nx", "agree"),
        ("---\ndescription: a --- b\nname: a\n---\nx", "cut at the first ---"),
        (f"---\n{GOOD}----\nx", "cut at the first ---"),
        (f"---\n{GOOD}allowed-tools: [Read]\n---\nx", "flow"),
        (f"---\n{GOOD}metadata: {{a: b}}\n---\nx", "flow"),
        (f"---\n{GOOD}metadata:\n  a: [b]\n---\nx", "agree"),  # both refuse, for other reasons
        (f"---\n{GOOD}metadata: x\n---\nx", "types"),
        (f"---\n{GOOD}allowed-tools:\n  a: b\n---\nx", "types"),
        (f"---\n{GOOD}license:\n  a: b\n---\nx", "types"),
        (f"---\n{GOOD}compatibility: ''\n---\nx", "types"),
        ("---\nname: a\ndescription: ~\n---\nx", "types"),
        ("---\nname: a\ndescription: |\n  \tx\n---\nx", "a block that begins with a tab"),
        (f"---\r\n{GOOD}---\r\nx".replace("\n", "\r\n"), "agree"),
        (f"\ufeff---\n{GOOD}---\nx", "agree"),
        ("---\nname: a\ndescription: |\n  " + "d" * 1023 + "\n---\nx", "agree"),
        ("---\nname: a\ndescription: |\n  " + "d" * 1024 + "\n---\nx", "agree"),
        ("---\nname: a\ndescription: a\tb\n---\nx", "agree"),
        ("---\nname: a\ndescription: !!str b\n---\nx", "agree"),
        ("---\nname: &x a\ndescription: b\n---\nx", "agree"),
        ("name: a\n", "agree"),
        ("", "agree"),
    ],
)
def test_the_known_faults_are_still_these(data: str, outcome: str, tmp_path: Path) -> None:
    assert check(data.encode(), tmp_path / "a") == outcome


def test_it_crashes_on_what_is_not_utf8(tmp_path: Path) -> None:
    assert check(f"---\n{GOOD}---\n\xe9".encode("latin-1"), tmp_path / "a") == "agree"
    assert theirs(b"---\nname: \xff\n---\n", tmp_path / "a") == ["crash"]


VALUES = [
    *(
        "a",
        "'a'",
        '"a"',
        "A",
        "a-b",
        "Use when asked.",
        "Use when: x",
        "  b",
        "''",
        "~",
        "null",
        "",
    ),
    *("true", "1.10", "2026-11-24", "[Read]", "{a: b}", "\n  a: b", "\n  a: 1\n  b: 'c'", "- a"),
    *("\n  - Read\n  - Bash(git:*)", "|\n  two\n  lines", ">-\n  folded\n  text", "a --- b", "@a"),
    *(
        "a # comment",
        "*b*",
        "&x a",
        "!!str a",
        "`a`",
        "%a",
        "a: b: c",
        "'it''s'",
        '"esc\\n"',
        "? a",
    ),
    *("d" * 1024, "d" * 1025, "c" * 500, "c" * 501, "\xe9", "na\xefve", "\n  a:\n    b: c", "MIT"),
    *("Bash(git add:*) Read", "|\n  " + "d" * 1023, ">\n  " + "d" * 1024, "a, b", "[a", "{a", "'a"),
    *(
        '"a',
        "a'b",
        'a"b',
        ":a",
        "a:",
        "#a",
        "\uff41",
        "a\u2011b",
        "\xfcber",
        "u\u0308ber",
        "\u4e2d",
    ),
    *("a_b", "-a", "a--b", "x" * 64, "x" * 65, "\n\n  a: b", "\n# c\n  a: b", "...", "--- a"),
    *("a\tb", "\t a", "a\t", "a \t# c", '"a\tb"', '"a"\t', "\n  a:\tb", "|\n  a\tb", "\n---x"),
]
KEYS = [
    *("name", "description", "license", "compatibility", "metadata", "allowed-tools", "version"),
    *("Name", "hooks", "x y", '"name"', "description "),
]
FIELD = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES))
USUAL = st.tuples(st.just("name"), st.sampled_from(["a"] * 6 + VALUES))
DESCRIBED = st.tuples(st.just("description"), st.sampled_from(["Does it."] * 6 + VALUES))
FIELDS = st.tuples(USUAL, DESCRIBED, st.lists(FIELD, max_size=2)).flatmap(
    lambda parts: st.permutations([parts[0], parts[1], *parts[2]])
)
CLOSING = st.sampled_from(["---\n"] * 5 + ["--- \n", "", "----\n", "...\n---\n", "\n---\n"])
OPENING = st.sampled_from(["---\n"] * 5 + ["\ufeff---\n", "\n---\n", " ---\n", "--- \n"])


@settings(max_examples=1_500, derandomize=True, deadline=None)
@given(OPENING, FIELDS, CLOSING, st.booleans())
def test_on_front_matter_of_all_kinds(
    tmp_path_factory: pytest.TempPathFactory,
    opening: str,
    fields: list[tuple[str, str]],
    closing: str,
    crlf: bool,
) -> None:
    text = opening + "".join(
        f"{key}:{'' if value.startswith(chr(10)) else ' '}{value}\n" for key, value in fields
    )
    text += f"{closing}\nBody\n"
    data = text.replace("\n", "\r\n").encode() if crlf else text.encode()
    check(data, tmp_path_factory.getbasetemp() / "a")
