"""A reader of skillvault vaults, written from docs/format.md alone: the document is enough.

    python tests/format_reader.py VAULT.git [IDENTITY_FILE]

verifies the line of a repository and prints, as JSON, the skills that the identity opens. Of section
7 it checks invariants, not who was allowed to do what. Comments cite sections of docs/format.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RECOVERY = "sha256:3e49c0ef3579b63b655a3bda94c210781486738b65530870302f23f88b37eb61"  # 4.3
ID, SHA, HEX, KIB = "[a-z2-7]{16}", '"sha256:[0-9a-f]{64}"', '"[0-9a-f]{32}"', 1024
SKILL, GROUP = rf"skills/(.)/(?P<id>(?=\1){ID})/", rf"groups/(?P<id>{ID})/"
EPOCH = rf"{GROUP}(?P<epoch>[1-9]\d{{0,14}})/"
PATHS = {  # 4.2: kind -> path, limit
    "vault": (r"vault\.json", 4 * KIB),
    "recovery": (r"RECOVERY\.md", 64 * KIB),
    "member": (rf"members/(?P<id>{ID})\.json", 4 * KIB),
    "name": (rf"names/(?P<id>{ID})\.age", 8 * KIB),
    "group": (rf"{GROUP}group\.json", 256 * KIB),
    "slot": (rf"{EPOCH}{ID}\.age", 4 * KIB),
    "previous": (rf"{EPOCH}previous\.age", 64 * KIB),
    "access": (rf"{SKILL}access\.json", 64 * KIB),
    "skill": (rf"{SKILL}skill\.age", 72 * KIB * KIB),
    "evidence": (rf"{SKILL}evidence/{ID}\.age", 64 * KIB),
}
ONE, IDS, INT = f'"{ID}"', rf'\["{ID}"(,"{ID}")*\]', r"0|[1-9]\d{0,14}"
AGE, MANY = '"age1(pq1)?[02-9ac-hj-np-z]+"', rf'\{{("[ -~]+":(null|{SHA})(,(?=")|(?=\}})))*\}}'
TIME, SSH = r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', '"ssh-ed25519 AAAA[A-Za-z0-9+/]{64}"'
FIELDS = {  # 5, 6.1, 9.4: field -> how its JSON looks
    "vault": {"format": "1", "nonce": HEX, "suite": '"(mlkem768x25519|x25519)"'},
    "member": {"expires": f"null|{TIME}", "name": SHA, "recipient": AGE, "signing_key": SSH}
    | {"role": '"(owner|admin|member|machine)"', "state": '"(active|removed)"'},
    "group": {"epoch": INT, "members": IDS, "name": SHA, "recipient": f"null|{AGE}"},
    "access": {"owner": ONE, "readers": IDS, "writers": IDS},
    "entry": {"changes": MANY, "content": MANY, "member": ONE}
    | {"previous": f"null|{SHA}", "seq": INT, "time": TIME},
    "manifest": {"files": r"\[.+\]", "message": '".*"', "name": '".+"', "salt": HEX, "time": TIME},
}
REFUSED: tuple[type[Exception], ...] = (ValueError, LookupError, TypeError, RecursionError)
REFUSED += (InvalidSignature, InvalidTag, zlib.error, subprocess.CalledProcessError)
Record = dict[str, Any]
File = tuple[str, str, int, int]  # a sealed file: blob, hash, stanzas, the skill's version then


def need(condition: object, problem: str) -> None:
    if not condition:
        raise ValueError(problem)


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def encode(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=bytes.hex)


def read_record(data: bytes, kind: str, *, more: bool = False) -> Record:  # 2.2
    record = json.loads(data, parse_float=int, parse_constant=int)  # int() of such text fails
    json.dumps(record, ensure_ascii=False).encode()  # fails for half of a surrogate pair
    need(encode(record).encode() + b"\n" == data, "not canonical JSON")
    need(more or record.keys() == FIELDS[kind].keys(), "other fields")
    for name, syntax in FIELDS[kind].items():
        need(re.fullmatch(syntax, encode(record[name]), re.ASCII), f"its field {name}")
        need(syntax != IDS or record[name] == sorted(set(record[name])), f"{name} is not sorted")
        need(TIME not in syntax or read_time(record[name] or "1970-01-01T00:00:00Z") >= 0, name)
    return dict(record)


def read_base64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(text == base64.b64encode(data).decode(), "base64 that is not canonical")
    return data


def read_time(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def check_signature(public: str, message: bytes, armor: bytes, namespace: str) -> None:  # 2.4
    wire = read_base64(public.partition(" ")[2])
    need(wire[:19] == string(b"ssh-ed25519") + b"\0\0\0\x20" and len(wire) == 51, "a signing key")
    blob = read_base64("".join(armor.decode("ascii").split("\n")[1:-2]))
    text = base64.b64encode(blob)
    body = b"".join(text[at : at + 70] + b"\n" for at in range(0, len(text), 70))
    whole = b"-----BEGIN SSH SIGNATURE-----\n" + body + b"-----END SSH SIGNATURE-----\n"
    need(whole == armor, "an armor that ssh-keygen would not write")
    middle, raw = string(namespace.encode()) + string(b"") + string(b"sha512"), blob[-64:]
    tail = string(string(b"ssh-ed25519") + string(raw))
    need(blob == b"SSHSIG\0\0\0\1" + string(wire) + middle + tail, "an SSHSIG of something else")
    signed = b"SSHSIG" + middle + string(hashlib.sha512(message).digest())
    Ed25519PublicKey.from_public_bytes(wire[-32:]).verify(raw, signed)


def bech32_data(line: str) -> bytes:  # 2.3; the checksum is for those who type, and not checked
    digits = map("qpzry9x8gf2tvdw0s3jn54khce6mua7l".index, line.lower().rpartition("1")[2])
    bits = "".join(f"{digit:05b}" for digit in digits)[:-30]
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)


class Identity:  # 3.1
    def __init__(self, line: str) -> None:
        secret, hybrid = bech32_data(line), line.startswith("AGE-SECRET-KEY-PQ-1")
        need(len(secret) == 32 and line.startswith("AGE-SECRET-KEY-"), "not an identity")
        seed = hashlib.shake_256(secret).digest(96) if hybrid else bytes(64) + secret
        self.x25519 = X25519PrivateKey.from_private_bytes(seed[64:])
        self.mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:64]) if hybrid else None
        self.share = self.x25519.public_key().public_bytes_raw()
        first = self.mlkem.public_key().public_bytes_raw() if self.mlkem else b""
        self.public = first + self.share  # what its recipient line decodes to

    def unwrap(self, share: bytes, body: bytes) -> bytes | None:
        """The file key in a stanza, or None if it is for somebody else."""
        try:
            if self.mlkem:
                kem, kdf = hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256
                key = hpke.MLKEM768X25519PrivateKey(self.mlkem, self.x25519)
                suite = hpke.Suite(kem, kdf, hpke.AEAD.CHACHA20_POLY1305)
                return suite.decrypt(share + body, key, b"age-encryption.org/mlkem768x25519")
            shared = self.x25519.exchange(X25519PublicKey.from_public_bytes(share))
            wrap = derive(shared, share + self.share, b"age-encryption.org/v1/X25519")
            return ChaCha20Poly1305(wrap).decrypt(bytes(12), body, None)
        except InvalidTag:
            return None


STANZA = rb"-> ((?:[!-~]+ )*[!-~]+)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63})\n"
HEADER = re.compile(rb"age-encryption\.org/v1\n(?:" + STANZA + rb")+---( [A-Za-z0-9+/]{43})\n")


def open_age(data: bytes, keys: Iterable[Identity], stanzas: int) -> bytes | None:
    """The plaintext of an age file, or None if no key opens it (8.1)."""
    match, file_key = HEADER.match(data), None
    found = re.findall(STANZA, match[0] if match else b"")
    need(len(found) == stanzas, f"{len(found)} stanzas, not {stanzas}")
    for arguments, text in found:
        kind, _, share = arguments.decode().partition(" ")
        body = text.decode().replace("\n", "")
        for key in keys:
            name, size = ("mlkem768x25519", 1120) if key.mlkem else ("X25519", 32)
            raw, wrapped = (read_base64(part + "=" * (-len(part) % 4)) for part in (share, body))
            need((kind, len(raw), len(wrapped)) == (name, size, 32), "a stanza of another suite")
            file_key = file_key or key.unwrap(raw, wrapped)
    if file_key is None or match is None:
        return None
    mac = hmac.digest(derive(file_key, b"", b"header"), data[: match.start(3)], "sha256")
    need(mac == read_base64(match[3].decode()[1:] + "="), "a header that was changed")
    payload = data[match.end() + 16 :]
    aead = ChaCha20Poly1305(derive(file_key, data[match.end() :][:16], b"payload"))
    count, plain = -(-len(payload) // 65552), [b""]
    for at in range(count):
        nonce = at.to_bytes(11, "big") + bytes([at == count - 1])
        plain.append(aead.decrypt(nonce, payload[65552 * at : 65552 * (at + 1)], None))
    need(count == 1 or (count and plain[-1]), "a payload that is cut off")
    return b"".join(plain)


def git_name(kind: bytes, data: bytes) -> str:
    return hashlib.sha1(b"%b %d\0%b" % (kind, len(data), data)).hexdigest()


def tree_name(files: dict[str, str]) -> str:
    """git's name of the tree that holds these files (path: name of the blob)."""
    folders: dict[str, dict[str, str]] = {}
    for path, blob in files.items():
        first, slash, rest = path.partition("/")
        folders.setdefault(first + slash, {})[rest] = blob
    rows = []
    for name, inner in sorted(folders.items()):
        mode, row = (b"40000", tree_name(inner)) if name[-1] == "/" else (b"100644", inner[""])
        rows.append(b"%b %b\0%b" % (mode, name.rstrip("/").encode(), bytes.fromhex(row)))
    return git_name(b"tree", b"".join(rows))


def read_commit(raw: bytes, parent: str) -> tuple[str, bytes, bytes, bytes]:  # 6.2
    """Name of the tree, the entry's line, armor and signed bytes of a commit."""
    head, _, rest = raw.partition(b"\ngpgsig ")
    wrapped, _, line = rest.partition(b"\n\nskillvault\n\n")
    entry, tree = read_record(line, "entry"), head[5:45].decode()
    who = f"{entry['member']} <{entry['member']}@vault> {read_time(entry['time'])} +0000\n"
    parents = f"parent {parent}\n" if parent else ""
    head = f"tree {tree}\n{parents}author {who}committer {who}".encode()
    tail = b"\nskillvault\n\n" + line
    need(raw == head + b"gpgsig " + wrapped + b"\n" + tail, "a commit that is not rebuilt")
    return tree, line, wrapped.replace(b"\n ", b"\n") + b"\n", head + tail


def ustar(path: str, mode: str, data: bytes) -> bytes:  # 9.2
    raw, cut = path.encode(), 0
    while len(raw[cut:].removeprefix(b"/")) > 100:
        cut = raw.index(b"/", cut + 1)
    need(cut <= 155, "a path that ustar cannot hold")
    numbers = f"{mode:0>7}\0{0:07}\0{0:07}\0{len(data):011o}\0{0:011}\0".encode()
    first = raw[cut:].removeprefix(b"/").ljust(100, b"\0") + numbers
    last = b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\x000000000\0"
    last += raw[:cut].ljust(167, b"\0")
    check = f"{sum(first) + 8 * 32 + sum(last):06o}\0 ".encode()
    return first + check + last + data + bytes(-len(data) % 512)


class Vault:
    """The line of a repository, verified up to its newest entry."""

    def __init__(self, repository: Path) -> None:
        self.repository, self.ended, self.everyone = repository, False, ""
        self.id, self.head, self.tip, self.seq = "", "", "", -1
        self.blobs: dict[str, str] = {}  # path -> git's name
        self.hashes: dict[str, str] = {}  # path -> hash
        self.control: dict[str, dict[str, Record]] = {kind: {} for kind in FIELDS}
        self.sealed: dict[str, list[File]] = {}  # path -> every file that was ever there
        self.epochs: dict[str, dict[int, bytes]] = {}  # group -> epoch -> public key
        self.versions: dict[str, list[tuple[str, str]]] = {}  # skill -> (content, author)
        self.faults: list[str] = []  # sealed files that are not what they should be
        for commit in self.git("rev-list", "--reverse", "refs/heads/main").decode().split():
            try:
                if not self.ended:  # 12: nothing is judged behind the end
                    self.step(commit)
            except REFUSED as error:
                raise ValueError(f"entry {self.seq + 1}: {error!r}") from error

    def git(self, *words: str) -> bytes:
        command = ["git", "--no-replace-objects", "-C", str(self.repository), *words]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def step(self, commit: str) -> None:  # 6.3
        tree, line, armor, signed = read_commit(self.git("cat-file", "commit", commit), self.tip)
        entry, before = read_record(line, "entry"), dict(self.control["member"])
        need(entry["seq"] == self.seq + 1 and entry["previous"] == (self.head or None), "a gap")
        files = [(path, *self.change(commit, path, sha)) for path, sha in entry["changes"].items()]
        signer = (before or self.control["member"])[entry["member"]]
        need(signer["state"] == "active", "it is by somebody who was removed")
        need((signer["expires"] or entry["time"]) >= entry["time"], "it is by an expired machine")
        check_signature(signer["signing_key"], signed, armor, "git")
        need(tree_name(self.blobs) == tree, "its tree is another one")
        for skill, content in entry["content"].items():
            known = self.versions.setdefault(skill, [])
            need(f"skills/{skill[0]}/{skill}/skill.age" in entry["changes"], "content alone")
            need(content not in [old for old, _ in known], "a content that there was before")
            known.append((content, entry["member"]))
        for path, kind, key, size in files:
            stanzas = self.stanzas(key) if kind in {"skill", "evidence"} else path.endswith(".age")
            need(size <= PATHS[kind][1] + 1600 * stanzas, f"{path} is too large")
            if stanzas and size:
                row = self.blobs[path], self.hashes[path], stanzas
                self.sealed.setdefault(path, []).append((*row, len(self.versions.get(key, ""))))
        self.check(before)
        self.seq, self.head, self.tip = entry["seq"], sha256(line), commit
        self.id = self.id or self.head

    def change(self, commit: str, path: str, digest: str | None) -> tuple[str, str, int]:
        """Apply one change of a file, and give its kind, id and size (0 if it is removed)."""
        need(digest != self.hashes.get(path), f"{path}: not changed")
        found = [(kind, match) for kind in PATHS if (match := re.fullmatch(PATHS[kind][0], path))]
        kind, match = found[0]
        key, records = match.groupdict().get("id", kind), self.control.get(kind)
        if digest is None:
            del self.hashes[path], self.blobs[path]
            _ = records and records.pop(key)
            return kind, key, 0
        data = self.git("cat-file", "blob", f"{commit}:{path}")
        self.blobs[path], self.hashes[path] = git_name(b"blob", data), digest
        need(path.endswith(".age") or sha256(data) == digest, f"{path}: other bytes")
        need(kind != "recovery" or digest == RECOVERY, "RECOVERY.md is not that of format 1")
        self.ended |= kind == "vault" and self.seq >= 0
        if records is not None and not self.ended:
            record = records[key] = read_record(data, kind)
            if kind == "group" and record["recipient"]:
                self.epochs.setdefault(key, {})[record["epoch"]] = bech32_data(record["recipient"])
        return kind, key, len(data)

    def stanzas(self, skill: str) -> int:  # 8.2
        closed = {key for key, group in self.control["group"].items() if not group["recipient"]}
        return len({*self.control["access"].get(skill, {"readers": ()})["readers"]} - closed)

    def check(self, before: dict[str, Record]) -> None:
        """What section 7 says of the state after every entry, as far as it needs no rights."""
        members, groups, skills = (self.control[kind] for kind in ("member", "group", "access"))
        active = {key for key, member in members.items() if member["state"] == "active"}
        self.everyone = self.everyone or next(iter(groups))
        need({*groups[self.everyone]["members"]} == active, "everyone is not all members")
        need(any(members[key]["role"] == "owner" for key in active), "no owner remains")
        for key, old in before.items():
            need(key not in active or old["state"] == "active", f"{key} came back")
            need(old["signing_key"] == members[key]["signing_key"], f"{key} has another key")
        for key, group in groups.items():
            slots = {f"groups/{key}/{group['epoch']}/{name}.age" for name in group["members"]}
            need({*group["members"]} <= active, f"group {key} holds who is gone")
            need(not group["recipient"] or slots <= self.hashes.keys(), f"group {key} lacks a slot")
        for key, access in skills.items():
            need({*access["readers"]} <= active | groups.keys(), f"{key} names who is gone")
            need({access["owner"]} <= {*access["writers"]} <= {*access["readers"]}, f"{key}: owner")
            need(f"skills/{key[0]}/{key}/skill.age" in self.hashes, f"{key} has no text")

    def open(self, path: str, file: File, keys: Sequence[Identity]) -> bytes:
        """The plaintext, or nothing where no key opens it or it is spoiled."""
        try:
            need(sha256(data := self.git("cat-file", "blob", file[0])) == file[1], "other bytes")
            return open_age(data, keys, file[2]) or b""
        except REFUSED as error:
            self.faults.append(f"{path}: {error!r}")
            return b""

    def keyring(self, me: Identity) -> list[Identity]:  # 10.2, 10.3
        found, members = {"": me}, self.control["member"].items()
        mine = {key for key, member in members if bech32_data(member["recipient"]) == me.public}
        todo = [(path, me) for path in self.sealed if path[0] == "g" and path[-20:-4] in mine]
        for path, key in todo:
            group, number = path.split("/")[1:3]
            for file in self.sealed.get(path, []):
                for line in self.open(path, file, [key]).decode("ascii", "replace").split():
                    for epoch, public in self.epochs[group].items():
                        link = f"groups/{group}/{epoch}/previous.age"
                        if epoch > int(number) or link in found or Identity(line).public != public:
                            continue
                        found[link] = Identity(line)
                        todo.append((link, found[link]))
        return list(found.values())

    def skills(self, me: Identity) -> dict[str, Record]:
        """Of each skill the newest version that the identity opens."""
        keys, found = self.keyring(me), dict[str, Record]()
        for skill in self.control["access"]:
            path = f"skills/{skill[0]}/{skill}/skill.age"
            for file in self.sealed[path][::-1]:
                if skill not in found and (plain := self.open(path, file, keys)):
                    try:
                        found[skill] = self.unpack(skill, file[3], plain)
                    except REFUSED as error:
                        self.faults.append(f"{path}: {error!r}")
        return found

    def unpack(self, skill: str, version: int, plain: bytes) -> Record:  # 9
        inflate, members, at = zlib.decompressobj(31), [], 0
        archive = inflate.decompress(plain, 80 * KIB * KIB)
        need(plain[:9] == b"\x1f\x8b\b" + bytes(6) and inflate.eof, "not one gzip member")
        need(not inflate.unused_data.strip(b"\0"), "something behind the gzip member")
        for name in ("manifest.json", "manifest.sig"):
            size = int(archive[at + 124 : at + 135], 8)
            members.append((name, "644", archive[at + 512 : at + 512 + size]))
            at += 512 + -(-size // 512) * 512
        line, signature = members[0][2], members[1][2]
        manifest = read_record(line, "manifest", more=True)
        (parent, _), (content, author) = [("", ""), *self.versions[skill]][version - 1 :][:2]
        expected = {"author": author, "format": 1, "parent": parent or None, "skill": skill}
        expected |= {"vault": self.id, "version": version}
        need(manifest.items() >= expected.items() and content == sha256(line), "another manifest")
        public = self.control["member"][author]["signing_key"]
        check_signature(public, line, signature, "skillvault-manifest")
        for row in manifest["files"]:
            data = archive[at + 512 : at + 512 + row["size"]]
            at += 512 + -(-len(data) // 512) * 512
            need(sha256(data) == row["sha256"] and row["mode"] in {"644", "755"}, "another file")
            need(not {"", ".", ".."} & {*row["path"].split("/")}, "a path that escapes")
            members.append((f"skill/{row['path']}", row["mode"], data))
        need(b"".join(ustar(*row) for row in members) + bytes(1024) == archive, "not rebuilt")
        names = [name for name, _, _ in members[2:]]
        folded = {unicodedata.normalize("NFC", name).casefold() for name in names}
        need(len(folded) == len(names) and names == sorted(names, key=str.encode), "its paths")
        files = {name[6:]: [mode, data] for name, mode, data in members[2:]}
        return {"name": manifest["name"], "version": version, "files": files}


if __name__ == "__main__":
    vault = Vault(Path(sys.argv[1]))
    result: Record = {"vault": vault.id, "seq": vault.seq, "head": vault.head}
    for line in Path(sys.argv[2]).read_text().split("\n") if len(sys.argv) > 2 else ():
        if line.startswith("AGE-SECRET-KEY-"):
            result |= {"skills": vault.skills(Identity(line)), "faults": vault.faults}
    print(encode(result))
