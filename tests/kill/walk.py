"""A scene under the killer: prepared once, copied for each place to kill at, judged each time."""

from __future__ import annotations

import shutil
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from tests.kill.harness import MAIN, Ended, Place, Strace
from tests.kill.scan import leftovers
from tests.kill.scenes import SCENES, Box

_KILLED = (-9, 137)
# What services may end with when a git is killed under them: nothing of theirs is wrong.
_OWN = range(1, 9)


@dataclass
class Walk:
    """One scene in one suite. The box always lies at the same place: vaults remember paths."""

    scene: str
    suite: str
    folder: Path
    left: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.box = self.folder / "box"
        self.template = self.folder / "template"
        self.strace = Strace(self.folder / "work", self.box, (self.suite, self.scene))

    def places(self) -> list[Place]:
        """Prepare the scene, let it run once unharmed, and find where it can be killed."""
        SCENES[self.scene].prepare(Box(self.box, self.suite))
        self.box.rename(self.template)
        self._renew()
        ended, places = self.strace.count()
        assert ended.code == 0, ended.said
        self._judge(ended)
        return places

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
        if place.process == MAIN or place.together:
            assert ended.code in _KILLED, f"not killed, but {ended}"
        else:
            assert ended.code == 0 or ended.code in _OWN, ended.said

    def _judge(self, ended: Ended) -> None:
        scene, box = SCENES[self.scene], Box(self.box, self.suite, stage=2)
        box.check()
        box.unlock_host()
        if ended.code != 0:
            scene.repeat(box)
        scene.check(box)
        box.check()
        for name in leftovers(self.box):
            self.left[name] = self.left.get(name, 0) + 1
