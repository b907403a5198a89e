"""One voice and one exit code for each kind of failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skillvault import errors
from skillvault.cli.failure import report
from skillvault.cli.run import Run

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.CheckError, 1),
        (errors.UsageError, 2),
        (errors.NotFoundError, 3),
        (errors.AccessError, 4),
        (errors.VerificationError, 5),
        (errors.ConflictError, 6),
        (errors.ServiceError, 7),
        (errors.RefusedError, 8),
    ],
)
def test_each_of_our_errors_has_its_code(
    capsys: pytest.CaptureFixture[str], kind: type[errors.SkillvaultError], code: int
) -> None:
    assert report(kind("acme", "no"), Run(), NONE) == code
    assert capsys.readouterr() == ("", "skillvault: error: acme: no\n")


def test_a_hint_has_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    report(errors.UsageError("acme", "no\nreally", "do\x1b[2J this"), Run(), NONE)
    assert capsys.readouterr().err == (
        "skillvault: error: acme: no really\nhint: do<U+001B>[2J this\n"
    )


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (KeyError("x"), "KeyError: 'x'"),
        (RecursionError(), "RecursionError"),
        (MemoryError(), "MemoryError"),
        (ValueError("AGE-SECRET-KEY-1QQQQ\nmore"), "ValueError: ***"),
    ],
)
def test_a_defect_is_one_line_exit_1_and_says_how_to_report(
    capsys: pytest.CaptureFixture[str], error: Exception, first: str
) -> None:
    assert report(error, Run(), NONE) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"skillvault: error: internal error: {first}"
    assert lines[1].startswith("hint: this is a defect of skillvault: ")
    assert len(lines) == 2


def test_what_the_system_refuses_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - whichever the system raises
        Path("/nowhere/at all").read_bytes()
    assert report(caught.value, Run(), NONE) == 7
    assert capsys.readouterr().err == (
        "skillvault: error: /nowhere/at all: no such file or directory\n"
    )


def test_json_and_debug(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run()
    run.json = run.debug = True

    def fails(secret: str) -> None:
        local = secret + "-derived"
        raise ValueError(len(local))

    with pytest.raises(ValueError, match="17") as caught:
        fails("plaintext")
    assert report(caught.value, run, NONE) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert not any("plaintext-derived" in line for line in lines)
    assert json.loads(lines[-1])["error"]["code"] == "internal"
