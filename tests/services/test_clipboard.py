"""The system's clipboard: the text by standard input, cleared only while it is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.services import clipboard
from skillvault.services.context import Context
from tests.people import Person

TOOL = """#!/bin/sh
case "$*" in
*-o*) cat "{held}" ;;
*) echo "$*" >> "{held}.words"; cat > "{held}" ;;
esac
"""


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """What the clipboard has in it."""
    return tmp_path / "held"


@pytest.fixture
def ctx(tmp_path: Path, held: Path) -> Context:
    """A machine with a screen and an `xclip`."""
    tools = tmp_path / "bin"
    tools.mkdir()
    xclip = tools / "xclip"
    xclip.write_text(TOOL.format(held=held))
    xclip.chmod(0o755)
    environ = {"PATH": f"{tools}:/usr/bin:/bin", "DISPLAY": ":0"}
    return Person("Ada", tmp_path / "ada", environ=environ).ctx


def test_the_text_goes_through_standard_input_alone(ctx: Context, held: Path) -> None:
    assert clipboard.copy(ctx, "a secret\n") == "xclip"
    assert held.read_text() == "a secret\n"
    assert "secret" not in Path(f"{held}.words").read_text()


def test_it_is_cleared_while_it_is_ours(ctx: Context, held: Path) -> None:
    clipboard.copy(ctx, "a secret\n")
    assert clipboard.clear(ctx, "a secret\n")
    assert held.read_text() == ""


def test_what_somebody_else_copied_stays(ctx: Context, held: Path) -> None:
    clipboard.copy(ctx, "a secret\n")
    held.write_text("theirs")
    assert not clipboard.clear(ctx, "a secret\n")
    assert held.read_text() == "theirs"


@pytest.mark.parametrize("environ", [{}, {"PATH": "/nowhere", "DISPLAY": ":0"}])
def test_without_a_screen_or_a_tool_there_is_no_clipboard(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    ctx = Person("Ada", tmp_path / "ada", environ={"PATH": "/nowhere", **environ}).ctx
    assert clipboard.tool(ctx.environ) is None
    assert clipboard.copy(ctx, "x") is None
    assert not clipboard.clear(ctx, "x")


def test_a_tool_that_fails_took_nothing(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "bin" / "xclip").write_text("#!/bin/sh\nexit 1\n")
    assert clipboard.copy(ctx, "x") is None
    assert not clipboard.clear(ctx, "x")
