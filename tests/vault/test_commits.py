"""One entry, one commit: stock git verifies it, and nothing that differs in a byte passes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import VerificationError
from skillvault.vault import git, sshsig
from skillvault.vault.commits import build_commit, check_commit
from skillvault.vault.entry import Entry
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.repository import create_bare
from skillvault.vault.tree import EMPTY_TREE

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PARENT = "1" * 40
MEMBER = "abcdefghijklmnop"
ENTRY = Entry(
    changes={"names/abcdefghijklmnop.age": "sha256:" + "0" * 64},
    content={},
    member=MEMBER,
    previous="sha256:" + "1" * 64,
    seq=12,
    time="2026-11-24T17:00:00Z",
)
RAW = build_commit(EMPTY_TREE, PARENT, ENTRY, KEY)
FIRST = build_commit(EMPTY_TREE, None, ENTRY, KEY)
PERSON = f"{MEMBER} <{MEMBER}@vault> 1795539600 +0000".encode()


def test_the_bytes_are_those_of_the_format() -> None:
    head, _, message = RAW.partition(b"\n\n")
    lines = head.split(b"\n")
    assert lines[:4] == [
        f"tree {EMPTY_TREE}".encode(),
        f"parent {PARENT}".encode(),
        b"author " + PERSON,
        b"committer " + PERSON,
    ]
    assert lines[4] == b"gpgsig -----BEGIN SSH SIGNATURE-----"
    assert lines[-1] == b" -----END SSH SIGNATURE-----"
    assert message == b"skillvault\n\n" + ENTRY.to_bytes()


@pytest.mark.parametrize(("raw", "parent"), [(RAW, PARENT), (FIRST, None)])
def test_what_was_built_comes_apart_again(raw: bytes, parent: str | None) -> None:
    parts = check_commit(raw, parent)
    assert (parts.tree, parts.entry) == (EMPTY_TREE, ENTRY)
    sshsig.verify(sshsig.public_line(KEY), parts.payload, parts.signature, "git")


def test_stock_git_verifies_it(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("ssh-keygen")
    repo = tmp_path / "v"
    create_bare(repo)
    write_objects(repo, [GitObject("tree", b"")])
    allowed = tmp_path / "allowed"
    for key, good in ((KEY, True), (Ed25519PrivateKey.generate(), False)):
        commit = GitObject("commit", build_commit(EMPTY_TREE, None, ENTRY, key))
        write_objects(repo, [commit])
        allowed.write_text(f'{MEMBER}@vault namespaces="git" {sshsig.public_line(KEY)}\n')
        words = ["git", f"--git-dir={repo}", "-c", f"gpg.ssh.allowedSignersFile={allowed}"]
        words += ["verify-commit", "--raw", commit.oid]
        done = subprocess.run(words, check=False, capture_output=True, env=git.environment())
        assert (done.returncode == 0) is good
        assert (f'Good "git" signature for {MEMBER}@vault'.encode() in done.stderr) is good


def test_git_fsck_finds_nothing_to_say(tmp_path: Path) -> None:
    create_bare(tmp_path / "v")
    write_objects(tmp_path / "v", [GitObject("tree", b""), GitObject("commit", FIRST)])
    assert git.run(tmp_path / "v", ["fsck", "--strict", "--no-dangling"]) == b""


ARMOR = sshsig.armor(sshsig.sign(KEY, b"", "git"))


def signature(raw: bytes) -> bytes:
    """The `gpgsig` header of a commit."""
    start = raw.index(b"gpgsig ")
    return raw[start : raw.index(b"\n\n", start) + 1]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "not an entry's"),
        (RAW.replace(b"\n\nskillvault\n\n", b"\n\nskillvault \n\n"), "not an entry's"),
        (RAW.replace(b"\n\nskillvault\n\n", b"\n\nSkillvault\n\n"), "not an entry's"),
        (RAW.replace(b"\n\nskillvault\n\n", b"\n\nskillvault\n"), "not an entry's"),
        (RAW + b"\n", "canonical"),
        (RAW[:-1], "canonical"),
        (RAW + b"Signed-off-by: me\n", "not JSON"),
        (RAW.replace(signature(RAW), b""), "not signed"),
        (RAW.replace(b"gpgsig ", b"gpgsig-sha256 "), "not signed"),
        (RAW.replace(b"\nparent ", b"\nparent " + b"2" * 40 + b"\nparent "), "joins two lines"),
        (RAW.replace(PARENT.encode(), b"2" * 40), "does not follow the entry before"),
        (FIRST, "does not follow the entry before"),
        (RAW.replace(b"+0000", b"+0100"), "other headers"),
        (RAW.replace(b"author " + PERSON, b"author x " + PERSON[17:]), "other headers"),
        (RAW.replace(b"1795539600", b"1795539601"), "other headers"),
        (RAW.replace(b"1795539600", b"01795539600"), "other headers"),
        (RAW.replace(b"committer " + PERSON, b"committer " + PERSON[:-1]), "other headers"),
        (RAW.replace(b"\ngpgsig", b"\nencoding UTF-8\ngpgsig"), "other headers"),
        (RAW.replace(b"tree ", b"tree  "), "other headers"),
        (RAW.replace(EMPTY_TREE.encode(), EMPTY_TREE.upper().encode()), "other headers"),
        (RAW.replace(EMPTY_TREE.encode(), EMPTY_TREE[:-1].encode()), "other headers"),
        (RAW.replace(b"\nauthor", b"\r\nauthor"), "does not follow"),
        (RAW.replace(b"\ncommitter", b"\r\ncommitter"), "other headers"),
        (RAW.replace(b"\n\nskillvault", b"\nmergetag x\n\nskillvault"), "armored as"),
        (RAW.replace(b"\n\nskillvault", b"\n \n\nskillvault"), "armored as"),
        (RAW.replace(signature(RAW), signature(RAW) * 2), "armored as"),
        (RAW.replace(b"SSH SIGNATURE", b"PGP SIGNATURE"), "armored as"),
        (RAW.replace(b"\n U1NI", b"\n  U1NI"), "armored as"),
        (RAW.replace(b"\n U1NI", b"\nU1NI"), "not wrapped as git"),
        (RAW.replace(b"\n U1NIU0lH", b"\n U1NI\n U0lH"), "armored as"),
        (RAW.replace(b'"seq":12', b'"seq":12.0'), "no integer"),
        (RAW.replace(b'"seq":12', b'"seq": 12'), "canonical"),
        (RAW.replace(b'"content":{},', b""), "other fields"),
        (RAW.replace(MEMBER.encode(), b"abcdefghijklmno0"), "no id"),
        (RAW.replace(b"2026-11-24T17:00:00Z", b"1969-11-24T17:00:00Z"), "time"),
    ],
)
def test_whatever_is_not_the_one_commit_is_refused(raw: bytes, problem: str) -> None:
    assert raw != RAW
    with pytest.raises(VerificationError, match=problem):
        check_commit(raw, PARENT)


def test_a_first_entry_has_no_parent() -> None:
    with pytest.raises(VerificationError, match="does not follow"):
        check_commit(RAW, None)


@given(st.integers(0, len(RAW) * 8 - 1))
def test_a_changed_bit_is_refused_or_breaks_the_signature(bit: int) -> None:
    changed = bytearray(RAW)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VerificationError):
        check_signed(bytes(changed))


def check_signed(raw: bytes) -> None:
    """Both checks that a commit goes through."""
    parts = check_commit(raw, PARENT)
    sshsig.verify(sshsig.public_line(KEY), parts.payload, parts.signature, "git")


@given(st.binary(max_size=200), st.integers(0, len(RAW)))
def test_any_bytes_give_their_only_parts_or_a_verification_error(data: bytes, at: int) -> None:
    for raw in (data, RAW[:at] + data + RAW[at:], RAW[:at] + data):
        try:
            parts = check_commit(raw, PARENT)
        except VerificationError:
            continue
        armored = sshsig.armor(parts.signature).replace(b"\n", b"\n ")[:-1]
        headers, _, message = parts.payload.partition(b"\n\n")
        assert raw == headers + b"\ngpgsig " + armored + b"\n" + message
