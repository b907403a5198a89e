"""Which file paths a skill may have (DESIGN 3.4, 3.7): those that every system keeps apart.

A path is relative to the skill's folder, with `/` between components. What is refused here is
refused when a skill is put and again when one is opened, whoever sealed it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from skillvault.errors import RefusedError
from skillvault.skill.text import HIDDEN, visible

_NAME_BYTES = 100
_PREFIX_BYTES = 155
_FOLDER = "skill/"  # where the archive keeps the files
# Nearly every path: judged without a second look.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:/(?!\Z)|\Z))+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DRIVE = re.compile(r"[A-Za-z]:\Z")
_IGNORED = re.compile(f"[{HIDDEN}]")  # among them all that HFS+ ignores in a name
# NTFS ends a name at a colon, drops dots and spaces at its end, and knows `.git` as `git~1`.
_GIT = re.compile(r"(?:\.git|git~[0-9]+)[. ]*(?::.*)?\Z", re.DOTALL)


def check_path(path: str) -> None:
    """RefusedError, with the reason, unless a skill may have a file of this path."""
    if len(path) <= _NAME_BYTES - len(_FOLDER) and _PLAIN.fullmatch(path):
        return
    problem = _problem(path)
    if problem:
        raise RefusedError(visible(path, lines=False) or "a file", problem)


def _problem(path: str) -> str | None:
    if not path:
        return "its path is empty"
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if _CONTROL.search(path):
        return "control characters are never in a skill's paths"
    if "\\" in path:
        return "a backslash in a path is a folder on some systems, and never in a skill"
    components = path.split("/")
    if not components[0] or _DRIVE.match(components[0]):
        return "an absolute path is never in a skill"
    for component in components:
        problem = _component_problem(component)
        if problem:
            return problem
    if not _fits(_FOLDER.encode() + raw):
        return f"a path of {len(raw)} bytes that the archive (ustar) cannot hold"
    return None


def _component_problem(component: str) -> str | None:
    if not component:
        return "a path with an empty component"
    plain = _IGNORED.sub("", component).rstrip(" ")
    if plain.rstrip(".") == "" or plain.rstrip(". ") == "":
        return "`.`, `..` and names of nothing but dots and spaces are never in a skill"
    if _GIT.match(plain.casefold()):
        return "`.git`, in any spelling, is never in a skill"
    return None


def _fits(raw: bytes) -> bool:
    """Whether ustar holds the path: whole in 100 bytes, or cut at a slash into 155 and 100."""
    if len(raw) <= _NAME_BYTES:
        return True
    slash = raw.find(b"/", len(raw) - _NAME_BYTES - 1)
    return 0 < slash <= _PREFIX_BYTES and slash + 1 < len(raw)


def check_set(paths: Iterable[str]) -> None:
    """RefusedError if two paths meet after NFC and case folding, on any system.

    Not only two files: also a file and a folder, and two folders whose names differ in case alone,
    which one folder of macOS or Windows would become.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        key = fold(path)
        if key in files:
            raise _collision(path, files[key])
        files[key] = path
        _add_folders(path, folders)
    for key in files.keys() & folders.keys():
        raise _collision(files[key], folders[key])


def _add_folders(path: str, folders: dict[str, str]) -> None:
    parent = path.rpartition("/")[0]
    while parent:
        known = folders.setdefault(fold(parent), parent)
        if known != parent:
            raise _collision(parent, known)
        parent = parent.rpartition("/")[0]


def fold(path: str) -> str:
    """The form in which two paths are compared: NFC, full case folding, NFC."""
    if path.isascii():
        return path.lower()
    folded = unicodedata.normalize("NFC", path).casefold()
    return unicodedata.normalize("NFC", folded)


def _collision(path: str, other: str) -> RefusedError:
    subject = visible(path, lines=False)
    if path == other:
        return RefusedError(subject, "there twice, or both a file and a folder")
    shown = visible(other, lines=False)
    return RefusedError(
        subject, f"the same path as `{shown}` where case or Unicode form does not count"
    )
