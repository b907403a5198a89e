"""What `restore`, `rename` and `edit` say of the version that they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import words

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.revising import Revised


def tell(run: Run, done: Revised, what: str) -> None:
    """The version, its entry, and how to go back."""
    home = done.located.vault
    if run.json:
        run.out.emit_json(
            words.vault_json(home),
            entry=words.entry_json(done.entry),
            unpushed=done.unpushed,
            skill=skill_json(done),
        )
        return
    changed = done.entry is not None
    run.out.table(
        [
            [
                f"{home.name}/{done.name}@{done.version}",
                what if changed else "unchanged",
                words.count(len(done.files), "file"),
                words.size(done.size),
            ]
        ]
    )
    words.say_entry(run, home, done.entry)
    if changed:
        run.out.hint(f"`skillvault restore {home.name}/{done.name}@{done.before}` goes back")


def skill_json(done: Revised) -> words.Json:
    """The version that is the newest now; `before`: the one that was."""
    return {
        "name": done.name,
        "id": done.located.found.skill,
        "version": done.version,
        "before": done.before,
        "content": done.content,
        "files": len(done.files),
        "size": done.size,
    }
