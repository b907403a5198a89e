"""SC010-SC015: text that gives orders which no author of a skill has reason to give.

A skill may explain such text. Where it stands in code or in quotation marks, or within a sentence
that only speaks of it, it is `advice`: nobody is refused, or warned, for teaching.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from itertools import islice

from skillvault.skill.finding import Severity
from skillvault.skill.scan_source import Collector, Pattern, Source, shown

_ANY = (
    r"all|any|every|each|of|the|your|my|our|these|those|this|that|its|previous|previously|prior"
    r"|above|earlier|preceding|foregoing|past|other|initial|original|existing|current|system"
    r"|developer|safety|security|given|and|or|default|hidden|loaded|user"
)
_OVERRIDE = Pattern(
    (
        (
            "ignore|ignoring|ignores|disregard|disregarding|disregards|forget|forgets|forgetting"
            "|override|overrides|overriding|bypass|bypassing|discard|discarding|neglect|drop"
        ),
        (
            rf"\s{{1,4}}(?:(?:{_ANY})\b[\s,/]{{1,4}}){{1,6}}(?:instruction|prompt|rule"
            r"|guideline|directive|polic|guardrail|training)(?:s|ies|y)?\b"
        ),
    )
)
_STRONG = re.compile(
    r"\b(?:previous|previously|prior|above|earlier|preceding|foregoing|system|developer|safety"
    r"|initial|original|your)\b"
)
_PERSONA = Pattern(
    (
        "you are ",
        (
            r"(?:now )?(?:in )?(?:dan\b|jailbroken|unrestricted|developer mode|no longer bound by"
            r"|free (?:of|from) (?:all|any) (?:rules|restrictions))"
        ),
    )
)
_USER = r"(?:the |your |any )?(?:user|human|operator)s?"
_SECRECY = Pattern(
    (
        "do not|don't|don\u2019t|never",
        (
            r"\s{1,4}(?:ever\s{1,4})?(?:(?:tell|inform|notify|alert|warn)\s{1,4}"
            rf"{_USER}(?:\s{{1,4}}(?:about|of|that you|that this|this|anything|what|why)\b"
            r"|\s{0,4}(?:[.,;!\n]|\Z))"
            r"|(?:mention|reveal|disclose|show|report|admit)\s{1,4}(?:this|that|it|these"
            r"|any of (?:this|it)|the (?:upload|request|transfer|change)s?)(?:\s{1,4}\w{1,20}){0,3}"
            rf"\s{{1,4}}to\s{{1,4}}{_USER}\b)"
        ),
    ),
    (
        "hide|conceal|keep",
        (
            r"\s{1,4}(?:this|that|it|these)(?:\s{1,4}(?:step|request|upload|action|secret|hidden"
            rf"|instruction)s?){{0,3}}\s{{1,4}}from\s{{1,4}}{_USER}\b"
        ),
    ),
    (
        "without",
        rf"\s{{1,4}}{_USER}(?:['\u2019]s)?\s{{1,4}}(?:knowing|noticing|knowledge|awareness|seeing)\b",
    ),
    (
        "secretly|silently|covertly|quietly",
        (
            r"\s{1,4}(?:send|upload|post|forward|exfiltrate|transmit|collect|copy|e?mail|submit"
            r"|append|add|include)\b"
        ),
    ),
)
# What nobody means to send away; a sentence that has it between a verb and an address sends it.
_CARGO = Pattern(
    (
        (
            "conversation|history|prompt|variables|key|keys|credential|credentials|secret|secrets"
            "|password|passwords|token|tokens"
        ),
        "",
    )
)
_PRECIOUS = re.compile(
    r"(?:\b(?:the|this|full|entire|whole) conversation|\b(?:chat|message|conversation) history"
    r"|\bsystem prompt|\benvironment variables|\b(?:private|ssh) keys?"
    r"|\b(?:all|any|every|found|these|those)(?: of)?(?: the)? (?:api[ _-]keys?|credentials?"
    r"|secrets?|passwords?|tokens?))\Z"
)
_VERB = re.compile(
    r"\b(?:send|post|upload|transmit|forward|exfiltrate|submit|leak|e?mail|append|encode|embed)\b"
    r"[^.]{0,100}\Z"
)
_ADDRESS = re.compile(
    r"[^.\n]{0,100}?\b(?:to|at|in|into|as|via)\s(?:the |a |an |this )?[`<(\[]?(?:https?://|url\b"
    r"|query (?:string|param)|link\b|image\b|[\w+-]{1,40}@[\w-]{1,40}\.)"
)
_ROLES = Pattern(
    (
        ("<|im_*", "<|start_*", "<|end_*", "<|system", "<|user", "<|assistant"),
        r"(?:start|end|header_id)?\|>",
    ),
    ("[inst]|[/inst]|<<sys>>|<</sys>>", ""),
    ("<system|</system", r"(?:[_-]reminder|[_-]prompt|[_-]message)?>"),
    (
        (
            "<skill_content|</skill_content|<available_skills|</available_skills|<skill_resources"
            "|</skill_resources"
        ),
        r"[^>\n]{0,80}>",
    ),
)
_UNSEEN = Pattern(
    (
        "<",
        (
            r"[a-z][a-z0-9]{0,15}\s[^<>]{0,300}?(?:display\s{0,3}:\s{0,3}none"
            r"|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0(?:px|pt|r?em|%)?\s{0,3}[;\"']"
            r"|opacity\s{0,3}:\s{0,3}0(?:\.0)?\s{0,3}[;\"']|(?<=\s)hidden(?=[\s>=]))[^<>]{0,300}>"
        ),
    ),
    needs="display visibility font opacity hidden",
)
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_REFERENCE_COMMENT = re.compile(
    r"\]:[ \t]{0,4}(?:#|<>)[ \t]{1,4}([(\"'][^\n]{1,2000})", re.MULTILINE
)
_AGENT = re.compile(
    r"\b(?:ai|assistant|agent|llm|language model|claude|gpt|chatgpt|copilot|codex|gemini)s?\b"
    r"(?!-)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"[^.\n]{0,60}?\b(?:must|should|shall|always|never|do not|don['\u2019]t|please|instead"
    r"|are required to|have to|need to|ensure|execute|run|fetch|send)\b",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{60,}+(?![A-Za-z0-9_-])")
_TAIL = re.compile(r"[A-Za-z0-9+/]{40}\Z")
_LINE = 100
_LONG_WORD = 24  # Base64 of ASCII has hardly a `+` or `/`
_DECODED = 400  # characters of it: enough to see what it is
_SHORTEST = 12  # characters of an order
_ENOUGH = 200  # agents named in one comment: more are odd enough

HINT = "read what it asks for; a skill has no reason to say this to an agent"


def check(source: Source, found: Collector) -> None:
    """Look for all of them. Tasks are prompts to try an agent with, and may try it with these."""
    if source.is_task:
        return
    overrides = (m for m in _OVERRIDE.finditer(source) if _STRONG.search(m[0]))
    for match in found.each("SC010", overrides):
        _say(source, found, "SC010", "an order to ignore instructions", *match.span())
    for match in found.each("SC010", _PERSONA.finditer(source)):
        _say(source, found, "SC010", "an order to drop all rules", *match.span())
    for match in found.each("SC011", _SECRECY.finditer(source)):
        _say(source, found, "SC011", "an order to keep something from the user", *match.span())
    for span in found.each("SC012", _sent(source)):
        _say(source, found, "SC012", "an order to send the conversation or secrets away", *span)
    if source.is_markup:
        _comments(source, found)
    if source.is_prose:
        _roles(source, found)
        _unseen(source, found)
    _encoded(source, found)


def _say(source: Source, found: Collector, code: str, what: str, start: int, end: int) -> None:
    """Report a stretch as what it is: advice where it is only mentioned."""
    meant = not source.is_quoted(start, end) and _is_meant(source, code, start)
    severity: Severity = "warning" if meant else "advice"
    found.add(code, severity, f"{what}: {shown(source.text[start:end])}", HINT, start)


def _is_meant(source: Source, code: str, start: int) -> bool:
    """Whether the sentence gives the order, rather than speaking of it or forbidding it."""
    if source.is_taught(start):
        return False
    return source.is_order(start) if code == "SC010" else not source.is_denied(start)


def _sent(source: Source) -> Iterator[tuple[int, int]]:
    """Where a sentence sends something precious to an address: from its verb to the address."""
    for match in _CARGO.finditer(source):
        start, end = match.span()
        if not _PRECIOUS.search(source.lower, max(start - 24, 0), end):
            continue
        address = _ADDRESS.match(source.lower, end)
        said = source.sentence(start).lower()
        verb = _VERB.search(said) if address else None
        if address and verb:
            yield start - len(said) + verb.start(), address.end()


def _comments(source: Source, found: Collector) -> None:
    comments = [_COMMENT.finditer(source.text)] if "<!--" in source.text else []
    if source.is_prose and "]:" in source.text:
        comments.append(_REFERENCE_COMMENT.finditer(source.text))
    for match in found.each("SC014", (m for ms in comments for m in ms if _speaks_to_agent(m[1]))):
        if not source.in_fence(match.start()):
            message = f"a comment that speaks to an agent: {shown(match[1][:200].strip())}"
            hint = "whoever reads the page does not see it, a model does; say it in the text"
            found.add("SC014", "warning", message, hint, match.start())


def _speaks_to_agent(text: str) -> bool:
    """Whether a comment tells an agent what to do; one that names agents all the time does too."""
    if len(text) < _SHORTEST:
        return False
    names = list(islice(_AGENT.finditer(text), _ENOUGH))
    if len(names) == _ENOUGH or any(_ORDER.match(text, name.end()) for name in names):
        return True
    inner = Source("comment.md", text)
    return any(next(iter(p.finditer(inner)), None) for p in (_OVERRIDE, _PERSONA, _SECRECY))


def _roles(source: Source, found: Collector) -> None:
    for match in found.each("SC013", _ROLES.finditer(source)):
        if not source.is_quoted(*match.span()):
            hint = "a model may take what follows for its operator's word; put it into code"
            message = f"a mark of another role's turn: {shown(match[0])}"
            found.add("SC013", "warning", message, hint, match.start())


def _unseen(source: Source, found: Collector) -> None:
    for match in found.each("SC014", _UNSEEN.finditer(source)):
        if not source.is_quoted(*match.span()):
            hint = "whoever reads the page does not see its text, a model does"
            message = f"an element that is not shown: {shown(match[0])}"
            found.add("SC014", "warning", message, hint, match.start())


def _encoded(source: Source, found: Collector) -> None:
    """SC015: Base64 of prose. Pictures, keys and archives are not text, JSON and SVG not prose."""
    if source.longest < _LONG_WORD:
        return
    for match in _BASE64.finditer(source.text):
        data = match[0][: _DECODED - _DECODED % 4]
        try:
            text = b64decode(data[: len(data) - len(data) % 4]).decode("ascii")
        except (Error, UnicodeDecodeError):
            continue
        if _is_continued(source.text, match.start()):
            continue
        letters = sum(c.isalpha() for c in text)
        if text.count(" ") * 12 > len(text) and letters * 10 > len(text) * 7 and text.isprintable():
            hint = "a model may read it and do what it says; write it in clear"
            message = f"text encoded in Base64: {shown(text)}"
            found.add("SC015", "warning", message, hint, match.start())
        if found.is_full("SC015", "warning"):
            return


def _is_continued(text: str, start: int) -> bool:
    """Whether the line above is Base64 too: a certificate, a file, whose first line was judged."""
    before = text[max(start - _LINE, 0) : start].rstrip("\r\n \t\"'")
    return bool(_TAIL.search(before))
