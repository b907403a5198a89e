"""All scenes by name."""

from __future__ import annotations

from tests.kill.scenes import SCENES, Scene
from tests.kill.scenes_groups import GROUPS
from tests.kill.scenes_merge import MERGING
from tests.kill.scenes_replay import REPLAYING

ALL: dict[str, Scene] = {**SCENES, **GROUPS, **MERGING, **REPLAYING}
