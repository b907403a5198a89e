"""A new name, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.skill.frontmatter import parse_skill
from skillvault.skill.renaming import with_name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "---\nname: old\ndescription: d\n---\nold\n",
            "---\nname: new\ndescription: d\n---\nold\n",
        ),
        (
            "---\r\nname: old\r\ndescription: d\r\n---\r\n",
            "---\r\nname: new\r\ndescription: d\r\n---\r\n",
        ),
        (
            "---\ndescription: d\nname:   'old'  # why\n---\n",
            "---\ndescription: d\nname:   new  # why\n---\n",
        ),
        ("---\nname: >\n  old\ndescription: d\n---\n", "---\nname: new\ndescription: d\n---\n"),
        (
            "\ufeff---\nname: old\ndescription: d\n---\n",
            "\ufeff---\nname: new\ndescription: d\n---\n",
        ),
        (
            "---\nname: a\nname: b\ndescription: d\n---\n",
            "---\nname: a\nname: new\ndescription: d\n---\n",
        ),
        ("---\ndescription: d\nmetadata:\n  name: old\n---\n", None),
        (
            "---\ndescription: what: a mess\nname: old\n---\n",
            "---\ndescription: what: a mess\nname: new\n---\n",
        ),
        ("no front matter\nname: old\n", None),
    ],
)
def test_only_the_name_changes(before: str, after: str | None) -> None:
    expected = before if after is None else after
    assert with_name(before.encode(), "new") == expected.encode()


@pytest.mark.parametrize("name", ["true", "null", "7", "1e3", "no", "caf\u00e9"])
def test_a_name_is_text_whatever_yaml_makes_of_it(name: str) -> None:
    changed = with_name(b"---\nname: old\ndescription: d\n---\n", name)
    assert parse_skill(changed).name == name


@pytest.mark.parametrize(
    "text",
    [
        b"---\n{name: old, description: d}\n---\n",
        b"---\n? name\n: old\ndescription: d\n---\n",
    ],
)
def test_what_cannot_be_changed_alone_is_refused_or_left(text: bytes) -> None:
    if parse_skill(text).nodes.get("name") is None:
        assert with_name(text, "new") == text
        return
    with pytest.raises(RefusedError, match="cannot be changed alone"):
        with_name(text, "new")


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_whatever_stands_there_survives(front: bytes, body: bytes) -> None:
    data = b"---\n" + front + b"\nname: old\n---\n" + body
    try:
        changed = with_name(data, "new")
    except RefusedError:
        return
    old, new = parse_skill(data), parse_skill(changed)
    assert old.body == new.body
    if old.nodes.get("name") is not None:
        assert new.name == "new"
