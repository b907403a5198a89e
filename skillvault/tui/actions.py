"""Everything that one can do here: one list, which bindings, footer, palette, help and docs read.

An action is a method `action_ID` (with `-` as `_`) of the places that it names, or of the app for
those that hold everywhere. To add one: a line here, and that method. It exists only once the
service behind it does.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

EVERYWHERE = "everywhere"
MOVE = "move"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    `keys`: as Textual writes them, the first is the one shown. `title`: one or two words, for
    the footer; `help`: a line. `command`: what does the same on the command line, or empty.
    `places`: where it holds. `rank`: its place in the footer, 0 for none.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    places: tuple[str, ...]
    command: str = ""
    rank: int = 0

    @property
    def method(self) -> str:
        """What Textual calls: the part behind `action_`."""
        return self.id.replace("-", "_")

    @property
    def key(self) -> str:
        """The first key, as people write it."""
        return shown(self.keys[0]) if self.keys else ""


_SHOWN = {
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "plus": "+",
    "escape": "esc",
    "space": "space",
    "down": "↓",
    "up": "↑",
}


def shown(key: str) -> str:
    """A key as it is said: `slash` is `/`."""
    return _SHOWN.get(key, key)


_SKILL = ("skill",)
_SKILLS = ("library", "skill")
_PREVIEWS = (*_SKILLS, "evaluate")

ACTIONS: tuple[Action, ...] = (
    # Moving about. Tables and texts bind these themselves.
    Action("down", ("j", "down"), "down", "one line down", (MOVE,)),
    Action("up", ("k", "up"), "up", "one line up", (MOVE,)),
    Action("top", ("g", "home"), "top", "the first line", (MOVE,)),
    Action("bottom", ("G", "end"), "bottom", "the last line", (MOVE,)),
    Action("page-down", ("ctrl+d", "pagedown"), "page down", "half a page down", (MOVE,)),
    Action("page-up", ("ctrl+u", "pageup"), "page up", "half a page up", (MOVE,)),
    # The library.
    Action(
        "open", ("enter",), "open", "read the skill", ("library",), "skillvault show NAME", rank=1
    ),
    Action(
        "edit",
        ("e",),
        "edit",
        "change the skill in your editor; what you save is its next version",
        _SKILLS,
        "skillvault edit NAME",
        rank=2,
    ),
    Action(
        "share",
        ("s",),
        "share",
        "let people, groups or the holder of a card read; what will change is shown first",
        _SKILLS,
        "skillvault share NAME --with WHO",
        rank=3,
    ),
    Action(
        "inject",
        ("i",),
        "inject",
        "copy as a prompt takes it: to the clipboard or a file, with its tokens counted",
        _SKILLS,
        "skillvault inject NAME",
        rank=4,
    ),
    Action(
        "install",
        ("I",),
        "install",
        "copy to where agents read skills",
        _SKILLS,
        "skillvault install NAME",
    ),
    Action(
        "evaluate",
        ("v",),
        "evaluate",
        "measure what the skill is worth on a model; the plan is shown before anything is asked",
        (*_SKILLS, "evaluate"),
        "skillvault eval NAME",
        rank=5,
    ),
    Action(
        "put",
        ("p",),
        "put",
        "keep a folder as a skill, or as its next version",
        ("library",),
        "skillvault put FOLDER",
        rank=6,
    ),
    Action(
        "new",
        ("n",),
        "new",
        "begin a skill: a folder with a template",
        ("library",),
        "skillvault new NAME",
    ),
    Action(
        "sync",
        ("S",),
        "sync",
        "fetch, verify, and push what waits; what others changed is said",
        _SKILLS,
        "skillvault sync",
        rank=8,
    ),
    Action(
        "undo",
        ("u",),
        "undo",
        "take back my newest change; what that does is shown first",
        _SKILLS,
        "skillvault undo",
    ),
    Action(
        "remove",
        ("X",),
        "remove",
        "take a skill out of the vault, for everybody; its name is typed first",
        _SKILLS,
        "skillvault remove NAME",
    ),
    Action(
        "demo",
        (),
        "demo",
        "look around in a sample: a real vault, thrown away when you leave",
        ("library",),
        "skillvault demo",
    ),
    Action(
        "mark",
        ("space",),
        "mark",
        "mark the skill, or take its mark away; what follows is done to all marked ones",
        ("library",),
    ),
    Action("sort", ("o",), "sort", "choose the column to sort by", ("library",)),
    Action(
        "filter",
        ("slash",),
        "filter",
        "type letters of a name; `enter` goes to the list, `esc` shows all again",
        ("library",),
        rank=7,
    ),
    Action(
        "search-bodies",
        ("b",),
        "in bodies",
        "search the words of the filter in the texts of all skills",
        ("library",),
        "skillvault search WORDS",
    ),
    Action(
        "vault",
        ("V",),
        "vault",
        "choose the vault to look at, or all of them",
        ("library",),
        "skillvault vaults",
    ),
    Action("preview-down", ("J",), "preview down", "scroll the preview down", _PREVIEWS),
    Action("preview-up", ("K",), "preview up", "scroll the preview up", _PREVIEWS),
    Action(
        "widen",
        ("plus",),
        "widen",
        "give the preview more room, all of it, then less",
        _PREVIEWS,
    ),
    # One skill.
    Action("tab-read", ("1",), "read", "the text, with its contents beside it", _SKILL),
    Action("tab-files", ("2",), "files", "all files, with their sizes", _SKILL),
    Action("tab-history", ("3",), "history", "its versions", _SKILL, "skillvault log NAME"),
    Action("tab-access", ("4",), "access", "who reads it", _SKILL, "skillvault access NAME"),
    Action("tab-results", ("5",), "results", "what it is worth", _SKILL, "skillvault runs"),
    Action("tab-checks", ("6",), "checks", "what lint says", _SKILL, "skillvault lint NAME"),
    Action(
        "next-tab", ("l", "right"), "tabs", "the next tab; `h` and the numbers do it too", _SKILL
    ),
    Action("previous-tab", ("h", "left"), "tab before", "the tab before this one", _SKILL),
    Action(
        "follow",
        ("enter",),
        "open",
        "open the file that the text names; `esc` comes back",
        _SKILL,
        "skillvault show NAME FILE",
    ),
    Action(
        "diff",
        ("d",),
        "diff",
        "what the version changed, the old lines above the new ones",
        _SKILL,
        "skillvault diff NAME@1 @2",
        rank=10,
    ),
    Action(
        "diff-beside",
        ("D",),
        "side by side",
        "the same, the old text beside the new",
        _SKILL,
        rank=11,
    ),
    Action(
        "restore",
        ("R",),
        "restore",
        "make the version the newest again; what that changes is shown first",
        _SKILL,
        "skillvault restore NAME@1",
        rank=12,
    ),
    Action(
        "unshare",
        ("x",),
        "unshare",
        "take access away; who loses what is shown first",
        _SKILL,
        "skillvault unshare NAME --from WHO",
        rank=12,
    ),
    Action("raw", ("w",), "raw", "the text as it stands, or rendered again", _SKILL, rank=13),
    Action("find", ("slash",), "find", "find letters in what is shown", _SKILL, rank=14),
    Action("find-next", ("n",), "next", "the next place where they stand", _SKILL, rank=15),
    Action("find-previous", ("N",), "previous", "the place before", _SKILL),
    Action("copy", ("y",), "copy", "copy what is shown", _SKILL, rank=5),
    # An evaluation.
    Action(
        "change",
        ("enter", "space"),
        "change",
        "choose something else for the line under the cursor; on the last line: start",
        ("plan",),
        rank=1,
    ),
    Action(
        "suite",
        ("e",),
        "tasks",
        "write the tasks that it is measured by, in your editor",
        ("plan",),
        "skillvault eval NAME --init",
        rank=2,
    ),
    Action(
        "stop",
        ("x",),
        "stop",
        "stop the evaluation: what ran is kept, and there is no verdict",
        ("evaluate",),
        rank=1,
    ),
    Action(
        "retry",
        ("r",),
        "go on",
        "go on from where it was: what was answered is not asked again",
        ("evaluate",),
        "skillvault eval NAME",
        rank=2,
    ),
    Action(
        "transcript",
        ("enter",),
        "transcript",
        "read what was asked and answered; both sides scroll together",
        ("evaluate",),
        "skillvault runs last TASK",
        rank=3,
    ),
    # People.
    Action(
        "people",
        ("P",),
        "people",
        "members and groups of the vault: who they are, what they may, since when",
        _SKILLS,
        "skillvault member list",
        rank=9,
    ),
    Action(
        "add",
        ("a",),
        "add",
        "admit the holder of a card; in the groups: let members in",
        ("people",),
        "skillvault member add CARD",
        rank=1,
    ),
    Action(
        "new-group",
        ("n",),
        "group",
        "make a group of me and others",
        ("people",),
        "skillvault group new NAME --with WHO",
        rank=2,
    ),
    Action(
        "take-out",
        ("x",),
        "take out",
        "take members out of the group; who loses what is shown first",
        ("people",),
        "skillvault group remove GROUP WHO",
        rank=3,
    ),
    Action(
        "role",
        ("r",),
        "role",
        "give somebody another role",
        ("people",),
        "skillvault member role WHO ROLE",
        rank=4,
    ),
    Action(
        "machine",
        ("m",),
        "machine",
        "make an identity for a job, and write its key to a file",
        ("people",),
        "skillvault member new NAME --machine FILE",
        rank=5,
    ),
    Action(
        "expires",
        ("E",),
        "expires",
        "say from when on a machine writes nothing more",
        ("people",),
        "skillvault member expires WHO 90d",
    ),
    Action(
        "exposure",
        ("enter",),
        "exposure",
        "what they could ever have read, from their first day on",
        ("people",),
        "skillvault exposure WHO",
        rank=6,
    ),
    Action(
        "remove-member",
        ("X",),
        "remove",
        "remove somebody for good, or delete the group; what they read is shown first",
        ("people",),
        "skillvault member remove WHO",
        rank=7,
    ),
    # Everywhere.
    Action(
        "next-pane",
        ("tab",),
        "next pane",
        "go to the next pane",
        (EVERYWHERE,),
    ),
    Action("back", ("escape",), "back", "go back; stop waiting", (EVERYWHERE,)),
    Action(
        "palette",
        ("colon", "ctrl+p"),
        "palette",
        "find anything that can be done here, by its name",
        (EVERYWHERE,),
        rank=90,
    ),
    Action(
        "help",
        ("question_mark",),
        "help",
        "the keys of this screen",
        (EVERYWHERE,),
        "skillvault help",
        rank=91,
    ),
    Action(
        "theme",
        ("T",),
        "theme",
        "choose the colours; kept for the next time",
        (EVERYWHERE,),
        "skillvault config theme NAME",
    ),
    Action("refresh", ("ctrl+l",), "refresh", "look again at what is on disk", (EVERYWHERE,)),
    Action("quit", ("q",), "quit", "leave", (EVERYWHERE,)),
)


def of(place: str) -> list[Action]:
    """What can be done in a place, its own things first."""
    own = [action for action in ACTIONS if place in action.places]
    return own + [action for action in ACTIONS if EVERYWHERE in action.places]


def named(identifier: str) -> Action:
    """The action of that id (KeyError)."""
    for action in ACTIONS:
        if action.id == identifier:
            return action
    raise KeyError(identifier)


def bindings(place: str) -> list[Binding]:
    """The bindings of the things that belong to a place alone, for its class.

    Those of a place's letters come before anything else looks at the key (a line with the focus
    keeps its letters all the same): so what is typed ahead is read in its order, each key by what
    the one before it led to.
    """
    return [
        Binding(
            ",".join(action.keys),
            action.method,
            action.title,
            show=False,
            id=action.id,
            priority=place not in {EVERYWHERE, MOVE} and all(map(_is_letter, action.keys)),
        )
        for action in ACTIONS
        if place in action.places and action.keys
    ]


def _is_letter(key: str) -> bool:
    return len(key) == 1 or key in {"slash", "plus", "space"}
