"""What one entry will change, before it is signed."""

from __future__ import annotations

from dataclasses import dataclass, field

from skillvault.vault.bundle import Bundle
from skillvault.vault.entry import CONTROL, Entry, classify
from skillvault.vault.ids import format_time, sha256
from skillvault.vault.state import State


@dataclass(slots=True)
class Draft:
    """Files by path (None: removed), and the new versions by skill id."""

    files: dict[str, bytes | None] = field(default_factory=dict)
    versions: dict[str, Bundle] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing would change."""
        return not self.files

    def control(self) -> dict[str, bytes | None]:
        """What `apply` judges: the control files among the changes."""
        return {p: data for p, data in self.files.items() if classify(p).kind in CONTROL}

    def entry(self, state: State, member: str, now: float) -> Entry:
        """The entry that makes these changes after `state`."""
        return Entry(
            changes={
                path: None if data is None else sha256(data)
                for path, data in sorted(self.files.items())
            },
            content={skill: b.content for skill, b in sorted(self.versions.items())},
            member=member,
            previous=state.head,
            seq=state.seq + 1,
            time=format_time(now),
        )
