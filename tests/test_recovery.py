"""RECOVERY.md works: its commands are run as they stand, with nothing else on the PATH."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillvault.vault.identity import format_file
from skillvault.vault.recovery import recovery_text
from skillvault.vault.syntax import Suite
from tests.conftest import ROOT, missing
from tests.vault_story import Story, skill_files, tell

BLOCKS = re.findall(
    r"^```sh\n(.*?)^```$", recovery_text().decode("ascii"), re.MULTILINE | re.DOTALL
)
TEXT = ["sh", "awk", "cat", "grep", "sed", "sort", "tr", "wc", "sha256sum"]
FILES = ["basename", "dirname", "mkdir", "mv", "rm"]
STOCK = ["git", "gzip", "ssh-keygen", "tar"]
NAMES = ["Ada", "Ben Stone", "Cyd Ray", "\u00c8ve", "Fay", "ci"]


@dataclass
class Place:
    """A vault, and a folder of tools that has only those which RECOVERY.md names."""

    story: Story
    folder: Path
    suite: Suite

    @property
    def names(self) -> list[str]:
        """Whom to recover: the last comer alone where each file that is tried costs a node."""
        return ["Fay"] if self.suite == "mlkem768x25519" else NAMES

    @property
    def script(self) -> str:
        """All blocks; the one for who has no new enough age only where there is none."""
        needed = [b for b in BLOCKS if "unseal.mjs" not in b or self.suite == "mlkem768x25519"]
        assert len(needed) == (7 if self.suite == "mlkem768x25519" else 6)
        return "".join(needed)

    def run(self, home: Path, name: str, repo: Path | None = None) -> str:
        """What the blocks print as one keyholder, in a new folder `home`. Nothing goes wrong."""
        person = self.story.made.people[name]
        home.mkdir()
        (home / "my keys.txt").write_bytes(format_file(person.identity, person.name))
        if self.suite == "mlkem768x25519":
            (home / "node_modules").symlink_to(ROOT / "tests" / "npm" / "node_modules")
        env = {"PATH": str(self.folder / "bin"), "HOME": str(home)}
        env |= {"VAULT": str(repo or self.story.made.repo), "IDENTITY": str(home / "my keys.txt")}
        command = ["sh", "-u", "-c", self.script]
        done = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True)
        assert not done.stderr
        return done.stdout


@pytest.fixture(
    scope="module",
    params=["x25519", pytest.param("mlkem768x25519", marks=pytest.mark.exhaustive)],
)
def place(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    require_tool: Callable[[str], str],
) -> Place:
    suite: Suite = request.param
    folder = tmp_path_factory.mktemp("recovery")
    (folder / "bin").mkdir()
    opener = "age" if suite == "x25519" else "node"
    if opener == "node" and not (ROOT / "tests/npm/node_modules/age-encryption").is_dir():
        missing("`npm ci` in tests/npm")
    for name in [*TEXT, *FILES, *STOCK, opener]:
        (folder / "bin" / name).symlink_to(require_tool(name))
    return Place(tell(folder / "vault.git", suite), folder, suite)


@pytest.mark.slow
def test_every_keyholder_gets_back_what_they_can_read(place: Place, tmp_path: Path) -> None:
    for name in place.names:
        home = tmp_path / name
        said = place.run(home, name)
        found = home / "recovery"
        for skill, (title, version, text) in place.story.opens[name].items():
            assert f"{skill} is {title}\n" in said
            manifest = json.loads((found / skill / "manifest.json").read_text())
            assert manifest["version"] == version
            for file in skill_files(text):
                written = found / skill / "skill" / file.path
                assert written.read_bytes() == file.data
                assert bool(written.stat().st_mode & 0o100) == (file.mode == "755")
        opened = len(list(found.glob("*/manifest.json")))
        assert opened >= len(place.story.opens[name])
        assert said.count('Good "skillvault-manifest" signature for ') == opened
        assert "not signed by its author" not in said
        for digest in (place.story.made.state.vault_id, place.story.made.state.head):
            assert f"{str(digest).removeprefix('sha256:')}  -\n" in said
        if name == "Fay":  # who came last, and finds older names through earlier keys of `everyone`
            for who in ("Ada", "Ben Stone", "Cyd Ray", "\\u00c8ve", "Fay", "ci", "reviewers"):
                assert f'"name":"{who}"' in said


@pytest.mark.slow
@pytest.mark.parametrize("place", ["x25519"], indirect=True)
def test_a_commit_that_its_author_did_not_sign_is_named(place: Place, tmp_path: Path) -> None:
    repo = tmp_path / "copy.git"
    subprocess.run(["git", "clone", "-q", "--mirror", place.story.made.repo, repo], check=True)
    git = ["git", "-C", str(repo)]
    raw = subprocess.run([*git, "cat-file", "commit", "main"], capture_output=True, check=True)
    other = place.story.made.people["Ada"].id
    member = place.story.made.people["Cyd Ray"].id
    forged = raw.stdout.replace(member.encode(), other.encode())
    assert forged != raw.stdout
    write = [*git, "hash-object", "-w", "-t", "commit", "--stdin"]
    oid = subprocess.run(write, input=forged, capture_output=True, check=True).stdout.decode()
    subprocess.run([*git, "update-ref", "refs/heads/main", oid.strip()], check=True)
    said = place.run(tmp_path / "home", "Ada", repo)
    assert said.count("not signed by its author") == 1
    assert f"not signed by its author: {oid.strip()}" in said


def test_it_is_short_plain_and_says_which_tools_it_needs() -> None:
    text = recovery_text()
    assert len(text) < 6 * 1024
    assert text.isascii()
    assert all(len(line) <= 100 for line in text.splitlines())
    for tool in (b"git 2.34", b"tar", b"gzip", b"OpenSSH 8.2", b"age 1.3", b"age-encryption"):
        assert tool in text
