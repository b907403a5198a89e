"""What holds for one run of the command line: the options that every command takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skillvault.cli.output import Output
    from skillvault.services.context import Context


class Run:
    """The common options as given, before or behind the command's name, and what follows of them.

    Commands get it as their first argument. `out` and `context` are made when first asked
    for, so that `--help` pays for neither. `bare`: not one word was given.
    """

    def __init__(self) -> None:
        self.quiet = False
        self.json = False
        self.yes = False
        self.debug = False
        self.color = "auto"
        self.vault: str | None = None
        self.bare = False
        self._out: Output | None = None
        self._context: Context | None = None

    @property
    def out(self) -> Output:
        """Where this run prints."""
        if self._out is None:
            from skillvault.cli.output import Output

            self._out = Output(quiet=self.quiet, json=self.json, color=self.color)
        return self._out

    @property
    def context(self) -> Context:
        """What services are handed: this process's folders and environment, and ways to speak."""
        if self._context is None:
            from functools import partial

            from skillvault.cli.ask import answer, at_terminal, consent, passphrase
            from skillvault.services.context import from_process
            from skillvault.services.workspace import sweep

            self._context = from_process(
                warn=self.out.warning,
                progress=self.out.progress,
                passphrase=passphrase,
                confirm=partial(consent, self),
                ask_person=partial(answer, self),
                interactive=at_terminal(),
            )
            # What a killed `edit` or `run` left is gone before anything else is done.
            sweep(self._context.paths, self._context.environ)
        return self._context

    def close(self) -> None:
        """Leave the terminal as it was found."""
        if self._out is not None:
            self._out.progress.clear()
