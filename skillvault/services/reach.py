"""What a name reaches: which versions were ever sealed to a member, or to any epoch of a group.

Whoever comes into a group can open what was ever sealed to it: `previous.age` leads to its older
epochs. A direct reader opens what was sealed to their own key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from skillvault.services.labels import tagged
from skillvault.vault.client import Vault
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import Skill, State, reads


@dataclass(frozen=True, slots=True)
class Reach:
    """A skill that a name reaches. `name` is None where I cannot read it myself.

    `versions`: the numbers of those that it can open; `now`: it is a reader still, so later
    versions too.
    """

    skill: str
    name: str | None
    versions: tuple[int, ...]
    now: bool

    @property
    def label(self) -> str:
        """The skill's name, or the beginning of its id."""
        return self.name or tagged("", self.skill)

    @property
    def span(self) -> str:
        """`@1-@3`, `@2 and later`."""
        return span(self.versions, later=self.now)


def versions_for(skill: Skill, name: str) -> tuple[int, ...]:
    """The versions of a skill of which some file was sealed to a member or a group."""
    number_of = {version.content: n for n, version in enumerate(skill.versions, 1)}
    return tuple(
        sorted(
            {
                number_of[file.content or ""]
                for file in skill.files
                if any(ref.partition("/")[0] == name for ref in file.refs)
            }
        )
    )


def of_name(vault: Vault, name: str) -> tuple[Reach, ...]:
    """Every skill that a name reaches or would from its next sealing on, removed ones too."""
    state = vault.state
    found = []
    for identifier, skill in [*state.skills.items(), *state.former_skills.items()]:
        now = identifier in state.skills and name in skill.readers
        versions = versions_for(skill, name)
        if now or versions:
            found.append(Reach(identifier, skill_name(vault, identifier), versions, now))
    return tuple(sorted(found, key=lambda reach: (not reach.now, reach.name or "~", reach.skill)))


def skill_name(vault: Vault, skill: str) -> str | None:
    """The name of a skill as I can read it, or None."""
    state = vault.state
    record = state.skills.get(skill) or state.former_skills.get(skill)
    for version in reversed(record.versions if record is not None else ()):
        if (known := vault.notebook.known(skill, version.content)) is not None:
            return known.name
    if skill not in state.skills or not reads(state, state.skills[skill], vault.me or ""):
        return None
    try:
        return vault.reader.open_newest(skill).bundle.manifest.name
    except DOES_NOT_OPEN:
        return None


def through(state: State, skill: Skill, member: str) -> list[str]:
    """The names in a skill's readers by which somebody reads it; their own first."""
    groups = [n for n in skill.readers if n in state.groups and member in state.groups[n].members]
    return [*([member] if member in skill.readers else []), *groups]


def span(versions: Iterable[int], *, later: bool = False) -> str:
    """Numbers as ranges: `@1-@3, @5`; with `later` the last one goes on."""
    numbers = sorted(set(versions))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = [f"@{run[0]}" if len(run) == 1 else f"@{run[0]}-@{run[-1]}" for run in runs]
    if later:
        if not runs:
            return "later versions"
        said[-1] = f"@{runs[-1][0]} and later"
    return ", ".join(said)
