"""One keyholder's day with a vault of N skills, in whole processes of the real command."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import corpus
from benchmarks.measure import Ran, pack_bytes, tip
from benchmarks.people import Keyholder, host
from benchmarks.table import Row, Unit

FULL: Final = 1_000
SMALL: Final = 3_000


class Scene:
    """A vault of `count` skills. Budgets of the design are for 1,000; below, some do not apply."""

    def __init__(self, work: Path, count: int, reps: int) -> None:
        self.work = work / f"n{count}"
        self.work.mkdir()
        self.count = count
        self.reps = reps
        self.host = host(self.work / "host.git")
        self.ada = Keyholder(self.work / "ada")
        self.bob = Keyholder(self.work / "bob")
        self.folders = corpus.write(self.work / "skills", count)

    def rows(self) -> Iterator[Row]:
        """Every figure, in the order of a vault's life."""
        self.ada.skillvault("init", "acme", "--remote", str(self.host), "--name", "Ada Lovelace")
        self.bob.skillvault("keygen", "--name", "Bob Barker")
        self.bob.skillvault("id", "-o", str(self.work / "bob.card"))
        yield from self._put_all()
        yield from self._read()
        yield from self._put_one()
        yield from self._clone()
        yield from self._admit()
        yield from self._share_all()

    def _put_all(self) -> Iterator[Row]:
        words = ["put", *map(str, self.folders)]
        costs = [self.ada.twin("twin").skillvault(*words) for _ in range(self.reps - 1)]
        costs.append(self.ada.skillvault(*words))
        yield self._cpu(f"put {self.count:,} in one entry, one stanza", costs, self._full(0.65))
        self.ada.skillvault("sync")
        size = pack_bytes(self.host, self._tip(), None)
        yield self._bytes("  the vault then clones in", size, self._full(6e6))

    def _read(self) -> Iterator[Row]:
        one = self._middle().name
        yield self._cpu(f"list {self.count:,}", self._repeat("list"), 0.25, "ms")
        yield self._cpu("show one", self._repeat("show", one), 0.2, "ms")
        yield self._cpu("get one", self._repeat("get", one, "."), 0.2, "ms")
        yield self._cpu("inject one", self._repeat("inject", one), 0.2, "ms")
        word = one.partition("-")[0]
        first = self.ada.skillvault("search", word)
        assert first.output
        yield self._cpu("search a word, the first time (makes the index)", [first], None)
        yield self._cpu(f"search a word in {self.count:,}", self._repeat("search", word), 0.2, "ms")
        tab = ("completion", "--words", "--", "show", one[:2])
        assert one in self.ada.skillvault(*tab).output
        yield self._cpu("completion of names", self._repeat(*tab), 0.25, "ms")
        commands = self._repeat("completion", "--words", "--", "in")
        yield self._cpu("completion of commands", commands, 0.06, "ms")

    def _put_one(self) -> Iterator[Row]:
        folder = min(self.folders, key=lambda f: abs(_text(f).stat().st_size - SMALL))
        puts, syncs, sizes = [], [], []
        for number in range(self.reps):
            _append(folder, f"\nOne more line, the {number + 1}th of them.\n")
            before = self._tip()
            puts.append(self.ada.skillvault("put", str(folder)))
            syncs.append(self.ada.skillvault("sync"))
            sizes.append(pack_bytes(self.host, self._tip(), before))
        yield self._cpu(f"put one changed skill at {self.count:,}", puts, None, "ms")
        yield self._cpu("  and sync it", syncs, None, "ms")
        size = _text(folder).stat().st_size
        yield Row(f"  pushed for {size:,} B", tuple(map(float, sizes)), 5e3, "B")

    def _clone(self) -> Iterator[Row]:
        """On a new machine of the same keyholder, which knows nothing but the key."""
        listed = self.ada.json("list")
        vault = str(listed["vault"]["id"])
        wanted = next(s for s in listed["skills"] if s["name"] == self._middle().name)
        reference = f"{wanted['name']}~{wanted['id']}"
        both, lists = [], []
        for _ in range(self.reps):
            fresh = self.ada.fresh_machine("fresh")
            cloned = fresh.skillvault("clone", str(self.host), "acme", "--id", vault)
            opened = fresh.skillvault("show", reference)
            both.append(Ran("", cloned.cpu + opened.cpu))
            lists.append(fresh.skillvault("list"))
        yield self._cpu(f"clone, verify, open one of {self.count:,}", both, 0.4, "ms")
        yield self._cpu("  the first list, which opens all", lists, None, "ms")

    def _admit(self) -> Iterator[Row]:
        before = self._tip()
        cost = self.ada.skillvault("member", "add", str(self.work / "bob.card"), "--yes")
        yield self._cpu("admit a member", [cost], None, "ms")
        yield self._bytes("  pushed", pack_bytes(self.host, self._tip(), before), 7e3)

    def _share_all(self) -> Iterator[Row]:
        """Share all with `everyone`; from then on each version costs two stanzas."""
        before = self._tip()
        names = [folder.name for folder in self.folders]
        cost = self.ada.skillvault("share", *names, "--with", "everyone", "--yes")
        yield self._cpu(f"share {self.count:,} with a group, pushed", [cost], None)
        size = pack_bytes(self.host, self._tip(), before)
        yield self._bytes("  pushed, two stanzas each", size, self._full(7e6))
        for folder in self.folders:
            _append(folder, "\nOne line more for everyone.\n")
        words = ["put", *map(str, self.folders)]
        costs = [self.ada.twin("twin").skillvault(*words) for _ in range(self.reps)]
        yield self._cpu(f"put {self.count:,} changed, two stanzas each", costs, self._full(0.8))
        shutil.rmtree(self.work / "twin")

    def _repeat(self, *words: str) -> list[Ran]:
        return [self.ada.skillvault(*words) for _ in range(self.reps + 1)][1:]

    def _middle(self) -> Path:
        return self.folders[len(self.folders) // 2]

    def _tip(self) -> str:
        found = tip(self.host)
        assert found is not None
        return found

    def _full(self, budget: float) -> float | None:
        """A budget that the design states for 1,000 skills."""
        return budget if self.count == FULL else None

    def _cpu(self, what: str, ran: list[Ran], budget: float | None, unit: Unit = "s") -> Row:
        return Row(what, tuple(one.cpu for one in ran), budget, unit)

    def _bytes(self, what: str, size: int, budget: float | None) -> Row:
        return Row(what, (float(size),), budget, "B")


def _text(folder: Path) -> Path:
    return folder / "SKILL.md"


def _append(folder: Path, text: str) -> None:
    with _text(folder).open("a", encoding="utf-8") as file:
        file.write(text)
