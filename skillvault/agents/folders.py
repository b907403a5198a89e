"""Where agents read the skills of a user (reference: agent-skills.md, read in November 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

Agent = Literal["claude", "agents"]
AGENTS: tuple[Agent, ...] = get_args(Agent)


def home(agent: Agent, environ: Mapping[str, str]) -> Path:
    """The folder that an agent calls its own.

    `claude` is Claude Code's, `agents` the one that Codex and most others read.
    """
    if agent == "claude" and environ.get("CLAUDE_CONFIG_DIR"):
        return Path(environ["CLAUDE_CONFIG_DIR"]).absolute()
    return Path(environ.get("HOME") or Path.home()) / f".{agent}"


def skills_folder(agent: Agent, environ: Mapping[str, str]) -> Path:
    """Where a user's skills lie for that agent, one folder each."""
    return home(agent, environ) / "skills"


def present(environ: Mapping[str, str]) -> tuple[Agent, ...]:
    """The agents that have a folder on this machine already."""
    return tuple(agent for agent in AGENTS if home(agent, environ).is_dir())


def work_tree(folder: Path) -> Path | None:
    """The git work tree that `folder` lies in, where one `git add` would publish a skill."""
    place = folder.resolve()
    return next((p for p in (place, *place.parents) if (p / ".git").exists()), None)
