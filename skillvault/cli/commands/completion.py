"""`skillvault completion`: what Tab completes, in three shells."""

from __future__ import annotations

from pathlib import Path

import click

from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import UsageError

SHELLS = ("bash", "zsh", "fish")
_SCRIPTS = Path(__file__).resolve().parents[2] / "data" / "completion"


@command(
    "completion",
    """
    Prints the script for your shell: commands, options, and names of skills, members and vaults.
    Names come from what was listed before on this machine; nothing is fetched, asked or told.
    """,
    examples=[
        "source <(skillvault completion bash)      # in ~/.bashrc",
        "source <(skillvault completion zsh)       # in ~/.zshrc, behind compinit",
        "skillvault completion fish | source       # in ~/.config/fish/config.fish",
    ],
    vault=False,
)
@click.argument("words", metavar="bash|zsh|fish", nargs=-1, type=click.UNPROCESSED)
@click.option("--words", "asked", is_flag=True, hidden=True, help="complete the last of these")
def main(run: Run, words: tuple[str, ...], asked: bool) -> None:
    if asked:
        from skillvault.cli.completing import complete

        lines = (f"{value}\t{remark}\n" for value, remark in complete(words))
        run.out.raw("".join(lines).encode())
        return
    if len(words) != 1 or words[0] not in SHELLS:
        raise UsageError("completion", "for which shell?", "skillvault completion bash|zsh|fish")
    text = (_SCRIPTS / words[0]).read_text("utf-8")
    if run.json:
        run.out.emit_json(None, shell=words[0], script=text)
    else:
        run.out.raw(text.encode())
