"""Trees and objects of our own making, held against what git makes of the same files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.vault import git
from skillvault.vault.objects import GitObject, Indexed, blob_oid, pack_index, write_objects
from skillvault.vault.repository import create_bare
from skillvault.vault.tree import EMPTY_TREE, Tree

NAMES = st.sampled_from(["a", "a-b", "a.b", "ab", "b", "a0", "z.json", "skill.age", "é"])
# Folders and files of one name would collide, as no legal path can.
PATHS = st.builds(
    lambda folders, name: "/".join([*(f"{folder}-d" for folder in folders), name]),
    st.lists(NAMES, max_size=3),
    NAMES,
)
TREES = st.dictionaries(PATHS, st.binary(min_size=1, max_size=3).map(blob_oid), max_size=12)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("objects") / "v.vault"
    create_bare(path)
    return path


def gits_tree(repo: Path, paths: dict[str, str]) -> str:
    """The id of the tree that git's own index makes of these blobs."""
    index = repo / "index"
    index.unlink(missing_ok=True)
    env = git.environment() | {"GIT_INDEX_FILE": str(index)}
    lines = "".join(f"100644 {oid} 0\t{path}\n" for path, oid in paths.items()).encode()
    words = git.command(repo, ["update-index", "--add", "--index-info"])
    subprocess.run(words, input=lines, check=True, env=env)
    words = git.command(repo, ["write-tree", "--missing-ok"])
    return subprocess.check_output(words, env=env).decode().strip()


class TestTree:
    def test_nothing_is_gits_empty_tree(self) -> None:
        assert Tree().root_oid() == Tree({}).root_oid() == EMPTY_TREE
        assert Tree().new_objects(Tree()) == []

    @settings(max_examples=40)
    @given(paths=TREES)
    def test_a_tree_is_the_one_that_git_makes(self, paths: dict[str, str], repo: Path) -> None:
        tree = Tree(paths)
        assert tree.root_oid() == gits_tree(repo, paths)
        assert tree.paths() == paths
        for path, oid in paths.items():
            assert tree.get(path) == oid
        assert tree.get("nothing/here") is None

    @given(before=TREES, after=TREES)
    def test_changes_lead_to_the_same_tree_as_starting_anew(
        self, before: dict[str, str], after: dict[str, str]
    ) -> None:
        changes: dict[str, str | None] = dict.fromkeys(before.keys() - after.keys())
        changes.update(after)
        old = Tree(before)
        assert old.with_changes(changes).root_oid() == Tree(after).root_oid()
        assert old.paths() == before

    @given(before=TREES, after=TREES)
    def test_the_new_objects_are_those_that_the_old_tree_lacks(
        self, before: dict[str, str], after: dict[str, str]
    ) -> None:
        old, new = Tree(before), Tree(after)
        everything = {item.oid for item in new.new_objects(Tree())}
        known = {item.oid for item in old.new_objects(Tree())}
        found = {item.oid for item in new.new_objects(old)}
        assert everything - known <= found
        assert found <= everything | {EMPTY_TREE}

    def test_one_change_rehashes_only_the_folders_above_it(self) -> None:
        old = Tree({f"skills/{n % 10}/{n}/skill.age": blob_oid(b"%d" % n) for n in range(1000)})
        new = old.with_changes({"skills/7/7/skill.age": blob_oid(b"x")})
        assert len(new.new_objects(old)) == 4

    @pytest.mark.parametrize(
        "changes",
        [
            {"gone": None},
            {"a/gone": None},
            {"a": blob_oid(b"")},
            {"a/file/below": blob_oid(b"")},
            {"new": blob_oid(b""), "new/below": blob_oid(b"")},
            {"new/below": blob_oid(b""), "new": blob_oid(b"")},
            {"": blob_oid(b"")},
            {"a/": blob_oid(b"")},
            {"/a": blob_oid(b"")},
            {"a//b": blob_oid(b"")},
        ],
    )
    def test_what_cannot_be_is_refused_and_changes_nothing(
        self, changes: dict[str, str | None]
    ) -> None:
        tree = Tree({"a/file": blob_oid(b"1")})
        before = tree.root_oid()
        with pytest.raises(ValueError):  # noqa: PT011 - the message is the path, whichever it is
            tree.with_changes(changes)
        assert tree.root_oid() == before

    def test_a_folder_without_files_is_gone(self) -> None:
        tree = Tree({"a/b/c": blob_oid(b"1"), "d": blob_oid(b"2")})
        assert (
            tree.with_changes({"a/b/c": None}).root_oid() == Tree({"d": blob_oid(b"2")}).root_oid()
        )


class TestWriting:
    @pytest.mark.parametrize("count", [1, 16, 17, 400])
    def test_git_reads_what_we_wrote(self, count: int, tmp_path: Path) -> None:
        create_bare(tmp_path / "v")
        sizes = [0, 1, 15, 16, 2047, 2048, 100_000]
        blobs = [GitObject("blob", os.urandom(sizes[n % 7]) + b"%d" % n) for n in range(count - 1)]
        tree = Tree({f"d/{n}": blob.oid for n, blob in enumerate(blobs)})
        objects = [*blobs, *tree.new_objects(Tree())]
        write_objects(tmp_path / "v", objects)
        with git.CatFile(tmp_path / "v") as cat:
            for item in objects:
                assert cat.read(item.oid, item.kind, 200_000) == item.data
        git.run(tmp_path / "v", ["fsck", "--strict", "--full"])

    def test_many_are_one_pack_without_deltas_and_few_are_loose(self, tmp_path: Path) -> None:
        create_bare(tmp_path / "v")
        objects = [GitObject("blob", b"nearly the same %d" % n) for n in range(100)]
        write_objects(tmp_path / "v", objects[:3])
        assert not list((tmp_path / "v/objects/pack").iterdir())
        write_objects(tmp_path / "v", objects)
        packs = list((tmp_path / "v/objects/pack").glob("*.idx"))
        assert len(packs) == 1
        listed = git.run(tmp_path / "v", ["verify-pack", "-v", str(packs[0])])
        assert b"non delta: 100 objects" in listed
        assert b"chain length" not in listed

    def test_the_same_object_twice_is_written_once(self, tmp_path: Path) -> None:
        create_bare(tmp_path / "v")
        write_objects(tmp_path / "v", [GitObject("blob", b"same")] * 40)
        write_objects(tmp_path / "v", [GitObject("blob", b"same")] * 2)
        git.run(tmp_path / "v", ["fsck", "--strict", "--full"])

    def test_sealed_files_cost_their_own_size(self, tmp_path: Path) -> None:
        create_bare(tmp_path / "v")
        sealed = [
            GitObject("blob", b"age-encryption.org/v1\n" + os.urandom(5000)) for _ in range(50)
        ]
        write_objects(tmp_path / "v", sealed)
        (pack,) = (tmp_path / "v/objects/pack").glob("*.pack")
        assert pack.stat().st_size < sum(len(item.data) + 20 for item in sealed) + 32

    def test_loose_objects_are_read_only_and_leave_no_temporary(self, tmp_path: Path) -> None:
        create_bare(tmp_path / "v")
        write_objects(tmp_path / "v", [GitObject("blob", b"x")])
        (file,) = (p for p in (tmp_path / "v/objects").rglob("*") if p.is_file())
        assert file.stat().st_mode & 0o777 == 0o444

    def test_the_index_is_the_one_that_git_makes(self, tmp_path: Path) -> None:
        create_bare(tmp_path / "v")
        write_objects(tmp_path / "v", [GitObject("blob", os.urandom(n)) for n in range(600)])
        (pack,) = (tmp_path / "v/objects/pack").glob("*.pack")
        ours = pack.with_suffix(".idx")
        git.run(tmp_path / "v", ["index-pack", "-o", str(tmp_path / "git.idx"), str(pack)])
        assert ours.read_bytes() == (tmp_path / "git.idx").read_bytes()
        assert {path.stat().st_mode & 0o777 for path in (pack, ours)} == {0o444}
        assert sorted(pack.parent.iterdir()) == sorted([pack, ours])

    def test_git_finds_what_lies_beyond_two_gigabytes(self, tmp_path: Path) -> None:
        create_bare(tmp_path / "v")
        offsets = [12, 2**31 - 1, 2**31, 2**40, 5]
        entries = [Indexed(f"{n * 50:02x}" + "0" * 38, n, at) for n, at in enumerate(offsets)]
        shown = git.run(tmp_path / "v", ["show-index"], pack_index(entries, bytes(20)))
        lines = [line.split() for line in shown.decode().splitlines()]
        assert [(int(at), oid) for at, oid, _ in lines] == [(e.offset, e.oid) for e in entries]

    def test_a_pack_that_has_no_place_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "v").mkdir()
        with pytest.raises(FileNotFoundError):
            write_objects(tmp_path / "v", [GitObject("blob", b"%d" % n) for n in range(50)])


def test_known_ids() -> None:
    assert blob_oid(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_oid(b"test content\n") == "d670460b4b4aece5915caf5c68d12f560a9fe3e4"
    assert GitObject("tree", b"").oid == EMPTY_TREE
