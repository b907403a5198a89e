"""A reader that was written from docs/format.md alone verifies and opens the golden vaults."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests import format_reader
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
READER = ROOT / "tests" / "format_reader.py"
# Runs the reader as a program, and fails if anything of skillvault was imported.
ALONE = """
import runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
assert not [m for m in sys.modules if m.split(".")[0] in {"skillvault", "pydantic", "git"}]
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`clone("x25519")` gives a bare repository of its own."""

    def make(name: str) -> Path:
        repo = tmp_path_factory.mktemp(name) / "vault.git"
        source = str(GOLDEN / name / "vault.bundle")
        subprocess.run(["git", "clone", "-q", "--mirror", source, str(repo)], check=True)
        return repo

    return make


def expected(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((GOLDEN / name / "expected.json").read_text())
    return told


def line_of(name: str, file: str) -> str:
    lines = (GOLDEN / name / "identities" / file).read_text().splitlines()
    return next(line for line in lines if line.startswith("AGE-SECRET-KEY-"))


def opened(vault: format_reader.Vault, line: str) -> dict[str, Any]:
    """What `expected.json` says of an identity."""
    return {
        skill: {
            **found,
            "files": {
                path: [mode, f"sha256:{sha256(data).hexdigest()}"]
                for path, (mode, data) in found["files"].items()
            },
        }
        for skill, found in vault.skills(format_reader.Identity(line)).items()
    }


@pytest.mark.parametrize("name", ["x25519", "mlkem768x25519", "ended"])
def test_each_identity_opens_exactly_what_it_can(name: str, clone: Callable[[str], Path]) -> None:
    told, vault = expected(name), format_reader.Vault(clone(name))
    assert (vault.id, vault.seq, vault.head) == (told["vault"], told["seq"], told["head"])
    assert vault.ended == (name == "ended")
    for file, person in told["identities"].items():
        assert opened(vault, line_of(name, file)) == person["opens"]
    assert vault.faults == []


def test_a_stranger_verifies_and_opens_nothing(clone: Callable[[str], Path]) -> None:
    vault = format_reader.Vault(clone("x25519"))
    assert opened(vault, line_of("ended", "0.key")) == {}


def test_it_is_a_program_of_at_most_400_lines_that_imports_nothing_of_ours(
    clone: Callable[[str], Path],
) -> None:
    identity = GOLDEN / "mlkem768x25519" / "identities" / "0.key"
    paths = [str(READER), str(clone("mlkem768x25519")), str(identity)]
    command = [sys.executable, "-I", "-c", ALONE, *paths]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    told = expected("mlkem768x25519")
    said = json.loads(done.stdout)
    assert said["head"] == told["head"]
    assert said["skills"].keys() == told["identities"]["0.key"]["opens"].keys()
    assert len(READER.read_text().splitlines()) <= 400


class Forger:
    """Puts a commit of one's own making where the newest one was."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo

    def git(self, *words: str, data: bytes = b"") -> bytes:
        command = ["git", "-C", str(self.repo), *words]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    def tip(self) -> bytes:
        return self.git("cat-file", "commit", "main")

    def put(self, raw: bytes) -> None:
        command = ["hash-object", "-w", "--literally", "-t", "commit", "--stdin"]
        oid = self.git(*command, data=raw).decode().strip()
        self.git("update-ref", "refs/heads/main", oid)

    def tree(self, rows: bytes) -> None:
        """The newest commit, with another tree."""
        tree = self.git("mktree", "--missing", data=rows).strip()
        self.put(re.sub(rb"^tree \w+", b"tree " + tree, self.tip()))


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "another author": lambda raw: raw.replace(b"author ", b"author x", 1),
    "another zone": lambda raw: raw.replace(b"+0000\ncommitter", b"+0100\ncommitter"),
    "an extra header": lambda raw: raw.replace(b"\ngpgsig", b"\nencoding UTF-8\ngpgsig"),
    "two signatures": lambda raw: raw.replace(b"\ngpgsig", b"\ngpgsig x\ngpgsig"),
    "a changed signature": lambda raw: raw.replace(b"U1NIU0lH", b"U1NIU0lI"),
    "a longer armor line": lambda raw: re.sub(rb"(U1NIU0lH.*)\n (.)", rb"\1\2\n ", raw),
    "no signature": lambda raw: re.sub(rb"\ngpgsig (.*\n )*.*", b"", raw),
    "another subject": lambda raw: raw.replace(b"\n\nskillvault\n", b"\n\nskillvaults\n"),
    "a line behind the entry": lambda raw: raw + b"\n",
    "another time": lambda raw: raw.replace(b'Z"}', b'Z" }'),
    "another seq": lambda raw: re.sub(rb'"seq":(\d+)', rb'"seq":1\1', raw),
    "no parent": lambda raw: re.sub(rb"\nparent \w+", b"", raw),
    "two parents": lambda raw: re.sub(rb"(\nparent \w+)", rb"\1\1", raw),
    "an unknown field": lambda raw: raw.replace(b'{"changes"', b'{"a":1,"changes"'),
    "not JSON": lambda raw: raw.replace(b'{"changes"', b'{"changes'),
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_commit_is_refused(how: str, clone: Callable[[str], Path]) -> None:
    forger = Forger(clone("ended"))
    before = forger.tip()
    forger.put(FORGERIES[how](before))
    assert forger.tip() != before
    with pytest.raises(ValueError, match=r"^entry [02]: "):
        format_reader.Vault(forger.repo)


@pytest.mark.parametrize("how", ["more", "less", "executable", "swapped"])
def test_a_tree_that_the_entry_does_not_describe_is_refused(
    how: str, clone: Callable[[str], Path]
) -> None:
    forger = Forger(clone("ended"))
    rows = forger.git("ls-tree", "main").splitlines(keepends=True)
    recovery = next(row for row in rows if b"RECOVERY" in row)
    vault = next(row for row in rows if b"vault.json" in row)
    blob = vault.split()[2]
    changed = {
        "more": [*rows, vault.replace(b"vault.json", b"extra")],
        "less": [row for row in rows if row != recovery],
        "executable": [row.replace(b"100644", b"100755") for row in rows],
        "swapped": [row.replace(recovery.split()[2], blob) for row in rows],
    }
    forger.tree(b"".join(changed[how]))
    with pytest.raises(ValueError, match=r"^entry 2: "):
        format_reader.Vault(forger.repo)


def test_a_sealed_file_with_other_bytes_is_never_used(clone: Callable[[str], Path]) -> None:
    told, vault = expected("x25519"), format_reader.Vault(clone("x25519"))
    (skill, path), *_ = [
        (skill, f"skills/{skill[0]}/{skill}/skill.age")
        for skill, found in told["identities"]["0.key"]["opens"].items()
        if found["version"] == 3
    ]
    newest, before = vault.sealed[path][-1], vault.sealed[path][-2]
    vault.sealed[path][-1] = (before[0], *newest[1:])
    found = vault.skills(format_reader.Identity(line_of("x25519", "0.key")))
    assert found[skill]["version"] == 2
    assert [fault for fault in vault.faults if path in fault]


def vectors(shared: Path) -> Iterator[tuple[str, dict[str, list[str]], bytes]]:
    """The age vectors without armor and passphrase: neither is ever in a vault."""
    for file in sorted((shared / "vectors" / "age").iterdir()):
        head, _, body = file.read_bytes().partition(b"\n\n")
        fields = defaultdict(list)
        for row in head.decode().splitlines():
            key, _, value = row.partition(": ")
            fields[key].append(value)
        if "armored" not in fields and "passphrase" not in fields:
            yield file.name, fields, zlib.decompress(body) if "compressed" in fields else body


def test_its_age_agrees_with_the_vectors(shared: Path) -> None:
    count = 0
    for name, fields, body in vectors(shared):
        keys = [format_reader.Identity(line) for line in fields["identity"]]
        try:
            plain = format_reader.open_age(body, keys, len(re.findall(rb"(?m)^-> ", body)))
        except format_reader.REFUSED:
            plain = None
        # Stanzas of other types are fine in age, and refused in a vault (8.1).
        if fields["expect"] != ["success"] or name in OTHER_STANZAS:
            assert plain is None, name
        else:
            assert plain is not None, name
            assert sha256(plain).hexdigest() == fields["payload"][0], name
        count += 1
    assert count > 80


OTHER_STANZAS = {
    "hybrid_and_x25519",
    "hybrid_grease",
    "stanza_empty_body",
    "stanza_empty_last_line",
    "stanza_valid_characters",
    "x25519_grease",
}
