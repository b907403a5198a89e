"""The one list of actions: what is bound, what is refused, and that each of them is there."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import skillvault.tui
from skillvault.cli import table
from skillvault.tui import actions, keys
from skillvault.tui.actions import ACTIONS, EVERYWHERE, MOVE
from skillvault.tui.app import Skillvault
from skillvault.tui.place import Place


def _classes() -> list[type[DOMNode]]:
    """Every widget, screen and dialog of ours."""
    found: set[type[DOMNode]] = set()
    for module in pkgutil.walk_packages(skillvault.tui.__path__, "skillvault.tui."):
        for _, one in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(one, DOMNode) and one.__module__.startswith("skillvault.tui"):
                found.add(one)
    return sorted(found, key=lambda one: one.__qualname__)


@pytest.mark.parametrize("one", _classes(), ids=lambda one: one.__qualname__)
def test_no_binding_is_a_key_that_terminals_eat(one: type[DOMNode]) -> None:
    """A user of tmux, screen or a browser's terminal presses any key that we bind."""
    bound = one._merge_bindings().key_to_bindings
    assert [key for key in bound if keys.is_reserved(key)] == []


@pytest.mark.parametrize(
    "key", ["ctrl+h", "ctrl+m", "ctrl+s", "ctrl+z", "alt+x", "ctrl+shift+alt+a", "ctrl+slash"]
)
def test_what_is_reserved(key: str) -> None:
    assert keys.is_reserved(key)


@pytest.mark.parametrize("key", ["ctrl+p", "ctrl+d", "j", "V", "slash", "escape", "tab"])
def test_what_is_not(key: str) -> None:
    assert not keys.is_reserved(key)


def _places() -> dict[str, type[Place]]:
    return {one.place: one for one in _classes() if issubclass(one, Place) and one.place}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_each_action_is_there_where_it_says(action: actions.Action) -> None:
    """Whatever the palette, the footer and the help offer can be done."""
    places = _places()
    for place in action.places:
        if place == EVERYWHERE:
            assert hasattr(Skillvault, f"action_{action.method}")
        elif place != MOVE:
            assert hasattr(places[place], f"action_{action.method}"), place
            bound = places[place]._merge_bindings().key_to_bindings
            assert not action.keys or any(b.id == action.id for b in bound[action.keys[0]])


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_an_action_has_a_letter_or_the_palette_and_speaks_as_we_do(action: actions.Action) -> None:
    if action.id in {"page-down", "page-up"}:
        assert any(not key.startswith("ctrl+") for key in action.keys)
    assert action.help[0].islower() or action.help.startswith("`")
    assert not action.help.endswith(".")
    assert len(action.title) <= 14


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.command], ids=lambda action: action.id)
def test_the_command_of_an_action_is_one(action: actions.Action) -> None:
    """What the UI can do, a command can."""
    words = action.command.split()
    assert words[0] == "skillvault"
    names = {row.name for row in table.ROWS}
    assert words[1] in names or " ".join(words[1:3]) in names


def test_no_key_means_two_things_in_one_place() -> None:
    for place in _places():
        here = [*actions.of(place), *(a for a in ACTIONS if MOVE in a.places)]
        used = [key for action in here for key in action.keys]
        assert sorted(used) == sorted(set(used)), place


@pytest.mark.parametrize(
    ("wanted", "keymap", "faults"),
    [
        ({"filter": "f"}, {"filter": "f"}, []),
        ({"palette": ": ctrl+o"}, {"palette": "colon,ctrl+o"}, []),
        ({"quit": "Q Z"}, {"quit": "Q,Z"}, []),
        ({"filter": "q", "quit": "Q"}, {"filter": "q", "quit": "Q"}, []),
        ({"filter": "ctrl+h"}, {}, ["keys.filter: ctrl+h cannot be a key here"]),
        ({"filter": "alt+f"}, {}, ["keys.filter: alt+f cannot be a key here"]),
        ({"filter": ""}, {}, ["keys.filter: nothing cannot be a key here"]),
        ({"filter": "j"}, {}, ["keys.filter: j is another action's"]),
        ({"filter": "q"}, {}, ["keys.filter: q is another action's"]),
        ({"fly": "f"}, {}, ["keys.fly: no such action"]),
        ({"filter": "\x1b[31m"}, {}, ["keys.filter: \x1b[31m cannot be a key here"]),
    ],
)
def test_keys_of_ones_own(
    wanted: dict[str, str], keymap: dict[str, str], faults: list[str]
) -> None:
    """The user writes a table [keys] into config.toml, with and without mistakes."""
    assert keys.remapped(wanted) == (keymap, faults)


def test_bindings_carry_the_id_by_which_they_are_remapped() -> None:
    for binding in actions.bindings("library"):
        assert isinstance(binding, Binding)
        assert actions.named(binding.id or "").method == binding.action
