"""A scene under the killer: prepared once, copied for each place to kill at, judged each time."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.kill.harness import MAIN, Ended, Place, Strace
from tests.kill.scan import leftovers
from tests.kill.scenery import ALL
from tests.kill.scenes import Box

_KILLED = (-9, 137)
# What services may end with when a git is killed under them: nothing of theirs is wrong.
_OWN = range(1, 9)


@dataclass
class Walk:
    """One scene in one suite. The box always lies at the same place: vaults remember paths.

    `missed`: places that were not reached. `left`: how often a file was left behind.
    """

    scene: str
    suite: str
    folder: Path
    missed: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.box = self.folder / "box"
        self.template = self.folder / "template"
        self.strace = Strace(self.folder / "work", self.box, (self.suite, self.scene))

    def prepare(self) -> None:
        """Prepare the scene: enough, where the places are known."""
        ALL[self.scene].prepare(Box(self.box, self.suite))
        self.box.rename(self.template)

    def places(self) -> list[Place]:
        """Prepare the scene, let it run once unharmed, and find where it can be killed."""
        self.prepare()
        self._renew()
        ended, places = self.strace.count()
        assert ended.code == 0, ended.said
        self._judge(ended)
        return places

    def kill_all(self, places: Sequence[Place]) -> list[str]:
        """Kill it at each of them; what is wrong, and also if hardly anything was killed."""
        found = [wrong for place in places if (wrong := self.kill(place))]
        if self.missed > 1 + len(places) // 20:
            found.append(f"{self.scene}: {self.missed} of {len(places)} places were not reached")
        return found

    def kill(self, place: Place) -> str | None:
        """Kill it there and look what became of it: None, or what is wrong."""
        self._renew()
        try:
            ended = self.strace.kill(place)
            self._expected(place, ended)
            self._judge(ended)
        except Exception:  # noqa: BLE001 - whatever it is, it is the finding
            return f"{self.scene}, {place}\n{traceback.format_exc()}"
        return None

    def _renew(self) -> None:
        shutil.rmtree(self.box, ignore_errors=True)
        shutil.copytree(self.template, self.box, symlinks=True)

    def _expected(self, place: Place, ended: Ended) -> None:
        """Everything died, or one git did and skillvault said so, or it came to nothing."""
        if ended.code == 0:
            # Ids are random, and with them how many folders of objects are made.
            self.missed += place.process == MAIN or place.together
        elif place.process == MAIN or place.together:
            assert ended.code in _KILLED, ended
        else:
            assert ended.code in _OWN, ended

    def _judge(self, ended: Ended) -> None:
        scene, box = ALL[self.scene], Box(self.box, self.suite, stage=2)
        box.check()
        box.unlock_host()
        if ended.code != 0:
            scene.repeat(box)
        scene.check(box)
        box.check()
        for name in leftovers(self.box):
            self.left[name] = self.left.get(name, 0) + 1
