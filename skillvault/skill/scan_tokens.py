"""What live secrets look like: tokens of known services, and what only stands for one.

An example in a document is no secret: what repeats itself, counts up, or calls itself an example
is not reported. Where a format carries a checksum it decides.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from math import log2
from typing import NamedTuple

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_STANDS_FOR = re.compile(
    r"example|sample|your|fake|dummy|placeholder|redact|changeme|change_me|insert|replace|secret"
    r"|token|password|passw|xxx|\*\*\*|\.\.\.|012345|123456|abcdef|qwerty|foobar|deadbeef|test_?key"
    r"|(.)\1{5}",
    re.IGNORECASE,
)


class Kind(NamedTuple):
    """A token's issuer, the words that it begins with, and the pattern of what follows them.

    Group 1 is the random part; `bits` of entropy a character are the least that a real one has.
    """

    issuer: str
    words: str
    rest: str
    bits: float = 3.5


TOKENS = (
    Kind("GitHub", "ghp_|gho_|ghu_|ghs_|ghr_", r"([A-Za-z0-9]{36})\b"),
    Kind("GitHub", "github_pat_", r"([A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b"),
    Kind("GitLab", "glpat-", r"([\w-]{20,64})"),
    Kind("npm", "npm_", r"([A-Za-z0-9]{36})\b"),
    Kind("PyPI", "pypi-AgE*", r"([\w-]{60,300})"),
    Kind("Anthropic", "sk-ant-", r"(?:api|admin|oat)\d\d-([\w-]{60,120})"),
    Kind("OpenAI", "sk-", r"(?:[a-z]{2,10}-)?([\w-]{16,90}?T3BlbkFJ[\w-]{16,90})"),
    Kind("OpenRouter", "sk-or-v1-", r"([0-9a-f]{64})\b", 3.0),
    Kind("Groq", "gsk_", r"([A-Za-z0-9]{52})\b"),
    Kind("xAI", "xai-", r"([A-Za-z0-9]{80})\b"),
    Kind("Hugging Face", "hf_", r"([A-Za-z]{34})\b"),
    Kind("Replicate", "r8_", r"([A-Za-z0-9]{37})\b"),
    Kind("Slack", "xoxa-|xoxb-|xoxe-|xoxp-|xoxr-|xoxs-", r"(\d{9,14}-[\w-]{20,160})"),
    Kind("Slack", "xapp-", r"\d-([\w-]{40,200})"),
    Kind("Stripe", "sk_live_|rk_live_", r"([A-Za-z0-9]{24,107})\b"),
    Kind("SendGrid", "SG.", r"([\w-]{22}\.[\w-]{43})"),
    Kind("Telegram", ":AA*", r"(?<=\d{8}:AA)([\w-]{33})\b"),
    Kind("DigitalOcean", "dop_v1_|doo_v1_|dor_v1_", r"([a-f0-9]{64})\b", 3.0),
    Kind("Databricks", "dapi*", r"([a-f0-9]{32})\b", 3.0),
    Kind("Shopify", "shpat_|shpca_|shppa_|shpss_", r"([a-fA-F0-9]{32})\b", 3.0),
    Kind("Docker", "dckr_pat_|dckr_oat_", r"([\w-]{27,40})"),
    Kind("Linear", "lin_api_", r"([A-Za-z0-9]{40})\b"),
    Kind("Notion", "ntn_", r"([A-Za-z0-9]{46})\b"),
    Kind("Grafana", "glsa_", r"([A-Za-z0-9]{32}_[a-f0-9]{8})\b"),
    Kind("HashiCorp Vault", "hvs.", r"([\w-]{90,120})"),
    Kind("Atlassian", "ATATT3*", r"([\w=-]{150,220})"),
    Kind("Postman", "PMAK-", r"([a-f0-9]{24}-[a-f0-9]{34})\b", 3.0),
    Kind(
        "AWS",
        "aws_secret_access_key|AWS_SECRET_ACCESS_KEY|SecretAccessKey|secretAccessKey",
        r"[\"']?\s{0,4}[=:]\s{0,4}[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        4.0,
    ),
)


def is_random(text: str, bits: float = 3.5) -> bool:
    """Whether a text is as random as a secret, and says of itself nothing else."""
    return not _STANDS_FOR.search(text) and entropy(text) >= bits


def entropy(text: str) -> float:
    """Bits a character, by how often each occurs in it."""
    size = len(text)
    return -sum(n / size * log2(n / size) for n in Counter(text).values()) if size else 0.0


def github_checksum(random: str) -> bool:
    """Whether the last six of a GitHub token's characters are the CRC-32 of the others."""
    number, digits = zlib.crc32(random[:-6].encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0") == random[-6:]


def is_age_identity(line: str) -> bool:
    """Whether an `AGE-SECRET-KEY-1...` line has a right checksum (BIP 173) and random bytes."""
    hrp, _, rest = line.lower().rpartition("1")
    values = [_BECH32.find(c) for c in rest]
    if -1 in values or len(set(values[:-6])) < 12:  # noqa: PLR2004 - a random key has nearly all 32
        return False
    check = 1
    for value in [*(ord(c) >> 5 for c in hrp), 0, *(ord(c) & 31 for c in hrp), *values]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= term if top >> bit & 1 else 0
    return check == 1
