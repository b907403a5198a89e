"""Git as a process: what it inherits, what a repository can make it do, what it serves."""

from __future__ import annotations

import io
import os
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError, ServiceError
from skillvault.vault import git
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.repository import create_bare


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "a vault.vault"
    create_bare(path)
    return path


def test_nothing_inherited_bends_git_and_no_secret_is_handed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GIT_DIR", "GIT_SSH", "GIT_TRACE", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_KEY_99"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("SKILLVAULT_KEY", "AGE-SECRET-KEY-1")
    monkeypatch.setenv("SKILLVAULT_PASSPHRASE", "correct horse")
    monkeypatch.setenv("HTTPS_PROXY", "https://proxy.example")
    for network in (False, True):
        found = git.environment(network=network)
        assert not {"GIT_DIR", "GIT_SSH", "GIT_TRACE", "GIT_CONFIG_PARAMETERS"} & found.keys()
        assert "GIT_CONFIG_KEY_99" not in found
        assert "SKILLVAULT_KEY" not in found
        assert "SKILLVAULT_PASSPHRASE" not in found
        assert found["HTTPS_PROXY"] == "https://proxy.example"
        assert found["GIT_CONFIG_NOSYSTEM"] == found["GIT_NO_REPLACE_OBJECTS"] == "1"
        assert found["GIT_TERMINAL_PROMPT"] == "0"
        assert found["GIT_SSH_COMMAND"] == "ssh -o BatchMode=yes"
    assert git.environment()["GIT_CONFIG_GLOBAL"] == os.devnull
    assert "GIT_CONFIG_GLOBAL" not in git.environment(network=True)


def test_only_a_command_at_a_terminal_lets_git_and_ssh_ask() -> None:
    asking = git.environment(network=True, ask=True, ssh_command="ssh -i key")
    assert not {"GIT_TERMINAL_PROMPT", "GIT_ASKPASS"} & asking.keys()
    assert asking["GIT_SSH_COMMAND"] == "ssh -i key"
    silent = git.environment(network=True, ssh_command="/usr/bin/ssh -i key")
    assert silent["GIT_SSH_COMMAND"] == "/usr/bin/ssh -i key -o BatchMode=yes"
    assert silent["GIT_ASKPASS"] == silent["SSH_ASKPASS"] == "false"
    wrapped = git.environment(network=True, ssh_command="/opt/wrapper key")
    assert wrapped["GIT_SSH_COMMAND"] == "/opt/wrapper key"
    assert wrapped["SSH_ASKPASS_REQUIRE"] == "force"


def test_every_fixed_setting_reaches_git(repo: Path) -> None:
    for key, value in git._SETTINGS:
        assert git.run(repo, ["config", key]).decode().strip() == value


@pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME"])
def test_the_users_configuration_counts_for_the_network_alone(
    name: str, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(name, str(tmp_path))
    file = tmp_path / (".gitconfig" if name == "HOME" else "git/config")
    file.parent.mkdir(exist_ok=True)
    file.write_text("[user]\n\tname = Ada\n[gc]\n\tauto = 7\n")
    with pytest.raises(ServiceError):
        git.run(repo, ["config", "user.name"])
    for key, value in (("user.name", b"Ada\n"), ("gc.auto", b"0\n")):
        words = git.command(repo, ["config", key])
        assert subprocess.check_output(words, env=git.environment(network=True)) == value


def test_a_failing_command_is_an_error_with_gits_own_words(repo: Path) -> None:
    with pytest.raises(ServiceError, match="git rev-parse: Needed a single revision"):
        git.run(repo, ["rev-parse", "--verify", "nothing"])


def test_a_machine_without_git_is_told_so(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="not found on this machine"):
        git.run(repo, ["version"])
    with git.CatFile(repo) as cat, pytest.raises(ServiceError, match="not found"):
        cat.infos(["0" * 40])


@pytest.mark.parametrize("words", ["git version 2.31.9", "git version two", ""])
def test_a_git_that_would_ignore_the_settings_is_refused(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "git"
    fake.write_text(f"#!/bin/sh\necho '{words}'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    git.require_version.cache_clear()
    with pytest.raises(ServiceError, match="too old"):
        create_bare(tmp_path / "x")
    assert not (tmp_path / "x").exists()
    git.require_version.cache_clear()


@pytest.mark.parametrize(
    ("stderr", "line"),
    [
        (b"hint: x\nerror: one\nfatal: two\n", "one"),
        (b"fatal: bad \x1b[31mobject\xff\n", "bad ?[31mobject?"),
        (b"something\nelse\n\n", "else"),
        (b"", ""),
    ],
)
def test_what_git_said_is_one_harmless_line(stderr: bytes, line: str) -> None:
    assert git.said(stderr) == line


def tree_of(*entries: tuple[str, str, str]) -> GitObject:
    """A tree of (mode, name, id)."""
    lines = (b"%b %b\0%b" % (m.encode(), n.encode(), bytes.fromhex(o)) for m, n, o in entries)
    return GitObject("tree", b"".join(lines))


class TestListing:
    def test_it_says_what_a_look_at_each_path_says(self, repo: Path) -> None:
        blobs = [GitObject("blob", b"x" * n) for n in range(40)]
        below = tree_of(*(("100644", f"f{n:02}", blob.oid) for n, blob in enumerate(blobs)))
        top = tree_of(
            ("120000", "a link", blobs[3].oid),
            ("40000", "below", below.oid),
            ("100644", "gone", "2" * 40),
            ("160000", "other", "1" * 40),
            ("100644", "twice", blobs[1].oid),
            ("100644", "twice", blobs[2].oid),
        )
        write_objects(repo, [*blobs, below, top])
        paths = ["a link", "gone", "other", "twice", "no", *(f"below/f{n:02}" for n in range(41))]
        with git.CatFile(repo) as cat:
            listed = cat.listing(top.oid, 100_000)
            looked = [cat.infos([oid])[0] for oid in (blobs[3].oid, blobs[1].oid)]
            infos = cat.infos([f"{top.oid}:{p}" for p in paths if " " not in p])
        assert listed is not None
        assert [listed.get("a link"), listed.get("twice")] == looked
        assert [listed.get(path) for path in paths if " " not in path] == infos
        assert infos.count(None) == 4

    def test_a_tree_that_unfolds_without_end_is_not_listed(self, repo: Path) -> None:
        blob = GitObject("blob", b"x")
        trees = [tree_of(("100644", "x", blob.oid))]
        for _ in range(40):
            oid = trees[-1].oid
            trees.append(tree_of(*(("40000", f"d{n}", oid) for n in range(10))))
        write_objects(repo, [blob, *trees])
        with git.CatFile(repo) as cat:
            assert cat.listing(trees[-1].oid, 1 << 20) is None
            assert cat.listing(trees[1].oid, 1 << 20) is not None
            assert cat.listing(trees[1].oid, 100) is None

    def test_what_is_no_tree_is_not_listed(self, repo: Path) -> None:
        blob, broken = GitObject("blob", b"x"), tree_of(("40000", "d", "3" * 40))
        write_objects(repo, [blob, broken])
        with git.CatFile(repo) as cat:
            for oid in (blob.oid, broken.oid, "4" * 40):
                assert cat.listing(oid, 1 << 20) is None


class TestCatFile:
    def test_many_objects_come_in_order(self, repo: Path) -> None:
        blobs = [GitObject("blob", b"%d" % n * (n % 50)) for n in range(2000)]
        write_objects(repo, blobs)
        oids = [blob.oid for blob in blobs]
        with git.CatFile(repo) as cat:
            assert cat.reads(oids, "blob", 300) == [blob.data for blob in blobs]
            infos = cat.infos([*oids, "1" * 40, oids[0] + ":no/such/path"])
        assert infos[:-2] == [git.Info(b.oid, "blob", len(b.data)) for b in blobs]
        assert infos[-2:] == [None, None]

    def test_what_is_expected_changes_no_answer(self, repo: Path) -> None:
        blobs = [GitObject("blob", os.urandom(n * 37)) for n in range(200)]
        write_objects(repo, blobs)
        missing, rng = "1" * 40, random.Random(3)
        with git.CatFile(repo) as cat:
            for _ in range(25):
                order = rng.sample(blobs, 90)
                expected = [blob.oid for blob in order]
                expected.insert(rng.randrange(90), missing)
                cat.expect(expected)
                for blob in order:
                    chance = rng.random()
                    if chance < 0.02:
                        with pytest.raises(RefusedError, match="missing"):
                            cat.read(missing, "blob", 9)
                    elif chance < 0.04:  # something that nobody spoke of
                        assert cat.read(blobs[7].oid, "blob", 9999) == blobs[7].data
                    elif chance < 0.06:
                        assert cat.reads([blobs[8].oid] * 3, "blob", 9999) == [blobs[8].data] * 3
                    elif chance < 0.08:
                        assert cat.infos([blobs[9].oid, missing])[1] is None
                    if chance < 0.95:  # else it is passed over
                        assert cat.read(blob.oid, "blob", 9999) == blob.data

    def test_expected_objects_that_are_damaged_or_too_large_harm_no_other(self, repo: Path) -> None:
        blobs = [GitObject("blob", b"%d" % n + os.urandom(50)) for n in range(5)]
        write_objects(repo, blobs)
        oids = [blob.oid for blob in blobs]
        path = repo / "objects" / oids[1][:2] / oids[1][2:]
        path.chmod(0o600)
        path.write_bytes((repo / "objects" / oids[2][:2] / oids[2][2:]).read_bytes())
        with git.CatFile(repo) as cat:
            cat.expect(oids)
            assert cat.read(oids[0], "blob", 99) == blobs[0].data
            with pytest.raises((RefusedError, ServiceError)):
                cat.read(oids[1], "blob", 99)
            assert cat.read(oids[2], "blob", 99) == blobs[2].data
            with pytest.raises(RefusedError, match="at most 9 bytes"):
                cat.read(oids[3], "blob", 9)
            assert cat.read(oids[4], "blob", 99) == blobs[4].data

    def test_content_larger_than_a_pipe_comes_whole(self, repo: Path) -> None:
        blobs = [GitObject("blob", os.urandom(500_000)) for _ in range(5)]
        write_objects(repo, blobs)
        with git.CatFile(repo) as cat:
            read = cat.reads([b.oid for b in blobs], "blob", 500_000)
        assert read == [b.data for b in blobs]

    @pytest.mark.parametrize("size", [0, 1, 65_536])
    def test_an_object_of_any_size(self, size: int, repo: Path) -> None:
        blob = GitObject("blob", b"\n" * size)
        write_objects(repo, [blob])
        with git.CatFile(repo) as cat:
            assert cat.read(blob.oid, "blob", size) == blob.data

    def test_a_missing_a_large_and_another_kind_are_refused_and_it_goes_on(
        self, repo: Path
    ) -> None:
        blob, tree = GitObject("blob", b"x" * 100), GitObject("tree", b"")
        write_objects(repo, [blob, tree])
        with git.CatFile(repo) as cat:
            with pytest.raises(RefusedError, match="missing from the repository"):
                cat.reads([blob.oid, "1" * 40, blob.oid], "blob", 100)
            with pytest.raises(RefusedError, match="not a blob of at most 99 bytes"):
                cat.reads([blob.oid, blob.oid], "blob", 99)
            with pytest.raises(RefusedError, match="not a blob"):
                cat.read(tree.oid, "blob", 99)
            assert cat.read(blob.oid, "blob", 100) == blob.data

    def test_an_object_that_is_not_what_its_name_says_is_refused(self, repo: Path) -> None:
        good, other = GitObject("blob", b"good"), GitObject("blob", b"evil")
        write_objects(repo, [other])
        path = repo / "objects" / good.oid[:2] / good.oid[2:]
        path.parent.mkdir(exist_ok=True)
        (repo / "objects" / other.oid[:2] / other.oid[2:]).rename(path)
        with git.CatFile(repo) as cat, pytest.raises(RefusedError, match="damaged"):
            cat.read(good.oid, "blob", 10)

    def test_a_file_that_was_cut_is_damaged(self, repo: Path) -> None:
        blob = GitObject("blob", os.urandom(100_000))
        write_objects(repo, [blob])
        path = repo / "objects" / blob.oid[:2] / blob.oid[2:]
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:50_000])
        with git.CatFile(repo) as cat, pytest.raises(RefusedError, match="damaged"):
            cat.read(blob.oid, "blob", 100_000)

    def test_a_git_that_is_killed_in_its_answer_says_nothing_about_the_object(
        self, repo: Path
    ) -> None:
        blob = GitObject("blob", os.urandom(1_000_000))
        write_objects(repo, [blob])
        with git.CatFile(repo) as cat:
            for output, oid in cat._ask("--batch", [blob.oid]):
                assert isinstance(output, io.BufferedReader)
                assert output.peek(1)
                cat._processes["--batch"].kill()
                with pytest.raises(ServiceError, match="ended early"):
                    cat._read(output, oid, "blob", 1_000_000)
            assert cat.read(blob.oid, "blob", 1_000_000) == blob.data

    @pytest.mark.parametrize("name", ["", "a b", "a\nb", "a\r", "ä", "x" * 301, "--help\n"])
    def test_a_name_that_git_could_misread_is_refused(self, name: str, repo: Path) -> None:
        with git.CatFile(repo) as cat, pytest.raises(RefusedError, match="misread"):
            cat.infos([name])

    def test_a_repository_that_is_none_is_an_error(self, tmp_path: Path) -> None:
        with git.CatFile(tmp_path) as cat:
            with pytest.raises(ServiceError, match="ended early"):
                cat.infos(["1" * 40])
            with pytest.raises(ServiceError, match="ended early"):
                cat.read("1" * 40, "blob", 5)


@given(st.binary(max_size=400))
def test_whatever_git_says_is_printable(stderr: bytes) -> None:
    line = git.said(stderr)
    assert line.isprintable()
    assert line.isascii()
