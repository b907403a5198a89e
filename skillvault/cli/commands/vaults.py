"""`skillvault vaults`: the vaults of this machine."""

from __future__ import annotations

from skillvault.cli.frame import command
from skillvault.cli.run import Run


@command(
    "vaults",
    "The default one is what changing commands use where several exist and none is named.",
    examples=["skillvault vaults", "skillvault vaults use acme"],
    vault=False,
)
def main(run: Run) -> None:
    from skillvault.services.vaults import list_vaults

    lines = list_vaults(run.context)
    if run.json:
        run.out.emit_json(
            vaults=[
                {
                    "name": line.name,
                    "id": line.id or None,
                    "remote": line.remote,
                    "default": line.default,
                    "seq": line.seq,
                    "skills": line.skills,
                    "member": line.member,
                    "unpushed": line.unpushed,
                    "problem": line.problem,
                }
                for line in lines
            ]
        )
        return
    run.out.table(
        [
            [
                line.name,
                "default" if line.default else "",
                "" if line.skills is None else str(line.skills),
                line.member or "",
                f"{line.unpushed} not pushed" if line.unpushed else "",
                line.remote or "local only",
                line.problem or "",
            ]
            for line in lines
        ],
        ["NAME", "", "SKILLS", "YOU", "STATE", "REMOTE", "PROBLEM"],
        right=["SKILLS"],
    )
    if not lines:
        run.out.hint("`skillvault init` makes one, `skillvault clone URL` gets one")
