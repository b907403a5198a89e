"""SC001-SC008: text that a model reads and a person does not see, or sees as something else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from skillvault.skill.scan_source import Collector, Source, shown

FIX = "`skillvault lint --fix` takes it out"

# The flags of England, Scotland and Wales are a black flag and tags: nothing is hidden in them.
_FLAG = "\U0001f3f4(?:{})\U000e007f".format(
    "|".join("".join(chr(0xE0000 + ord(c)) for c in name) for name in ("gbeng", "gbsct", "gbwls"))
)
TAGS = re.compile(f"(?:{_FLAG})+|([\U000e0001-\U000e007f]+)")
_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
SELECTORS = re.compile(f"[{_SELECTOR}]{{4,}}")
_INVISIBLE = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2064"
    r"\u3164\ufeff\uffa0"
)
RUN = re.compile(f"[{_INVISIBLE}]{{16,}}")
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDE = re.compile("[\u202d\u202e]")
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# A soft hyphen in a word is for hyphenation; the joiners shape words, but no Latin ones.
INSIDE = re.compile(
    r"(?<=[A-Za-z0-9])[\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0]"
    f"[{_INVISIBLE}]*(?=[A-Za-z0-9])"
)
# Where joiners and marks of direction are at home they are let be: beside letters beyond Latin,
# pictures and their selectors.
_AT_HOME = (
    r"\u0590-\u1fff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufefc\U00010800-\U0003ffff"
    r"\xa9\xae\u2030-\u3299\ufe0f"
)
_STRAY = (
    r"[\u034f\u115f\u1160\u180e\u2060-\u2064\u3164\uffa0]+|(?<=.)\ufeff+|\xad+"
    rf"|[\u200b-\u200f\u061c](?<![{_AT_HOME}].)[\u200b-\u200f\u061c]*(?![{_AT_HOME}])"
    rf"|[{_SELECTOR}](?<![{_AT_HOME}#*0-9\u2000-\u2bff].)[{_SELECTOR}]*"
    rf"|(?<=[{_SELECTOR}])[{_SELECTOR}]+"
)
_ANY = re.compile(f"[{_INVISIBLE}{_SELECTOR}\U000e0001-\U000e007f]")
_CONTROLS = bytes([*range(9), *range(14, 32), 127])
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x90\x9b\x9d]+")
# Words of Latin letters and of Cyrillic or Armenian ones that look just like them.
_ALIKE = (
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0455\u0456\u0458\u04bb\u0501\u0261\u051b"
    "\u051d\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0405\u0408\u050c"
)
_MIXED = re.compile(f"[{_ALIKE}](?:(?=[A-Za-z])|(?<=[A-Za-z].))")
_WORD = re.compile(r"\w+")


@cache
def stray() -> re.Pattern[str]:
    """What is invisible where nothing needs it. Compiled (4 ms) when a file has such characters."""
    return re.compile(_STRAY, re.DOTALL)


def check(source: Source, found: Collector) -> None:
    """Look for all of them. Nearly every file is ASCII, where only controls can hide."""
    text = source.text
    for match in found.each("SC008", _controls(source)):
        hint = "a terminal obeys it and a reader does not see it; take it out"
        found.add("SC008", "warning", f"control characters: {shown(match[0])}", hint, match.start())
    if text.isascii():
        return
    if _ANY.search(text):
        _hidden_text(text, found)
        _invisible(text, found)
    _directions(text, found)
    _two_scripts(text, found)


def _controls(source: Source) -> Iterable[re.Match[str]]:
    data = source.data
    if data is not None and source.text.isascii() and data == data.translate(None, _CONTROLS):
        return ()
    return _CONTROL.finditer(source.text)


def _hidden_text(text: str, found: Collector) -> None:
    tags = (match for match in TAGS.finditer(text) if match[1])
    for match in found.each("SC001", tags, "error"):
        said = "".join(chr(ord(c) - 0xE0000) for c in match[1][:200])
        message = f"hidden text in Unicode tags: {shown(said)}"
        hint = f"a model reads it, a person does not see it; {FIX}"
        found.add("SC001", "error", message, hint, match.start())
    for match in found.each("SC002", SELECTORS.finditer(text), "error"):
        data = bytes(_byte_of(c) for c in match[0][:200])
        message = f"hidden data in variation selectors: {shown(data.decode('utf-8', 'replace'))}"
        found.add("SC002", "error", message, f"nobody sees it; {FIX}", match.start())
    for match in found.each("SC003", RUN.finditer(text), "error"):
        message = f"{len(match[0]):,} invisible characters in a row"
        hint = f"text can be hidden in them, and nothing needs so many; {FIX}"
        found.add("SC003", "error", message, hint, match.start())


def _byte_of(selector: str) -> int:
    """The byte that one of the 256 selectors stands for where they smuggle."""
    code = ord(selector)
    return code - 0xFE00 if code < 0xFE10 else code - 0xE0100 + 16  # noqa: PLR2004 - their ranges


def _invisible(text: str, found: Collector) -> None:
    for match in found.each("SC005", INSIDE.finditer(text)):
        word = text[max(match.start() - 10, 0) : match.end() + 10]
        message = f"an invisible character within a word: {shown(' '.join(word.split()))}"
        hint = f"searches and filters miss the word, a model does not; {FIX}"
        found.add("SC005", "warning", message, hint, match.start())
    alone = (m for m in stray().finditer(text) if not _is_said_worse(text, m.start()))
    for match in found.each("SC006", alone, "advice"):
        message = f"an invisible character: {shown(match[0], 40)}"
        hint = f"a leftover of copying, mostly; {FIX}"
        found.add("SC006", "advice", message, hint, match.start())


def _is_said_worse(text: str, at: int) -> bool:
    """Whether an invisible character is one that SC002, SC003 or SC005 speaks of."""
    return any(pattern.match(text, at) for pattern in (INSIDE, SELECTORS, RUN))


def _directions(text: str, found: Collector) -> None:
    end = -1
    for match in TURNS.finditer(text):
        if match.start() < end:
            continue
        start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.start())
        end = len(text) if end < 0 else end
        line = text[start:end]
        if is_deceptive(line):
            message = f"characters that turn the direction of text: {shown(line[:200].strip())}"
            hint = "a reader sees other text than a model reads"
            found.add("SC004", "warning", message, hint, match.start())
        if found.is_full("SC004", "warning"):
            return


def is_deceptive(line: str) -> bool:
    """Whether a line's directions are overridden, or turned where nothing is written leftwards."""
    return bool(_OVERRIDE.search(line)) or not RIGHT_TO_LEFT.search(line)


def _two_scripts(text: str, found: Collector) -> None:
    for word in found.each("SC007", _mixed_words(text)):
        strange = [c for c in dict.fromkeys(word[0]) if not c.isascii()]
        if all(c in _ALIKE for c in strange):
            codes = ", ".join(f"U+{ord(c):04X}" for c in strange)
            message = f"a word of two scripts that look alike: {shown(word[0])}"
            hint = f"it has {codes}; write it in one"
            found.add("SC007", "warning", message, hint, word.start())


def _mixed_words(text: str) -> Iterator[re.Match[str]]:
    """Words in which a look-alike stands beside a Latin letter."""
    end = -1
    for match in _MIXED.finditer(text):
        at = match.start()
        if at >= end:
            around = _WORD.finditer(text, max(at - 40, 0), at + 40)
            word = next(word for word in around if word.end() > at)
            end = word.end()
            yield word
