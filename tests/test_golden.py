"""Frozen vaults of format 1 verify, and open to what they held, with every later skillvault.

tests/golden was made once (`python -m tests.vault_story tests/golden`). It is never made again: where
one of these tests fails, the code is wrong.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from skillvault.errors import SkillvaultError
from skillvault.vault import identity
from skillvault.vault.entry import classify, parse_entry
from skillvault.vault.git import CatFile
from skillvault.vault.ids import sha256
from skillvault.vault.reader import Reader
from skillvault.vault.repository import create_bare
from skillvault.vault.state import Group
from skillvault.vault.verified import Verified
from skillvault.vault.verify import verify
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
LIMIT = 2**20


def unpack(name: str, repo: Path) -> str:
    """A repository as a client makes it, with what the bundle holds: its tip."""
    create_bare(repo)
    source = str(GOLDEN / name / "vault.bundle")
    git = ["git", "-C", str(repo)]
    subprocess.run([*git, "fetch", "-q", source, "refs/heads/main:refs/heads/main"], check=True)
    command = [*git, "rev-parse", "refs/heads/main"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def opened(repo: Path, line: Verified, who: identity.Identity) -> dict[str, Any]:
    """Of each skill the newest version that `who` opens."""
    cat = CatFile(repo)

    def blob(path: str, digest: str) -> bytes:
        data = cat.read(line.blobs[path, digest][-1], "blob", LIMIT)
        assert sha256(data) == digest
        return data

    members = line.state.members.items()
    me = next((key for key, member in members if member.recipient == who.recipient), None)
    reader = Reader(line.state, who, me, blob)
    found = {}
    for skill in line.state.skills:
        try:
            made = reader.open_newest(skill)
        except SkillvaultError:
            continue
        files = {file.path: [file.mode, sha256(file.data)] for file in made.bundle.files}
        name = made.bundle.manifest.name
        found[skill] = {"name": name, "version": made.number, "files": files}
    cat.close()
    return found


@pytest.mark.parametrize("name", ["x25519", "mlkem768x25519", "ended"])
def test_a_frozen_vault_verifies_and_opens_to_what_it_held(name: str, tmp_path: Path) -> None:
    told = json.loads((GOLDEN / name / "expected.json").read_text())
    outcome = verify(tmp_path / "vault", unpack(name, tmp_path / "vault"))
    assert outcome.error is None
    state = outcome.verified.state
    assert (state.vault_id, state.seq, state.head) == (told["vault"], told["seq"], told["head"])
    assert state.ended == (name == "ended")
    for file, person in told["identities"].items():
        data = (GOLDEN / name / "identities" / file).read_bytes()
        who = identity.parse_file(data, file)
        assert who.name == person["name"]
        assert opened(tmp_path / "vault", outcome.verified, who.identity) == person["opens"]


KINDS = {
    *("vault new", "recovery new", "member new", "member changed", "name new", "name changed"),
    *("name removed", "group new", "group changed", "group removed", "slot new", "slot changed"),
    *("previous new", "previous changed", "access new", "access changed", "access removed"),
    *("skill new", "skill changed", "skill removed", "content", "acknowledgement"),
    *("evidence new", "evidence changed", "evidence removed"),
}


@pytest.mark.parametrize("name", ["x25519", "mlkem768x25519"])
def test_a_golden_vault_has_every_kind_of_change(name: str, tmp_path: Path) -> None:
    unpack(name, tmp_path / "vault")
    command = ["git", "-C", str(tmp_path / "vault"), "log", "--reverse", "--format=%b", "main"]
    log = subprocess.run(command, capture_output=True, check=True).stdout
    found: set[str] = set()
    there: set[str] = set()
    for line in log.splitlines(keepends=True):
        if not line.strip():
            continue
        entry = parse_entry(line)
        found |= {"content"} if entry.content else set()
        found |= set() if entry.changes else {"acknowledgement"}
        for path, digest in entry.changes.items():
            kind = classify(path).kind
            new = "changed" if path in there else "new"
            found.add(f"{kind} removed" if digest is None else f"{kind} {new}")
            there.add(path)
    assert found >= KINDS
    recipients = [
        epoch.recipient for group in _groups(tmp_path / "vault") for epoch in group.epochs
    ]
    assert None in recipients
    assert len(recipients) > 8


def _groups(repo: Path) -> list[Group]:
    """Every group of the vault, deleted ones too."""
    tip = subprocess.run(
        ["git", "-C", str(repo), "rev-parse", "main"], capture_output=True, check=True, text=True
    ).stdout.strip()
    state = verify(repo, tip).verified.state
    return [*state.groups.values(), *state.former_groups.values()]
