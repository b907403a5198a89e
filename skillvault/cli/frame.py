"""The frame that every command stands in: common options, help, and loading on demand.

Options that hold everywhere are taken before and behind the command's name, as git and gh users
expect, and land in the one `Run` of the process. Groups look into the static table and import a
command when it is called, never to list it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import click

from skillvault.cli import table
from skillvault.cli.run import Run
from skillvault.errors import NotFoundError, UsageError

SUMMARY = "a vault for agent skills: sealed, shared, injected and measured"
TOPICS = ("exit-codes", "environment", "references", "recovery")
_CONTEXT = {"help_option_names": ["-h", "--help"]}


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from skillvault import __version__

        click.echo(f"skillvault {__version__}")
        ctx.exit()


def _store(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Keep a value that was given, on whichever side of the command's name it stood."""
    if value is not None and value is not False:
        setattr(ctx.ensure_object(Run), str(param.name), value)


def _common() -> list[click.Parameter]:
    """The options that hold everywhere, made anew for each command (click binds them to it)."""

    def option(*names: str, help: str, **attributes: object) -> click.Option:  # noqa: A002 click's own name
        return click.Option(
            names,
            help=help,
            expose_value=False,
            callback=_store,
            **attributes,  # type: ignore[arg-type]  # handed through to click as given
        )

    return [
        click.Option(
            ["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="print the version",
        ),
        option("-q", "--quiet", is_flag=True, help="only what was asked for, and errors"),
        option("--json", is_flag=True, help="one JSON object, errors too"),
        option("--yes", is_flag=True, help="answer questions with yes, never skip what they tell"),
        option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            help="auto (the default): at a terminal, unless NO_COLOR is set",
        ),
        option("--debug", is_flag=True, help="tracebacks and git calls, secrets left out"),
        option("--vault", metavar="NAME", help="the vault to use where no skill names one"),
    ]


def _sections(
    ctx: click.Context,
    formatter: click.HelpFormatter,
    params: list[click.Parameter],
    first: Sequence[tuple[str, str]] = (),
) -> None:
    records = [*first]
    options = [p for p in params if isinstance(p, click.Option)]
    records += [record for option in options if (record := option.get_help_record(ctx))]
    if records:
        formatter.write_paragraph()
        formatter.write("options:\n")
        with formatter.indentation():
            formatter.write_dl(records)


class Command(click.Command):
    """One command: its own options, the common ones, examples below."""

    def __init__(
        self, name: str, *, examples: Sequence[str] = (), vault: bool = True, **attributes: object
    ) -> None:
        super().__init__(name, context_settings=_CONTEXT, **attributes)  # type: ignore[arg-type]  # click's own
        self.examples = tuple(examples)
        self.takes_vault = vault
        self.own = list(self.params)
        self.params += _common()

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, once the common options suit it (UsageError)."""
        run = ctx.ensure_object(Run)
        if run.vault is not None and not self.takes_vault:
            raise UsageError(path(ctx), "takes no `--vault`", f"`skillvault {path(ctx)} --help`")
        return super().invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line, in lower case as everything is."""
        pieces = [p for param in self.own for p in param.get_usage_pieces(ctx)]
        words = [
            *(["[options]"] if any(isinstance(p, click.Option) for p in self.own) else []),
            *pieces,
        ]
        formatter.write_usage(ctx.command_path, " ".join(words), prefix="usage: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's own options; the common ones are explained once, at the top."""
        _sections(ctx, formatter, list(self.own))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, as one types them, and the options that hold everywhere."""
        del ctx
        if self.examples:
            formatter.write_paragraph()
            formatter.write("examples:\n" + "".join(f"  $ {line}\n" for line in self.examples))
        formatter.write_paragraph()
        formatter.write("everywhere: -h -V -q --json --yes --color --debug")
        formatter.write(" --vault\n" if self.takes_vault else "\n")


class Group(click.Group):
    """Commands that the table lists; each is imported when it is called."""

    def __init__(self, words: str, summary: str, alone: str | None = None) -> None:
        super().__init__(
            words.rpartition(" ")[2] or "skillvault",
            callback=self._alone,
            context_settings=_CONTEXT,
            help=summary,
            invoke_without_command=True,
            params=_common(),
        )
        self.words = words
        self.alone = alone

    def _alone(self) -> None:
        """Called before any command; without one, do what the bare name of the group means."""
        ctx = click.get_current_context()
        if ctx.invoked_subcommand is not None:
            return
        if self.alone is not None:
            _load(self.alone).invoke(ctx)
        elif ctx.ensure_object(Run).bare and sys.stdin.isatty() and sys.stdout.isatty():
            _load("skillvault.cli.commands.tui").invoke(ctx)
        elif sys.stdout.isatty():
            click.echo(ctx.get_help())
        else:
            hint = f"`{ctx.command_path} --help`"
            raise UsageError(path(ctx) or "skillvault", "no command given", hint)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, as the table orders them."""
        del ctx
        return [row.word for row in table.inside(self.words)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or make the group of that name; None where the table has neither."""
        del ctx
        words = f"{self.words} {cmd_name}".strip()
        row = next((r for r in table.inside(self.words) if r.name == words), None)
        if row is None:
            return None
        if table.inside(row.name):
            return Group(row.name, row.help, row.module if row.alone else None)
        return _load(row.module)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a wrong word is our error, with what was probably meant."""
        found = self.get_command(ctx, args[0])
        if found is None and not ctx.resilient_parsing:
            raise _unknown(args[0], self)
        return args[0], found, args[1:]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line: what it is."""
        del ctx
        formatter.write_paragraph()
        formatter.write_text(self.help or "")

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line, in lower case as everything is."""
        formatter.write_usage(ctx.command_path, "[options] COMMAND ...", prefix="usage: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands under their headings, then the common options."""
        rows = [row for row in table.inside(self.words) if not row.hidden]
        width = max((len(row.word) for row in rows), default=0)
        for heading in table.HEADINGS if not self.words else ("",):
            listed = [row for row in rows if heading in {"", row.heading}]
            if not listed:
                continue
            formatter.write_paragraph()
            formatter.write(f"{heading or 'commands'}:\n")
            for row in listed:
                formatter.write(f"  {row.word:<{width}}  {row.help}\n")
        _sections(
            ctx, formatter, self.params, [("-h, --help", "print this, or the help of a command")]
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Where more is explained."""
        formatter.write_paragraph()
        formatter.write(f"one command: `{ctx.command_path} COMMAND --help`\n")
        if not self.words:
            formatter.write("every command: `skillvault help commands`\n")
            formatter.write(f"topics: `skillvault help {'|'.join(TOPICS)}`\n")


def _load(module: str) -> click.Command:
    main: click.Command = import_module(module).main
    return main


def _unknown(word: str, group: Group) -> UsageError:
    from difflib import get_close_matches

    names = [row.word for row in table.inside(group.words)]
    prefix = f"skillvault {group.words}".strip()
    close = get_close_matches(word, names, n=1)
    hint = f"did you mean `{prefix} {close[0]}`?" if close else f"`{prefix} --help` lists them"
    return UsageError(f"{group.words} {word}".strip(), "no such command", hint)


def path(ctx: click.Context) -> str:
    """The words of the command that `ctx` is about, without the program's name."""
    return ctx.command_path.partition(" ")[2]


def command(
    name: str, body: str = "", *, examples: Sequence[str] = (), vault: bool = True
) -> Callable[[Callable[..., None]], Command]:
    """Make a function the command `name` of the table, whose line there begins its help.

    The function gets the `Run` first, then click's values. `body` says what the line cannot,
    `examples` are shown as typed. A command that has nothing to do with a vault says `vault=False`.
    """
    row = table.row(name)
    text = f"{row.help}\n\n{body}"

    def decorate(function: Callable[..., None]) -> Command:
        made = click.command(row.word, cls=Command, help=text, examples=examples, vault=vault)(
            click.pass_obj(function)
        )
        assert isinstance(made, Command)  # noqa: S101 for mypy: click returns what `cls` makes
        return made

    return decorate


def find(words: Sequence[str]) -> tuple[click.Command, click.Context]:
    """The command of these words and a context to show its help in; NotFoundError if none."""
    ctx = click.Context(ROOT, info_name="skillvault")
    found: click.Command = ROOT
    for word in words:
        inner = found.get_command(ctx, word) if isinstance(found, Group) else None
        if inner is None:
            raise NotFoundError(" ".join(words), "no such command or topic", "`skillvault --help`")
        found = inner
        ctx = click.Context(found, info_name=word, parent=ctx)
    return found, ctx


ROOT = Group("", SUMMARY)
