"""Which keys this keyholder has in a vault: their own, and the epochs of their groups.

A slot holds the identity of one epoch, sealed to one member; `previous.age` leads to the epochs
before. Of all files ever at a slot's path the newest that opens to the right recipient counts;
of those at the path of a `previous.age` every one is used (docs/format.md, groups).
"""

from __future__ import annotations

from collections.abc import Callable

from skillvault import age
from skillvault.vault import sealed
from skillvault.vault.identity import Identity
from skillvault.vault.state import Epoch, Ref, State

Blob = Callable[[str, str], bytes]


class Keyring:
    """Opens slots when a key is asked for, and remembers what it found.

    `blob(path, hash)` gives the verified bytes of a file in the line. `spoiled` collects the
    slots and links that did not open to what they should, as (path, reason).
    """

    def __init__(self, state: State, identity: Identity, me: str | None, blob: Blob) -> None:
        self._state = state
        self._identity = identity
        self._me = me
        self._blob = blob
        self._groups: dict[str, dict[int, age.KeyIdentity]] = {}
        self._links: dict[str, dict[int, set[int]]] = {}
        self.spoiled: list[tuple[str, str]] = []

    def key(self, ref: Ref) -> age.KeyIdentity | None:
        """The key that opens what is sealed to `ref`, or None."""
        if "/" not in ref:
            return self._identity.key if ref == self._me else None
        group, _, epoch = ref.partition("/")
        return self.epochs(group).get(int(epoch))

    def epochs(self, group: str) -> dict[int, age.KeyIdentity]:
        """Every epoch of `group` whose identity this keyholder can reach."""
        if group not in self._groups:
            self._groups[group] = self._reach(group)
        return self._groups[group]

    def links(self, group: str) -> dict[int, set[int]]:
        """Of each epoch that I reach: the earlier ones whose keys lie in its `previous.age`."""
        self.epochs(group)
        return self._links.get(group, {})

    def _reach(self, group: str) -> dict[int, age.KeyIdentity]:
        """Open my slots, then follow `previous.age` from each key to those before it."""
        record = self._state.groups.get(group) or self._state.former_groups.get(group)
        if record is None or self._me is None:
            return {}
        found: dict[int, age.KeyIdentity] = {}
        for number, epoch in enumerate(record.epochs, 1):
            if key := self._slot(f"groups/{group}/{number}/{self._me}.age", epoch):
                found[number] = key
        by_recipient = {epoch.recipient: n for n, epoch in enumerate(record.epochs, 1)}
        todo = sorted(found)
        links = self._links[group] = {}
        while todo:
            number = todo.pop()
            led = links[number] = set()
            path = f"groups/{group}/{number}/previous.age"
            for link in record.epochs[number - 1].previous:
                for key in self._identities(path, link.hash, found[number]):
                    earlier = by_recipient.get(str(key.recipient()))
                    if earlier is None or earlier >= number:
                        continue
                    led.add(earlier)
                    if earlier not in found:
                        found[earlier] = key
                        todo.append(earlier)
        return found

    def _slot(self, path: str, epoch: Epoch) -> age.KeyIdentity | None:
        """The newest file ever in my slot that opens to this epoch's identity."""
        for digest in reversed(epoch.slots.get(self._me or "", ())):
            plaintext = self._open(path, digest, self._identity.key)
            if plaintext is None:
                continue
            key = _identity(plaintext[:-1])
            if key is not None and slot_line(key) == plaintext:
                if str(key.recipient()) == epoch.recipient:
                    return key
                self.spoiled.append((path, "holds another key than this epoch's"))
            else:
                self.spoiled.append((path, "not one identity line"))
        return None

    def _identities(self, path: str, digest: str, key: age.KeyIdentity) -> list[age.KeyIdentity]:
        """The identities in one `previous.age`; a bad line takes none of the others with it."""
        lines = (self._open(path, digest, key) or b"").split(b"\n")
        found = [one for line in lines if (one := _identity(line)) is not None]
        if len(found) < len(lines) - 1:
            self.spoiled.append((path, "not identity lines"))
        return found

    def _open(self, path: str, digest: str, key: age.KeyIdentity) -> bytes | None:
        """What one slot or link holds; what is wrong with it is noted, not raised."""
        try:
            return sealed.open_sealed(
                self._blob(path, digest), [key], suite=self._state.suite, stanzas=1, subject=path
            )
        except sealed.DOES_NOT_OPEN as error:
            self.spoiled.append((path, error.problem))
        return None


def _identity(line: bytes) -> age.KeyIdentity | None:
    """The identity that is exactly this line, or None."""
    try:
        key = age.parse_identity(line.decode("ascii"))
    except (UnicodeDecodeError, *sealed.DOES_NOT_OPEN):
        return None
    return key if str(key).encode() == line else None


def slot_line(key: age.KeyIdentity) -> bytes:
    """The plaintext of a slot."""
    return f"{key}\n".encode()
