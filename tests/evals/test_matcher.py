from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.evals.matcher import Matcher, PatternError, SlowPatternError

MATCHER = Matcher(seconds=0.1)


@settings(deadline=None)
@given(
    st.sampled_from([r"a+b?", r"^\d{2}", r"(x|y)*z$", r"[^a]", "é", r"\bA"]), st.text("abxyz12Aé\n")
)
def test_it_finds_what_re_finds(pattern: str, text: str) -> None:
    assert MATCHER.search(pattern, text) == (re.search(pattern, text) is not None)
    folded = re.search(pattern, text, re.IGNORECASE) is not None
    assert MATCHER.search(pattern, text, ignore_case=True) == folded


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 60 + "b"),
        (".*" * 20 + "x", "a" * 3000),
        ("(?:x?){5000}y", "x" * 5000),
        (r"^(\w+\s?)*$", "word " * 20 + "!"),
    ],
)
def test_a_pattern_that_would_run_for_ever_is_stopped_and_the_next_one_answered(
    pattern: str, text: str
) -> None:
    started = time.process_time()
    with pytest.raises(SlowPatternError):
        MATCHER.search(pattern, text)
    assert time.process_time() - started < 0.1
    assert MATCHER.search("a", "cat")


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", "*", "(?P<n>a)(?P<n>b)", "\\"])
def test_what_is_no_pattern_says_why(pattern: str) -> None:
    with pytest.raises(PatternError, match=r".+"):
        MATCHER.search(pattern, "a")


def test_a_long_pattern_is_refused() -> None:
    with pytest.raises(PatternError, match="longer than"):
        MATCHER.search("a" * 1001, "a")


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_pattern_is_decided_or_one_of_two_errors(pattern: str) -> None:
    with contextlib.suppress(PatternError, SlowPatternError):
        MATCHER.search(pattern, "some text")


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a\nb", "\u2028", ""])
def test_any_text_reaches_it(text: str) -> None:
    assert MATCHER.search(re.escape(text), f"x{text}y")


def test_a_child_that_was_killed_is_replaced() -> None:
    with Matcher() as matcher:
        assert matcher.search("a", "a")
        child = matcher._child
        assert child is not None
        os.kill(child.pid, 9)
        child.wait()
        assert not matcher.search("b", "a")


def test_a_child_that_is_stopped_is_given_up() -> None:
    with Matcher(patience=0.2) as matcher:
        matcher.search("a", "a")
        child = matcher._child
        assert child is not None
        os.kill(child.pid, 19)  # SIGSTOP
        with pytest.raises(SlowPatternError):
            matcher.search("a", "a")
        assert matcher.search("a", "a")


def test_closing_leaves_no_process() -> None:
    matcher = Matcher()
    matcher.search("a", "a")
    child = matcher._child
    assert child is not None
    matcher.close()
    matcher.close()
    assert child.returncode is not None


def test_it_inherits_no_secret_and_runs_nothing_of_the_current_folder() -> None:
    code = (
        "from skillvault.evals.matcher import Matcher\n"
        "m = Matcher(); m.search('a', 'a')\n"
        "print(open(f'/proc/{m._child.pid}/environ').read())\nm.close()"
    )
    environ = os.environ | {"SKILLVAULT_KEY": "secret"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout
