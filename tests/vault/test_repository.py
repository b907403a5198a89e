"""The bare repository: made whole, refused when bent, refs that move once or not at all."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import ConflictError, NotFoundError, RefusedError, ServiceError
from skillvault.vault import git, objects
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.repository import (
    CONFIG,
    check_repository,
    compact,
    create_bare,
    delete_ref,
    exclusive,
    read_ref,
    update_ref,
)

PLAIN = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
REF = "refs/skillvault/remote"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "a $HOME ä.vault"
    create_bare(path)
    return path


def commit(repo: Path, number: int = 0) -> str:
    """Any commit: refs are not judged here."""
    tree = GitObject("tree", b"")
    raw = b"tree %b\nauthor A <a@b> %d +0000\ncommitter A <a@b> 0 +0000\n\nx\n"
    made = GitObject("commit", raw % (tree.oid.encode(), number))
    write_objects(repo, [tree, made])
    return made.oid


class TestCreateAndCheck:
    def test_stock_git_takes_it_for_a_sound_bare_repository(self, repo: Path) -> None:
        check_repository(repo)
        update_ref(repo, git.BRANCH, commit(repo), None)
        subprocess.run(["git", "-C", repo, "fsck", "--strict"], check=True, env=PLAIN)
        log = subprocess.check_output(["git", "-C", repo, "log", "--format=%an"], env=PLAIN)
        assert log == b"A\n"
        check_repository(repo)

    def test_others_cannot_look_into_it(self, repo: Path) -> None:
        assert repo.stat().st_mode & 0o777 == 0o700

    def test_nothing_is_ever_made_over_something(self, repo: Path, tmp_path: Path) -> None:
        for place in (repo, tmp_path / "file", tmp_path / "link", tmp_path / "empty"):
            if place.name == "file":
                place.write_text("mine")
            elif place.name == "link":
                place.symlink_to("nowhere")
            elif place.name == "empty":
                place.mkdir()
            with pytest.raises(RefusedError, match="something at this place"):
                create_bare(place)
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
            ["empty", "file", "link", repo.name]
        )

    def test_where_there_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="no vault at this place"):
            check_repository(tmp_path / "none")

    @pytest.mark.parametrize(
        "name",
        [
            "hooks",
            "hooks/pre-push",
            "shallow",
            "commondir",
            "config.worktree",
            "gitdir",
            "worktrees/x",
            "info/grafts",
            "objects/info/alternates",
            "objects/info/http-alternates",
            "refs/replace/" + "1" * 40,
        ],
    )
    @pytest.mark.parametrize("link", [False, True])
    def test_whatever_could_bend_git_is_refused(self, name: str, link: bool, repo: Path) -> None:
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if link:
            path.symlink_to("nowhere")
        else:
            path.write_text("x")
        with pytest.raises(RefusedError, match="is not as skillvault made it"):
            check_repository(repo)

    @pytest.mark.parametrize(
        "config",
        [
            b"",
            CONFIG + b"[core]\n\tsshCommand = touch /tmp/x\n",
            CONFIG + b"\n",
            CONFIG[:-1],
            CONFIG.replace(b"bare = true", b"bare = false"),
            CONFIG + b"[include]\n\tpath = /tmp/x\n",
        ],
    )
    def test_a_configuration_that_differs_in_a_byte_is_refused(
        self, config: bytes, repo: Path
    ) -> None:
        (repo / "config").write_bytes(config)
        with pytest.raises(RefusedError, match="`config` in this repository"):
            check_repository(repo)

    @pytest.mark.parametrize("kind", ["missing", "link", "folder", "fifo"])
    @pytest.mark.parametrize("name", ["config", "HEAD"])
    def test_a_file_that_is_no_plain_file_is_refused(
        self, name: str, kind: str, repo: Path, tmp_path: Path
    ) -> None:
        path = repo / name
        copy = tmp_path / "copy"
        path.rename(copy)
        if kind == "link":
            path.symlink_to(copy)
        elif kind == "folder":
            path.mkdir()
        elif kind == "fifo":
            os.mkfifo(path)
        with pytest.raises(RefusedError, match=f"`{name}`"):
            check_repository(repo)

    def test_a_head_elsewhere_is_refused(self, repo: Path) -> None:
        (repo / "HEAD").write_text("ref: refs/heads/other\n")
        with pytest.raises(RefusedError, match="`HEAD`"):
            check_repository(repo)

    @pytest.mark.parametrize("name", ["objects", "refs", "objects/pack", "refs/heads"])
    def test_a_folder_that_lies_elsewhere_is_refused(
        self, name: str, repo: Path, tmp_path: Path
    ) -> None:
        (repo / name).rename(tmp_path / "elsewhere")
        (repo / name).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(RefusedError, match=f"`{name}`"):
            check_repository(repo)

    def test_packed_replace_refs_are_refused(self, repo: Path) -> None:
        oid = commit(repo)
        (repo / "packed-refs").write_text(f"{oid} refs/replace/{oid}\n")
        with pytest.raises(RefusedError, match="`packed-refs`"):
            check_repository(repo)


class TestHostileConfiguration:
    """What a stranger's `config` runs, and that none of it runs under our environment."""

    @pytest.fixture
    def witness(self, tmp_path: Path) -> Path:
        return tmp_path / "ran"

    @pytest.fixture
    def hostile(self, repo: Path, tmp_path: Path, witness: Path) -> Path:
        evil = tmp_path / "evil"
        evil.mkdir()
        for name in ("reference-transaction", "pre-push", "ssh", "monitor", "alternates", "ext"):
            (evil / name).write_text(f"#!/bin/sh\necho {name} >> '{witness}'\nexit 1\n")
            (evil / name).chmod(0o755)
        settings = f'hooksPath = "{evil}"\n\tsshCommand = "{evil}/ssh"\n'
        settings += f'\tfsmonitor = "{evil}/monitor"\n'
        settings += f'\talternateRefsCommand = "{evil}/alternates"\n'
        with (repo / "config").open("a") as config:
            config.write(f"[core]\n\t{settings}[protocol]\n\tallow = always\n")
        return repo

    @pytest.mark.parametrize(
        "words",
        [
            ("update-ref", "refs/heads/main", "OID"),
            ("ls-remote", "ssh://host.invalid/x"),
            ("ls-remote", "ext::EVIL/ext"),
        ],
        ids=["hook", "ssh", "ext"],
    )
    def test_plain_git_runs_it_and_ours_does_not(
        self, words: tuple[str, ...], hostile: Path, witness: Path, tmp_path: Path
    ) -> None:
        oid = commit(hostile)
        args = [w.replace("OID", oid).replace("EVIL", str(tmp_path / "evil")) for w in words]
        full = ["git", f"--git-dir={hostile}", *args]
        subprocess.run(full, check=False, env=git.environment(network=True), capture_output=True)
        assert not witness.exists()
        subprocess.run(full, check=False, env=PLAIN, capture_output=True)
        assert witness.exists(), "the control: without our environment it does run"

    def test_ours_refuses_to_use_it_at_all(self, hostile: Path) -> None:
        with pytest.raises(RefusedError, match="`config`"):
            check_repository(hostile)

    def test_our_own_changes_of_refs_run_no_hook(self, hostile: Path, witness: Path) -> None:
        update_ref(hostile, git.BRANCH, commit(hostile), None)
        assert not witness.exists()


def test_many_loose_objects_become_a_pack_and_none_is_lost(repo: Path) -> None:
    blobs = [GitObject("blob", b"%d" % n) for n in range(1200)]
    git.run(repo, ["unpack-objects", "-q"], objects._pack(blobs)[0])
    update_ref(repo, git.BRANCH, commit(repo), None)
    assert not compact(repo, loose=100_000)
    assert compact(repo, loose=256)
    assert not compact(repo, loose=256)
    assert len(list((repo / "objects/pack").glob("*.pack"))) == 1
    with git.CatFile(repo) as cat:
        assert cat.reads([b.oid for b in blobs], "blob", 10) == [b.data for b in blobs]
    check_repository(repo)


class TestRefs:
    def test_a_ref_is_made_moved_and_removed(self, repo: Path) -> None:
        first, second = commit(repo, 1), commit(repo, 2)
        assert read_ref(repo, REF) is None
        update_ref(repo, REF, first, None)
        assert read_ref(repo, REF) == first
        update_ref(repo, REF, second, first)
        assert read_ref(repo, REF) == second
        delete_ref(repo, REF, second)
        assert read_ref(repo, REF) is None

    def test_a_packed_ref_is_read_moved_and_removed(self, repo: Path) -> None:
        first, second = commit(repo, 1), commit(repo, 2)
        update_ref(repo, git.BRANCH, first, None)
        update_ref(repo, REF, first, None)
        git.run(repo, ["pack-refs", "--all"])
        assert not (repo / git.BRANCH).exists()
        assert read_ref(repo, git.BRANCH) == read_ref(repo, REF) == first
        update_ref(repo, git.BRANCH, second, first)
        assert read_ref(repo, git.BRANCH) == second
        delete_ref(repo, REF, first)
        assert read_ref(repo, REF) is None

    @pytest.mark.parametrize("old", [None, "second"])
    def test_a_ref_that_is_elsewhere_stays_there(self, old: str | None, repo: Path) -> None:
        first, second, third = (commit(repo, n) for n in range(3))
        update_ref(repo, git.BRANCH, first, None)
        with pytest.raises(ConflictError, match="another process moved it"):
            update_ref(repo, git.BRANCH, third, second if old else None)
        with pytest.raises(ConflictError):
            delete_ref(repo, git.BRANCH, second)
        assert read_ref(repo, git.BRANCH) == first

    def test_a_ref_to_nothing_is_refused_by_git(self, repo: Path) -> None:
        with pytest.raises(ServiceError, match="nonexistent object"):
            update_ref(repo, git.BRANCH, "1" * 40, None)

    @pytest.mark.parametrize(
        "ref",
        [
            "HEAD",
            "main",
            "refs/../config",
            "refs/heads/../x",
            "refs/heads/",
            "-d",
            "refs/heads/a.lock",
            "refs/heads/a b",
            "refs//main",
            "/refs/heads/main",
            "refs/heads/A",
            "",
        ],
    )
    def test_a_name_that_is_no_ref_is_refused(self, ref: str, repo: Path) -> None:
        with pytest.raises(RefusedError, match="not a name of a ref"):
            read_ref(repo, ref)
        with pytest.raises(RefusedError, match="not a name of a ref"):
            update_ref(repo, ref, "1" * 40, None)
        with pytest.raises(RefusedError, match="not a name of a ref"):
            delete_ref(repo, ref, "1" * 40)

    @given(data=st.binary(max_size=60))
    def test_a_file_that_holds_no_id_is_refused(
        self, data: bytes, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        path = tmp_path_factory.mktemp("odd")
        (path / "refs" / "heads").mkdir(parents=True)
        (path / git.BRANCH).write_bytes(data)
        with pytest.raises(RefusedError, match="something else than a commit id"):
            read_ref(path, git.BRANCH)

    def test_a_symbolic_ref_and_a_link_are_refused(self, repo: Path, tmp_path: Path) -> None:
        (repo / git.BRANCH).write_text("ref: refs/heads/other\n")
        with pytest.raises(RefusedError):
            read_ref(repo, git.BRANCH)
        (repo / git.BRANCH).unlink()
        (tmp_path / "elsewhere").write_text("1" * 40 + "\n")
        (repo / git.BRANCH).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(RefusedError):
            read_ref(repo, git.BRANCH)

    @pytest.mark.parametrize(
        "name",
        [
            "refs/heads/main.lock",
            "HEAD.lock",
            "packed-refs.lock",
            "packed-refs.new",
            "refs/skillvault/remote.lock",
        ],
    )
    def test_a_lock_that_a_killed_git_left_is_no_obstacle(self, name: str, repo: Path) -> None:
        first, second = commit(repo, 1), commit(repo, 2)
        update_ref(repo, git.BRANCH, first, None)
        update_ref(repo, REF, first, None)
        (repo / name).write_text("")
        update_ref(repo, git.BRANCH, second, first)
        delete_ref(repo, REF, first)
        assert (read_ref(repo, git.BRANCH), read_ref(repo, REF)) == (second, None)

    def test_an_unfinished_pack_of_a_killed_git_goes_after_a_day(self, repo: Path) -> None:
        packs = repo / "objects" / "pack"
        old = ["tmp_pack_a1B2c3", "tmp_idx_a1B2c3", ".tmp-17-pack-00ff.idx", "pack-00ff.pack"]
        for name in [*old, "tmp_pack_new"]:
            (packs / name).write_bytes(b"PACK")
        for name in old:
            os.utime(packs / name, (0, 0))
        with exclusive(repo):
            assert {path.name for path in packs.iterdir()} == {"pack-00ff.pack", "tmp_pack_new"}

    def test_no_lock_is_taken_away_while_a_git_of_ours_lives(self, repo: Path) -> None:
        """A child that outlives us keeps the descriptor, and with it the lock."""
        with exclusive(repo) as lock:
            child = subprocess.Popen(["sleep", "60"], pass_fds=[lock])
        (repo / "HEAD.lock").write_text("")
        waiting = threading.Thread(target=self._enter, args=(repo,))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert (repo / "HEAD.lock").exists()
        child.kill()
        child.wait()
        waiting.join(10)
        assert not waiting.is_alive()
        assert not (repo / "HEAD.lock").exists()

    @staticmethod
    def _enter(repo: Path) -> None:
        with exclusive(repo):
            pass

    def test_of_many_that_move_it_at_once_one_wins(self, repo: Path) -> None:
        start = commit(repo)
        update_ref(repo, git.BRANCH, start, None)
        news = [commit(repo, n) for n in range(1, 9)]
        won: list[str] = []

        def move(new: str) -> None:
            try:
                update_ref(repo, git.BRANCH, new, start)
            except ConflictError:
                return
            won.append(new)

        threads = [threading.Thread(target=move, args=(new,)) for new in news]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert won == [read_ref(repo, git.BRANCH)]
