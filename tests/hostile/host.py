"""A hostile host, its victim, and what must hold of every attack.

`Scene` is a vault with a past on a host whose branch the attacker sets, and Cyd, who has cloned it:
her client is the victim. `Forger` writes what no rule lets through. An attack ends in
`Scene.refused` (the line is refused, nothing changed here) or in `Scene.never_used` (the rules let
it into the line, for nobody without keys can judge it; the readers do not use it), and both end
with an honest host that the client still works with.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skillvault.cli.main import main
from skillvault.errors import Exit
from skillvault.paths import Paths
from skillvault.skill.files import SkillFile
from skillvault.vault import git, pins, settings
from skillvault.vault.commits import build_commit
from skillvault.vault.entry import Entry
from skillvault.vault.git import BRANCH
from skillvault.vault.identity import format_file
from skillvault.vault.ids import new_id
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.repository import create_bare, read_ref, update_ref
from skillvault.vault.state import recipients, skill_path
from skillvault.vault.syntax import Suite
from skillvault.vault.tree import Tree
from skillvault.vault.verify import verify
from tests.cli.story import base_environment
from tests.vault_maker import Files, Maker, Person

DAY = 24 * 3600
REVIEW = "Look twice at every change.\n"
# Where a fetch puts what nobody has judged yet, beside objects that no ref of ours reaches; and the
# empty files by which processes wait for each other.
_SCRATCH = re.compile(
    r"\.local/share/skillvault/[^/]+\.vault/(objects/.*|refs/skillvault/fetched)"
    r"|\.local/state/skillvault/vaults/[^/]+\.lock"
)


def skill(name: str, body: str) -> tuple[SkillFile, ...]:
    """The one file of a small skill."""
    text = f"---\nname: {name}\ndescription: How we do {name}.\n---\n{body}"
    return (SkillFile("SKILL.md", text.encode(), "644"),)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: bytes
    err: str


@dataclass(frozen=True)
class Client:
    """Somebody's machine: a home folder, and the command line in it."""

    home: Path

    @classmethod
    def of(cls, home: Path, person: Person) -> Client:
        """A new machine with the identity of `person`."""
        made = cls(home)
        file = made.paths.identities / "default.key"
        file.parent.mkdir(parents=True)
        file.write_bytes(format_file(person.identity, person.name))
        file.chmod(0o600)
        return made

    @property
    def paths(self) -> Paths:
        return Paths.from_environment({"HOME": str(self.home)})

    @property
    def vault(self) -> Path:
        return self.paths.vault("acme")

    def run(self, *words: str) -> Done:
        """Run one command in this process, as the entry point does; no terminal."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
        with (
            mock.patch.dict(os.environ, {**base_environment(), "HOME": str(self.home)}, clear=True),
            mock.patch("sys.stdin", io.StringIO()),
            contextlib.chdir(self.home),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(words)
        done = Done(code, _bytes(out), _bytes(err).decode())
        assert re.sub(r"[\n\t]", "", done.err).isprintable(), done.err
        return done

    def ok(self, *words: str) -> Done:
        done = self.run(*words)
        assert done.code == Exit.OK, done.err
        return done

    def fails(self, *words: str, exit: Exit) -> dict[str, Any]:  # noqa: A002 - what it is
        """The one error that the command ends with."""
        done = self.run("--json", *words)
        assert done.code == exit, done.err
        assert done.out == b""
        error: dict[str, Any] = json.loads(done.err.splitlines()[-1])["error"]
        assert error["exit"] == exit
        return error

    def shows(self, name: str) -> str:
        return self.ok("show", name).out.decode().rpartition("---\n")[2]

    def tip(self) -> str | None:
        return read_ref(self.vault, BRANCH)

    def files(self) -> dict[str, bytes]:
        """Every file of this machine, and every folder."""
        found = {}
        for path in self.home.rglob("*"):
            name = path.relative_to(self.home).as_posix()
            found[name] = path.read_bytes() if path.is_file() else b"a folder"
        return found

    @contextlib.contextmanager
    def untouched(self) -> Iterator[None]:
        """Nothing changes meanwhile, but for objects that no ref of ours reaches."""
        before = self.files()
        yield
        after = self.files()
        changed = [
            path
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)
            and not (_SCRATCH.fullmatch(path) and path in after)
        ]
        assert changed == [], changed


def _bytes(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()


@dataclass
class Forger(Maker):
    """A maker whose entries no rule judged."""

    def write(
        self,
        who: Person,
        files: Mapping[str, bytes | None],
        content: Mapping[str, str] = {},
        *,
        key: Ed25519PrivateKey | None = None,
        tree: Tree | None = None,
        also: Files | None = None,
        bend: Callable[[bytes], bytes] = bytes,
        **claims: object,
    ) -> Entry:
        """One entry as `who` would write it, signed by `key`, with the `claims` that are given.

        `tree` in place of what it changes; `also` are files in it that the entry does not name;
        `bend` has the last word on the bytes of the commit.
        """
        said: dict[str, Any] = claims
        entry = replace(self.entry(who, files, content), **said)
        every = {**files, **(also or {})}
        tree = tree or self.with_files(every)
        raw = build_commit(tree.root_oid(), self.commit, entry, key or who.identity.signing_key)
        self.send(bend(raw), every, tree)
        self.state = replace(self.state, seq=self.state.seq + 1, head=entry.hash)
        return entry

    def lawful(
        self, who: Person, files: Mapping[str, bytes | None], content: Mapping[str, str] = {}
    ) -> Entry:
        """An entry that the rules accept."""
        return super().write(who, files, content)


@dataclass
class Scene:
    """Ada owns the vault, Ben is an admin; Cyd, Dan and Eve are members, Eve was removed.

    `board`: Ada and Cyd; `crew`: Ada and Ben. `review`: owned by Cyd, whom Dan and the board read;
    the board writes it too. `deploy`: Ada's, for the board. `runbook`: Ada's, for everyone, and Ben
    may write it. Eve could read `review`, whose first version she has.
    """

    root: Path
    made: Maker
    ids: Mapping[str, str]
    victim: Client
    removal: int
    """The number of the entry by which Eve was removed."""
    whole: bool = True
    """Whether to look at everything that costs: once a scenario, not for each of its variants."""

    @property
    def host(self) -> Path:
        return self.made.repo

    @property
    def next(self) -> int:
        """The number of the next entry."""
        return self.made.state.seq + 1

    def who(self, name: str) -> Person:
        return self.made.people[name]

    def forger(self) -> Forger:
        """Somebody who goes on from the honest line."""
        known = {f.name: getattr(self.made, f.name) for f in fields(Maker)}
        return Forger(**{**known, "bundles": {s: list(b) for s, b in self.made.bundles.items()}})

    def follow(self) -> None:
        """What the host has now is the honest line."""
        line = verify(self.host, self.branch() or "")
        assert line.error is None
        found = line.verified
        self.made.state, self.made.tree, self.made.commit = found.state, found.tree, found.commit

    def access(
        self, name: str, owner: str, readers: Sequence[str], writers: Sequence[str]
    ) -> Files:
        """The access file of a skill, by names."""
        ids = {**{n: p.id for n, p in self.made.people.items()}, **self.ids}
        made = self.made.access(
            self.ids[name], ids[owner], [ids[n] for n in readers], [ids[n] for n in writers]
        )
        return dict(made)

    def lines(self, name: str) -> list[str]:
        """Whom a skill is sealed to now."""
        return self.made.lines(self.made.state.skills[self.ids[name]].readers)

    def path(self, name: str, file: str = "skill.age") -> str:
        return skill_path(self.ids[name], file)

    def forger_at(self, seq: int) -> Forger:
        """Somebody who goes on from an earlier entry of the honest line."""
        tip = self.commits()[seq]
        line = verify(self.host, tip).verified
        self.show_branch(tip)
        return replace(self.forger(), state=line.state, tree=line.tree, commit=tip)

    def raw(self, commit: str) -> bytes:
        """The bytes of a commit that the host has."""
        return git.run(self.host, ["cat-file", "commit", commit])

    def serve(self, raw: bytes, objects: Sequence[GitObject] = ()) -> None:
        """Put a commit of these bytes on the branch."""
        commit = GitObject("commit", raw)
        write_objects(self.host, [*objects, commit])
        self.show_branch(commit.oid)

    def plant(self, objects: Sequence[GitObject]) -> None:
        """Put objects there that git itself would not write."""
        for item in objects:
            words = ["hash-object", "-w", "-t", item.kind, "--literally", "--stdin"]
            assert git.run(self.host, words, item.data).decode().strip() == item.oid

    def branch(self) -> str | None:
        """Where the host's branch is."""
        return read_ref(self.host, BRANCH)

    def stored(self, oid: str | None) -> Path:
        """The file of an object that the host keeps by itself."""
        assert oid is not None
        return self.host / "objects" / oid[:2] / oid[2:]

    def now(self, path: str) -> bytes:
        """What the honest line has at a path."""
        return self.at(self.made.state.seq, path)

    def at(self, seq: int, path: str) -> bytes:
        """What an entry of it had there."""
        return git.run(self.host, ["cat-file", "blob", f"{self.commits()[seq]}:{path}"])

    def before_removal(self, path: str) -> bytes:
        """What stood there while Eve was a member."""
        return self.at(self.removal - 1, path)

    def old(self, name: str) -> Files:
        """The text of a skill as it was then."""
        return {self.path(name): self.before_removal(self.path(name))}

    def swapped(self) -> Files:
        """The texts of `review` and `runbook`, each in the place of the other."""
        first, second = self.path("review"), self.path("runbook")
        return {first: self.now(second), second: self.now(first)}

    def pinned(self) -> int:
        """The number of the entry that the victim has pinned."""
        pin = pins.load(self.victim.paths.state, self.made.state.vault_id)
        assert pin is not None
        return pin.seq

    def commits(self) -> list[str]:
        """The honest line, oldest first."""
        words = ["rev-list", "--reverse", str(self.made.commit)]
        return git.run(self.host, words).decode().split()

    def show_branch(self, commit: str | None) -> None:
        """What the host says its branch is."""
        assert commit is not None
        update_ref(self.host, BRANCH, commit, read_ref(self.host, BRANCH))

    # What must hold

    def refused(
        self,
        subject: str,
        problem: str,
        *,
        exit: Exit = Exit.VERIFICATION,  # noqa: A002 - what it is
        clone: Exit | None = Exit.VERIFICATION,
    ) -> None:
        """The line is refused by that name and reason (patterns), and again; nothing changed.

        `clone`: how a first clone ends, None where it cannot know better.
        """
        with self.victim.untouched():
            for _ in range(2 if self.whole else 1):
                self.told(self.victim.fails("sync", exit=exit), subject, problem)
            assert self.victim.shows("review") == REVIEW
            if self.whole:
                self.victim.ok("status")
        if self.whole:
            self.reads()
        if clone is not None and self.whole:
            self.told(self.clones(exit=clone), subject, problem)
            done = self.victim.run("verify", str(self.host))
            assert done.code == clone, done.err
            assert re.search(problem, done.out.decode() + done.err), done
        self.honest_again()

    def never_used(self, *, told: str, reads: Mapping[str, str]) -> Done:
        """The line holds; what was put into it is never shown, and the reason is told."""
        done = self.victim.ok("sync")
        shown = {name: self.victim.shows(name) for name in reads}
        assert shown == dict(reads)
        assert re.search(told, done.err), done.err
        return done

    def mended(self, *names: str) -> None:
        """The victim sealed these skills anew, so that Dan's and Ada's new machines read them."""
        assert "spoiled" not in self.victim.ok("sync").err
        for name in ("Ada", "Dan") if self.whole else ():
            other = Client.of(self.root / name, self.who(name))
            vault = self.made.state.vault_id
            other.ok("clone", str(self.host), "acme", "--id", vault)
            for skill_name in names:
                done = other.ok("show", skill_name)
                assert done.err == ""
                assert done.out == self.victim.ok("show", skill_name).out
        self.goes_on()

    @staticmethod
    def told(error: Mapping[str, Any], subject: str, problem: str) -> None:
        assert re.search(subject, error["subject"]), error
        assert re.search(problem, error["problem"]), error
        assert (error["subject"] + error["problem"]).isprintable()

    def reads(self) -> None:
        """What was here before becomes a folder, as it was."""
        self.victim.ok("get", "review", "taken")
        taken = self.victim.home / "taken"
        assert (taken / "review/SKILL.md").read_bytes().endswith(REVIEW.encode())
        shutil.rmtree(taken)

    def clones(self, *, exit: Exit) -> dict[str, Any]:  # noqa: A002 - what it is
        """A first clone of Cyd's fails, and leaves nothing."""
        fresh = Client.of(self.root / "fresh", self.who("Cyd"))
        vault = self.made.state.vault_id
        error = fresh.fails("clone", str(self.host), "acme", "--id", vault, exit=exit)
        left = [name for name, data in fresh.files().items() if data and data != b"a folder"]
        assert left == [".config/skillvault/identities/default.key"]
        assert not fresh.vault.exists()
        return error

    def honest_again(self) -> None:
        """The host serves the honest line again."""
        self.show_branch(self.made.commit)
        self.goes_on()

    def goes_on(self) -> None:
        """News arrive, and what Cyd writes is taken; or at least nothing is in the way."""
        if self.whole:
            self.follow()
            news = skill("deploy", "Slowly.\n")
            self.made.put(self.who("Ada"), self.ids["deploy"], "deploy", news)
            folder = self.victim.home / "skills/review/SKILL.md"
            folder.write_bytes(folder.read_bytes() + b"And once more.\n")
            self.victim.ok("put", "skills/review")
        self.victim.ok("sync")
        if self.whole:
            assert self.victim.shows("deploy") == "Slowly.\n"
        assert self.victim.tip() == self.branch()


def build(root: Path, suite: Suite = "x25519", age: int = 2 * DAY) -> Scene:
    """The scene in the folder `root`, which is made; its first entry is `age` seconds old."""
    root.mkdir()
    host = root / "host.git"
    create_bare(host)
    made = Maker(host, suite, start=int(time.time()) - age)
    ada, ben, cyd, dan, eve = (made.person(n) for n in ("Ada", "Ben", "Cyd", "Dan", "Eve"))
    ids = {name: new_id() for name in ("review", "deploy", "runbook", "board", "crew")}
    made.found(ada)
    everyone = ids["everyone"] = made.state.everyone
    made.admit(ada, ben, "admin")
    for person in (cyd, dan, eve):
        made.admit(ben, person, "member")
    made.write(ada, made.group([ada, cyd], ids["board"], "board"))
    made.write(ada, made.group([ada, ben], ids["crew"], "crew"))
    board, review = ids["board"], ids["review"]
    readers = [cyd.id, dan.id, eve.id, board]
    access = made.access(review, cyd.id, readers, [cyd.id, board])
    made.put(cyd, review, "review", skill("review", "Look once.\n"), access)
    access = made.access(ids["deploy"], ada.id, [ada.id, board], [ada.id])
    made.put(ada, ids["deploy"], "deploy", skill("deploy", "At night.\n"), access)
    access = made.access(ids["runbook"], ada.id, [ada.id, ben.id, everyone], [ada.id, ben.id])
    made.put(ada, ids["runbook"], "runbook", skill("runbook", "Step by step.\n"), access)
    gone = made.edit(eve.id, state="removed")
    gone |= made.access(review, cyd.id, [cyd.id, dan.id, board], [cyd.id, board])
    made.write(ada, gone | made.anew(everyone, [ada, ben, cyd, dan], [1]))
    removal = made.state.seq
    made.write(ada, made.resealed(ids["runbook"]))
    made.put(cyd, review, "review", skill("review", REVIEW))
    assert all(
        made.state.skills[s].files[-1].refs == recipients(made.state, s) for s in made.state.skills
    )
    victim = Client.of(root / "cyd", cyd)
    scene = Scene(root, made, ids, victim, removal)
    victim.ok("clone", str(host), "acme", "--id", made.state.vault_id)
    (victim.home / "skills").mkdir()
    victim.ok("get", "review", "skills")
    victim.ok("search", "twice")
    victim.ok("sync")
    scene.reads()
    return scene


def copy(scene: Scene, root: Path) -> Scene:
    """The same scene in another folder."""
    shutil.copytree(scene.root, root)
    made, victim = scene.made, Client(root / "cyd")
    again = replace(
        made,
        repo=root / "host.git",
        people=dict(made.people),
        keys=dict(made.keys),
        bundles={s: list(b) for s, b in made.bundles.items()},
    )
    bases = victim.paths.state / "bases.json"
    bases.write_text(bases.read_text().replace(str(scene.root), str(root)))
    notes = settings.load(victim.paths, "acme")
    settings.save(victim.paths, "acme", replace(notes, remote=str(again.repo)))
    return Scene(root, again, scene.ids, victim, scene.removal)
