"""What is printed, and how it differs at a terminal, in a pipe, under -q, --json and colours."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.cli.output import Output
from skillvault.skill.text import cell_width


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")


def made(*, terminal: bool, **options: object) -> tuple[Output, io.StringIO, io.StringIO]:
    kind = Terminal if terminal else io.StringIO
    out, err = kind(), kind()
    return Output(stdout=out, stderr=err, **options), out, err  # type: ignore[arg-type]  # passed on


ROWS = [["code-review", "4", "Ada"], ["naïve-文字", "12", "Bob\tB\n"]]


def test_a_piped_table_has_tabs_and_neither_heads_nor_a_width() -> None:
    printer, out, _ = made(terminal=False)
    printer.table([*ROWS, ["x" * 200, "1", ""]], ["NAME", "@", "BY"], right=["@"])
    lines = out.getvalue().splitlines()
    assert lines[0] == "code-review\t4\tAda"
    assert lines[1] == "naïve-文字\t12\tBob<U+0009>B<U+000A>"
    assert lines[2] == "x" * 200 + "\t1\t"


def test_a_table_at_a_terminal_is_aligned_under_its_heads() -> None:
    printer, out, _ = made(terminal=True, color="never")
    printer.table(ROWS, ["NAME", "@", "BY"], right=["@"])
    assert out.getvalue().splitlines() == [
        "NAME          @  BY",
        "code-review   4  Ada",
        "naïve-文字   12  Bob<U+0009>B<U+000A>",
    ]


@given(st.text())
def test_a_name_adds_no_line_to_a_preview(name: str) -> None:
    printer, _, err = made(terminal=False, quiet=True)
    printer.preview(f"  has read   {name}")
    assert err.getvalue().count("\n") == 1
    assert err.getvalue().startswith("  has read   ")


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=5))
def test_a_table_never_gets_wider_than_the_terminal(rows: list[tuple[str, str, str]]) -> None:
    printer, out, _ = made(terminal=True, color="never")
    printer.table(rows, ["A", "B", "C"], right=["B"])
    lines = out.getvalue().removesuffix("\n").split("\n")
    assert len(lines) == len(rows) + 1
    assert all(cell_width(line) <= 40 for line in lines)


def test_an_empty_table_prints_nothing_in_a_pipe() -> None:
    printer, out, _ = made(terminal=False)
    printer.table([], ["NAME"])
    assert not out.getvalue()


@pytest.mark.parametrize(
    ("terminal", "option", "environ", "colored"),
    [
        (True, "auto", {}, True),
        (False, "auto", {}, False),
        (True, "auto", {"NO_COLOR": "1"}, False),
        (True, "auto", {"NO_COLOR": ""}, True),
        (True, "auto", {"TERM": "dumb"}, False),
        (False, "auto", {"CLICOLOR_FORCE": "1"}, True),
        (False, "auto", {"CLICOLOR_FORCE": "0"}, False),
        (False, "auto", {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        (False, "always", {"NO_COLOR": "1"}, True),
        (True, "never", {"CLICOLOR_FORCE": "1"}, False),
    ],
)
def test_who_decides_on_colour(
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    option: str,
    environ: dict[str, str],
    colored: bool,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    printer, out, _ = made(terminal=terminal, color=option)
    assert printer.style("x", "red") == ("\x1b[31mx\x1b[0m" if colored else "x")
    assert not out.getvalue()


def test_quiet_leaves_data_and_warnings() -> None:
    printer, out, err = made(terminal=False, quiet=True)
    printer.data("data")
    printer.said("said")
    printer.note("note")
    printer.hint("hint")
    printer.warning("mind this")
    assert out.getvalue() == "data\n"
    assert err.getvalue() == "warning: mind this\n"


def test_json_is_alone_on_stdout_with_warnings_on_stderr() -> None:
    printer, out, err = made(terminal=True, json=True)
    printer.data("data")
    printer.said("said")
    printer.table(ROWS, ["NAME", "@", "BY"])
    printer.hint("do this")
    printer.warning("mind this")
    printer.emit_json(skills=[])
    assert json.loads(out.getvalue()) == {"skillvault": 1, "vault": None, "skills": []}
    assert err.getvalue().endswith(" mind this\n")
    assert "do this" not in err.getvalue()


@given(st.text())
def test_json_is_printable_ascii_on_one_line(text: str) -> None:
    printer, out, _ = made(terminal=True, json=True)
    printer.emit_json({"name": text}, text=text)
    line = out.getvalue().removesuffix("\n")
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"skillvault": 1, "vault": {"name": text}, "text": text}


@given(st.text())
def test_whatever_is_printed_cannot_steer_the_terminal(text: str) -> None:
    printer, out, err = made(terminal=True, color="never")
    printer.data(text)
    printer.said(text)
    printer.hint(text)
    printer.warning(text)
    for stream in (out, err):
        assert not any(c < " " and c not in "\n\t" for c in stream.getvalue())
        assert "\x7f" not in stream.getvalue()
        assert "\x9b" not in stream.getvalue()
