"""One file as the scan reads it, and patterns that cost nothing where their words do not occur."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from typing import TypeVar

from skillvault.skill.finding import Finding, Severity
from skillvault.skill.text import one_line

MOST = 20  # findings of one rule and severity in one file; who sees these sees the pattern
TOO_MANY = 500  # matches that are looked at for one rule in one file

_PROSE = (".md", ".markdown", ".mdx", ".mdc", ".txt", ".rst", ".adoc")
_SENTENCE = 160
_WINDOW = 400  # how far from a match we look for what stands around it
_FENCE = re.compile(r"^[ \t>*+-]{0,12}(`{3,}|~{3,})", re.MULTILINE)
_TICKS = re.compile(r"`+")
# Before an order, within its sentence.
_LEAD_IN = frozenset(
    {
        *("please", "now", "then", "first", "always", "immediately", "instead", "finally", "just"),
        *("important", "urgent", "note", "system", "warning", "attention", "so", "also", "simply"),
        *("assistant", "agent", "model", "claude", "ai", "hey", "dear", "and"),
        *("you", "must", "should", "shall", "will"),
    }
)
_MARKUP = " \t\r*_#>-|()[]~"
_ENDS = ".!?:;<>\n"
_DENIED = re.compile(
    r"\b(?:not|never|cannot|avoid|refuse|without|prevent|instead of|rather than|unless|whether"
    r"|attempts?|tries|trying|try|if|when|such as|like)\b|n['\u2019]t\b",
    re.IGNORECASE,
)


_TEACHES = re.compile(
    r"\b(?:attack(?:s|ers?|ing)?|payloads?|inject(?:s|ed|ions?|ing)|jailbreak(?:s|ing)?|malicious"
    r"|hostile|adversar(?:y|ies|ial)|exfiltrat(?:es?|ion|ing)|phishing|for example|e\.g\.|such as"
    r"|red[ -]team(?:s|ing)?)\b",
    re.IGNORECASE,
)
_WORDS = bytes(
    ord(chr(c).lower()) if chr(c) in string.ascii_letters + string.digits else 32
    for c in range(256)
)
_PIECE = 1 << 18  # bytes that are split into words at once
_TRIGGERS: set[bytes] = set()  # every word without which some pattern cannot match

Match = TypeVar("Match")


class Source:
    """The text of one file. `path` is below the skill's folder, `data` the text in UTF-8."""

    def __init__(self, path: str, text: str, data: bytes | None = None) -> None:
        self.path = path
        self.text = text
        self.data = data
        self.name = path.rpartition("/")[2]
        lower = self.name.lower()
        self.is_prose = lower.endswith(_PROSE)
        self.is_markup = self.is_prose or lower.endswith((".html", ".htm", ".svg", ".xml"))
        self.is_task = path.startswith("evals/")

    @cached_property
    def lower(self) -> str:
        """The text in lower case, at the same positions."""
        lower = self.text.lower()
        if len(lower) == len(self.text):
            return lower
        return "".join(c.lower() if len(c.lower()) == 1 else c for c in self.text)

    @cached_property
    def words(self) -> set[bytes]:
        """The words, runs of ASCII letters and digits, that patterns ask for."""
        return self._vocabulary[0]

    @property
    def longest(self) -> int:
        """The length of the longest word."""
        return self._vocabulary[1]

    @cached_property
    def _vocabulary(self) -> tuple[set[bytes], int]:
        data = self.text.encode("utf-8", "replace") if self.data is None else self.data
        plain = data.translate(_WORDS)
        words, longest, start = set[bytes](), 0, 0
        while start < len(plain):
            end = plain.find(b" ", start + _PIECE)
            piece = plain[start:end].split() if end >= 0 else plain[start:].split()
            words |= _TRIGGERS.intersection(piece)
            longest = max(longest, max(map(len, piece), default=0))
            start = end if end >= 0 else len(plain)
        return words, longest

    def line(self, at: int) -> int:
        """The line of a position, from 1."""
        return self.text.count("\n", 0, at) + 1

    def before(self, at: int) -> str:
        """What stands before a position: of its paragraph, and not far away."""
        start = max(self.text.rfind("\n\n", max(at - _WINDOW, 0), at) + 1, at - _WINDOW, 0)
        return self.text[start:at]

    def sentence(self, at: int) -> str:
        """The beginning of the sentence, up to a position."""
        return re.split(r"[.!?]\s", self.before(at)[-_SENTENCE:])[-1]

    @cached_property
    def _fences(self) -> list[int]:
        """Where fenced blocks begin and end, in turn."""
        edges: list[int] = []
        mark = ""
        for match in _FENCE.finditer(self.text):
            if not mark:
                mark = match[1]
                edges.append(match.start())
            elif match[1].startswith(mark):
                mark = ""
                edges.append(match.end())
        return edges

    def in_fence(self, at: int) -> bool:
        """Whether a position stands in a fenced block of Markdown."""
        from bisect import bisect_right

        return self.is_prose and bisect_right(self._fences, at) % 2 == 1

    def is_quoted(self, start: int, end: int) -> bool:
        """Whether a stretch stands in code or in quotation marks: it is mentioned, not said."""
        if self.in_fence(start):
            return True
        head = self.before(start).rpartition("\n")[2] if not self.is_prose else self.before(start)
        tail = self.text[end : end + _WINDOW].partition("\n\n")[0]
        if len(_TICKS.findall(head)) % 2 and "`" in tail:
            return True
        if head.count("“") > head.count("”") or head.count("«") > head.count("»"):
            return True
        if head.count('"') % 2 and '"' in tail:
            return True
        # An apostrophe is no quotation mark: one that opens stands behind a space.
        opened = re.search(r"(?:^|[\s(\[:=,])'(?=\S)[^']*\Z", head)
        return bool(opened) and "'" in tail

    def is_order(self, start: int) -> bool:
        """Whether what begins at `start` is told to somebody: it begins a sentence or an item."""
        head = self.before(start)[-_SENTENCE:]
        for _ in range(6):
            bare = head.rstrip(_MARKUP)
            if not bare or bare[-1] in _ENDS[:-1] or bare.endswith("\n\n"):
                return True
            if bare[-1] == "\n":
                if bare != head or bare.rstrip()[-1:] in ("", *_ENDS):
                    return True  # a heading, an item, or a line behind a full stop
                bare = bare.rstrip()
            if not bare:
                return True
            word = bare.split()[-1].strip(",.:;!*_\"'()[]").lower()
            if word not in _LEAD_IN:
                return bare[-1] == "," and not self.is_denied(start)
            head = bare[: bare.lower().rfind(word)]
        return False

    def is_taught(self, start: int) -> bool:
        """Whether the paragraph speaks of attacks, or gives examples, before `start`."""
        return bool(_TEACHES.search(self.before(start)))

    def is_denied(self, start: int) -> bool:
        """Whether the sentence has said "never", or "attempts to", before `start`."""
        return bool(_DENIED.search(self.sentence(start)))


class Pattern:
    """What to look for: words (`a|b`), and what must follow each as a regular expression.

    It is held to the text in lower case, or as it is if `exact`. A word that begins with a letter
    begins there (no letter, digit, `_` or `-` stands before it; for `*a` no letter or digit), and
    one that ends with a letter ends there, unless it is written `a*`. `needs`: words or signs, one
    of which the file must have too; `least`: how long its longest word must be.

    Which words a file has is found once for all patterns; then only the words that it has are
    searched for, which is fast, and what follows one is looked at closely. For a time in proportion
    to the text, whatever repeats in an expression is bounded, or cannot be undone.
    """

    def __init__(
        self,
        *parts: tuple[str | tuple[str, ...], str],
        exact: bool = False,
        needs: str = "",
        least: int = 0,
    ) -> None:
        self._exact = exact
        self._least = least
        self._parts = [
            (word, _gate(word), rest)
            for words, rest in parts
            for word in (words.split("|") if isinstance(words, str) else words)
        ]
        self._gates = frozenset(gate for _, gate, _ in self._parts)
        self._needs = [need.encode() if need.isalnum() else need for need in needs.split()]
        _TRIGGERS.update(self._gates - {b""}, (n for n in self._needs if isinstance(n, bytes)))

    def finditer(self, source: Source) -> Iterable[re.Match[str]]:
        """Each match, word by word; its positions are those of the text."""
        if b"" not in self._gates and self._gates.isdisjoint(source.words):
            return ()
        if source.longest < self._least:
            return ()
        if self._needs and not any(
            need in source.words if isinstance(need, bytes) else need in source.text
            for need in self._needs
        ):
            return ()
        return self._search(source)

    def _search(self, source: Source) -> Iterator[re.Match[str]]:
        text = source.text if self._exact else source.lower
        for word, gate, rest in self._parts:
            if gate in source.words if gate else word.strip("*") in text:
                yield from _compiled(word, rest).finditer(text)


def _gate(word: str) -> bytes:
    """The longest run of letters that the text has as a word of its own wherever it has `word`."""
    runs = re.findall(r"(?<![a-z0-9])[a-z0-9]++(?!\*)", word.lower())
    return max(runs, key=len, default="").encode()


@cache
def _compiled(word: str, rest: str) -> re.Pattern[str]:
    text = word.strip("*")
    literal = re.escape(text)
    # Behind the word, for the engine to search for it as it stands.
    before = r"[^\W_]" if word.startswith("*") else r"[\w-]"
    start = f"(?<!{before}{literal})" if text[0].isalnum() else ""
    end = r"(?![^\W_])" if word[-1].isalnum() else ""
    return re.compile(f"{literal}{start}{end}{rest}", re.MULTILINE)


class Collector:
    """Gathers the findings of one file: each line once a rule, and not thousands."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self._count: dict[tuple[str, Severity], int] = {}
        self._last: dict[str, tuple[int, int]] = {}
        self._seen: set[tuple[str, int]] = set()

    def is_full(self, code: str, severity: Severity) -> bool:
        """Whether enough was said of this rule."""
        return self._count.get((code, severity), 0) >= MOST

    def each(
        self, code: str, matches: Iterable[Match], worst: Severity = "warning"
    ) -> Iterator[Match]:
        """The matches to look at for a rule whose findings are `worst` at worst.

        They end when enough was said, and when too many were looked at: a file with so many is odd,
        which is said, so that nothing hides behind a crowd.
        """
        for count, match in enumerate(matches):  # mostly none
            if self.is_full(code, worst):
                return
            if count == TOO_MANY:
                message = f"over {TOO_MANY} places to look at for this rule; the rest was not"
                self.add(code, worst, message, "nothing needs so many; read the file")
                return
            yield match

    def add(
        self, code: str, severity: Severity, message: str, hint: str, at: int | None = None
    ) -> None:
        """Say it of the position `at`, unless that line or enough lines have it already."""
        if self.is_full(code, severity) or (at is not None and self._is_said(code, at)):
            return
        line = None if at is None else self.source.line(at)
        if (code, line or 0) in self._seen:
            return
        self._seen.add((code, line or 0))
        self._count[code, severity] = self._count.get((code, severity), 0) + 1
        self.findings.append(Finding(code, severity, message, hint, line, self.source.path))

    def _is_said(self, code: str, at: int) -> bool:
        """Whether the line of `at` is the one that this rule spoke of last."""
        start, end = self._last.get(code, (0, 0))
        if start <= at < end:
            return True
        text = self.source.text
        end = text.find("\n", at)
        self._last[code] = text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end
        return False


Check = Callable[[Source, Collector], None]


def shown(text: str, width: int = 60) -> str:
    """A piece of a file, in backticks, safe to show."""
    return f"`{one_line(text[: 4 * width], width)}`"
