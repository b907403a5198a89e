"""A repository that runs a program of its owner's wherever git lets it."""

from __future__ import annotations

from pathlib import Path

_HOOKS = ("post-upload-pack", "reference-transaction", "pre-push", "post-checkout")


def set_traps(repo: Path, folder: Path) -> Path:
    """Set every trap in `repo`, with programs in `folder`; gives the file that they write to."""
    evil, witness = folder / "evil", folder / "ran"
    evil.write_text(f"#!/bin/sh\necho x >> '{witness}'\nexit 1\n")
    evil.chmod(0o755)
    hooks = folder / "hooks"
    hooks.mkdir()
    for name in _HOOKS:
        (hooks / name).symlink_to(evil)
    with (repo / "config").open("a") as config:
        config.write(f'[core]\n\tsshCommand = "{evil}"\n\tfsmonitor = "{evil}"\n')
        config.write(f'\thooksPath = "{hooks}"\n\talternateRefsCommand = "{evil}"\n')
        config.write(f'\tgitProxy = "{evil}"\n\tpager = "{evil}"\n')
        config.write(f'[uploadpack]\n\tpackObjectsHook = "{evil}"\n')
        config.write(f'[remote "origin"]\n\turl = "ext::{evil}"\n\tpromisor = true\n')
        config.write("[extensions]\n\tpartialClone = origin\n")
        config.write("[core]\n\trepositoryformatversion = 1\n")
    return witness
