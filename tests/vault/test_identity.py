"""Identities: one line is the whole secret, and the file stays an age identity file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError, SkillvaultError
from skillvault.vault import identity
from skillvault.vault.identity import VaultNote

NOTE = VaultNote("sha256:" + "0" * 64, 7, "sha256:" + "a" * 64, "git@host:ada/x.git")


@pytest.mark.parametrize("suite", identity.SUITES)
def test_a_line_gives_the_same_keys_again(suite: str) -> None:
    made = identity.generate(suite)
    assert made.suite == suite
    again = identity.parse(made.line)
    assert (again.recipient, again.signing_line) == (made.recipient, made.signing_line)


def test_no_repr_shows_the_secret() -> None:
    made = identity.generate()
    assert made.line not in repr(made)
    assert made.line not in repr(identity.IdentityFile(made, "Ada"))


def test_the_two_suites_derive_different_signing_keys() -> None:
    assert identity.generate().signing_line != identity.generate("x25519").signing_line


def test_a_backup_sheet_comes_back_with_its_pins() -> None:
    made = identity.generate("x25519")
    sheet = identity.format_file(made, "Ada Lovelace", (NOTE,))
    read = identity.parse_file(sheet, "sheet")
    assert (read.identity.line, read.name, read.vaults) == (made.line, "Ada Lovelace", (NOTE,))


@pytest.mark.parametrize(
    "line",
    [
        "# vault sha256:00 7 sha256:00 url",
        f"# vault {NOTE.vault} -1 {NOTE.head} url",
        f"# vault {NOTE.vault} 7 {NOTE.head}",
        f"# vault {NOTE.vault} 7 {NOTE.head} two words",
    ],
)
def test_a_damaged_vault_line_is_refused(line: str) -> None:
    made = identity.generate("x25519")
    with pytest.raises(RefusedError, match="damaged"):
        identity.parse_file(f"{line}\n{made.line}\n".encode(), "sheet")


def test_two_identities_in_one_file_are_refused() -> None:
    lines = f"{identity.generate('x25519').line}\n{identity.generate('x25519').line}\n"
    with pytest.raises(RefusedError, match="2 identities"):
        identity.parse_file(lines.encode(), "file")


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(RefusedError, match="no such suite"):
        identity.generate("rot13")


def test_a_wrong_line_is_not_repeated_in_the_error() -> None:
    secret = identity.generate("x25519").line
    broken = secret[:-1] + ("Q" if secret[-1] != "Q" else "P")
    with pytest.raises(SkillvaultError) as caught:
        identity.parse(broken)
    assert broken not in str(caught.value)
    assert secret[20:40] not in str(caught.value)


@given(st.binary(max_size=400))
def test_any_bytes_are_an_identity_file_or_one_of_our_errors(data: bytes) -> None:
    with pytest.raises(SkillvaultError):
        identity.parse_file(data, "file")
