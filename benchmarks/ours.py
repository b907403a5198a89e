"""What the peers' scripts do, done with skillvault: the same texts, whole processes, no remote.

A vault of M members; N skills owned by one group that all of them are in, so one stanza each; a
member more; that member less, and all sealed again; then a reader's clone on a new machine. As for
the peers, nothing is pushed while it is timed: what a push of it sends is counted.
"""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.measure import Ran, pack_bytes
from benchmarks.peers import Figures
from benchmarks.people import Keyholder, host

NEEDLE: Final = "zanzibar"  # stands in every 33rd text of the peers


@dataclass(frozen=True)
class Has:
    """Which of the commands that are measured this skillvault has."""

    put_for: bool
    remove: bool


class Ours:
    """One run of all operations over a vault in `work`."""

    def __init__(self, work: Path, members: int, reps: int) -> None:
        self.work = work
        self.members = members
        self.reps = reps
        self.ada = Keyholder(work / "ada")
        self.bob = Keyholder(work / "m1")
        self.has = Has(
            put_for="--for" in self.ada.skillvault("put", "--help").output,
            remove="\n  remove " in self.ada.skillvault("member", "--help").output,
        )
        self.cpu: dict[str, float] = {}
        self.size: dict[str, int] = {}
        self.pushed: dict[str, int] = {}

    def measure(self, texts: Iterable[tuple[str, str]]) -> Figures:
        """Every operation once over; `texts` are (name, text of SKILL.md)."""
        folders = [_folder(self.work / "skills", name, text) for name, text in texts]
        self._time("help", lambda: self.ada.skillvault("--help"), 5)
        self._found()
        self._import(folders)
        self._read(folders)
        self._admit()
        self._remove()
        self._clone(folders)
        return Figures(
            "skillvault",
            version(),
            self.cpu,
            self.size,
            self.pushed,
            for_group=self.has.put_for,
        )

    def _found(self) -> None:
        """A vault of M members, everybody with a machine of their own."""
        self.ada.skillvault("init", "acme", "--name", "Member 0")
        for number in range(1, self.members):
            self._admitted(number)
        self._card(self.members)
        if self.has.put_for:
            others = [f"Member {number}" for number in range(1, self.members)]
            flags = [word for name in others for word in ("--with", name)]
            self.ada.skillvault("group", "new", "team", *flags, "--yes")

    def _card(self, number: int) -> str:
        person = Keyholder(self.work / f"m{number}")
        person.skillvault("keygen", "--name", f"Member {number}")
        card = str(self.work / f"m{number}.card")
        person.skillvault("id", "-o", card)
        return card

    def _admitted(self, number: int) -> None:
        self.ada.skillvault("member", "add", self._card(number), "--yes")

    def _import(self, folders: list[Path]) -> None:
        words = ["put", *map(str, folders)]
        words += ["--for", "team"] if self.has.put_for else []
        costs = [self.ada.twin("twin").skillvault(*words) for _ in range(self.reps - 1)]
        self._keep("import", [*costs, self.ada.skillvault(*words)])
        self._sized("import")
        if not self.has.put_for:
            names = [folder.name for folder in folders]
            self.ada.skillvault("share", *names, "--with", "everyone", "--yes")
        listed = self.ada.json("list")["skills"]
        assert len(listed) == len(folders)

    def _read(self, folders: list[Path]) -> None:
        middle = folders[len(folders) // 2]
        self._time("list", lambda: self.ada.skillvault("list"), 3)
        self._time("show", lambda: self.ada.skillvault("show", middle.name), 3)
        first = self.ada.skillvault("search", NEEDLE)
        assert first.output
        self.cpu["search, first time"] = first.cpu
        self._time("search", lambda: self.ada.skillvault("search", NEEDLE), 3)
        costs = []
        for number in range(3):
            with (middle / "SKILL.md").open("a", encoding="utf-8") as file:
                file.write(f"more, {number}\n")
            costs.append(self.ada.skillvault("put", str(middle)))
        self._keep("edit", costs)

    def _admit(self) -> None:
        """Into the vault, and into the group that reads all."""
        before, twin = self._head(), self.ada.twin("twin")
        card = str(self.work / f"m{self.members}.card")
        words = ["member", "add", card, "--yes"]
        twin.skillvault(*words)
        self.pushed["admit"] = pack_bytes(_vault(twin), _head(twin), before)
        both = [words]
        if self.has.put_for:
            both.append(["group", "add", "team", f"Member {self.members}", "--yes"])
        self._changing("admit", both)

    def _remove(self) -> None:
        """The removal alone, which is pushed first, on a copy; then with its re-sealing."""
        if not self.has.remove:
            return
        words = ["member", "remove", f"Member {self.members}", "--yes"]
        before, twin = self._head(), self.ada.twin("twin")
        self.cpu["remove, no re-sealing yet"] = twin.skillvault(*words, "--lazy").cpu
        self.pushed["remove, no re-sealing yet"] = pack_bytes(_vault(twin), _head(twin), before)
        self._changing("remove", [words])

    def _changing(self, operation: str, commands: list[list[str]]) -> None:
        """A change of the vault, tried on copies first, and the pack that a push of it sends."""
        before = self._head()
        costs = []
        for last in [False] * (self.reps - 1) + [True]:
            person = self.ada if last else self.ada.twin("twin")
            costs.append(Ran("", sum(person.skillvault(*words).cpu for words in commands)))
        self._keep(operation, costs)
        self.pushed.setdefault(operation, pack_bytes(_vault(self.ada), self._head(), before))
        self._sized(operation)

    def _clone(self, folders: list[Path]) -> None:
        """A reader's new machine: clone, verify from nothing, read one."""
        remote = str(host(self.work / "host.git"))
        self.ada.skillvault("remote", remote)
        self.ada.skillvault("sync")
        listed = self.ada.json("list")
        vault, name = str(listed["vault"]["id"]), folders[len(folders) // 2].name
        skill = next(str(s["id"]) for s in listed["skills"] if s["name"] == name)
        costs = []
        for _ in range(self.reps):
            fresh = self.bob.fresh_machine("fresh")
            cloned = fresh.skillvault("clone", remote, "acme", "--id", vault)
            opened = fresh.skillvault("show", f"{name}~{skill}")
            assert opened.output
            costs.append(Ran("", cloned.cpu + opened.cpu))
        self._keep("clone", costs)
        self.cpu["show by name, first time"] = fresh.skillvault("show", name).cpu

    def _time(self, operation: str, call: Callable[[], Ran], times: int) -> None:
        self._keep(operation, [call() for _ in range(times)])

    def _keep(self, operation: str, costs: list[Ran]) -> None:
        self.cpu[operation] = statistics.median(cost.cpu for cost in costs)

    def _head(self) -> str:
        return _head(self.ada)

    def _sized(self, operation: str) -> None:
        """The whole vault as one pack, as a clone gets it."""
        self.size[operation] = pack_bytes(_vault(self.ada), self._head(), None)


def _vault(person: Keyholder) -> Path:
    return person.home / ".local" / "share" / "skillvault" / "acme.vault"


def _head(person: Keyholder) -> str:
    command = ["git", f"--git-dir={_vault(person)}", "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def _folder(dest: Path, name: str, text: str) -> Path:
    """A skill with that text. The fields that the format does not know go into its metadata."""
    folder = dest / name
    folder.mkdir(parents=True)
    head, found, rest = text.removeprefix("---\n").partition("\n---\n")
    assert found
    known, others = [], []
    for line in head.splitlines():
        key, _, value = line.partition(":")
        if key in {"name", "description"}:
            known.append(line)
        else:
            # As text to every client: a bare 1.10 would be the number 1.1 to some.
            sign = "v" if key == "version" else ""
            others.append(f"  {key}: {sign}{value.strip(' []')}")
    lines = [*known, *(["metadata:", *others] if others else [])]
    whole = "\n".join(["---", *lines, "---", rest])
    (folder / "SKILL.md").write_text(whole, encoding="utf-8")
    return folder


def version() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    folder = Path(__file__).parent
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return ran.stdout.strip()
