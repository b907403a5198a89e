"""docs/tui.md: the keys of the terminal UI, made from its one list of actions."""

from __future__ import annotations

from collections.abc import Iterable

from skillvault.services.appearance import THEMES
from skillvault.tui import actions, keys
from skillvault.tui.actions import ACTIONS, EVERYWHERE, MOVE, Action

HEAD = """\
# The terminal UI

Made by `python scripts/docs.py` from the list of actions in `skillvault/tui/actions.py`.

`skillvault` at a terminal opens it, or `skillvault tui`. With arguments, or without a terminal,
`skillvault` stays a command line. Whatever is done on the screen is shown as the command that does
the same, before and after.

* `:` finds anything by its name, `?` lists the keys of a place, `esc` goes back and stops waiting
  (it never leaves), `q` leaves.
* Nothing changes a vault before it was shown what will change. What cannot be taken back wants its
  name typed.
* Copying names its route: OSC 52 to the terminal, and `wl-copy`, `xclip`, `xsel` or `pbcopy` where
  there is one. What such a program took is taken out of the clipboard again after a minute and when
  one leaves, if it is still there; OSC 52 cannot be taken back.
* An identity under a passphrase is asked for once, and locked again after 15 minutes without a key.
* Text that is pasted where nothing takes it does nothing.
"""

SETTINGS = """\
## Colours and keys of your own

`config.toml` keeps both:

```toml
theme = "light"

[keys]
filter = "f"
palette = ": ctrl+o"
```

"""


def page() -> str:
    """The whole page."""
    places = dict.fromkeys(p for a in ACTIONS for p in a.places if p not in {EVERYWHERE, MOVE})
    parts = [HEAD, _section("Moving", [a for a in ACTIONS if MOVE in a.places])]
    parts += [
        _section(f"In the place `{place}`", [a for a in ACTIONS if place in a.places])
        for place in places
    ]
    parts.append(_section("Everywhere", [a for a in ACTIONS if EVERYWHERE in a.places]))
    themes = "".join(f"* `{name}`: {about}\n" for name, about in THEMES.items())
    reserved = ", ".join(f"`{key}`" for key in sorted(keys.RESERVED))
    never = (
        "\nThe names are those of the first column. Never taken as keys, because terminals eat\n"
        f"them: {reserved},\nctrl with punctuation, and alt.\n"
    )
    return "\n".join([*parts, SETTINGS + themes + never])


def _section(title: str, found: Iterable[Action]) -> str:
    lines = [f"## {title}\n", "| name | keys | what it does | command |", "|---|---|---|---|"]
    for action in found:
        pressed = " ".join(f"`{actions.shown(key)}`" for key in action.keys) or "by `:`"
        command = f"`{action.command}`" if action.command else ""
        lines.append(f"| {action.id} | {pressed} | {action.help} | {command} |")
    return "\n".join([*lines, ""])
