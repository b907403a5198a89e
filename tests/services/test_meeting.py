"""Two people edit one skill at the same time: what `sync` makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import ConflictError
from skillvault.services import checking, get, opening, put, removing, revising, vaults
from skillvault.services.references import parse
from skillvault.skill.files import SkillFile
from skillvault.vault import operations, sealed
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.meeting import Text, join
from skillvault.vault.state import skill_path
from tests.people import Person, bare, copied

TOP = "---\nname: one\ndescription: How we do one.\n---\n"
LATER = 1_790_001_000.0
BODY = "first\n\nsecond\n\nthird\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada owns `one`, Bob may write it; both are up to date."""
    root = tmp_path_factory.mktemp("two")
    host = bare(root / "host.git")
    ada, bob = Person("Ada", root / "ada"), Person("Bob", root / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one", BODY, **{"a.md": "a\n", "b.md": "b\n"})])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    return root


@pytest.fixture
def two(template: Path, tmp_path: Path) -> tuple[Person, Person]:
    """A copy of the template's people."""
    root = copied(template, tmp_path / "two")
    return Person("Ada", root / "ada", clock=LATER), Person("Bob", root / "bob", clock=LATER)


def write(who: Person, body: str | None = None, /, **files: str | None) -> None:
    """The next version of `one`: another body, other files (None: removed)."""
    folder = get.get(who.ctx, parse("one"), who.home, force=True).folder
    if body is not None:
        (folder / "SKILL.md").write_text(TOP + body)
    for path, data in files.items():
        name = path.replace("_", ".")
        if data is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(data)
    put.put(who.ctx, [folder])


def files(vault: Vault, number: int | None = None) -> dict[str, str]:
    (skill,) = vault.state.skills
    newest = len(vault.state.skills[skill].versions)
    opened = vault.reader.open_version(skill, number or newest).bundle
    return {f.path: f.data.decode() for f in opened.files}


def authors(vault: Vault) -> list[str]:
    (skill,) = vault.state.skills.values()
    return [vault.reader.name(version.author) for version in skill.versions]


def agree(ada: Person, bob: Person) -> Vault:
    """Both have the same line; as Ada sees it."""
    checking.sync(ada.ctx)
    here, there = opening.open_vault(ada.ctx), opening.open_vault(bob.ctx)
    assert here.local.commit == there.local.commit
    assert here.unpushed == there.unpushed == 0
    assert files(here) == files(there)
    return here


def test_edits_of_other_lines_and_files_become_one_version(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(ada, "FIRST\n\nsecond\n\nthird\n", a_md="A\n")
    write(bob, "first\n\nsecond\n\nTHIRD\n", b_md=None, c_md="c\n")
    checking.sync(ada.ctx)
    done = checking.sync(bob.ctx).synced
    assert (done.pushed, done.replayed) == (1, 1)
    vault = agree(ada, bob)
    assert authors(vault) == ["Ada", "Ada", "Bob"]
    assert files(vault) == {
        "SKILL.md": f"{TOP}FIRST\n\nsecond\n\nTHIRD\n",
        "a.md": "A\n",
        "c.md": "c\n",
    }
    assert files(vault, 2)["SKILL.md"] == f"{TOP}FIRST\n\nsecond\n\nthird\n"


def test_each_of_my_versions_stays_one(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(ada, "FIRST\n\nsecond\n\nthird\n")
    write(bob, a_md="A\n")
    write(bob, b_md="B\n")
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    vault = agree(ada, bob)
    assert authors(vault) == ["Ada", "Ada", "Bob", "Bob"]
    assert (files(vault, 3)["a.md"], files(vault, 3)["b.md"]) == ("A\n", "b\n")
    assert files(vault)["b.md"] == "B\n"


def test_where_only_my_newest_version_merges_that_alone_is_written(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    write(ada, "FIRST\n\nsecond\n\nthird\n")
    write(bob, "other\n\nsecond\n\nthird\n")
    write(bob, "first\n\nsecond\n\nTHIRD\n")
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    vault = agree(ada, bob)
    assert authors(vault) == ["Ada", "Ada", "Bob"]
    assert files(vault)["SKILL.md"] == f"{TOP}FIRST\n\nsecond\n\nTHIRD\n"


def test_what_both_did_is_done_once(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(ada, a_md="A\n")
    write(bob, a_md="A\n")
    checking.sync(ada.ctx)
    assert checking.sync(bob.ctx).synced.pushed == 0
    assert authors(agree(ada, bob)) == ["Ada", "Ada"]


def test_a_merge_that_is_no_skill_is_a_conflict(two: tuple[Person, Person]) -> None:
    """Each side's front matter is valid; both together name one field twice."""
    ada, bob = two
    top = TOP.removesuffix("---\n")
    folder = get.get(ada.ctx, parse("one"), ada.home, force=True).folder
    text = f"---\nlicense: MIT\n{top.removeprefix('---' + chr(10))}---\n{BODY}"
    (folder / "SKILL.md").write_text(text)
    put.put(ada.ctx, [folder])
    folder = get.get(bob.ctx, parse("one"), bob.home, force=True).folder
    (folder / "SKILL.md").write_text(f"{top}license: MIT\n---\n{BODY}")
    put.put(bob.ctx, [folder])
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match=r"merged, .* SK007: `license` is given twice"):
        checking.sync(bob.ctx)


def test_an_edit_stands_against_a_removal_that_came_later(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(bob, a_md="A\n")
    checking.sync(bob.ctx)
    removing.remove(ada.ctx, parse("one"), approve=lambda _: True)
    checking.sync(ada.ctx)
    assert [w for w in ada.warnings if "one: not removed, because Bob wrote @2" in w]
    assert files(agree(ada, bob))["a.md"] == "A\n"


def test_what_is_laid_aside_is_said_once_and_holds_up_nothing(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(bob, a_md="A\n")
    write(bob, a_md="AA\n")
    put.put(bob.ctx, [bob.skill("other")])
    ada.unshare("one", from_="Bob")
    done = checking.sync(bob.ctx).synced
    assert done.pushed == 1
    assert len([w for w in bob.warnings if "may not write it any more" in w]) == 1
    checking.sync(bob.ctx)
    assert len([w for w in bob.warnings if "may not write it any more" in w]) == 1
    vault = opening.open_vault(bob.ctx)
    (work,) = vault.workbench.all()
    assert {f.path: f.data for f in work.text.files}["a.md"] == b"AA\n"
    assert (work.kind, work.why) == ("aside", "you may not write it any more")


def test_the_workbench_is_sealed_and_survives_damage(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(bob, a_md="quagga\n")
    ada.unshare("one", from_="Bob")
    checking.sync(bob.ctx)
    bench = opening.open_vault(bob.ctx).workbench
    (path,) = bench.folder.iterdir()
    assert b"quagga" not in path.read_bytes()
    assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert bench.folder.stat().st_mode & 0o777 == 0o700
    path.write_bytes(path.read_bytes()[:-1])
    assert bench.all() == []
    assert bench.damaged == [path]
    assert path.exists()


def test_a_new_name_and_an_edit_are_both_taken(two: tuple[Person, Person]) -> None:
    ada, bob = two
    revising.rename(ada.ctx, parse("one"), "two")
    write(bob, "first\n\nsecond\n\nTHIRD\n")
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    vault = agree(ada, bob)
    (skill,) = vault.state.skills
    newest = vault.reader.open_newest(skill).bundle
    assert (newest.manifest.name, newest.manifest.version) == ("two", 3)
    text = files(vault)["SKILL.md"]
    assert "name: two" in text
    assert "THIRD" in text


def test_two_new_names_conflict_in_the_front_matter(two: tuple[Person, Person]) -> None:
    ada, bob = two
    revising.rename(ada.ctx, parse("one"), "two")
    revising.rename(bob.ctx, parse("one"), "three")
    checking.sync(ada.ctx)
    with pytest.raises(ConflictError, match=r"three: you and Ada both changed it .*: SKILL\.md"):
        checking.sync(bob.ctx)


def test_who_cannot_read_it_any_more_keeps_what_they_wrote(two: tuple[Person, Person]) -> None:
    """Not even the base opens for Bob, but his own text does."""
    ada, bob = two
    write(bob, a_md="A\n")
    write(ada, a_md="AAA\n")
    checking.sync(ada.ctx)
    ada.unshare("one", from_="Bob")
    checking.sync(bob.ctx)
    vault = opening.open_vault(bob.ctx)
    (work,) = vault.workbench.asides()
    assert {f.path: f.data for f in work.text.files}["a.md"] == b"A\n"
    assert vault.unpushed == 0


def test_who_reads_a_skill_that_is_gone_is_left_alone(two: tuple[Person, Person]) -> None:
    ada, _ = two
    laptop = Person("Ada", ada.home / "laptop")
    laptop.paths.identities.mkdir(parents=True)
    for key in ada.paths.identities.iterdir():
        (laptop.paths.identities / key.name).write_bytes(key.read_bytes())
    vault = opening.open_vault(ada.ctx)
    url = vault.notes.remote or ""
    laptop.clone(Path(url), vault.state.vault_id)
    vaults.set_remote(laptop.ctx, "acme", str(ada.home / "gone.git"))
    offline = opening.open_vault(laptop.ctx)
    (skill,) = offline.state.skills
    bob_id = next(m for m in offline.state.members if m != offline.me)
    draft = Draft()
    operations.change_access(draft, offline.reader, skill, strike_writers=[bob_id])
    with offline.changing():
        offline.commit(draft, laptop.ctx.now())
    vaults.set_remote(laptop.ctx, "acme", url)
    removing.remove(ada.ctx, parse("one"), approve=lambda _: True)
    checking.sync(ada.ctx)
    assert checking.sync(laptop.ctx).synced.pushed == 0
    assert [w for w in laptop.warnings if "removed meanwhile" in w]


def test_junk_in_place_of_their_version_keeps_nothing_apart(two: tuple[Person, Person]) -> None:
    """Whoever re-sealed it: an earlier file of the same version opens."""
    ada, bob = two
    write(bob, a_md="A\n")
    write(ada, b_md="B\n")
    checking.sync(ada.ctx)
    vault = opening.open_vault(ada.ctx)
    (skill,) = vault.state.skills
    junk = sealed.seal(
        b"junk".ljust(512, b"\0"),
        operations.recipients_of(Draft(), vault.state, vault.state.skills[skill].readers),
    )
    files_ = vault.state.skills[skill].files
    assert files_[-1].content == vault.state.skills[skill].content
    draft = Draft({skill_path(skill): junk})
    with vault.changing():
        vault.commit(draft, ada.ctx.now())
    checking.sync(ada.ctx)
    done = checking.sync(bob.ctx)
    assert done.synced.pushed == 1
    assert files(opening.open_vault(bob.ctx))["b.md"] == "B\n"


@pytest.mark.parametrize("name", ["../../etc", "-rf", "Has Spaces", "\u202e"])
def test_a_name_that_no_skill_may_have_never_stops_mine(name: str) -> None:
    """From a client that checks nothing."""
    text = SkillFile("SKILL.md", f"{TOP}{BODY}".encode(), "644")
    mine = Text("one", (SkillFile("SKILL.md", f"{TOP}mine\n{BODY}".encode(), "644"),))
    theirs = Text(name, (text, SkillFile("more.md", b"more\n", "644")))
    joined = join(Text("one", (text,)), mine, theirs)
    assert (joined.name, joined.problem) == ("one", None)
    assert len(joined.text.files) == 2
