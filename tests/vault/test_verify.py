"""Verifying real lines in real repositories: the good prefix counts, a liar is named."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skillvault.errors import RefusedError
from skillvault.vault import canonical, git
from skillvault.vault.commits import build_commit
from skillvault.vault.ids import new_id, sha256
from skillvault.vault.objects import GitObject, blob_oid, write_objects
from skillvault.vault.records import AccessRecord
from skillvault.vault.tree import Tree
from skillvault.vault.verified import NOTHING
from skillvault.vault.verify import Outcome, verify
from tests.vault.line import START, Files, Line, member_file, noise

NOW = START + 10**7


@pytest.fixture
def line(tmp_path: Path) -> Line:
    made = Line(tmp_path / "v.vault")
    with made.in_one_go():
        return made.begin()


@pytest.fixture
def loose(tmp_path: Path) -> Line:
    """The same, each object a file."""
    return Line(tmp_path / "v.vault").begin()


def skill_of(line: Line) -> str:
    return next(iter(line.state.skills))


def path_of(line: Line, name: str = "skill.age") -> str:
    skill = skill_of(line)
    return f"skills/{skill[0]}/{skill}/{name}"


def many(line: Line) -> tuple[dict[str, bytes | None], dict[str, str]]:
    """Files and content of an entry with hundreds of new skills."""
    files: dict[str, bytes | None] = {}
    content = {}
    for _ in range(300):
        skill = new_id()
        access = AccessRecord(owner=line.owner, readers=(line.owner,), writers=(line.owner,))
        files[f"skills/{skill[0]}/{skill}/access.json"] = access.to_bytes()
        files[f"skills/{skill[0]}/{skill}/skill.age"] = noise()
        content[skill] = sha256(os.urandom(4))
    return files, content


def look(line: Line) -> Outcome:
    assert line.tip is not None
    return verify(line.repo, line.tip, now=NOW)


def refused(line: Line) -> str:
    """The tip is bad, and what was good before it stands. Gives subject and problem."""
    outcome = look(line)
    assert outcome.error is not None
    assert outcome.verified.state == line.state
    assert outcome.verified.commit == line.commit
    assert outcome.verified.tree.paths() == line.tree.paths()
    return str(outcome.error)


def refused_as_a_whole(line: Line) -> str:
    """Nothing of it counts."""
    outcome = look(line)
    assert outcome.verified == NOTHING
    return str(outcome.error)


def version(line: Line, **files: bytes) -> tuple[Files, dict[str, str]]:
    """The files and the content of a good next version."""
    return {path_of(line): noise(), **files}, {skill_of(line): sha256(os.urandom(4))}


class TestGood:
    def test_a_line_verifies_to_the_state_that_made_it(self, line: Line) -> None:
        outcome = look(line)
        assert outcome.error is None
        assert outcome.warnings == ()
        assert outcome.verified.state == line.state
        assert outcome.verified.commit == line.commit
        assert outcome.verified.tree.paths() == line.tree.paths()

    def test_every_file_ever_is_found_by_path_and_hash(self, line: Line) -> None:
        verified = look(line).verified
        first, second = line.state.skills[skill_of(line)].files
        with git.CatFile(line.repo) as cat:
            for file in (first, second):
                (oid,) = verified.blobs[path_of(line), file.hash]
                assert sha256(cat.read(oid, "blob", 10**6)) == file.hash
        assert len(verified.blobs) == 7 + 2 + 1

    def test_from_a_verified_entry_only_what_is_new_is_read(self, loose: Line) -> None:
        before = look(loose).verified
        loose.put(skill_of(loose))
        whole = look(loose).verified
        for oid in loose.commits[:2]:
            (loose.repo / "objects" / oid[:2] / oid[2:]).unlink()
        rest = verify(loose.repo, loose.tip or "", before, now=NOW)
        assert rest.error is None
        assert rest.verified.state == whole.state
        assert rest.verified.blobs == whole.blobs
        assert rest.verified.tree.root_oid() == whole.tree.root_oid()
        assert before.state.seq == 2, "what was believed before is not changed by it"
        assert len(before.blobs) == 10

    def test_nothing_new_is_nothing_to_do(self, line: Line) -> None:
        verified = look(line).verified
        assert verify(line.repo, line.commit or "", verified) == Outcome(verified)

    def test_a_line_longer_than_a_batch(self, line: Line) -> None:
        skill = skill_of(line)
        with line.in_one_go():
            for _ in range(270):
                line.put(skill)
        seen: list[int] = []
        outcome = verify(line.repo, line.commit or "", progress=seen.append, now=NOW)
        assert outcome.error is None
        assert outcome.verified.state == line.state
        assert seen == [256, 273]
        line.write(line.alter(line.entry({}), previous=None), {})
        assert "entry 273" in refused(line)

    def test_one_entry_with_hundreds_of_files_as_a_pack(self, line: Line) -> None:
        files, content = many(line)
        before = len(list((line.repo / "objects/pack").glob("*.pack")))
        line.add(files, content)
        assert len(list((line.repo / "objects/pack").glob("*.pack"))) == before + 1
        assert look(line).verified.state == line.state

    def test_a_removed_skill_leaves_its_files_to_be_found(self, line: Line) -> None:
        path = path_of(line)
        old = line.state.skills[skill_of(line)].files[0].hash
        line.add({path: None, path_of(line, "access.json"): None})
        verified = look(line).verified
        assert verified.tree.get(path) is None
        assert (path, old) in verified.blobs

    def test_a_fetched_line_is_the_same(self, line: Line, tmp_path: Path) -> None:
        """Git packs with deltas on the way; that changes nothing."""
        with line.in_one_go():
            for _ in range(30):
                line.put(skill_of(line))
        copy = tmp_path / "copy"
        words = ["git", "clone", "--quiet", "--bare", "--no-local", str(line.repo), str(copy)]
        subprocess.run(words, check=True, env=git.environment())
        outcome = verify(copy, line.commit or "", now=NOW)
        assert outcome.error is None
        assert outcome.verified.state == line.state

    def test_git_verify_commit_accepts_every_entry(
        self, line: Line, tmp_path: Path, require_tool: Callable[[str], str]
    ) -> None:
        require_tool("ssh-keygen")
        member = line.state.members[line.owner]
        allowed = tmp_path / "allowed"
        allowed.write_text(f'{line.owner}@vault namespaces="git" {member.signing_key}\n')
        setting = f"gpg.ssh.allowedSignersFile={allowed}"
        words = ["git", f"--git-dir={line.repo}", "-c", setting, "verify-commit", *line.commits]
        subprocess.run(words, check=True, capture_output=True, env=git.environment())

    def test_the_same_bytes_again_at_a_path_keep_every_blob_the_latest_last(
        self, line: Line
    ) -> None:
        """Nobody hashes what is sealed: two blobs may claim one hash, and its user tries both."""
        path = path_of(line)
        good, other = noise(), noise()
        files, content = {path: good}, {skill_of(line): sha256(b"1")}
        line.add(files, content)
        line.put(skill_of(line))
        entry = line.entry({path: good}, {skill_of(line): sha256(b"2")})
        lying = line.with_files({path: other})
        line.tip = line.write(entry, {path: other}, tree=lying)
        verified = look(line).verified
        assert verified.blobs[path, sha256(good)] == (blob_oid(good), blob_oid(other))
        assert verified.tree.get(path) == blob_oid(other)


class TestTrees:
    """The tree holds the tree before and the entry's changes, and nothing else."""

    @pytest.mark.parametrize("name", ["README.md", "names/aaaaaaaaaaaaaaaa.age", ".gitmodules"])
    def test_a_file_that_no_entry_names(self, name: str, line: Line) -> None:
        files, content = version(line)
        line.write(line.entry(files, content), {**files, name: b"x"})
        assert refused(line) == "entry 3: its tree holds something else than its changes"

    def test_a_file_that_is_gone_without_a_word(self, line: Line) -> None:
        files, content = version(line)
        tree = line.with_files({**files, "vault.json": None})
        line.write(line.entry(files, content), files, tree=tree)
        assert refused(line) == "entry 3: its tree holds something else than its changes"

    def test_a_file_changed_without_a_word(self, line: Line) -> None:
        files, content = version(line)
        line.write(line.entry(files, content), {**files, path_of(line, "access.json"): b"{}\n"})
        assert refused(line) == "entry 3: its tree holds something else than its changes"

    def test_a_removed_file_that_is_still_there(self, line: Line) -> None:
        files: Files = {path_of(line): None, path_of(line, "access.json"): None}
        line.write(line.entry(files), files, tree=line.with_files({path_of(line): None}))
        assert refused(line) == "entry 3: its tree holds something else than its changes"

    @pytest.mark.parametrize("name", ["skill.age", "access.json"])
    def test_a_file_that_an_entry_names_and_the_tree_lacks(self, name: str, line: Line) -> None:
        path = path_of(line, name)
        files: Files = {path: noise() if name == "skill.age" else b"{}\n"}
        content = {skill_of(line): sha256(b"")} if name == "skill.age" else {}
        line.write(line.entry(files, content), {}, tree=line.with_files({path: None}))
        assert refused(line).startswith(f"entry 3: {path}: it is no file of at most ")

    def test_a_blob_that_the_host_keeps_back(self, line: Line) -> None:
        files, content = version(line)
        tree = line.with_files(files)
        line.write(line.entry(files, content), {}, tree=tree)
        assert refused(line).startswith(f"entry 3: {path_of(line)}: it is no file")

    @pytest.mark.parametrize("name", ["skill.age", "access.json"])
    def test_one_of_hundreds_of_files_is_kept_back(self, name: str, line: Line) -> None:
        files, content = many(line)
        path = next(path for path in reversed(files) if path.endswith(name))
        if name == "access.json":  # the others have the same bytes
            other = AccessRecord(line.owner, (line.owner, skill_of(line)), (line.owner,))
            files[path] = other.to_bytes()
        tree = line.with_files(files)
        line.write(line.entry(files, content), {**files, path: noise()}, tree=tree)
        assert refused(line).startswith(f"entry 3: {path}: it is no file of at most ")

    def test_one_of_hundreds_of_files_is_not_in_the_tree(self, line: Line) -> None:
        files, content = many(line)
        path = next(iter(files))
        tree = line.with_files({p: data for p, data in files.items() if p != path})
        line.write(line.entry(files, content), files, tree=tree)
        assert refused(line).startswith(f"entry 3: {path}: it is no file of at most ")

    @pytest.mark.parametrize("mode", [b"100755", b"120000", b"100664", b"160000", b"40000"])
    def test_a_mode_other_than_that_of_a_plain_file(self, mode: bytes, line: Line) -> None:
        files, content = version(line)
        tree = line.with_files(files)
        objects = tree.new_objects(line.tree)
        entry = b"100644 skill.age\0"
        skill, above = objects[0], objects[1:]
        assert entry in skill.data
        changed = GitObject("tree", skill.data.replace(entry, mode + entry[6:]))
        rebuilt, old = [changed], skill
        for item in above:
            new = GitObject(
                "tree", item.data.replace(bytes.fromhex(old.oid), bytes.fromhex(rebuilt[-1].oid))
            )
            rebuilt.append(new)
            old = item
        blobs = [GitObject("blob", data) for data in files.values() if data is not None]
        raw = build_commit(rebuilt[-1].oid, line.commit, line.entry(files, content), line.key)
        line.write_raw(raw, [*blobs, *rebuilt])
        assert refused(line).startswith("entry 3")

    def test_a_tree_that_git_lacks(self, line: Line) -> None:
        files, content = version(line)
        raw = build_commit("1" * 40, line.commit, line.entry(files, content), line.key)
        line.write_raw(raw)
        assert refused(line).startswith(f"entry 3: {path_of(line)}: it is no file")


class TestFiles:
    def test_a_control_file_that_is_not_what_its_hash_says(self, line: Line) -> None:
        path = path_of(line, "access.json")
        record = AccessRecord(
            owner=line.owner,
            readers=tuple(sorted((line.owner, line.everyone))),
            writers=(line.owner,),
        )
        other = replace_owner(record, line)
        line.write(line.entry({path: record.to_bytes()}), {path: other})
        assert refused(line) == f"entry 3: {path}: its bytes are not those of its hash"

    def test_another_recovery_text_than_that_of_the_format(self, tmp_path: Path) -> None:
        made = Line(tmp_path / "v.vault")
        files = made.first_files()
        lying = files | {"RECOVERY.md": b"run this\n"}
        made.tip = made.write(made.entry(files), lying)
        problem = refused(made)
        assert problem == "entry 0: RECOVERY.md: its bytes are not those of its hash"
        made.tip = made.write(made.entry(lying), lying)
        assert "RECOVERY.md" in refused(made)

    @pytest.mark.parametrize("size", [64 * 1024 + 1, 17 * 1024 * 1024])
    def test_a_control_file_beyond_its_limit(self, size: int, line: Line) -> None:
        path = path_of(line, "access.json")
        files: Files = {path: b" " * size}
        line.write(line.entry(files), files)
        assert refused(line) == f"entry 3: {path}: it is no file of at most 65536 bytes"

    def test_a_sealed_file_beyond_its_limit(self, line: Line) -> None:
        path = f"groups/{line.everyone}/1/{line.owner}.age"
        files: Files = {path: noise(4096 + 1600)}
        line.write(line.entry(files), files)
        assert refused(line) == f"entry 3: {path}: it is no file of at most 5696 bytes"

    def test_the_limit_of_a_sealed_file_grows_with_its_recipients(self, line: Line) -> None:
        skill = skill_of(line)
        path = path_of(line, "evidence/aaaaaaaaaaaaaaaa.age")
        line.add({path: noise(65_536 + 1500)})
        assert look(line).error is None
        path = path_of(line, "evidence/baaaaaaaaaaaaaaa.age")
        files: Files = {path: noise(65_536 + 3100)}
        line.write(line.entry(files), files)
        assert f"{path}: it is no file of at most 67136 bytes" in refused(line)
        line.tip = line.commit
        git.run(line.repo, ["update-ref", git.BRANCH, line.commit or ""])
        both = tuple(sorted((line.owner, line.everyone)))
        access = AccessRecord(owner=line.owner, readers=both, writers=(line.owner,))
        line.add({f"skills/{skill[0]}/{skill}/access.json": access.to_bytes(), path: files[path]})
        assert look(line).error is None

    @pytest.mark.parametrize(
        "path",
        [
            "x",
            "../x",
            "skills/a/b\nc",
            "members/A.json",
            "skills/.git/config",
            "",
            "/",
            "vault.json/x",
        ],
    )
    def test_a_path_that_is_not_of_the_format(self, path: str, line: Line) -> None:
        entry = line.entry({})
        entry = line.alter(entry, changes={path: sha256(b"x")})
        line.write(entry, {})
        problem = refused(line)
        assert problem.startswith("entry 3")
        assert problem.endswith("not a path of format 1")


def replace_owner(record: AccessRecord, line: Line) -> bytes:
    """The same record with more writers than it says."""
    return replace(record, writers=record.readers).to_bytes()


class TestSignatures:
    def test_by_another_key(self, line: Line) -> None:
        files, content = version(line)
        line.write(line.entry(files, content), files, key=Ed25519PrivateKey.generate())
        assert refused(line) == "entry 3: it was signed by another key"

    def test_over_other_bytes(self, line: Line) -> None:
        files, content = version(line)
        entry = line.entry(files, content)
        tree = line.with_files(files)
        good = build_commit(tree.root_oid(), line.commit, entry, line.key)
        other = build_commit(tree.root_oid(), line.commit, line.entry({}), line.key)
        start, end = good.index(b"gpgsig"), good.index(b"\n\nskillvault")
        start_other, end_other = other.index(b"gpgsig"), other.index(b"\n\nskillvault")
        raw = good[:start] + other[start_other:end_other] + good[end:]
        line.write_raw(raw, [GitObject("blob", d) for d in files.values() if d])
        assert refused(line) == "entry 3: the signature does not fit what it signs"

    def test_by_somebody_who_is_no_member(self, line: Line) -> None:
        line.write(line.alter(line.entry({}), member=new_id()), {})
        assert refused(line) == "entry 3: by somebody who is no member"

    def test_a_member_who_admits_themselves(self, line: Line) -> None:
        """Only the first entry may bring the key that signs it."""
        stranger, key = new_id(), Ed25519PrivateKey.generate()
        files: Files = {
            f"members/{stranger}.json": member_file(key),
            f"names/{stranger}.age": noise(),
        }
        line.write(line.alter(line.entry(files), member=stranger), files, key=key)
        assert refused(line) == "entry 3: by somebody who is no member"

    @pytest.mark.parametrize("kind", ["key", "none", "json", "number"])
    def test_a_first_entry_signed_by_whoever(self, kind: str, tmp_path: Path) -> None:
        made = Line(tmp_path / "v.vault")
        files = made.first_files()
        owner = f"members/{made.owner}.json"
        fields = canonical.loads(files[owner] or b"", "x")
        if kind == "none":
            del files[owner]
        elif kind == "json":
            files[owner] = b"{"
        elif kind == "number":
            files[owner] = canonical.dumps(fields | {"signing_key": 1})
        key = Ed25519PrivateKey.generate() if kind == "key" else made.key
        made.write(made.entry(files), files, key=key)
        outcome = look(made)
        assert outcome.error is not None
        assert outcome.error.subject == "entry 0"
        assert outcome.verified == NOTHING


class TestTheLine:
    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"seq": 2}, "entry 3: its seq"),
            ({"seq": 4}, "entry 3: its seq"),
            ({"seq": 10**15}, "entry 3: its seq"),
            ({"previous": None}, "entry 3: its previous"),
            ({"previous": "sha256:" + "0" * 64}, "entry 3: its previous"),
            ({"time": "1960-01-01T00:00:00Z"}, "entry 3: its time is not one"),
            ({"content": {"aaaaaaaaaaaaaaaa": sha256(b"")}}, "entry 3"),
            ({"changes": {"vault.json": None}}, "entry 3"),
        ],
    )
    def test_an_entry_that_does_not_continue(
        self, fields: dict[str, object], problem: str, line: Line
    ) -> None:
        entry = line.alter(line.entry({}), **fields)
        if "time" in fields:
            raw = build_commit(line.tree.root_oid(), line.commit, line.entry({}), line.key)
            line.write_raw(raw.replace(line.entry({}).time.encode(), str(fields["time"]).encode()))
        else:
            line.write(entry, {})
        assert refused(line).startswith(problem)

    def test_a_merge(self, line: Line) -> None:
        raw = build_commit(line.tree.root_oid(), line.commit, line.entry({}), line.key)
        parent = f"parent {line.commit}\n".encode()
        line.write_raw(raw.replace(parent, parent + f"parent {line.commits[0]}\n".encode()))
        assert "joins two lines" in refused(line)

    def test_a_good_entry_behind_a_bad_one_does_not_heal_it(self, line: Line) -> None:
        good = line.commit
        files, content = version(line)
        line.commit = line.write(
            line.entry(files, content), files, key=Ed25519PrivateKey.generate()
        )
        line.write(line.entry({}), {})
        line.commit = good
        assert refused(line) == "entry 3: it was signed by another key"

    def test_a_commit_of_another_shape(self, line: Line) -> None:
        raw = build_commit(line.tree.root_oid(), line.commit, line.entry({}), line.key)
        line.write_raw(raw.replace(b"+0000", b"+0100"))
        assert "other headers" in refused(line)

    def test_a_stock_commit(self, line: Line) -> None:
        words = ["commit-tree", "-p", line.commit or "", "-m", "hello", line.tree.root_oid()]
        names = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x"}
        names |= {"GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x"}
        done = subprocess.run(
            git.command(line.repo, words),
            check=True,
            capture_output=True,
            env=git.environment() | names,
        )
        line.tip = done.stdout.decode().strip()
        assert refused(line) == "entry 3: its message is not an entry's"

    def test_a_commit_beyond_the_limit(self, line: Line) -> None:
        raw = build_commit(line.tree.root_oid(), line.commit, line.entry({}), line.key)
        line.write_raw(raw + b" " * (8 * 1024 * 1024 + 4096))
        assert refused(line).startswith("entry 3: it is no commit of at most")

    def test_a_second_first_entry(self, line: Line) -> None:
        """A line that starts anew shares nothing with ours, whatever its tip says."""
        before = look(line).verified
        other = Line(line.repo.parent / "other.vault")
        other.found()
        words = ["git", f"--git-dir={line.repo}", "fetch", "--quiet", str(other.repo), "+main:x"]
        subprocess.run(words, check=True, env=git.environment(), capture_output=True)
        outcome = verify(line.repo, other.commit or "", before)
        assert outcome.verified == before
        assert str(outcome.error) == (
            "history: it does not continue from entry 2, which was verified before"
        )

    def test_a_roll_back_and_a_fork_are_told_from_what_follows(self, line: Line) -> None:
        before = look(line).verified
        for tip in (line.commits[0], line.commits[1]):
            outcome = verify(line.repo, tip, before)
            assert "does not continue from entry 2" in str(outcome.error)
            assert outcome.verified == before
        fork = Line.__new__(Line)
        vars(fork).update(vars(line))
        first = verify(line.repo, line.commits[1], now=NOW).verified
        fork.state, fork.tree, fork.commit = first.state, first.tree, first.commit
        fork.put(skill_of(line))
        outcome = verify(line.repo, fork.commit or "", before)
        assert "does not continue from entry 2" in str(outcome.error)

    def test_a_verified_commit_that_this_repository_lacks(self, line: Line) -> None:
        before = look(line).verified._replace(commit="1" * 40)
        outcome = verify(line.repo, line.commits[0], before)
        assert outcome.error is not None
        assert outcome.error.subject == "history"

    @pytest.mark.parametrize("tip", ["blob", "tree", "1" * 40])
    def test_a_tip_that_is_no_commit(self, tip: str, line: Line) -> None:
        oid = {"blob": line.tree.get("vault.json"), "tree": line.tree.root_oid()}.get(tip, tip)
        outcome = verify(line.repo, oid or "")
        assert outcome.error is not None
        assert outcome.verified == NOTHING

    @pytest.mark.parametrize("tip", ["", "main", "--all", "HEAD", "1" * 41, "A" * 40])
    def test_a_tip_that_is_no_id(self, tip: str, line: Line) -> None:
        with pytest.raises(RefusedError, match="not a commit id"):
            verify(line.repo, tip)

    def test_replace_refs_and_grafts_change_nothing(self, line: Line) -> None:
        """They are refused before use; and should somebody slip one in, git does not follow it."""
        first, second, _ = line.commits
        (line.repo / "refs/replace").mkdir()
        (line.repo / "refs/replace" / second).write_text(first + "\n")
        assert look(line).error is None

    def test_a_commit_damaged_on_this_disk_is_no_fault_of_an_entry(self, loose: Line) -> None:
        oid = loose.commits[1]
        path = loose.repo / "objects" / oid[:2] / oid[2:]
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-10])
        assert refused_as_a_whole(loose).startswith("history: git cannot follow it: ")


class TestTime:
    def test_a_step_back_is_a_warning(self, line: Line) -> None:
        entry = line.alter(line.entry({}), time="2020-01-01T00:00:00Z")
        line.write(entry, {})
        outcome = look(line)
        assert outcome.error is None
        assert outcome.warnings == ("entry 3: its time is before the entry before it",)

    def test_ten_minutes_ahead_is_a_warning(self, line: Line) -> None:
        times = [START + 60 * seq for seq in range(3)]
        for now, count in ((times[2] - 600, 0), (times[2] - 601, 1), (times[0] - 601, 3)):
            outcome = verify(line.repo, line.commit or "", now=now)
            assert outcome.error is None
            assert len(outcome.warnings) == count
        assert outcome.warnings[0] == "entry 0: its time is ahead of this machine's clock"


def test_behind_the_end_of_format_1_nothing_is_judged(line: Line) -> None:
    fields = {"format": 2, "nonce": "0" * 32, "words": "more"}
    line.add({"vault.json": canonical.dumps(fields)})
    end = look(line).verified
    assert end.state.ended
    line.write(line.entry({}), {}, tree=Tree({"anything": blob_oid(b"")}))
    write_objects(line.repo, [GitObject("blob", b"")])
    outcome = look(line)
    assert outcome.error is None
    assert outcome.verified.state == end.state
    assert outcome.verified.commit == end.commit
    assert verify(line.repo, line.tip or "", end).verified == end
