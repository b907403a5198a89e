"""What may stand where somebody presses Tab: values and remarks, for any shell.

Commands and options come from the static table and from click; names of skills, people and vaults
from what this client keeps. Whatever fails gives no candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from skillvault.cli import table

if TYPE_CHECKING:
    import click

    from skillvault.services.context import Context

Candidate = tuple[str, str]
# The shell completes the names of files here.
FILES: Final = ":files"
_COMMON: Final = ("--help", "--version", "--quiet", "--json", "--yes", "--color", "--debug")
_SKILL: Final = {"reseal", "first", "second", "against"}
_FILE_WORDS: Final = {"FILE", "CARD", "FOLDER", "PARENT", "PATH|URL", "SOURCE"}
_OTHERS: Final = {
    ("vaults use", "name"): "vaults",
    ("vaults forget", "name"): "vaults",
    ("models pull", "name"): "models",
    ("journal", "name"): "skills",
    ("config", "key"): "settings",
    ("help", "words"): "topics",
    ("completion", "words"): "shells",
    ("show", "file"): "",
    ("edit", "file"): "",
    ("diff", "file"): "",
}


def complete(words: Sequence[str]) -> list[Candidate]:
    """The candidates for the last of `words`, as they stand on the line; empty on any failure."""
    try:
        return _complete([unquoted(word) for word in words] or [""])
    except Exception:  # noqa: BLE001 - whoever presses Tab is told nothing
        return []


def unquoted(word: str) -> str:
    """A word as the shell would read it, also if its quote is still open."""
    import shlex

    for end in ("", "'", '"'):
        try:
            parts = shlex.split(word + end)
        except ValueError:
            continue
        return parts[0] if len(parts) == 1 else word
    return word


def _complete(words: list[str]) -> list[Candidate]:
    *before, last = words
    command, rest, vault = _walk(before)
    row = next((r for r in table.ROWS if r.name == command), None)
    inner = table.inside(command)
    if row is None or inner:
        waits = rest[-1] if rest else ""
        if waits in {"--color", "--vault"}:
            return _matching(_common_values(waits), last)
        if any(not word.startswith("-") for word in rest):
            return []  # no such command
        if last.startswith("-"):
            return _matching([(name, "") for name in (*_COMMON, "--vault")], last)
        listed = [(r.word, r.help) for r in inner if last or not r.hidden]
        return _matching(listed, last)
    from importlib import import_module

    main: click.Command = import_module(row.module).main
    return _matching(_values(command, main, rest, last, vault), last)


def _walk(words: Sequence[str]) -> tuple[str, list[str], str | None]:
    """(the command's words, what follows or waits for a value, `--vault`)."""
    command, rest, vault, position = "", list[str](), None, 0
    while position < len(words):
        word = words[position]
        if word == "--vault" and position + 1 < len(words):
            vault, position = words[position + 1], position + 2
            continue
        if word == "--color" and position + 1 < len(words):
            position += 2
            continue
        found = next((r for r in table.inside(command) if r.word == word), None)
        if found is not None and not rest:
            command = found.name
        elif command or not word.startswith("-") or word in {"--vault", "--color"}:
            rest.append(word)
        position += 1
    return command, rest, vault


def _common_values(option: str) -> list[Candidate]:
    if option == "--vault":
        return _named("vaults", "", None)
    return [(word, "") for word in ("auto", "always", "never")]


def _values(
    command: str, main: click.Command, rest: list[str], last: str, vault: str | None
) -> list[Candidate]:
    options = {name: p for p in main.params for name in p.opts if p.param_type_name == "option"}
    if rest and rest[-1] in {"--vault", "--color"}:
        return _common_values(rest[-1])
    waiting = options.get(rest[-1]) if rest else None
    if waiting is not None and not getattr(waiting, "is_flag", False):
        return _of(command, waiting, last, vault)
    if last.startswith("-") and "--" not in rest:
        return [(name, getattr(p, "help", None) or "") for name, p in _long(options)]
    places = [p for p in main.params if p.param_type_name == "argument"]
    at = len(_positional(rest, options))
    if not places or (at >= len(places) and places[-1].nargs != -1):
        return []
    return _of(command, places[min(at, len(places) - 1)], last, vault)


def _long(options: dict[str, click.Parameter]) -> Iterator[tuple[str, click.Parameter]]:
    return ((name, p) for name, p in options.items() if name.startswith("--"))


def _positional(rest: Sequence[str], options: dict[str, click.Parameter]) -> list[str]:
    found, skip = list[str](), False
    for word in rest:
        if skip:
            skip = False
        elif word in options:
            skip = not getattr(options[word], "is_flag", False)
        elif not word.startswith("-") or word == "-":
            found.append(word)
    return found


def _of(command: str, param: click.Parameter, last: str, vault: str | None) -> list[Candidate]:
    """What an argument or an option's value may be."""
    choices = getattr(param.type, "choices", None)
    if choices:
        return [(str(choice), "") for choice in choices]
    name = param.name or ""
    kind = _OTHERS.get((command, name))
    metavar = (param.metavar or "").strip("[].")
    reads = getattr(param.callback, "__module__", "")
    if kind is None and (name in _SKILL or reads.endswith(".reference")):
        kind = "" if metavar.startswith("@") else "skills"
    if kind is None and metavar in {"WHO", "G", "GROUP"}:
        kind = "people"
    if kind is None and (metavar in _FILE_WORDS or type(param.type).__name__ == "Path"):
        return [(FILES, "")]
    found = _named(kind or "", last, vault)
    is_path = last.startswith((".", "/", "~"))
    return [(FILES, "")] if kind in {"skills", "people"} and is_path else found


def _named(kind: str, last: str, vault: str | None) -> list[Candidate]:
    if kind == "topics":
        from skillvault.cli.frame import TOPICS

        return [
            *((t, "") for t in (*TOPICS, "commands")),
            *((r.word, r.help) for r in table.inside("")),
        ]
    if kind == "shells":
        return [(name, "") for name in ("bash", "zsh", "fish")]
    if kind == "models":
        from skillvault.models.known import KNOWN

        return [(model.name, model.title) for model in KNOWN]
    if kind == "settings":
        from skillvault.services.config import KEYS

        return list(KEYS.items())
    if kind not in {"skills", "people", "vaults"}:
        return []
    from dataclasses import replace

    from skillvault.services import context, naming

    ctx = context.from_process()
    # Opening a key under a passphrase takes a second: then there are no names.
    environ = {k: v for k, v in ctx.environ.items() if k != "SKILLVAULT_PASSPHRASE"}
    ctx = replace(ctx, environ=environ)
    if kind == "vaults":
        return [(name, "") for name in naming.vaults(ctx)]
    if kind == "people":
        return naming.people(ctx, vault)
    return _skills(last, vault, ctx)


def _skills(last: str, vault: str | None, ctx: Context) -> list[Candidate]:
    from skillvault.services import naming

    head, slash, name = last.rpartition("/")
    home = head if slash else vault
    if "@" in name:
        plain = name.partition("@")[0]
        return [(f"{head}{slash}{plain}@{n}", "") for n in naming.versions(ctx, plain, home)]
    found = naming.skills(ctx, home)
    return [(f"{head}{slash}{skill}", text) for _, skill, text in found]


def _matching(found: Sequence[Candidate], last: str) -> list[Candidate]:
    """Those that begin so; remarks on one line."""
    from skillvault.skill.text import one_line

    start = last.casefold()
    return [
        (value, one_line(text, 60))
        for value, text in found
        if value == FILES or value.casefold().startswith(start)
    ]
