"""Which keys may be bound at all, and what a user asks for instead of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from skillvault.tui.actions import ACTIONS

# Terminals and multiplexers eat these: backspace, tab, enter, flow control, suspend, ...
RESERVED = frozenset(f"ctrl+{letter}" for letter in "hijmsqz")
_KEY = re.compile(r"(ctrl\+[a-z]|shift\+tab|[a-zA-Z0-9]|f[0-9]{1,2}|[a-z]+(_[a-z]+)*)")
_CTRL_NAMED = re.compile(r"ctrl\+(shift\+)?(left|right|up|down|home|end|pageup|pagedown|a)")


def is_reserved(key: str) -> bool:
    """Whether a terminal may keep this key for itself: no action may have it as its only one."""
    if key in RESERVED or "alt+" in key or "meta+" in key:
        return True
    if not key.startswith("ctrl+"):
        return False
    return re.fullmatch(r"ctrl\+[a-z]", key) is None and _CTRL_NAMED.fullmatch(key) is None


def remapped(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The keymap that a user's table makes, and what is wrong with the rest of it, in words.

    A key that another action of the same place has is refused, as are reserved ones.
    """
    known = {action.id: action for action in ACTIONS}
    keymap: dict[str, str] = {}
    faults: list[str] = []
    for name, text in wanted.items():
        if name not in known:
            faults.append(f"keys.{name}: no such action")
            continue
        chosen = [_named(part.strip()) for part in text.split()]
        bad = [key for key in chosen if is_reserved(key) or _KEY.fullmatch(key) is None]
        taken = [key for key in chosen if key in _taken(name, known[name].places, wanted)]
        if not chosen or bad:
            faults.append(f"keys.{name}: {' '.join(bad) or 'nothing'} cannot be a key here")
        elif taken:
            faults.append(f"keys.{name}: {' '.join(taken)} is another action's")
        else:
            keymap[name] = ",".join(chosen)
    return keymap, faults


def _taken(name: str, places: Iterable[str], wanted: Mapping[str, str]) -> set[str]:
    """The keys that other actions have where this one holds too, after the user's own changes."""
    here = {*places, "everywhere", "move"}
    everywhere = "everywhere" in here & set(places) or "move" in set(places)
    taken: set[str] = set()
    for action in ACTIONS:
        if action.id == name or not (everywhere or here & set(action.places)):
            continue
        if action.id in wanted:
            taken.update(_named(part) for part in wanted[action.id].split())
        else:
            taken.update(action.keys)
    return taken


def _named(key: str) -> str:
    """A key as one types it, in Textual's words: `/` is `slash`."""
    from textual.keys import _character_to_key

    return _character_to_key(key) if len(key) == 1 else key
