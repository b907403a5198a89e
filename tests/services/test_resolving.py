"""Conflicts: listed, settled in an editor, in a folder or by taking a side; never a lost edit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from skillvault import age
from skillvault.errors import CheckError, ConflictError, NotFoundError, RefusedError
from skillvault.services import checking, get, leaving, opening, put, reading, resolving
from skillvault.services.editing import Choice, Saved
from skillvault.services.references import Reference, parse
from skillvault.services.resolving import Resolved
from skillvault.skill.files import SkillFile
from skillvault.skill.merge import Conflict, Side
from skillvault.vault import operations, sealed, sync, workbench
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.meeting import Clash
from skillvault.vault.state import skill_path
from tests.people import Person, bare, copied

TOP = "---\nname: one\ndescription: How we do one.\n---\n"
LATER = 1_790_001_000.0
ONE = parse("one")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada owns `one` and Bob may write it; both wrote it, and Bob's sync met the conflict."""
    root = tmp_path_factory.mktemp("two")
    host = bare(root / "host.git")
    ada, bob = Person("Ada", root / "ada"), Person("Bob", root / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one", "first\n\nlast\n", **{"a.md": "a\n"})])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    write(bob, "bob's\n\nlast\n", a_md="A\n")
    write(ada, "ada's\n\nlast\n")
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match="SKILL"):
        checking.sync(bob.ctx)
    return root


@pytest.fixture
def two(template: Path, tmp_path: Path) -> tuple[Person, Person]:
    """A copy of the template's people."""
    root = copied(template, tmp_path / "two")
    return Person("Ada", root / "ada", clock=LATER), Person("Bob", root / "bob", clock=LATER)


def write(who: Person, body: str | None = None, *, a_md: str | None = None) -> None:
    folder = get.get(who.ctx, ONE, who.home, force=True).folder
    if body is not None:
        (folder / "SKILL.md").write_text(TOP + body)
    if a_md is not None:
        (folder / "a.md").write_text(a_md)
    put.put(who.ctx, [folder])


def newest(vault: Vault) -> dict[str, str]:
    (skill,) = vault.state.skills
    opened = vault.reader.open_version(skill, len(vault.state.skills[skill].versions)).bundle
    return {f.path: f.data.decode() for f in opened.files}


def conflicts(who: Person) -> list[tuple[str, int, str]]:
    board = resolving.board(who.ctx)
    return [(c.author, c.number, c.joined.problem or "") for c in board.clashes]


def agree(ada: Person, bob: Person) -> dict[str, str]:
    checking.sync(bob.ctx)
    checking.sync(ada.ctx)
    here, there = opening.open_vault(ada.ctx), opening.open_vault(bob.ctx)
    assert here.local.commit == there.local.commit
    assert there.unpushed == 0
    return newest(here)


def in_editor(who: Person, script: str, answer: str = "again") -> Resolved | None:
    editor = who.home / "editor.sh"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o755)
    who.environ["EDITOR"] = str(editor)
    asked: list[str | None] = []

    def decide(_: Clash, saved: Saved) -> Choice:
        asked.append(saved.problem)
        return "discard" if len(asked) > 1 or answer == "discard" else "again"

    def choose(_clash: Clash, _conflict: Conflict) -> Side:
        return "theirs"

    done = resolving.edit(who.ctx, ONE, decide=decide, choose=choose)
    who.warnings += [f"asked: {problem}" for problem in asked]
    return done


def test_a_conflict_is_listed_and_nothing_is_lost(two: tuple[Person, Person]) -> None:
    _, bob = two
    assert conflicts(bob) == [("Ada", 2, "SKILL.md")]
    vault = opening.open_vault(bob.ctx)
    assert newest(vault)["a.md"] == "A\n"
    assert vault.unpushed == 1
    assert vault.workbench.all() == []


def test_nothing_of_a_conflict_lies_on_the_disk_in_the_clear(two: tuple[Person, Person]) -> None:
    _, bob = two
    resolving.board(bob.ctx)
    for folder, _, names in os.walk(bob.paths.state):
        for name in names:
            data = (Path(folder) / name).read_bytes()
            assert b"ada's" not in data
            assert b"bob's" not in data


@pytest.mark.parametrize(("side", "body"), [("mine", "bob's"), ("theirs", "ada's")])
def test_taking_a_side_keeps_what_did_not_conflict(
    two: tuple[Person, Person], side: Side, body: str
) -> None:
    ada, bob = two
    done = resolving.take(bob.ctx, ONE, side)
    assert (done.version, done.aside, done.waiting) == (3, False, ())
    assert agree(ada, bob) == {"SKILL.md": f"{TOP}{body}\n\nlast\n", "a.md": "A\n"}


def test_the_editor_gets_marks_and_all_three_sides_beside(two: tuple[Person, Person]) -> None:
    ada, bob = two
    seen = bob.home / "seen"
    script = (
        f'cat "$1" > {seen}; for s in base yours theirs; do cat ../$s/SKILL.md >> {seen}; done\n'
        "sed -i '/^[<|=>]\\{7\\}/d; /^first/d' \"$1\""
    )
    done = in_editor(bob, script)
    assert done is not None
    assert done.version == 3
    text = seen.read_text()
    marked = "<<<<<<< yours\nbob's\n||||||| before\nfirst\n=======\nada's\n>>>>>>> theirs\n"
    assert marked in text
    assert text.endswith("".join(f"{TOP}{body}\n\nlast\n" for body in ("first", "bob's", "ada's")))
    assert agree(ada, bob)["SKILL.md"] == f"{TOP}bob's\nada's\n\nlast\n"


def test_what_is_still_marked_is_not_kept(two: tuple[Person, Person]) -> None:
    _, bob = two
    assert in_editor(bob, "exit 0") is None
    assert [w for w in bob.warnings if "asked: SKILL.md: still marked" in w]
    with pytest.raises(CheckError, match="ended with 3"):
        in_editor(bob, "exit 3")
    assert conflicts(bob) == [("Ada", 2, "SKILL.md")]


def test_a_folder_to_settle_it_in(two: tuple[Person, Person]) -> None:
    ada, bob = two
    out = bob.home / "merge"
    out.mkdir()
    done = resolving.export(bob.ctx, ONE, out)
    assert [f.name for f in done.folders] == ["one", "one.base", "one.yours", "one.theirs"]
    assert "ada's" in (out / "one.theirs" / "SKILL.md").read_text()
    assert "first" in (out / "one.base" / "SKILL.md").read_text()
    with pytest.raises(ConflictError, match="still marked"):
        resolving.from_folder(bob.ctx, ONE, out / "one")
    with pytest.raises(ConflictError, match="already there"):
        resolving.export(bob.ctx, ONE, out)
    (out / "one" / "SKILL.md").write_text(f"{TOP}both\n\nlast\n")
    assert resolving.from_folder(bob.ctx, ONE, out / "one").version == 3
    assert agree(ada, bob) == {"SKILL.md": f"{TOP}both\n\nlast\n", "a.md": "A\n"}


def test_an_answer_that_is_no_skill_is_refused(two: tuple[Person, Person]) -> None:
    _, bob = two
    folder = bob.home / "answer"
    folder.mkdir()
    (folder / "SKILL.md").write_text("---\nname: one\n---\nno description\n")
    with pytest.raises(RefusedError, match="no description"):
        resolving.from_folder(bob.ctx, ONE, folder)
    assert conflicts(bob) == [("Ada", 2, "SKILL.md")]


def test_aborting_keeps_theirs_and_lays_mine_aside(two: tuple[Person, Person]) -> None:
    ada, bob = two
    done = resolving.abort(bob.ctx, ONE)
    assert (done.aside, done.waiting) == (True, ())
    assert agree(ada, bob) == {"SKILL.md": f"{TOP}ada's\n\nlast\n", "a.md": "a\n"}
    (work,) = resolving.board(bob.ctx).asides
    assert work.why == "you kept Ada's @2"
    out = bob.home / "out"
    out.mkdir()
    (folder,) = resolving.export(bob.ctx, ONE, out).folders
    assert "bob's" in (folder / "SKILL.md").read_text()
    assert resolving.forget(bob.ctx, ONE, approve=lambda _: False) is None
    assert resolving.forget(bob.ctx, ONE, approve=lambda _: True) is not None
    assert resolving.board(bob.ctx).asides == ()
    with pytest.raises(NotFoundError, match="nothing of it waits"):
        resolving.forget(bob.ctx, ONE, approve=lambda _: True)


def test_an_answer_that_is_theirs_is_an_abort(two: tuple[Person, Person]) -> None:
    ada, bob = two
    out = bob.home / "merge"
    out.mkdir()
    resolving.export(bob.ctx, ONE, out)
    assert resolving.from_folder(bob.ctx, ONE, out / "one.theirs").aside
    assert agree(ada, bob)["SKILL.md"] == f"{TOP}ada's\n\nlast\n"
    assert len(resolving.board(bob.ctx).asides) == 1


def test_an_answer_meets_a_still_newer_version(two: tuple[Person, Person]) -> None:
    ada, bob = two
    (skill,) = opening.open_vault(bob.ctx).state.skills
    resolving.take(bob.ctx, ONE, "mine")
    write(ada, a_md="ada's\n")
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match=r"a\.md"):
        checking.sync(bob.ctx)
    assert conflicts(bob) == [("Ada", 3, "a.md")]
    resolving.take(bob.ctx, Reference("one", id=skill[:4]), "mine")
    assert agree(ada, bob) == {"SKILL.md": f"{TOP}bob's\n\nlast\n", "a.md": "A\n"}


def test_a_version_written_after_the_conflict_stands_on_the_answer(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    write(bob, a_md="AA\n")
    assert conflicts(bob) == [("Ada", 2, "SKILL.md")]
    resolving.take(bob.ctx, ONE, "theirs")
    assert agree(ada, bob) == {"SKILL.md": f"{TOP}ada's\n\nlast\n", "a.md": "AA\n"}


def two_conflicts(tmp_path: Path) -> tuple[Person, Person]:
    """Both wrote `one` and `two`, and Bob's sync met both conflicts."""
    host = bare(tmp_path / "host.git")
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one", "x\n"), ada.skill("two", "x\n")])
    ada.share("one", "two", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    for who, body in ((ada, "ada's\n"), (bob, "bob's\n")):
        for name in ("one", "two"):
            folder = get.get(who.ctx, parse(name), who.home, force=True).folder
            text = f"---\nname: {name}\ndescription: How we do {name}.\n---\n{body}"
            (folder / "SKILL.md").write_text(text)
            put.put(who.ctx, [folder])
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError):
        checking.sync(bob.ctx)
    return ada, bob


def test_an_answer_that_waits_is_merged_with_what_comes_meanwhile(tmp_path: Path) -> None:
    ada, bob = two_conflicts(tmp_path)
    resolving.take(bob.ctx, ONE, "mine")
    write(ada, a_md="new\n")
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match="two"):
        checking.sync(bob.ctx)
    resolving.take(bob.ctx, parse("two"), "theirs")
    checking.sync(bob.ctx)
    vault = opening.open_vault(bob.ctx)
    assert vault.unpushed == 0
    shown = reading.show(bob.ctx, ONE).bundle
    assert {f.path: f.data.decode() for f in shown.files} == {
        "SKILL.md": f"{TOP}bob's\n",
        "a.md": "new\n",
    }


def test_two_conflicts_are_settled_one_after_the_other(tmp_path: Path) -> None:
    _, bob = two_conflicts(tmp_path)
    before = opening.open_vault(bob.ctx).local.commit
    done = resolving.take(bob.ctx, ONE, "mine")
    assert [c.mine.manifest.name for c in done.waiting] == ["two"]
    opened = opening.open_vault(bob.ctx)
    assert opened.local.commit == before
    assert [w.kind for w in opened.workbench.all()] == ["answer"]
    assert resolving.take(bob.ctx, parse("two"), "mine").waiting == ()
    checking.sync(bob.ctx)
    here = opening.open_vault(bob.ctx)
    assert here.unpushed == 0
    assert {w.kind for w in here.workbench.all()} <= {"merged"}


def test_where_nothing_waits(two: tuple[Person, Person]) -> None:
    ada, _ = two
    assert resolving.board(ada.ctx).clashes == ()
    with pytest.raises(NotFoundError, match="no conflict about it"):
        resolving.abort(ada.ctx, ONE)
    with pytest.raises(NotFoundError, match="no conflict about it"):
        resolving.take(ada.ctx, parse("other"), "mine")


def test_a_kill_after_the_answer_leaves_it_for_the_next_sync(two: tuple[Person, Person]) -> None:
    """As if the process ended between keeping the answer and moving the line."""
    ada, bob = two
    vault = opening.open_vault(bob.ctx)
    (clash,) = sync.clashes(vault, bob.ctx.now())
    made = operations.make_bundle(
        vault.state,
        vault.signer(),
        clash.skill,
        name="one",
        files=[SkillFile("SKILL.md", f"{TOP}both\n".encode(), "644")],
        message="",
        now=bob.ctx.now(),
        before=clash.record,
    )
    vault.workbench.keep(workbench.answer(clash.mine, made, bob.ctx.now()))
    assert conflicts(bob) == []
    assert agree(ada, bob) == {"SKILL.md": f"{TOP}both\n"}
    assert resolving.board(bob.ctx).clashes == ()


def test_what_i_cannot_read_i_never_cover_unasked(two: tuple[Person, Person]) -> None:
    """Ada's newest version holds junk, for Bob at least."""
    ada, bob = two
    resolving.abort(bob.ctx, ONE)
    checking.sync(bob.ctx)
    write(bob, a_md="AA\n")
    vault = opening.open_vault(ada.ctx)
    (skill,) = vault.state.skills
    record, draft = vault.state.skills[skill], Draft()
    operations.add_version(
        draft,
        vault.state,
        vault.signer(),
        skill,
        name="one",
        files=[SkillFile("SKILL.md", f"{TOP}unseen\n".encode(), "644")],
        message="",
        now=ada.ctx.now(),
    )
    lines = operations.recipients_of(draft, vault.state, record.readers)
    draft.files[skill_path(skill)] = sealed.seal(bytes(1024), lines)
    with vault.changing():
        vault.commit(draft, ada.ctx.now())
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match="theirs does not open for you"):
        checking.sync(bob.ctx)
    out = bob.home / "merge"
    out.mkdir()
    done = resolving.export(bob.ctx, ONE, out)
    assert [f.name for f in done.folders] == ["one", "one.base", "one.yours"]
    assert not resolving.take(bob.ctx, ONE, "mine").aside
    checking.sync(bob.ctx)
    checking.sync(ada.ctx)
    assert newest(opening.open_vault(ada.ctx))["a.md"] == "AA\n"


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_where_both_together_are_no_skill_one_is_taken_whole(
    two: tuple[Person, Person], side: Side
) -> None:
    ada, bob = two
    resolving.abort(bob.ctx, ONE)
    checking.sync(bob.ctx)
    top = TOP.removesuffix("---\n")
    texts = {"ada": f"---\nlicense: MIT\n{top[4:]}---\nx\n", "bob": f"{top}license: MIT\n---\nx\n"}
    for who in (ada, bob):
        folder = get.get(who.ctx, ONE, who.home, force=True).folder
        (folder / "SKILL.md").write_text(f"{TOP}x\n")
    put.put(ada.ctx, [ada.home / "one"])
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    for who in (ada, bob):
        folder = get.get(who.ctx, ONE, who.home, force=True).folder
        (folder / "SKILL.md").write_text(texts[who.home.name])
        put.put(who.ctx, [folder])
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match="SK007"):
        checking.sync(bob.ctx)
    with pytest.raises(RefusedError, match="given twice"):
        in_editor(bob, "exit 0")
    assert resolving.take(bob.ctx, ONE, side).aside is (side == "theirs")
    assert agree(ada, bob)["SKILL.md"] == texts["bob" if side == "mine" else "ada"]


def test_who_was_removed_has_what_was_laid_aside_all_the_same(two: tuple[Person, Person]) -> None:
    ada, bob = two
    resolving.abort(bob.ctx, ONE)
    leaving.remove(ada.ctx, "Bob", approve=lambda _: True)
    checking.sync(bob.ctx)
    assert opening.open_vault(bob.ctx).me is None
    assert [w.name for w in resolving.board(bob.ctx).asides] == ["one"]
    assert checking.status(bob.ctx).aside == ("one",)
    out = bob.home / "out"
    out.mkdir()
    (folder,) = resolving.export(bob.ctx, ONE, out).folders
    assert "bob's" in (folder / "SKILL.md").read_text()


def test_a_file_that_is_marked_is_settled_in_the_text(two: tuple[Person, Person]) -> None:
    """Both added it, one of them as a program: there is one question, the editor's."""
    ada, bob = two
    resolving.abort(bob.ctx, ONE)
    checking.sync(bob.ctx)
    for who in (ada, bob):
        folder = get.get(who.ctx, ONE, who.home, force=True).folder
        (folder / "run.sh").write_text(f"echo {who.name}\n")
        (folder / "run.sh").chmod(0o755 if who is ada else 0o644)
        put.put(who.ctx, [folder])
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match=r"run\.sh"):
        checking.sync(bob.ctx)
    assert in_editor(bob, "sed -i '/^[<|=>]\\{7\\}/d' \"$1\"") is not None
    assert agree(ada, bob)["run.sh"] == "echo Bob\necho Ada\n"


def test_an_answer_that_i_did_not_sign_is_none(two: tuple[Person, Person]) -> None:
    """Anybody can seal a file to me, and put it there."""
    ada, bob = two
    theirs, vault = opening.open_vault(ada.ctx), opening.open_vault(bob.ctx)
    (clash,) = sync.clashes(vault, bob.ctx.now())
    forged = operations.make_bundle(
        theirs.state,
        theirs.signer(),
        clash.skill,
        name="one",
        files=[SkillFile("SKILL.md", f"{TOP}forged\n".encode(), "644")],
        message="",
        now=bob.ctx.now(),
        before=clash.record,
    )
    vault.workbench.keep(workbench.answer(clash.mine, forged, bob.ctx.now()))
    assert len(resolving.board(bob.ctx).damaged) == 1
    assert conflicts(bob) == [("Ada", 2, "SKILL.md")]
    with pytest.raises(ConflictError):
        checking.sync(bob.ctx)


@pytest.mark.parametrize(
    "plain", [b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"version": 1, "kind": "answer"}']
)
def test_a_file_that_says_something_else_is_left_alone(
    two: tuple[Person, Person], plain: bytes
) -> None:
    _, bob = two
    bench = opening.open_vault(bob.ctx).workbench
    bench.folder.mkdir(parents=True)
    path = bench.folder / f"{'a' * 16}-{'0' * 16}.answer.age"
    path.write_bytes(age.encrypt(plain, [age.parse_recipient(bench.identity.recipient)]))
    assert resolving.board(bob.ctx).damaged == (path,)
    assert path.exists()
