"""Every command that is built: where its code stands and what `--help` says of it.

A static table, so that `--help`, completion of commands and did-you-mean import no command.
A command that is not built does not stand here. `member add` is `add` within the group `member`;
the order is the order shown, and `tests/cli/test_table.py` holds the table to the code.
"""

from __future__ import annotations

from typing import NamedTuple

HEADINGS = ("start", "skills", "people", "use", "measure", "vault", "tool")


class Row(NamedTuple):
    """One command: its words, the heading it stands under, one line of help.

    A hidden one is documented, but not listed by `--help`. `alone`: the bare name of a group is a
    command too, as `models` beside `models pull`.
    """

    name: str
    heading: str
    help: str
    hidden: bool = False
    alone: bool = False

    @property
    def word(self) -> str:
        """What one types within its group."""
        return self.name.rpartition(" ")[2]

    @property
    def module(self) -> str:
        """The module whose `command` this is: `member add` is `member_add`."""
        return "skillvault.cli.commands." + self.name.replace(" ", "_").replace("-", "_")


ROWS: tuple[Row, ...] = (
    Row("init", "start", "make a vault, and an identity if there is none"),
    Row("clone", "start", "get a vault that somebody shares with you"),
    Row("demo", "start", "see it work: two keyholders, one skill, one measurement"),
    Row("new", "skills", "begin a skill: a folder with a template", hidden=True),
    Row("put", "skills", "keep folders as skills, or as their next versions"),
    Row(
        "import",
        "skills",
        "take in skills of others: a folder, an archive, a git address",
        hidden=True,
    ),
    Row("edit", "skills", "change a skill in your editor"),
    Row("get", "skills", "write a skill's folder"),
    Row("list", "skills", "list the skills that you can read"),
    Row("show", "skills", "read a skill, or one of its files"),
    Row("search", "skills", "find skills by their words"),
    Row("log", "skills", "list the versions of a skill"),
    Row("diff", "skills", "compare versions, or a version and a folder"),
    Row("restore", "skills", "make an older version the newest", hidden=True),
    Row("rename", "skills", "give a skill another name", hidden=True),
    Row("remove", "skills", "take a skill out of the vault, for everybody", hidden=True),
    Row("undo", "skills", "take back your newest change", hidden=True),
    Row("share", "people", "let people, groups or the holder of a card read skills"),
    Row("unshare", "people", "take that back, from now on"),
    Row("access", "people", "say who reads what, since when, through whom"),
    Row("own", "people", "give skills to another owner", hidden=True),
    Row("member", "people", "list, admit, change and remove members"),
    Row("member list", "people", "list the members, their roles and fingerprints"),
    Row("member add", "people", "admit the holder of a card"),
    Row("member new", "people", "make and admit a machine, for a job"),
    Row("member role", "people", "give somebody another role"),
    Row("member rename", "people", "give somebody another name"),
    Row("member expires", "people", "say from when on a machine writes nothing"),
    Row("member remove", "people", "take somebody out of the vault, for good"),
    Row("member replace", "people", "let somebody go on with another identity"),
    Row("exposure", "people", "say what somebody could ever have read", hidden=True),
    Row("group", "people", "list, make and change groups of members"),
    Row("group list", "people", "list the groups, and who is in them"),
    Row("group new", "people", "make a group of members"),
    Row("group add", "people", "let members into a group"),
    Row("group remove", "people", "take members out of a group, or delete it"),
    Row("group rename", "people", "give a group another name"),
    Row("group rotate", "people", "give a group a new key"),
    Row("inject", "use", "print skills as an agent's prompt takes them"),
    Row("install", "use", "copy skills to where agents read them"),
    Row("uninstall", "use", "remove such copies", hidden=True),
    Row("update", "use", "bring such copies to the newest version", hidden=True),
    Row("run", "use", "run a command with skills that exist for it only"),
    Row("wipe", "use", "remove every readable copy that was made on this machine", hidden=True),
    Row("lint", "measure", "look for what is wrong or hostile in a skill"),
    Row("eval", "measure", "measure what a skill is worth on a model"),
    Row("runs", "measure", "show what was measured, down to every answer"),
    Row("models", "measure", "list the models that are known, and where they are", alone=True),
    Row("models pull", "measure", "get a model's weights"),
    Row("sync", "vault", "fetch, verify, and push what waits"),
    Row("resolve", "vault", "settle where you and others changed one skill", hidden=True),
    Row("status", "vault", "say how the vault stands"),
    Row("verify", "vault", "check every entry, of any vault, without a key"),
    Row("remote", "vault", "say or set where the vault is pushed to", hidden=True),
    Row("vaults", "vault", "list the vaults of this machine", alone=True),
    Row("vaults use", "vault", "choose the default vault"),
    Row("vaults forget", "vault", "remove a vault from this machine"),
    Row("tui", "tool", "browse, share and measure on one screen", hidden=True),
    Row("id", "tool", "show your fingerprint; write your card or a backup"),
    Row("keygen", "tool", "make an identity, or restore one"),
    Row("config", "tool", "show or change settings, and where they come from", hidden=True),
    Row("completion", "tool", "print what makes Tab complete, for your shell", hidden=True),
    Row("doctor", "tool", "look for what is wrong on this machine", hidden=True),
    Row("journal", "tool", "list what went to which agent, and when", hidden=True),
    Row("help", "tool", "explain a topic or a command"),
)


def row(name: str) -> Row:
    """The row of the command called `name`, which must be there (KeyError)."""
    for candidate in ROWS:
        if candidate.name == name:
            return candidate
    raise KeyError(name)


def inside(group: str) -> list[Row]:
    """The commands directly within `group` (`""`: the top), in their order."""
    prefix = f"{group} " if group else ""
    return [r for r in ROWS if r.name.startswith(prefix) and " " not in r.name[len(prefix) :]]
