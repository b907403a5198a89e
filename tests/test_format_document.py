"""docs/format.md says what the code does: its tables, figures and test vectors."""

from __future__ import annotations

import re
import struct
from hashlib import sha256

import pytest

from skillvault import age
from skillvault.vault import card, fingerprint, identity, sshsig, ustar
from skillvault.vault.bundle import FILES_LIMIT, GZIP_HEADER, INFLATED_LIMIT, MANIFEST_LIMIT
from skillvault.vault.entry import CONTROL, classify, size_limit
from skillvault.vault.padding import padded_size
from skillvault.vault.records import AccessRecord, GroupRecord, MemberRecord, VaultRecord
from skillvault.vault.recovery import RECOVERY_SHA256
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "format.md").read_text()
UNITS = {"KiB": 1024, "MiB": 1024 * 1024}


def section(number: str) -> str:
    """The text of one section, from its heading to the next heading."""
    match = re.search(rf"^#+ {re.escape(number)} .*?(?=^#)", TEXT + "\n#", re.DOTALL | re.MULTILINE)
    assert match, number
    return match[0]


def table(number: str) -> list[list[str]]:
    """The rows of the tables of one section, without their heads."""
    rows = re.findall(r"^\| (.*) \|$", section(number), re.MULTILINE)
    return [row.split(" | ") for row in rows]


def blocks(number: str) -> list[str]:
    return re.findall(r"^```\n(.*?)^```$", section(number), re.DOTALL | re.MULTILINE)


def fields(block: str) -> dict[str, str]:
    return dict(re.split(r"  +", line, maxsplit=1) for line in block.splitlines())


@pytest.mark.parametrize("number", [0, 1])
def test_the_vectors_of_keys(number: int) -> None:
    told = fields(blocks("13.1")[number])
    me = identity.parse(told["identity"])
    assert me.key.secret == bytes(range(32))
    if number == 0:
        assert me.recipient == told["recipient"]
    else:
        start, _, end = told["recipient"].partition("...")
        assert me.recipient.startswith(start)
        assert me.recipient.endswith(end)
        assert len(me.recipient) == 1959
        assert sha256(me.recipient.encode()).hexdigest() == told["its SHA-256"]
    assert me.signing_key.private_bytes_raw().hex() == told["signing seed"]
    assert me.signing_line == told["public line"]
    assert me.fingerprint.hex == told["fingerprint"]
    assert me.fingerprint.words == told["words"]


def test_the_vector_of_a_signature() -> None:
    key = identity.parse(fields(blocks("13.1")[0])["identity"]).signing_key
    blob = sshsig.sign(key, b"skillvault\n", "skillvault-manifest")
    assert sshsig.armor(blob).decode() == blocks("13.2")[0]


def test_the_vector_of_a_card() -> None:
    told = card.parse(blocks("13.3")[0])
    me = identity.parse(fields(blocks("13.1")[0])["identity"])
    assert told == card.make(me, "Ren\u00e9 \U0001f511")
    assert told.to_text() == blocks("13.3")[0]


def test_the_vector_of_a_vaults_fingerprint() -> None:
    told = fields(blocks("13.4")[0])
    made = fingerprint.of_vault("sha256:" + "0" * 64, "sha256:" + "f" * 64)
    assert (made.hex, made.words) == (told["fingerprint"], told["words"])


def test_the_vector_of_an_archive() -> None:
    long = f"skill/{'d' * 60}/{'e' * 60}/run.sh"
    members = [
        ustar.Member("skill/SKILL.md", b"hello\n", "644"),
        ustar.Member(long, b"", "755"),
    ]
    made = ustar.pack(members)
    assert len(made) == 2560
    assert sha256(made).hexdigest() in section("13.5")


def test_the_layout_of_a_header() -> None:
    rows = [row for row in table("9.2") if row[0].isdigit()]
    ends = [int(row[0]) + int(row[1]) for row in rows]
    assert [int(row[0]) for row in rows] == [0, *ends[:-1]]
    assert ends[-1] == 512
    header = ustar.pack([ustar.Member("a", b"b", "644")])[:512]
    for at, size, name, value, *_ in rows:
        if name in {"uid", "gid", "mtime", "device major", "device minor"}:
            digits = value.split("`")[1]
            assert header[int(at) : int(at) + int(size)] == digits.encode() + b"\0", name


def test_the_padded_sizes() -> None:
    sizes, padded = re.findall(r"^\| (?:L|P\(L\)) \| (.*) \|$", TEXT, re.MULTILINE)
    for size, result in zip(sizes.split(" | "), padded.split(" | "), strict=True):
        assert padded_size(int(size)) == int(result)


def test_the_limits_of_every_kind_of_path() -> None:
    seen = set()
    example = "abcdefghijklmnop"
    for kind, path, _, limit in table("4.2")[1:]:
        real = path.strip("`").replace("<epoch>", "3").replace("<c>", example[0])
        info = classify(re.sub(r"<[a-z ]+>", example, real))
        assert info.kind == kind
        number, unit, *more = limit.split()
        for recipients in (1, 7):
            extra = 1600 * recipients if more else 0
            assert size_limit(info.kind, recipients) == int(number) * UNITS[unit] + extra
        assert bool(more) == (info.kind not in CONTROL and kind != "recovery")
        seen.add(kind)
    assert len(seen) == 10
    assert "4,096 files" in section("9.4")
    assert (FILES_LIMIT, INFLATED_LIMIT, MANIFEST_LIMIT) == (4096, 64 << 20, 4 << 20)


@pytest.mark.parametrize(
    ("number", "record"),
    [("5.1", VaultRecord), ("5.2", MemberRecord), ("5.3", GroupRecord), ("5.4", AccessRecord)],
)
def test_the_fields_of_control_files(
    number: str, record: type[VaultRecord | MemberRecord | GroupRecord | AccessRecord]
) -> None:
    assert [row[0].strip("`") for row in table(number)[1:]] == sorted(record.kinds)


def test_recovery_and_the_gzip_header() -> None:
    assert f"`{RECOVERY_SHA256}`" in section("4.3")
    assert f"`{GZIP_HEADER[:9].hex(' ')}`" in section("9.1")
    assert GZIP_HEADER[9:] == b"\xff"


def test_every_rule_has_one_name() -> None:
    rules = re.findall(r"^\* \*\*([A-Z]\d+)\*\* ", TEXT, re.MULTILINE)
    assert len(rules) == len(set(rules)) > 45
    for cited in re.findall(r"rules? ([A-Z]\d+)(?: to ([A-Z]\d+))?", TEXT):
        assert set(cited) - {""} <= set(rules)


def test_the_sizes_of_stanzas_and_recipients() -> None:
    for suite, line, recipient, stanza in table("3.1")[1:]:
        key = identity.generate(suite.split("`")[1])
        assert key.line.startswith(line.split("`")[1].rstrip("."))
        assert key.recipient.startswith(recipient.split("`")[1].rstrip("."))
        sealed = age.encrypt(b"x", [key.key.recipient()])
        assert age.stanza_types(sealed) == [stanza.strip("`")]
        before_payload = sealed.index(b"\n--- ")
        assert before_payload < 1600 + struct.calcsize("22s")
