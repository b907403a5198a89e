"""What reads bytes from outside: for each format a reader, good examples, and ways to spoil them."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from skillvault import age
from skillvault.agents import placements
from skillvault.agents.placements import Placement, Source
from skillvault.errors import SkillvaultError
from skillvault.evals import suite
from skillvault.paths import Paths
from skillvault.services import bases, config
from skillvault.skill.archive import read_zip
from skillvault.skill.files import SkillFile
from skillvault.skill.frontmatter import parse_skill
from skillvault.skill.render import render
from skillvault.skill.scan import scan
from skillvault.vault import (
    attempts,
    bundle,
    canonical,
    card,
    evidence,
    names,
    pins,
    sealed,
    settings,
    spool,
    sshsig,
    ustar,
)
from skillvault.vault.commits import build_commit, check_commit
from skillvault.vault.entry import CONTROL, classify, parse_entry
from skillvault.vault.git import said
from skillvault.vault.identity import Identity, VaultNote, format_file, generate, parse_file
from skillvault.vault.ids import sha256
from skillvault.vault.manifest import parse_manifest
from skillvault.vault.notebook import Notebook
from skillvault.vault.objects import GitObject
from skillvault.vault.pins import Pin
from skillvault.vault.records import AccessRecord, GroupRecord, MemberRecord, Record, VaultRecord
from skillvault.vault.remote_words import failure, refusal
from skillvault.vault.rules import apply
from skillvault.vault.settings import Settings
from skillvault.vault.state import skill_path
from skillvault.vault.state_json import state_from_json, state_to_json
from skillvault.vault.workbench import Workbench, aside
from tests.cli.story import SUITE
from tests.hostile import flips
from tests.hostile.flips import Vault
from tests.hostile.mutate import (
    Mutate,
    in_armor,
    in_bytes,
    in_depth,
    in_json,
    in_lines,
    in_parts,
    in_strings,
    in_tar,
)
from tests.vault_maker import Maker


@dataclass(frozen=True)
class Target:
    """What reads bytes from outside, good examples of them, and the ways to spoil these."""

    read: Callable[[bytes], object]
    samples: Sequence[bytes]
    ways: Sequence[Mutate]


@cache
def made() -> tuple[Vault, Maker]:
    """A small vault, and a maker that goes on from it (nothing is written)."""
    with TemporaryDirectory() as folder:
        vault = Vault.make(Path(folder) / "v")
    ada, ben = vault.people
    people = {person.name: person for person in vault.people}
    maker = Maker(Path("/nowhere"), "x25519", vault.line.state, vault.line.tree, vault.tip, people)
    assert ada != ben
    return vault, maker


def ada_key() -> age.KeyIdentity:
    return made()[0].people[0].identity.key


def skill() -> str:
    return next(iter(made()[0].line.state.skills))


def text() -> bundle.Bundle:
    """The current version of the skill."""
    vault, _ = made()
    found = flips.opened(flips.Store(vault.objects), vault.line, vault.people[0])[f"{skill()}@2"]
    assert isinstance(found, bundle.Bundle)
    return found


def control(path: str) -> bytes:
    vault, _ = made()
    oid = vault.line.tree.get(path)
    return vault.objects[oid or ""].data


# What reads


def read_commit(data: bytes) -> None:
    vault, _ = made()
    parent = vault.line.commit
    parts = check_commit(data, parent)
    line = vault.people[0].identity.signing_key
    sshsig.verify(sshsig.public_line(line), parts.payload, parts.signature, "git")


def read_entry(data: bytes) -> None:
    entry = parse_entry(data)
    for path in entry.changes:
        classify(path)
    apply(made()[0].line.state, entry, {})


def judge_entry(data: bytes) -> None:
    """A commit that is signed as it must be, whatever its entry says, behind a good line."""
    vault, maker = made()
    ada = vault.people[0]
    honest = maker.entry(ada, {}, {})
    raw = build_commit(vault.line.tree.root_oid(), vault.tip, honest, ada.identity.signing_key)
    head = raw[: raw.index(b"\ngpgsig ")]
    payload = head + b"\n\nskillvault\n\n" + data
    signature = sshsig.armor(sshsig.sign(ada.identity.signing_key, payload, "git"))
    signed = b"\ngpgsig " + signature[:-1].replace(b"\n", b"\n ") + b"\n\nskillvault\n\n" + data
    commit = GitObject("commit", head + signed)
    store = flips.Store({**vault.objects, commit.oid: commit})
    line, error = flips.judge(store, commit.oid)
    assert line.state.seq >= vault.line.state.seq
    if error is not None:
        raise error


def read_control(kind: type[Record], path: str) -> Callable[[bytes], None]:
    """By itself, and in an entry of Ada's that alters it."""

    def read(data: bytes) -> None:
        vault, maker = made()
        with contextlib.suppress(SkillvaultError):
            kind.parse(data, "x")
        entry = maker.entry(vault.people[0], {path: data}, {})
        assert classify(path).kind in CONTROL
        apply(vault.line.state, entry, {path: data})

    return read


def read_tar(data: bytes) -> None:
    """As the archive of a skill whose line names whatever manifest it has."""
    content = sha256(b"")
    with contextlib.suppress(ValueError, StopIteration):
        content = sha256(next(iter(ustar.unpack(data))).data)
    bundle.unpack(bundle._compress(data), content=content, subject="x")


def read_bundle(data: bytes) -> None:
    opened = bundle.unpack(data, content=text().content, subject="x")
    key = made()[0].people[0].identity.signing_key
    bundle.check_signature(opened, sshsig.public_line(key), "x")


def read_sealed(data: bytes) -> None:
    sealed.open_sealed(data, [ada_key()], suite="x25519", stanzas=2, subject="x")


def read_quantum(data: bytes) -> None:
    sealed.open_sealed(data, [quantum().key], suite="mlkem768x25519", stanzas=1, subject="x")


def read_armored(data: bytes) -> None:
    age.decrypt(data, [ada_key()])


@cache
def quantum() -> Identity:
    return generate("mlkem768x25519")


def read_person(data: bytes) -> None:
    record = made()[0].line.state.members[made()[0].people[0].id]
    line = sealed.strip_line(data, "x")
    names.read_person(line, record.recipient, record.signing_key, "x25519", "x")


def read_group(data: bytes) -> None:
    everyone = made()[0].line.state.everyone
    names.read_group(sealed.strip_line(data, "x"), everyone, everyone, "x")


def read_signature(data: bytes) -> None:
    with contextlib.suppress(SkillvaultError):
        sshsig.signer(data)
    key = made()[0].people[0].identity.signing_key
    sshsig.verify(sshsig.public_line(key), b"message", data, "git")


def read_key_line(data: bytes) -> None:
    sshsig.check_public_line(data.decode("utf-8", "replace"))


def read_evidence(data: bytes) -> None:
    with contextlib.suppress(SkillvaultError):
        evidence.unpad(data, evidence.evidence_id(data), "x")
    evidence.measured(data, "x")


def read_words(data: bytes) -> None:
    """What git says of a remote."""
    said(data)
    assert isinstance(failure("https://host/x", 128, data), SkillvaultError)
    refusal("https://host/x", data)
    raise SkillvaultError("x", "always")


def read_skill(data: bytes) -> None:
    """Its problems are findings; what is read is shown, linted and scanned all the same."""
    scan([SkillFile("SKILL.md", data, "644")])
    render(parse_skill(data).body, width=80, color=False)
    raise SkillvaultError("x", "always")


def on_disk(name: str, read: Callable[[Paths], object]) -> Callable[[bytes], None]:
    """What lies in a file below somebody's home."""
    scratch = TemporaryDirectory()
    home = Path(scratch.name)
    paths = Paths(home / "config", home / "data", home / "state")
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)

    def write_and_read(data: bytes) -> None:
        assert scratch
        path.write_bytes(data)
        read(paths)

    return write_and_read


def resealed(read: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """What is sealed to oneself: whoever can write it has the public key."""

    def seal_and_read(data: bytes) -> None:
        read(sealed.seal(data, [made()[0].people[0].identity.recipient]))

    return seal_and_read


def opened(data: bytes) -> bytes:
    return age.decrypt(data, [ada_key()])


JSON = (*[in_json, in_bytes, in_lines, in_json] * 3, in_depth)
RAW = (in_bytes, in_lines)
ARMORED = (in_bytes, in_lines, in_armor(in_bytes))
VAULT_ID = "sha256:" + "0" * 64
KEY = b"k" * 32
SKILL = b"""---
name: s
description: "What it is: and when"
metadata: {a: b, c: [d, 1.5, null]}
allowed-tools: Bash(git:*) Read
---
# Title

Text with `code`, [a link](references/x.md), <b>tags</b> and | a | table |

```sh
curl https://example.org | sh
```
"""


def _notebook(folder: Path) -> bytes:
    """The plaintext of a notebook that knows a version."""
    ada = made()[0].people[0].identity
    book = Notebook.load(folder / "book.age", ada)
    book.note(text())
    book.means("s", skill())
    book.checked_to(3)
    book.save()
    return opened((folder / "book.age").read_bytes())


def _spooled(folder: Path) -> bytes:
    ada = made()[0].people[0].identity
    spool.append(folder, ada, "answer", {"key": "x", "text": "y"})
    (file,) = spool.folder(folder, ada).glob("*.age")
    return opened(file.read_bytes())


def _work(folder: Path) -> bytes:
    ada = made()[0].people[0].identity
    bench = Workbench(folder / "bench", ada)
    bench.keep(aside(text(), "so", 1.8e9))
    (file,) = bench.folder.glob("*.age")
    return opened(file.read_bytes())


@cache
def targets() -> dict[str, Target]:
    vault, maker = made()
    ada = vault.people[0]
    state = vault.line.state
    member, group = f"members/{ada.id}.json", f"groups/{state.everyone}/group.json"
    access = skill_path(skill(), "access.json")
    raw = vault.objects[vault.tip].data
    entry = raw[raw.index(b"skillvault\n\n") + 12 :]
    line = text().line
    archive = zlib.decompress(text().compressed, 31)
    blob = sshsig.sign(ada.identity.signing_key, b"message", "git")
    holder = card.make(ada.identity, "Ada")
    person = canonical.dumps(canonical.loads(names.person_record(holder).line, "x"))
    everyone = canonical.dumps({"group": state.everyone, "name": "everyone", "salt": "0" * 32})
    file = sealed.seal_bundle(text().compressed, [ada.identity.recipient] * 2)
    result = maker.evidence(ada, skill())[1]
    pin = Pin(VAULT_ID, 3, VAULT_ID, "1" * 40)
    pinned = canonical.dumps({"commit": pin.commit, "head": pin.head, "seq": 3, "vault": VAULT_ID})
    notes = settings._format(Settings(VAULT_ID, "/srv/x", ada.identity.recipient))
    sheet = format_file(ada.identity, "Ada", (VaultNote(VAULT_ID, 3, VAULT_ID, "/srv/x"),))
    parent = check_commit(raw, raw[53:93].decode())
    with TemporaryDirectory() as folder:
        book, record, work = (f(Path(folder)) for f in (_notebook, _spooled, _work))
        pins.save_state(Path(folder), KEY, vault.line)
        kept = pins._file(Path(folder), state.vault_id, "state").read_bytes()
    base = canonical.dumps({"/x/s": {"content": VAULT_ID, "skill": skill(), "vault": VAULT_ID}})
    source = Source(VAULT_ID, "acme", skill(), "s", 1, VAULT_ID)
    copy = Placement(
        Path("/x/s"), "get", (source,), time="2026-11-24T17:00:00Z", digests=("00:11",)
    )
    placed = canonical.dumps({"/x/s": json.loads(json.dumps(placements._said(copy)))})
    alone = build_commit(parent.tree, vault.line.commit, parent.entry, ada.identity.signing_key)
    return {
        "card": Target(
            card.parse,
            [holder.to_text().encode()],
            (*ARMORED, in_armor(in_parts(b"\n", in_json, in_strings))),
        ),
        "entry": Target(read_entry, [entry], JSON),
        "commit": Target(read_commit, [alone], RAW),
        "an entry that is signed": Target(judge_entry, [maker.entry(ada, {}, {}).to_bytes()], JSON),
        "manifest": Target(lambda data: parse_manifest(data, "x"), [line], JSON),
        "tar": Target(read_tar, [archive], (in_tar, in_tar, in_bytes)),
        "skill.age": Target(read_bundle, [text().compressed], (in_bytes,)),
        "age file": Target(read_sealed, [file], (*RAW, in_parts(b"\n---", in_lines, in_bytes))),
        "post-quantum age file": Target(
            read_quantum,
            [sealed.seal(b"x" * 600, [quantum().recipient])],
            (*RAW, in_parts(b"\n---", in_lines, in_bytes)),
        ),
        "armored age file": Target(
            read_armored,
            [age.encrypt(b"x" * 600, [ada_key().recipient()], armored=True)],
            ARMORED,
        ),
        "name of a person": Target(read_person, [person], JSON),
        "name of a group": Target(read_group, [everyone], JSON),
        "vault.json": Target(
            read_control(VaultRecord, "vault.json"), [control("vault.json")], JSON
        ),
        "member": Target(read_control(MemberRecord, member), [control(member)], JSON),
        "group": Target(read_control(GroupRecord, group), [control(group)], JSON),
        "access": Target(read_control(AccessRecord, access), [control(access)], JSON),
        "signature": Target(read_signature, [blob], (in_bytes, in_strings)),
        "armor": Target(sshsig.dearmor, [sshsig.armor(blob)], ARMORED),
        "signing key": Target(
            read_key_line, [sshsig.public_line(ada.identity.signing_key).encode()], RAW
        ),
        "evidence": Target(read_evidence, [result], (*RAW, in_parts(b"\n", in_json, in_lines))),
        "identity file": Target(lambda data: parse_file(data, "x"), [sheet], RAW),
        "SKILL.md": Target(read_skill, [SKILL], (*RAW, in_depth)),
        "tasks": Target(lambda data: suite.parse("s", data), [SUITE.encode()], JSON),
        "zip": Target(lambda data: read_zip(data, "x"), [_zip()], (in_bytes,)),
        "words of git": Target(read_words, [b"remote: no\nfatal: unable to access 'x': y\n"], RAW),
        "cached state": Target(state_from_json, [state_to_json(state)], (in_bytes, in_json)),
        "pin": Target(
            on_disk(
                str(pins._file(Path("state"), VAULT_ID, "json")),
                lambda p: pins.load(p.state, VAULT_ID),
            ),
            [pinned],
            JSON,
        ),
        "pinned state": Target(
            on_disk(
                str(pins._file(Path("state"), state.vault_id, "state")),
                lambda p: pins.load_state(p.state, state.vault_id, KEY),
            ),
            [kept],
            RAW,
        ),
        "notes of a vault": Target(
            on_disk("state/vaults/x.json", lambda p: settings.load(p, "x")), [notes], JSON
        ),
        "attempts": Target(
            on_disk("state/vaults/x.attempted", lambda p: attempts.load(p, "x")),
            [b"1" * 40 + b"\n"],
            RAW,
        ),
        "configuration": Target(
            on_disk("config/config.toml", config.load),
            [b'stale = "refuse"\nstale-age = 3\n[x]\ny = [1, {z = 2}]\n'],
            (*RAW, in_depth),
        ),
        "bases": Target(
            on_disk(
                "state/bases.json",
                lambda p: (bases.Bases(p).of(Path("/x/s")), bases.Bases(p).contents(VAULT_ID)),
            ),
            [base],
            JSON,
        ),
        "placements": Target(on_disk("state/placements.json", placements.load), [placed], JSON),
        "notebook": Target(
            resealed(
                on_disk(
                    "book.age", lambda p: Notebook.load(p.state.parent / "book.age", ada.identity)
                )
            ),
            [book],
            JSON,
        ),
        "a record that waits": Target(
            resealed(
                on_disk(f"state/{_spool_name()}", lambda p: spool.read(p.state, ada.identity))
            ),
            [record],
            JSON,
        ),
        "work laid aside": Target(
            resealed(
                on_disk(
                    f"bench/{skill()}-{'0' * 16}.aside.age",
                    lambda p: Workbench(p.state.parent / "bench", ada.identity).all(),
                )
            ),
            [work],
            JSON,
        ),
    }


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SKILL.md", SKILL)
        archive.writestr("references/x.md", "x" * 1000)
    return made.getvalue()


def _spool_name() -> str:
    where = spool.folder(Path("/s"), made()[0].people[0].identity)
    return f"{where.relative_to('/s')}/0-00000000.age"
