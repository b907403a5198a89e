"""Every key is tried on every sealed file that ever was in a line, whatever anybody may do."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from skillvault import age
from skillvault.age import KeyIdentity, parse_identity
from tests.machine.line import Line, Sealed


@dataclass
class Trial:
    """`texts`: the plaintext of each file that any key opened so far, by place in the line."""

    line: Line
    texts: dict[int, bytes] = field(default_factory=dict)
    _tried: dict[str, set[int]] = field(default_factory=dict)

    def opened(self, key: KeyIdentity) -> set[int]:
        """The files that open to one key."""
        known = str(key.recipient())
        if known not in self._tried:
            self._tried[known] = {n for n, f in enumerate(self.line.sealed) if self._try(n, f, key)}
        return self._tried[known]

    def reach(self, first: KeyIdentity) -> dict[str, KeyIdentity]:
        """All keys that lie in files that open to them, and to those, by recipient."""
        found, todo = dict[str, KeyIdentity](), [first]
        while todo:
            key = todo.pop()
            if str(key.recipient()) in found:
                continue
            found[str(key.recipient())] = key
            for number in self.opened(key):
                if self.line.sealed[number].path.startswith("groups/"):
                    lines = self.texts[number].decode().split()
                    todo += [parse_identity(line) for line in lines]
        return found

    def check(self, member: str, first: KeyIdentity) -> None:
        """They open exactly what the line lets them open: no key more, and none less.

        `member` is empty for who was never admitted.
        """
        held = self.line.holds(member) if member else set()
        keys = self.reach(first)
        wanted = {self.line.keys[ref] for ref in held} | {str(first.recipient())}
        assert set(keys) == wanted, (member, set(keys) ^ wanted)
        opened = set[int]().union(*map(self.opened, keys.values()))
        right = {n for n, file in enumerate(self.line.sealed) if file.refs & held}
        odd = [(self.line.sealed[n].path, self.line.sealed[n].seq) for n in opened ^ right]
        assert not odd, (member, odd)

    def lines(self) -> set[str]:
        """Every line of text of every version that somebody opens."""
        found = set[str]()
        for number, file in enumerate(self.line.sealed):
            if file.content is not None and number in self.texts:
                found |= lines_of(self.texts[number])
        return found

    def _try(self, number: int, file: Sealed, key: KeyIdentity) -> bool:
        try:
            self.texts[number] = age.decrypt(file.data, [key])
        except age.AgeError:
            return False
        return True


def lines_of(plain: bytes) -> set[str]:
    """The lines in a sealed skill's tar."""
    tar = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(plain)
    return {line.strip("\0") for line in tar.decode("utf-8", "replace").splitlines()}


def expect_nothing_after(line: Line, members: Iterable[str]) -> None:
    """Who was removed may have no version that was written after."""
    for member in members:
        late = {c for c in line.versions(member) if line.contents[c] > line.left[member]}
        assert not late, f"{member} reads what was written after their removal"
