"""One vault's life with every kind of entry of format 1, in either suite.

    python -m tests.vault_story FOLDER

makes in FOLDER what tests/golden holds: for each suite a git bundle of the vault, a file for each
identity, and `expected.json`, which says what each of them can open. Golden vaults are frozen: they are
made once, and never again within format 1.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from skillvault.skill.files import SkillFile
from skillvault.vault import canonical, names, sealed
from skillvault.vault.identity import format_file
from skillvault.vault.ids import format_time, new_id, sha256
from skillvault.vault.repository import create_bare
from skillvault.vault.state import skill_path
from skillvault.vault.syntax import Suite
from tests.vault_maker import START, Files, Maker, Person

LONG = "/".join(["references", "d" * 60, "e" * 40, "notes.md"])


def skill_files(text: str) -> tuple[SkillFile, ...]:
    """Files of every kind: nested, binary, CRLF, executable, empty, not ASCII, a long path.

    One skill has also what does not compress into one chunk of an age file.
    """
    noise = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(2200))
    more = (SkillFile("assets/noise.bin", noise, "644"),) if text == "run" else ()
    return (
        SkillFile("SKILL.md", f"---\nname: x\ndescription: y\n---\n{text}\n".encode(), "644"),
        SkillFile("scripts/run.sh", b"#!/bin/sh\r\nexit 0\r\n", "755"),
        SkillFile("assets/-b lob.bin", bytes(range(256)) * 5, "644"),
        SkillFile("assets/\u00e9t\u00e9.txt", b"", "644"),
        SkillFile(LONG, b"long path\n", "644"),
        *more,
    )


@dataclass
class Story:
    """The vault at its end. `opens`: name of a keyholder, skill id, (skill's name, version, text)."""

    made: Maker
    opens: dict[str, dict[str, tuple[str, int, str]]] = field(default_factory=dict)


def tell(repo: Path, suite: Suite) -> Story:
    """Make the vault at `repo`, where nothing is yet."""
    create_bare(repo)
    made = Maker(repo, suite)
    ada, ben, cyd = (made.person(name) for name in ("Ada", "Ben Stone", "Cyd"))
    eve, fay, bot = (made.person(name) for name in ("\u00c8ve", "Fay", "ci"))
    review, refund, deploy, notes, runbook, draft, solo = (new_id() for _ in range(7))
    group, closed, deleted = (new_id() for _ in range(3))

    made.found(ada)
    everyone = made.state.everyone
    made.admit(ada, ben, "admin")
    made.admit(ben, cyd, "member")
    made.admit(ben, bot, "machine", format_time(START + 10**8))
    made.put(ada, review, "code-review", skill_files("one"), _access(made, review, ada))
    made.put(cyd, refund, "refund", skill_files("r"), _access(made, refund, cyd, everyone))

    # A group, closed by an admin who is not in it, opened by a member, started anew.
    made.write(ben, made.group([ben, cyd], group, "review board"))
    shared = made.access(review, ada.id, [ada.id, group], [ada.id, group])
    made.write(ada, shared | made.resealed(review, [ada.id, group]))
    evidence, plaintext = made.evidence(cyd, review)
    made.write(cyd, _evidence(made, review, {evidence: plaintext}))
    made.put(ben, review, "code-review", skill_files("two"))
    other, other_plaintext = made.evidence(cyd, refund)
    made.write(cyd, _evidence(made, refund, {other: other_plaintext}))
    made.write(ada, made.record(group, epoch=2, recipient=None))
    made.write(ada, made.resealed(review))
    made.write(cyd, made.anew(group, [ben, cyd], [1]))
    both = {review: {evidence: plaintext}}
    made.write(cyd, made.resealed(review) | _evidence(made, review, both[review]))
    made.write(ben, made.anew(group, [ada, ben, cyd], [3]))
    made.write(ada, made.resealed(review) | _evidence(made, review, both[review]))
    made.admit(ada, eve, "member")
    made.write(ben, made.grow(group, [eve]))
    made.write(ben, made.slots(group, 4, [eve]))
    made.write(cyd, made.previous(group, 4, [3, 1]))

    # Names, roles, expiry.
    cyd = made.people["Cyd Ray"] = replace(made.people.pop("Cyd"), name="Cyd Ray")
    made.write(ada, made.member(cyd, "member"))
    later = made.edit(bot.id, expires=format_time(START + 2 * 10**8))
    made.write(ada, made.edit(eve.id, role="admin") | later)
    named = names.group_record(group, "reviewers")
    made.write(ben, made.record(group, name=named.hash) | _name(made, group, named.line))

    # Eve leaves: one skill passes on, one that only she read goes, the rest is sealed again.
    access = made.access(deploy, eve.id, [eve.id, group], [eve.id])
    made.put(eve, deploy, "deploy", skill_files("ship it"), access)
    made.put(eve, notes, "notes", skill_files("mine"), _access(made, notes, eve))
    made.put(ada, runbook, "runbook", skill_files("run"), _access(made, runbook, ada, everyone))
    made.write(bot, {})
    gone = _gone(skill_path(notes), skill_path(notes, "access.json"))
    gone |= made.edit(eve.id, state="removed") | made.access(deploy, group, [group], [group])
    gone |= made.anew(everyone, [ada, ben, cyd, bot], [1])
    made.write(ada, gone | made.anew(group, [ada, ben, cyd], [4]))
    again: Files = {}
    for skill in (review, refund, deploy, runbook):
        again |= made.resealed(skill)
    again |= _evidence(made, review, both[review])
    made.write(ada, again | _evidence(made, refund, {other: other_plaintext}))
    made.put(ben, review, "code-review", skill_files("three"))
    made.admit(ben, fay, "member")
    made.write(ada, made.grow(group, [fay]))

    # A group that stays closed: who is in it reads the version before. A group that is deleted.
    made.write(ben, made.group([ben, cyd], closed, "closed"))
    made.put(ada, draft, "draft", skill_files("early"), _access(made, draft, ada, closed))
    made.write(ada, made.record(closed, epoch=2, members=(ben.id,), recipient=None))
    made.put(ada, draft, "draft", skill_files("late"))
    made.write(ben, made.group([ben], deleted, "deleted"))
    made.put(cyd, solo, "solo", skill_files("s"), _access(made, solo, cyd, deleted))
    end = _gone(f"groups/{deleted}/group.json", f"names/{deleted}.age")
    made.write(ada, end | _access(made, solo, cyd))
    with_ben = made.access(solo, cyd.id, [cyd.id, ben.id], [cyd.id])
    made.write(cyd, with_ben | made.resealed(solo, [cyd.id, ben.id]))

    # Evidence and a skill removed; the vault changes hands.
    made.write(ada, _gone(skill_path(review, f"evidence/{evidence}.age")))
    whole = ("access.json", "skill.age", f"evidence/{other}.age")
    made.write(cyd, _gone(*(skill_path(refund, name) for name in whole)))
    made.write(ada, made.edit(ben.id, role="owner"))
    made.write(ada, made.edit(ada.id, role="admin"))
    made.write(cyd, {})

    all_of_them = {review: ("code-review", 3, "three"), deploy: ("deploy", 1, "ship it")}
    all_of_them |= {runbook: ("runbook", 1, "run")}
    early, own = {draft: ("draft", 1, "early")}, {solo: ("solo", 1, "s")}
    old = all_of_them | {review: ("code-review", 2, "two")}
    return Story(
        made,
        {
            "Ada": all_of_them | {draft: ("draft", 2, "late")},
            "Ben Stone": all_of_them | early | own,
            "Cyd Ray": all_of_them | early | own,
            "\u00c8ve": old,
            "Fay": all_of_them,
            "ci": {runbook: ("runbook", 1, "run")},
        },
    )


def tell_end(repo: Path, suite: Suite) -> Story:
    """A short vault whose owner ended format 1."""
    create_bare(repo)
    made = Maker(repo, suite)
    ada, skill = made.person("Ada"), new_id()
    made.found(ada)
    made.put(ada, skill, "last", skill_files("last"), _access(made, skill, ada))
    fields = {"format": 2, "nonce": made.state.nonce, "successor": "another form"}
    made.write(ada, {"vault.json": canonical.dumps(fields)})
    return Story(made, {"Ada": {skill: ("last", 1, "last")}})


def _gone(*paths: str) -> Files:
    return dict.fromkeys(paths)


def _access(made: Maker, skill: str, owner: Person, *readers: str) -> Files:
    return made.access(skill, owner.id, [owner.id, *readers], [owner.id])


def _evidence(made: Maker, skill: str, results: Mapping[str, bytes]) -> Files:
    """Results sealed to the readers of now."""
    lines = made.lines(made.state.skills[skill].readers)
    return {
        skill_path(skill, f"evidence/{key}.age"): sealed.seal(plaintext, lines)
        for key, plaintext in results.items()
    }


def _name(made: Maker, group: str, line: bytes) -> Files:
    everyone = made.state.groups[made.state.everyone]
    return {f"names/{group}.age": sealed.seal_json(line, [everyone.recipient or ""])}


def save(story: Story, folder: Path) -> None:
    """Pack the repository into one file; beside it the identities and what they open."""
    made = story.made
    (folder / "identities").mkdir(parents=True)
    bundle = ["git", "-C", str(made.repo), "bundle", "create", "-q", str(folder / "vault.bundle")]
    subprocess.run([*bundle, "refs/heads/main"], check=True)
    people = {}
    for number, person in enumerate(made.people.values()):
        file = folder / "identities" / f"{number}.key"
        file.write_bytes(format_file(person.identity, person.name))
        opens = {
            skill: {
                "name": name,
                "version": version,
                "files": {f.path: [f.mode, sha256(f.data)] for f in skill_files(text)},
            }
            for skill, (name, version, text) in story.opens[person.name].items()
        }
        people[file.name] = {"member": person.id, "name": person.name, "opens": opens}
    state = made.state
    told = {"vault": state.vault_id, "seq": state.seq, "head": state.head, "identities": people}
    (folder / "expected.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")


def main(folder: Path) -> None:
    """Both suites, and a vault that format 1 has ended for."""
    suites: tuple[Suite, ...] = ("x25519", "mlkem768x25519")
    with TemporaryDirectory() as scratch:
        for suite in suites:
            save(tell(Path(scratch) / suite, suite), folder / suite)
        save(tell_end(Path(scratch) / "ended", "x25519"), folder / "ended")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
