"""No secret stands in what is printed about a failure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.cli.redact import redact, secrets_of

BECH = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"


@given(st.text(alphabet=BECH, min_size=58, max_size=70), st.booleans(), st.text())
def test_identity_lines_never_survive(tail: str, pq: bool, around: str) -> None:
    line = f"AGE-SECRET-KEY-{'PQ-' if pq else ''}1{tail}"
    for text in (line, line.lower(), f"{around} {line}\n{around}"):
        assert tail.lower() not in redact(text).lower().replace(around.lower(), "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:s3cret@host/x.git", "https://***@host/x.git"),
        ("https://ghp_tokentokentoken@host/x", "https://***@host/x"),
        ("HTTP://tok@host", "HTTP://***@host"),
        ("ssh://git@host/x.git", "ssh://git@host/x.git"),
        ("ssh://git:pw@host/x.git", "ssh://git:***@host/x.git"),
        ("git@host:ada/x.git", "git@host:ada/x.git"),
        ("https://host/a@b", "https://host/a@b"),
        ("key sk-abcdefghijklmnopqrstuv end", "key *** end"),
        (
            "task-list and risk-free-and-long-words-here",
            "task-list and risk-free-and-long-words-here",
        ),
    ],
)
def test_credentials_of_urls_and_tokens(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_values_of_secret_variables() -> None:
    environ = {
        "SKILLVAULT_PASSPHRASE": "correct horse",
        "OPENAI_API_KEY": "k-1",
        "X_TOKEN": "correct",
    }
    environ |= {"HOME": "/home/ada", "MONKEY": "banana"}
    secrets = secrets_of(environ)
    assert secrets == {"correct horse", "correct"}
    assert redact("a correct horse in /home/ada eats a banana", secrets) == (
        "a *** in /home/ada eats a banana"
    )
