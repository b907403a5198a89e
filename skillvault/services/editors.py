"""The user's editor: which program it is, and what keeps it from leaving copies behind."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from skillvault.errors import CheckError, UsageError
from skillvault.services.context import SECRETS, Context

_VIM: Final = ("vim", "nvim", "gvim", "mvim", "rvim", "view", "gview")
_GRAPHICAL: Final = frozenset(
    {"code", "code-insiders", "code-oss", "codium", "vscodium", "cursor", "windsurf", "zed"}
    | {"zeditor", "subl", "sublime_text", "mate", "atom", "gedit", "kate"}
)
_QUIET: Final = ("noswapfile", "nobackup", "nowritebackup", "noundofile", "viminfo=", "shada=")
_EMACS: Final = (
    "(setq make-backup-files nil auto-save-default nil create-lockfiles nil"
    " auto-save-list-file-prefix nil)"
)
_FALLBACKS: Final = ("editor", "vi", "nano", "ed")


@dataclass(frozen=True, slots=True)
class Editor:
    """The words to start it with, before the file. `remark`: what it may leave behind.

    `at`: the words that open a file at a line, with `{file}` and `{line}` in them; the file alone
    where it is not known how this editor is told.
    """

    words: tuple[str, ...]
    remark: str | None = None
    at: tuple[str, ...] = ("{file}",)

    def open(self, file: str, line: int | None) -> list[str]:
        """The whole command."""
        rest = ("{file}",) if line is None else self.at
        return [
            *self.words,
            *(w.replace("{line}", str(line)).replace("{file}", file) for w in rest),
        ]


def find(environ: Mapping[str, str]) -> Editor:
    """`VISUAL`, else `EDITOR`, else what the system has. UsageError if there is none."""
    said = next((v for n in ("VISUAL", "EDITOR") if (v := environ.get(n, "").strip())), None)
    try:
        words = shlex.split(said) if said else [next(filter(shutil.which, _FALLBACKS), "vi")]
    except ValueError:
        raise UsageError(said or "", "not a command line: a quote is open", _HINT) from None
    program = shutil.which(words[0], path=environ.get("PATH"))
    if program is None:
        raise UsageError(words[0], "no such editor", _HINT)
    return tamed(program, words[1:])


_HINT: Final = "export EDITOR=nano, or any other that you have"


def tamed(program: str, arguments: list[str]) -> Editor:
    """The editor with the options that keep it from writing elsewhere, or from not waiting."""
    names = {Path(program).name, Path(program).resolve().name}
    stems = {name.split(".")[0] for name in names}
    at = next((words for known, words in _AT if stems & known), ("{file}",))
    return replace(_tamed(program, arguments), at=at)


_AT: Final[tuple[tuple[frozenset[str], tuple[str, ...]], ...]] = (
    (
        frozenset({*_VIM, "vi", "nano", "rnano", "emacs", "emacsclient", "micro", "joe", "gedit"}),
        ("+{line}", "{file}"),
    ),
    (
        frozenset(
            {"code", "code-insiders", "code-oss", "codium", "vscodium", "cursor", "windsurf"}
        ),
        ("--goto", "{file}:{line}"),
    ),
    (frozenset({"kate", "mate"}), ("-l", "{line}", "{file}")),
    (
        frozenset({"subl", "sublime_text", "atom", "zed", "zeditor", "hx", "helix"}),
        ("{file}:{line}",),
    ),
)


def _tamed(program: str, arguments: list[str]) -> Editor:
    # `vi` is a link to whichever the system has.
    names = {Path(program).name, Path(program).resolve().name}
    rest = [*arguments]
    if any(name.split(".")[0] in _VIM for name in names):
        # Behind the user's own settings: `-c` comes after them, and each for itself, because a
        # small vim does not know them all.
        rest += ["-n", "-i", "NONE"]
        rest += ["-c", " | ".join(f"silent! set {option}" for option in _QUIET)]
        rest += ["-c", "silent! autocmd BufWritePre * set nobackup nowritebackup noundofile"]
        if any(name.startswith(("gvim", "mvim", "gview")) for name in names):
            rest.append("-f")
        return Editor((program, *rest))
    if "nano" in names or "rnano" in names:
        # Its settings may ask for backups elsewhere, and there is no option against that alone.
        return Editor((program, "--ignorercfiles", *rest))
    remark = f"{Path(program).name} may keep copies of what it saves in folders of its own"
    if any(name.startswith("emacsclient") for name in names):
        # The emacs that runs already has its own settings, and must be waited for.
        return Editor((program, *(a for a in rest if a not in {"-n", "--no-wait"})), remark)
    if any(name.startswith("emacs") for name in names):
        # Before the file: emacs takes its arguments in their order, after the user's settings.
        return Editor((program, "--eval", _EMACS, *rest))
    if "micro" in names:
        return Editor((program, "-backup", "false", "-saveundo", "false", *rest))
    if names & _GRAPHICAL:
        short, long = ("-b", "--block") if "kate" in names else ("-w", "--wait")
        if not {short, long} & set(rest):
            rest.append(long)
        return Editor((program, *rest), remark)
    return Editor((program, *rest))


def run(
    ctx: Context, editor: Editor, file: Path, *, scratch: Path, line: int | None = None
) -> None:
    """Open `file`, at a line, and wait till the editor ends; it works in the file's folder.

    `scratch` is where its temporary files go. CheckError (1) where it ends with an error, as
    `:cq` does: whoever calls changes nothing then.
    """
    env = {name: value for name, value in os.environ.items() if name not in SECRETS}
    env |= {"TMPDIR": str(scratch), "PWD": str(file.parent)}
    if editor.remark is not None:
        ctx.warn(editor.remark)
    with _left_to_the_child():
        process = subprocess.Popen(editor.open(file.name, line), cwd=file.parent, env=env)
        try:
            code = process.wait()
        except BaseException:
            _end(process)
            raise
    if code != 0:
        name = Path(editor.words[0]).name
        raise CheckError(name, f"it ended with {code}, nothing changed")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Before the folder goes: an editor that is left in it would write elsewhere."""
    process.terminate()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _left_to_the_child() -> Iterator[None]:
    r"""^C and ^\ at the terminal are for the editor."""
    names = (signal.SIGINT, signal.SIGQUIT)
    try:
        before = {name: signal.signal(name, _nothing) for name in names}
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _nothing(_number: int, _frame: object) -> None:
    """A handler of Python's: unlike an ignored signal it is not inherited by the editor."""
