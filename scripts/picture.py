"""Make docs/demo.svg: real commands at a real terminal, and what they print.

`python -m scripts.picture`, or `make picture`. It takes a minute or two, since it measures a skill
on the local model (`skillvault models pull smollm2-135m` once before). Words, ids and figures of a
run are its own: the picture is another one every time.
"""

from __future__ import annotations

import io
import re
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from scripts.scene import ADDRESS, ROOT, Scene, scene

PICTURE: Final = ROOT / "docs" / "demo.svg"
COLUMNS: Final = 100
SKILL: Final = "using-skillvault"
# No font is fetched from anywhere: whoever looks has one of these.
_FONTS: Final = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_THEME: Final = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [
        (72, 79, 88),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (201, 209, 217),
    ],
    [(139, 148, 158)] + [(240, 246, 252)] * 7,
)
_PROMPTS: Final = {"ada": "magenta", "bob": "cyan", "host": "yellow"}
_LISTING: Final = "git -C skills.git ls-tree -r --format='%(objectsize:padded) %(path)' main"


class Picture:
    """A terminal of `COLUMNS` columns, on which commands of a scene are shown."""

    def __init__(self, stage: Scene) -> None:
        self.stage = stage
        self.begun = False
        self.console = Console(
            record=True,
            width=COLUMNS,
            file=io.StringIO(),
            force_terminal=True,
            color_system="truecolor",
            highlight=False,
        )

    def show(self, remark: str, who: str, command: str) -> None:
        """Run a command, and show it with what it printed, below a remark."""
        if self.begun:
            self.console.print()
        self.begun = True
        self.console.print(Text(f"# {remark}", style="italic bright_black"))
        line = Text(f"{who}$ ", style=f"bold {_PROMPTS[who]}")
        self.console.print(line.append(command, style="bold bright_white"))
        self.console.print(Text.from_ansi(self.stage.run(who, command)))

    def svg(self) -> str:
        """The picture so far, without fonts from elsewhere and with a text for who cannot see."""
        svg = self.console.export_svg(title="skillvault", theme=_THEME, unique_id="skillvault")
        svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
        return svg.replace("Fira Code, monospace", _FONTS).replace("arial", "sans-serif")


def main() -> None:
    """Play the scene, and write the picture."""
    with scene(COLUMNS, color=True) as stage:
        picture = Picture(stage)
        stage.run("ada", f"skillvault init acme --remote {ADDRESS}")
        stage.run("bob", "skillvault keygen && skillvault id -o bob.card")
        picture.show(
            "a folder becomes a skill of the vault, sealed to Ada alone",
            "ada",
            f"skillvault put skills/{SKILL}",
        )
        picture.show(
            "Bob has sent his card: one command admits him and shares the skill with him",
            "ada",
            f"skillvault share {SKILL} --with ./bob.card",
        )
        picture.show(
            "what the git host has of all names and skills: random ids and padded sizes",
            "host",
            f"{_LISTING} names skills",
        )
        said = stage.run("ada", "skillvault --json status")
        found = re.search(r"sha256:[0-9a-f]{64}", said)
        stage.run("bob", f"skillvault clone {ADDRESS} acme --id {found[0] if found else said}")
        picture.show("what Bob has, who cloned the vault and verified it", "bob", "skillvault list")
        picture.show(
            "is the skill worth anything? without it, with it, with an inert text of its length",
            "bob",
            f"skillvault eval {SKILL} --model local:smollm2-135m --arm sham",
        )
    PICTURE.write_text(picture.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
