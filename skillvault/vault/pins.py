"""What this machine remembers of a vault, outside its repository: the pin, and a cached state.

The pin is the highest entry that was fetched and verified, or that the remote has acknowledged. A
line that does not continue from it is refused. The cache only saves time: it is believed under a
MAC of this user's own, and without it everything is verified from nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Final, NamedTuple

from skillvault import atomic
from skillvault.errors import RefusedError, VerificationError
from skillvault.vault.git import CatFile
from skillvault.vault.ids import sha256
from skillvault.vault.state_json import state_from_json, state_to_json
from skillvault.vault.syntax import is_hash
from skillvault.vault.tree import Tree
from skillvault.vault.verified import Verified

_MAGIC: Final = b"skillvault state 1\n"
_PIN_LIMIT: Final = 4096
_LOST: Final = "restore it: skillvault keygen --import BACKUP, or clone again with --id"
_COMPARE: Final = (
    "nothing changed here; compare `skillvault status` with a colleague; do not clone afresh"
)

_ROLLED_BACK: Final = (
    "it was rolled back or restored from an old copy: put the newer one back, or forget it "
    "(`skillvault vaults forget`) and clone it again with --id; what is pinned stays"
)


class Pin(NamedTuple):
    """An entry that was seen: its vault, number and hash; its commit, where that is known."""

    vault_id: str
    seq: int
    head: str
    commit: str | None


def load(state: Path, vault_id: str) -> Pin | None:
    """The pin of a vault below the state folder, or None. VerificationError if it is damaged."""
    path = _file(state, vault_id, "json")
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_PIN_LIMIT))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError, IsADirectoryError):
        raise _damaged(path) from None
    if not isinstance(said, dict) or said.keys() != {"vault", "seq", "head", "commit"}:
        raise _damaged(path)
    pin = Pin(said["vault"], said["seq"], said["head"], said["commit"])
    if not _is_sound(pin) or pin.vault_id != vault_id:
        raise _damaged(path)
    return pin


def drop_damaged(state: Path, vault_id: str) -> None:
    """Take away a pin that cannot be read, so that a new one can be set: on the user's word."""
    try:
        load(state, vault_id)
    except VerificationError:
        _file(state, vault_id, "json").unlink(missing_ok=True)


def require(state: Path, vault_id: str, name: str) -> Pin:
    """The pin of the vault that this machine calls `name`.

    VerificationError if there is none: a vault whose pin is gone is not trusted anew.
    """
    pin = load(state, vault_id)
    if pin is None:
        raise VerificationError(name, "its pin is gone, so nothing says how new it must be", _LOST)
    return pin


def save(state: Path, pin: Pin) -> None:
    """Remember a pin. One that is older than what is remembered changes nothing.

    VerificationError if what is remembered is another entry of the same number, or damaged.
    """
    known = load(state, pin.vault_id)
    if known is not None and known.seq > pin.seq:
        return
    if known is not None and known.seq == pin.seq and known.head != pin.head:
        problem = f"another entry {pin.seq} than the one you have seen (a fork)"
        raise VerificationError(pin.vault_id, problem, _COMPARE)
    path = _file(state, pin.vault_id, "json")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    record = {"commit": pin.commit, "head": pin.head, "seq": pin.seq, "vault": pin.vault_id}
    atomic.write(path, json.dumps(record).encode() + b"\n")


def check_continues(
    repo: Path, line: Verified, pin: Pin | None, name: str, *, here: bool = False
) -> None:
    """Refuse a verified line of `repo` that has not got the pinned entry in it.

    VerificationError about `name`: another vault, an older history, a fork. No pin, no demand.
    `here`: the line is this machine's own, and no host's: then it was rolled back or exchanged.
    """
    if pin is None:
        return
    state = line.state
    hint = _ROLLED_BACK if here else _COMPARE
    whose = "this machine's copy is" if here else "the host serves"
    if line.commit is not None and state.vault_id != pin.vault_id:
        raise VerificationError(name, "another vault than the one you have seen", hint)
    if line.commit is None or state.seq < pin.seq:
        problem = f"{whose} an older history (entry {state.seq}) than you have seen ({pin.seq})"
        raise VerificationError(name, problem, hint)
    head = state.head
    if state.seq > pin.seq:
        head = _head_at(repo, line.commit, state.seq - pin.seq)
    if head != pin.head:
        problem = f"{whose} another history: its entry {pin.seq} is not the one you"
        raise VerificationError(name, f"{problem} have seen (a fork)", hint)


def _head_at(repo: Path, commit: str, back: int) -> str | None:
    """The hash of the entry that many commits before a verified one."""
    from skillvault.vault.commits import COMMIT_LIMIT, entry_line

    with CatFile(repo) as cat:
        (info,) = cat.infos([f"{commit}~{back}"])
        if info is None:
            return None
        return sha256(entry_line(cat.read(info.oid, "commit", COMMIT_LIMIT)))


def load_state(state: Path, vault_id: str, key: bytes) -> Verified | None:
    """The verified line that `save_state` kept, if the MAC under `key` says that it did."""
    try:
        data = _file(state, vault_id, "state").read_bytes()
    except OSError:
        return None
    magic, mac, payload = data[: len(_MAGIC)], data[len(_MAGIC) :][:32], data[len(_MAGIC) + 32 :]
    if magic != _MAGIC or not hmac.compare_digest(mac, _mac(key, payload)):
        return None
    commit, _, rest = payload.partition(b"\n")
    record, _, listed = rest.partition(b"\n")
    try:
        known = state_from_json(record)
    except RefusedError:
        # Of another version of this program.
        return None
    if known.vault_id != vault_id:
        return None
    blobs: dict[tuple[str, str], tuple[str, ...]] = {}
    for text in listed.decode().splitlines():
        path, digest, *oids = text.split(" ")
        blobs[path, digest] = tuple(oids)
    tree = Tree({path: blobs[path, digest][-1] for path, digest in known.files.items()})
    return Verified(known, commit.decode(), tree, blobs)


def save_state(state: Path, key: bytes, line: Verified) -> None:
    """Keep a verified line for the next start, under a MAC with the 32 bytes of `key`."""
    if line.commit is None:
        return
    listed = [f"{path} {digest} {' '.join(oids)}" for (path, digest), oids in line.blobs.items()]
    payload = b"\n".join(
        (line.commit.encode(), state_to_json(line.state), "\n".join(listed).encode())
    )
    path = _file(state, line.state.vault_id, "state")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(path, _MAGIC + _mac(key, payload) + payload)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, hashlib.sha256)


def _file(state: Path, vault_id: str, ending: str) -> Path:
    if not is_hash(vault_id):
        raise RefusedError(vault_id[:100], "not a vault's id")
    return state / "pins" / f"{vault_id.removeprefix('sha256:')}.{ending}"


def _is_sound(pin: Pin) -> bool:
    commit = pin.commit
    return (
        is_hash(pin.head)
        and type(pin.seq) is int
        and pin.seq >= 0
        and (
            commit is None
            or (isinstance(commit, str) and re.fullmatch("[0-9a-f]{40}", commit) is not None)
        )
    )


def _damaged(path: Path) -> VerificationError:
    return VerificationError(str(path), "this pin is damaged", _LOST)
