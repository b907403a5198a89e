"""SC030-SC033: links by which data leaves, or that lead elsewhere than they say."""

from __future__ import annotations

import re

from skillvault.skill.finding import Severity
from skillvault.skill.scan_source import Collector, Pattern, Source, shown

# An image is fetched by whoever renders it: what its address carries is sent, without a click.
_TARGET = r"(https?://[^\s)\"'>]{1,1000}(?:[ \t][^)\n]{0,80})?)"
_IMAGE = Pattern(
    ("![", rf"[^\[\]\n]{{0,200}}\]\([ \t]{{0,4}}<?{_TARGET}"),
    ("<img", rf"\s[^<>]{{0,200}}?src\s{{0,3}}=\s{{0,3}}[\"']?{_TARGET}"),
    needs="http https",
)
_PLACE = re.compile(
    r"(?:\{\{?|\$\{?|<|\[|%7b|:)[ \t]{0,3}([a-z][\w .-]{0,60})[ \t]{0,3}(?:\}\}?|>|\]|%7d|\b)"
)
_SENSITIVE = re.compile(
    r"conversation|history|secret|token|api_?key|password|passwd|credential|env\b|environ|prompt"
    r"|context|messages?\b|chat|memory|base64|summary|answer|response|output|contents?\b|data\b"
    r"|user_?(?:name|data|info|id)|email|ssn|private"
)
_COLLECTOR = Pattern(
    (
        (
            "webhook.site|requestbin.com|requestbin.net|pipedream.net|oast.pro|oast.live|oast.site"
            "|oast.online|oast.fun|oast.me"
            "|interact.sh|burpcollaborator.net|requestcatcher.com|free.beeceptor.com|hookbin.com"
            "|canarytokens.com|dnslog.cn|transfer.sh|postb.in|ptsv2.com|ptsv3.com"
        ),
        r"\b(?:[/:][^\s\"'`)>]{1,200})?",
    ),
    ("pastebin.com/api", r"\b"),
    ("api.telegram.org/bot", r"[^\s\"'`)>]{0,200}"),
)
_TOP = (
    r"(?:com|org|net|edu|gov|io|dev|ai|app|co|info|biz|cloud|uk|de|fr|jp|cn|ru|br|in|it|nl|eu|ch|us|ca"
    r"|au|pl|se|es)"
)
_NAMED = Pattern(
    (
        "[",
        (
            r"(?<!!\[)`?(?P<says>(?:https?://)?(?:[a-z0-9-]{1,63}\.){1,4}"
            rf"{_TOP}(?:/[^\[\]\n\s]{{0,200}})?)`?\]"
            r"\(\s{0,3}<?https?://(?P<to>[^\s/)>?#]{1,200})"
        ),
    ),
    needs="http https",
)
_ACTIVE = Pattern(
    (
        "javascript:|vbscript:|data:text/html|data:application/javascript",
        r"[^\s)\"'>]{0,80}",
    )
)
_LINKED = re.compile(r"(?:\]\(\s{0,3}<?|\b(?:href|src)\s{0,3}=\s{0,3}[\"']?)\Z")
_DISGUISED = Pattern(
    (
        "http://|https://",
        (
            r"(?:[\w.-]{1,60}\.[a-z]{2,6}(?::[^\s/@\"'<>]{0,60})?@[\w.-]{1,100}"
            r"|(?:[\w-]{1,63}\.){0,4}?xn--[\w-]{1,60}\.[\w.-]{1,60})"
        ),
    )
)


# Files whose endings are domains too.
_FILES = (".pl", ".in", ".es")


def check(source: Source, found: Collector) -> None:
    """Look for all of them."""
    if source.is_task:
        return
    if source.is_markup:
        _images(source, found)
        _lies(source, found)
    for match in found.each("SC031", _COLLECTOR.finditer(source)):
        start, end = match.span()
        mentioned = source.is_prose and (source.is_quoted(start, end) or source.is_taught(start))
        severity: Severity = "advice" if mentioned else "warning"
        message = f"an address that collects what is sent to it: {shown(match[0])}"
        hint = "whoever owns that address reads what is sent there"
        found.add("SC031", severity, message, hint, match.start())


def _images(source: Source, found: Collector) -> None:
    for match in found.each("SC030", (m for m in _IMAGE.finditer(source) if _has_place(m[1]))):
        severity: Severity = "advice" if source.is_quoted(*match.span()) else "warning"
        message = f"an image whose address has a place for data: {shown(match[1])}"
        hint = "whatever shows the page sends the data there, and nobody clicks"
        found.add("SC030", severity, message, hint, match.start())


def _has_place(address: str) -> bool:
    """Whether the path or query of an address has a placeholder for what nobody means to send."""
    path = address.partition("//")[2].partition("/")[2]
    return any(_SENSITIVE.search(place[1]) for place in _PLACE.finditer(path))


def _lies(source: Source, found: Collector) -> None:
    for match in found.each("SC032", (m for m in _NAMED.finditer(source) if _lies_about(m))):
        if not source.is_quoted(*match.span()):
            says, leads = shown(match["says"], 40), shown(match["to"], 40)
            message = f"a link that says {says} and leads to {leads}"
            found.add("SC032", "warning", message, "write where it leads", match.start())
    for match in found.each("SC033", _ACTIVE.finditer(source)):
        start = match.start()
        linked = _LINKED.search(source.lower, max(start - 12, 0), start)
        if linked and not source.is_quoted(*match.span()):
            message = f"a link that runs a script: {shown(match[0])}"
            found.add("SC033", "warning", message, "link to a page", match.start())
    for match in found.each("SC033", _DISGUISED.finditer(source)):
        if not source.is_quoted(*match.span()):
            message = f"an address that hides where it leads: {shown(match[0])}"
            hint = "what stands before `@` is no host; `xn--` stands for letters of other scripts"
            found.add("SC033", "warning", message, hint, match.start())


def _lies_about(match: re.Match[str]) -> bool:
    """Whether a link's text names a host of another site than it leads to."""
    says = match["says"].removeprefix("https://").removeprefix("http://").partition("/")[0]
    if says.endswith(_FILES):
        return False
    leads = match["to"].rpartition("@")[2].partition(":")[0]
    return says.split(".")[-2:] != leads.split(".")[-2:]
