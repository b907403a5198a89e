"""SC020-SC022: secrets that whoever gets the skill gets too.

No finding repeats a secret: it says what it is and where.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator

from skillvault.skill.scan_source import Collector, Pattern, Source
from skillvault.skill.scan_tokens import TOKENS, github_checksum, is_age_identity, is_random

_PEM = Pattern(
    (
        "-----BEGIN ",
        r"(?P<kind>(?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?)-----(?=\s|\\[nr])",
    ),
    exact=True,
)
_PEM_LENGTH = 8192
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
_AGE = Pattern(("AGE-SECRET-KEY-", r"(?:PQ-)?1[A-Z0-9]{50,70}\b"), exact=True)
_LONG = 16  # letters and digits in a row, as nearly any random text of such a length has
_TOKENS = [(kind, Pattern((kind.words, kind.rest), exact=True, least=_LONG)) for kind in TOKENS]
_AWS_ID = Pattern(("AKIA*|ASIA*", r"([A-Z2-7]{16})\b"), exact=True, least=_LONG)
_GOOGLE = Pattern(("AIza*", r"([\w-]{35})(?![\w-])"), exact=True, least=_LONG)
_JWT = Pattern(
    ("eyJ*", r"[\w-]{10,400}+\.(eyJ[\w-]{10,2000}+)\.[\w-]{20,700}"),
    exact=True,
    least=_LONG,
)
_HOOK = Pattern(
    ("https://hooks.slack.com/", r"(?:services|workflows)/T\w{6,14}/\w{6,14}/(\w{20,40})"),
    (
        "https://discord.com/api/webhooks/|https://discordapp.com/api/webhooks/",
        r"\d{15,22}/([\w-]{60,80})",
    ),
    exact=True,
)
_IN_ADDRESS = Pattern(
    ("://", r"([^\s/:@'\"<>]{1,64}):([^\s/:@'\"<>]{6,80})@"), exact=True, needs="@"
)
_ASSIGNED = Pattern(
    (
        (
            "*password|*passwd|*pwd|*secret|*token|*api_key|*apikey|*api-key|*access_key|*auth_key"
            "|*accesstoken|*authtoken|*apitoken|*clientsecret|*dbpassword|*secretkey|*accesskey"
        ),
        (
            # What pages a listing is no secret.
            r"(?<!next_token)(?<!nexttoken)(?<!page_token)(?<!pagetoken)(?<!page token)"
            r"(?<![\"'])[\"']?[ \t]{0,4}(?::|=|:=|=>)[ \t]{0,4}([\"']?)"
            r"([a-z0-9+/=_.~!@#%^&*-]{16,200}+)\1(?=[\s,;)}\]]|\Z)"
        ),
    )
)
_WEAK = re.compile(
    r"pass|pwd|secret|example|user|admin|root|postgres|guest|test|demo|change|your|token|xxx|123"
    r"|[${}<>%*]|\.\.\.",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"[A-Za-z_][A-Za-z_]*(?:[._-][A-Za-z_]+)*(?:\(.*)?|[/.~].*|.*(?:process\.env|os\.environ|secrets\.).*"
)

HINT = "take it out and withdraw it at its issuer: whoever reads the skill has it, old versions too"


def check(source: Source, found: Collector) -> None:
    """Look for all of them."""
    for match in _PEM.finditer(source):
        if _is_live_pem(source.text[match.end() : match.end() + _PEM_LENGTH], match["kind"]):
            found.add(
                "SC020", "error", f"a private key ({match['kind'].title()})", HINT, match.start()
            )
    for match in _AGE.finditer(source):
        if is_age_identity(match[0]):
            found.add("SC020", "error", "a secret key (age identity)", HINT, match.start())
    for kind, pattern in _TOKENS:
        for match in pattern.finditer(source):
            if not is_random(match[1], kind.bits):
                continue
            if match[0].startswith("gh") and match[0][3] == "_" and not github_checksum(match[1]):
                continue
            message = f"a secret token ({kind.issuer}, {len(match[0])} characters)"
            found.add("SC021", "error", message, HINT, match.start())
            if found.is_full("SC021", "error"):
                return
    if not source.is_task:
        _probable(source, found)


def _is_live_pem(rest: str, kind: str) -> bool:
    """Whether a whole key that no passphrase protects follows its first line."""
    body, end, _ = rest.partition("-----END")
    if not end or "ENCRYPTED" in body:
        return False
    if kind.startswith("PGP"):
        return len(body) > 400  # noqa: PLR2004 - the least that such a block has
    text = _NOT_BASE64.sub("", body.replace("\\n", "").replace("\\r", ""))
    try:
        data = b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return False
    if kind.startswith("OPENSSH"):
        return data.startswith(b"openssh-key-v1\0\0\0\0\4none")
    return _is_whole_der(data)


def _is_whole_der(data: bytes) -> bool:
    """Whether the bytes are one DER sequence, none missing: keys in documents are cut."""
    if len(data) < 40 or data[0] != 0x30:  # noqa: PLR2004 - a sequence's tag; no key is shorter
        return False
    if data[1] < 0x80:  # noqa: PLR2004 - a length in one byte
        return len(data) == 2 + data[1]
    size = data[1] & 0x7F
    return size in {1, 2} and len(data) == 2 + size + int.from_bytes(data[2 : 2 + size])


def _probable(source: Source, found: Collector) -> None:
    """SC022: what looks like a secret, and may be none."""
    hint = "if it is one, take it out and withdraw it; if not, write an obvious placeholder"
    for what, match in _candidates(source):
        found.add("SC022", "warning", f"what looks like {what}", hint, match.start())
        if found.is_full("SC022", "warning"):
            return


def _candidates(source: Source) -> Iterator[tuple[str, re.Match[str]]]:
    for match in _AWS_ID.finditer(source):
        if is_random(match[1], 3.0):
            yield "the id of an AWS key", match
    for match in _GOOGLE.finditer(source):
        if is_random(match[1], 3.8):
            yield "a Google API key", match
    for match in _HOOK.finditer(source):
        if is_random(match[1]):
            yield "the address of a webhook", match
    for match in _JWT.finditer(source):
        if _is_live_token(match[1]):
            yield "a signed token (JWT)", match
    for match in _IN_ADDRESS.finditer(source):
        if _is_password(match[2]):
            yield "a password in an address", match
    for match in _ASSIGNED.finditer(source):
        value = source.text[match.start(2) : match.end(2)]
        if is_random(value, 3.7) and _is_mixed(value):
            yield "an assigned secret", match


def _is_live_token(payload: str) -> bool:
    """Whether a JWT's claims are of somebody, and not of the documents' John Doe."""
    try:
        claims = b64decode(payload + "=" * (-len(payload) % 4), b"-_")
    except (Error, ValueError):
        return False
    return claims.startswith(b"{") and not re.search(rb"John Doe|1234567890|example|test", claims)


def _is_password(text: str) -> bool:
    return (
        not _WEAK.search(text)
        and any(c.isdigit() for c in text)
        and any(c.isalpha() for c in text)
        and len(set(text)) >= 6  # noqa: PLR2004 - fewer is a placeholder
    )


def _is_mixed(text: str) -> bool:
    """Whether a value mixes digits and letters of both cases, as no name or path does."""
    if _NAME.fullmatch(text):
        return False
    digits = sum(c.isdigit() for c in text)
    letters = {c for c in text if c.isalpha()}
    is_hex = bool(re.fullmatch(r"[0-9a-f]{32,}|[0-9A-F]{32,}", text))
    both = any(c.islower() for c in letters) and any(c.isupper() for c in letters)
    return digits >= 3 and (both or is_hex)  # noqa: PLR2004 - a date or a version has no such mix
