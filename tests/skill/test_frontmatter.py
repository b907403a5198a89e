"""Front matter: read as its author meant it, whatever the bytes."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.skill.frontmatter import (
    SkillText,
    check_name,
    name_problem,
    parse_skill,
    skill_name,
)
from skillvault.skill.mapping import (
    Duplicates,
    MappingError,
    read_mapping,
    read_simple,
    read_yaml,
)


def skill(front: str, body: str = "Do it.\n") -> SkillText:
    return parse_skill(f"---\n{front}---\n{body}".encode())


def codes(text: SkillText) -> list[str]:
    return [finding.code for finding in text.warnings]


def test_all_six_fields_and_the_body_are_read() -> None:
    text = parse_skill(
        b"---\nname: pdf\ndescription: >\n  Reads\n  PDFs.\nlicense: MIT\ncompatibility: needs git\n"
        b"allowed-tools: Bash(git add:*) Read\nmetadata:\n  author: me\n  version: 1.10\n---\n\n"
        b"# Title\n\ntext  \n\n"
    )
    assert text.name == "pdf"
    assert text.description == "Reads PDFs."
    assert text.license == "MIT"
    assert text.compatibility == "needs git"
    assert text.allowed_tools == ("Bash(git add:*)", "Read")
    assert text.metadata == {"author": "me", "version": "1.10"}
    assert text.extra == {}
    assert text.body == "# Title\n\ntext"
    assert text.body_line == 14
    assert text.raw.startswith("name: pdf\n")
    assert text.warnings == ()
    assert text.problem is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.10", "1.10"),
        ("2026-01-02", "2026-01-02"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        ("yes", "yes"),
        ("No", "No"),
        ("true", "true"),
        ("null", "null"),
        ("12:30:00", "12:30:00"),
        ("'1.10'", "1.10"),
        ('"a\\tb"', "a\tb"),
        ("!!str 5", "5"),
        (".inf", ".inf"),
    ],
)
def test_metadata_stays_text(written: str, read: str) -> None:
    assert skill(f"description: d\nmetadata:\n  v: {written}\n").metadata == {"v": read}


def test_unknown_fields_are_kept_with_the_types_that_json_knows() -> None:
    text = skill(
        "description: d\nuser-invocable: false\neffort: 3\nversion: 1.10\nwhen: 2026-01-02\n"
        "nothing:\nquoted: 'true'\nbig: 123456789012345678901\npaths: [a, 'b', 2]\nhooks: {x: {y: z}}\n"
    )
    assert text.extra == {
        "user-invocable": False,
        "effort": 3,
        "version": "1.10",
        "when": "2026-01-02",
        "nothing": None,
        "quoted": "true",
        "big": "123456789012345678901",
        "paths": ["a", "b", 2],
        "hooks": {"x": {"y": "z"}},
    }
    assert text.warnings == ()


@pytest.mark.parametrize(
    ("front", "tools"),
    [
        ("allowed-tools: Read Grep", ("Read", "Grep")),
        ("allowed-tools: Read, Grep,Glob", ("Read", "Grep", "Glob")),
        ("allowed-tools: [Read, 'Bash(git add:*)']", ("Read", "Bash(git add:*)")),
        ("allowed-tools:\n  - Read\n  - Grep", ("Read", "Grep")),
        ("allowed-tools: Bash(git add *) Bash(a, b)", ("Bash(git add *)", "Bash(a, b)")),
        ("allowed-tools: Bash(open Read", ("Bash(open Read",)),
        ("allowed-tools:", ()),
        ("allowed-tools: {a: b}", ()),
        ("allowed-tools: [[a], b, null]", ("b",)),
    ],
)
def test_tools_are_read_as_text_and_as_lists(front: str, tools: tuple[str, ...]) -> None:
    assert skill(f"description: d\n{front}\n").allowed_tools == tools


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    unix = b"---\nname: a\ndescription: b\n---\n\nline\n\nline\n"
    expected = parse_skill(unix)
    for other in (unix.replace(b"\n", b"\r\n"), unix.replace(b"\n", b"\r")):
        assert parse_skill(other) == expected
    marked = parse_skill(b"\xef\xbb\xbf" + unix)
    assert codes(marked) == ["SK003"]
    assert (marked.name, marked.body) == ("a", "line\n\nline")


def test_front_matter_ends_at_a_line_of_dashes_only() -> None:
    text = skill("name: a\ndescription: x --- y\nnote: '---'\n", "--- not front\n---\n")
    assert text.description == "x --- y"
    assert text.body == "--- not front\n---"
    assert parse_skill(b"---  \nname: a\ndescription: b\n--- \t\nbody").body == "body"
    assert parse_skill(b"---\n---\n").problem == "no description"
    assert parse_skill(b"---\ndescription: b\n---").body == ""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"# Only text\n",
        b"---",
        b"---\n",
        b"---\nname: a\ndescription: never closed\n",
        b"\n---\nname: a\ndescription: late\n---\n",
        b"----\nname: a\n----\n",
        b"--- \x0bname: a\n---\n",
        b" ---\nname: a\n ---\n",
    ],
)
def test_without_front_matter_all_is_body(data: bytes) -> None:
    text = parse_skill(data)
    assert codes(text) == ["SK004"]
    assert text.problem
    assert (text.name, text.description) == (None, None)
    assert text.body == data.decode().strip("\n").rstrip()


def test_what_is_not_utf8_is_replaced_and_said_with_its_line() -> None:
    text = parse_skill(b"---\nname: a\ndescription: caf\xe9\n---\n\xff\n")
    assert text.description == "caf\ufffd"
    assert text.body == "\ufffd"
    assert [(f.code, f.line) for f in text.warnings] == [("SK002", 3)]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Use this when: the user asks", "Use this when: the user asks"),
        ("ends with a colon:", "ends with a colon:"),
        ("a: b: c # and more", "a: b: c # and more"),
        ("`code` first", "`code` first"),
        ("*Bold* first", "*Bold* first"),
        ("@someone", "@someone"),
        ("%d things", "%d things"),
        ("&ampersand: x", "&ampersand: x"),
        ("!important: x", "!important: x"),
        ("[draft] a skill", "[draft] a skill"),
        ('"quoted" at first', '"quoted" at first'),
        ('"a "b" c"', 'a "b" c'),
        ("'it's so'", "it's so"),
        ("{name} is: x", "{name} is: x"),
        ("tab:\tx: y", "tab:\tx: y"),
        ("Use when: a\n  continued: here\n\n  and here", "Use when: a continued: here and here"),
        ("Use when\nthe user asks", "Use when the user asks"),
        ("- x: y\n -z", "- x: y -z"),
    ],
)
def test_an_unquoted_value_is_read_as_if_quoted(line: str, value: str) -> None:
    text = skill(f"name: a\ndescription: {line}\nlicense: MIT\n")
    assert (text.name, text.description, text.license) == ("a", value, "MIT")
    assert [(f.code, f.line) for f in text.warnings] == [("SK006", 3)]
    assert text.problem is None


def test_only_what_yaml_refuses_is_read_leniently() -> None:
    text = skill(
        "# a comment\nname: 'a'\ndescription: |\n  key: in a block\n  more\n"
        "compatibility: needs: git\nmetadata:\n  author: A: B\n  # note\n  version: '2'\n"
    )
    assert text.description == "key: in a block\nmore"
    assert text.compatibility == "needs: git"
    assert text.metadata == {"author": "A: B", "version": "2"}
    assert [(f.code, f.line) for f in text.warnings] == [("SK006", 7), ("SK006", 8)]


@pytest.mark.parametrize(
    "metadata",
    [
        " !!python/object/apply:os.system ['id']",
        " {a: {b: c}",
        "\n  - a: b: c",
        " text: with a colon",
        "\n  a: b: c\n  - d",
    ],
)
def test_metadata_beyond_repair_spoils_nothing_else(metadata: str) -> None:
    text = skill(f"name: a\ndescription: d\nmetadata:{metadata}\nlicense: MIT\n")
    assert (text.name, text.description, text.license) == ("a", "d", "MIT")
    assert text.metadata == {}
    assert [(f.code, f.line) for f in text.warnings] == [("SK006", 4)]


def test_a_block_with_a_tab_is_still_text() -> None:
    text = skill("name: a\ndescription: |\n\tUse it\n\twhen: asked\n")
    assert text.description == "Use it\nwhen: asked"


@pytest.mark.parametrize(
    "front",
    [
        "- a\n- b\n",
        "just text\n",
        "? [complex]\n: key\n",
        "[a]: b: c\n",
        "{\n",
        "\tname: a\n",
        "%YAML 1.1\nname: a\n",
    ],
)
def test_what_cannot_be_read_is_said_and_skipped(front: str) -> None:
    text = skill(front)
    assert codes(text) == ["SK005"]
    assert text.problem
    assert text.problem.startswith("front matter that is not YAML: ")
    assert text.description is None
    assert text.body == "Do it."


@pytest.mark.parametrize(
    "front",
    [
        "a: &x [1]\nb: *x\n",
        "a: !!python/name:os.system x\n",
        "a: !custom {x: y}\n",
        "a: 1\n--- b\n",
        "a: {" + "b: {" * 40 + "}" * 41 + "\n",
        "- a\n",
        "a\n",
        "[x]: y\n",
        "a: 'x\n",
        "a: \x00\n",
        "a: \x1b\n",
        'a: "\\ud800"\n',
        'a: "\\U00110000"\n',
    ],
)
def test_the_mapping_reader_is_strict(front: str) -> None:
    with pytest.raises(MappingError):
        read_mapping(front, Duplicates())


def test_anchors_aliases_and_tags_never_expand() -> None:
    lol = "a: &a [lol, lol]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    text = skill(f"description: d\n{lol}x: !!python/object/apply:os.system ['id']\n")
    assert text.extra["i"] == "&i [*h, *h, *h]"
    assert text.extra["x"] == "!!python/object/apply:os.system ['id']"
    assert set(codes(text)) == {"SK006"}


def test_a_field_given_twice_is_said_and_the_last_counts() -> None:
    text = skill("name: a\nname: b\ndescription: d\nmetadata:\n  v: '1'\n  v: '2'\n")
    assert (text.name, text.metadata) == ("b", {"v": "2"})
    assert [(f.code, f.line) for f in text.warnings] == [("SK007", 3), ("SK007", 7)]
    lenient = skill("name: a\nname: b\ndescription: x: y\nmetadata:\n  v: '1'\n  v: '2'\n")
    assert (lenient.name, lenient.metadata) == ("b", {"v": "2"})
    assert [(f.code, f.line) for f in lenient.warnings] == [
        ("SK006", 4),
        ("SK007", 3),
        ("SK007", 7),
    ]


@pytest.mark.parametrize(
    "front",
    ["name: a\n", "description:\n", "description: ''\n", "description: ~\n", "description: [a]\n"],
)
def test_no_description_is_a_reason_to_skip(front: str) -> None:
    text = skill(front)
    assert text.description is None
    assert text.problem == "no description"


def test_text_fields_are_the_text_that_stands_there() -> None:
    text = skill("name: 123\ndescription: true\nlicense: 1.0\ncompatibility: [x]\n")
    assert (text.name, text.description, text.license) == ("123", "true", "1.0")
    assert text.compatibility is None


@pytest.mark.parametrize(
    "data",
    [
        b"---\n" + b"x: [" * 60_000 + b"\n---\n",
        b"---\ndescription: d\n" + b"k: v\n" * 12_000 + b"---\n",
        b"---\n" + b"".join(b"k%d: a: b\n" % i for i in range(5_000)) + b"---\n",
        b"---\nmetadata:\n  x" + b" " * 60_000 + b"\n  y: a: b\n---\n",
        b"---\ndescription: x: " + b"y " * 30_000 + b"\n---\n",
        b"---\n" + b"? " * 30_000 + b"\n---\n",
        b"---\nallowed-tools: x: " + b"a(" * 30_000 + b"\n---\n",
        b"---\n" + b"x" * 5_000_000 + b"\n---\n",
        b"---\n" + b"\n" * 1_000_000,
        b"---\nname: a\n---\n" + b" \n" * 500_000,
        b"---\nname: a\n---\n" + b"--- \n" * 300_000,
    ],
)
def test_hostile_bytes_cost_little(data: bytes) -> None:
    start = time.process_time()
    parse_skill(data)
    assert time.process_time() - start < 3


def test_front_matter_has_a_limit() -> None:
    text = skill("description: d\nx: " + "y" * 70_000 + "\n")
    assert codes(text) == ["SK008"]
    assert text.problem == "front matter over 64 KiB"


YAMLISH = st.lists(
    st.sampled_from(
        [
            *("---", "name", "description", "metadata", "allowed-tools", ":", ": ", "\n", "\n  "),
            *(
                "- ",
                "[",
                "]",
                "{",
                "}",
                '"',
                "'",
                "|\n",
                ">\n",
                "&a",
                "*a",
                "!!str",
                "#",
                " ",
                "\t",
            ),
            *(
                "a",
                "1.0",
                "true",
                "~",
                "%",
                "@",
                "`",
                "\r\n",
                "\x00",
                "\ufeff",
                "\u2028",
                "é",
                "\\u",
            ),
        ]
    ),
    max_size=40,
).map("".join)


@given(st.one_of(st.binary(max_size=300), YAMLISH.map(str.encode)), st.booleans())
def test_any_bytes_are_read_without_an_exception(data: bytes, wrapped: bool) -> None:
    text = parse_skill(b"---\n" + data + b"\n---\nbody" if wrapped else data)
    for value in (text.name, text.description, text.body, text.raw, *text.metadata.values()):
        if value is not None:
            value.encode()
    for finding in text.warnings:
        assert "\n" not in finding.message + finding.hint
        assert not any(ord(c) < 32 for c in finding.message + finding.hint)


@given(YAMLISH)
def test_what_is_accepted_strictly_is_what_pyyaml_reads(front: str) -> None:
    try:
        nodes = read_mapping(front, Duplicates())
    except MappingError:
        return
    expected = yaml.load(front, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    if not isinstance(expected, dict):
        assert expected in {None, "", "~"}
        expected = {}

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {k: plain(v.content) for k, v in value.items()}
        return [plain(v.content) for v in value] if isinstance(value, list) else value

    assert plain(nodes) == expected


@given(st.text(max_size=200))
def test_a_description_in_quotes_comes_back(text: str) -> None:
    front = yaml.safe_dump({"name": "a", "description": text}, allow_unicode=False, width=10_000)
    read = skill(front)
    assert read.description == (text.strip() or None)
    assert read.warnings == ()


@pytest.mark.parametrize(
    "name",
    ["a", "code-review", "0", "a1-2b", "überprüfung", "代码审查", "コード", "проверка", "a" * 64],
)
def test_valid_names(name: str) -> None:
    assert name_problem(name) is None
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "no characters"),
        ("a" * 65, "more than 64 characters"),
        ("Code", "capital letters"),
        ("-a", "a hyphen at an end"),
        ("a-", "a hyphen at an end"),
        ("-", "a hyphen at an end"),
        ("a--b", "two hyphens in a row"),
        ("a b", "characters other than letters, digits and hyphens"),
        ("a_b", "characters other than letters, digits and hyphens"),
        ("a/b", "characters other than letters, digits and hyphens"),
        ("..", "characters other than letters, digits and hyphens"),
        ("a\nb", "characters other than letters, digits and hyphens"),
        ("a\u202eb", "characters other than letters, digits and hyphens"),
        ("a\u200db", "characters other than letters, digits and hyphens"),
        ("a~b", "characters other than letters, digits and hyphens"),
        ("a@1", "characters other than letters, digits and hyphens"),
        ("🔥", "characters other than letters, digits and hyphens"),
    ],
)
def test_names_that_are_not_valid(name: str, problem: str) -> None:
    assert name_problem(name) == problem
    with pytest.raises(RefusedError) as caught:
        check_name(name)
    assert caught.value.problem == f"a name with {problem}"
    assert "\n" not in caught.value.subject
    assert "\u202e" not in caught.value.subject


def test_names_are_kept_in_their_normal_form() -> None:
    assert check_name(" \ufb01le ") == "file"
    assert check_name("u\u0308ber") == "über"


@pytest.mark.parametrize(
    ("front", "folder", "name"),
    [
        ("name: a\n", "b", "a"),
        ("name: Not Valid\n", "b", "b"),
        ("license: x\n", "b", "b"),
        ("name: a\n", None, "a"),
        ("name: a\n", "Not Valid", "a"),
    ],
)
def test_a_skill_is_named_by_its_text_else_by_its_folder(
    front: str, folder: str | None, name: str
) -> None:
    assert skill_name(skill(front), folder) == name


@pytest.mark.parametrize(
    ("front", "folder"),
    [("name: ../../x\n", None), ("name: ..\n", ".."), ("x: y\n", "My Skill"), ("name: A\n", "B\n")],
)
def test_a_skill_without_a_valid_name_must_be_given_one(front: str, folder: str | None) -> None:
    with pytest.raises(RefusedError) as caught:
        skill_name(skill(front), folder)
    assert "--name" in (caught.value.hint or "")


_LINES = st.from_regex(
    r"(  )?(name|description|license|a_b|x-1): [A-Za-z0-9][ -~\u00e4\u2013\u201c]{0,30}"
    r"|(metadata|name| x):",
    fullmatch=True,
)


@given(st.lists(_LINES | st.text(max_size=12), min_size=1, max_size=5).map("\n".join))
def test_simple_lines_are_read_as_yaml_reads_them(front: str) -> None:
    simple = read_simple(front)
    if simple is not None:
        duplicates = Duplicates()
        assert simple == read_yaml(front, duplicates)
        assert not duplicates


@pytest.mark.parametrize(
    ("front", "simple"),
    [
        (
            "name: pdf\ndescription: Reads (some) PDFs, and `more`; isn't it \u201cgood\u201d?\n",
            True,
        ),
        ("description: see https://example.test/a:b#c", True),
        ("version: 1.10\nuser-invocable: no\nlicense: null", True),
        ("description: one: two", False),
        ("description: one #two", False),
        ("description: one:", False),
        ("description: 'one'", False),
        ("description: [one]", False),
        ("description: &one two", False),
        ("description: one\n  two", False),
        ("description: one\n\nlicense: MIT", False),
        ("description: one\u2028two", False),
        ("description: one\ttwo", False),
        ("name: one\nname: two", False),
        ("name:", False),
        ("metadata:\n  author: me\n  version: 1.10\nname: one", True),
        ("name: one\nmetadata:\n  author: me\n", True),
        ("metadata:\nname: one", False),
        ("name: one\nmetadata:\n", False),
        ("metadata:\n  a: one\n  a: two", False),
        ("metadata:\n  a: one\nmetadata:\n  b: two", False),
        ("metadata:\n  a: one\n    b", False),
        ("metadata:\n  a:\n    b: one", False),
        ("metadata:\n a: one", False),
        ("metadata:\n  - one", False),
        ("name: one\n  a: two", False),
        ("  name: one", False),
        ("", False),
    ],
)
def test_what_is_read_without_a_yaml_parser(front: str, simple: bool) -> None:
    assert (read_simple(front) is not None) is simple
