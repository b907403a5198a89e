"""What a model's service replied, and what that means: the one place where its errors become ours.

Everything in a reply is text from outside: it is cut, put on one line, and the key that a
careless service repeats is taken out of it.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

_LONGEST = 200
_MASK = "***"
_SHORTEST_KEY = 6  # a shorter "key", as local servers take, would blot out words of answers

# OpenAI: code context_length_exceeded; llama.cpp: exceed_context_size_error; vLLM: "maximum
# context length"; Anthropic: "prompt is too long: N tokens > M maximum", 413 request_too_large.
_OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|prompt is too long"
    r"|exceeds? the (?:available |model'?s? )?context|request_too_large",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"content_policy_violation|content_filter|content_moderation", re.IGNORECASE)
_NO_MONEY = re.compile(
    r"insufficient_quota|billing_(?:error|hard_limit)|credit balance|insufficient credits",
    re.IGNORECASE,
)
_PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class BrokenError(Exception):
    """The connection did not bring a whole reply; `reached`: there was one at least."""

    def __init__(self, problem: str, *, reached: bool) -> None:
        super().__init__(problem)
        self.reached = reached


class MalformedError(ValueError):
    """The reply is not what this kind of service replies."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers (names in lower case) and text of a whole reply."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def ok(self) -> bool:
        """Whether it claims to hold an answer."""
        return self.status == HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer.

    `kind`: `overflow` and `refused` are the arm's own doing; `key`, `model`, `money`, `place` are
    what no call will get around, `call` what another one might. `again`: the same call may
    succeed later, after `wait` seconds where the service said so.
    """

    kind: str
    problem: str
    again: bool = False
    wait: float | None = None


def fault(reply: Reply) -> Fault:
    """Judge a reply that holds no answer."""
    code, message = _error(reply.text)
    said = f"{message or _phrase(reply.status)} (HTTP {reply.status})"
    described = f"{code} {message}"
    status = reply.status
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or (
        _is_client(status) and _OVERFLOW.search(described)
    ):
        return Fault("overflow", said)
    if _is_client(status) and _REFUSED.search(described):
        return Fault("refused", said)
    if status == HTTPStatus.PAYMENT_REQUIRED or (
        _is_client(status) and _NO_MONEY.search(described)
    ):
        return Fault("money", f"the account may not spend more: {said}")
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return Fault("key", f"the key is not accepted: {said}")
        case HTTPStatus.FORBIDDEN:
            return Fault("key", f"the key does not permit this: {said}")
        case HTTPStatus.NOT_FOUND:
            return Fault("model", f"no such model at this address: {said}")
        case HTTPStatus.TOO_MANY_REQUESTS:
            wait = retry_after(reply.headers)
            return Fault("call", f"too many requests: {said}", again=True, wait=wait)
    if 300 <= status < 400:  # noqa: PLR2004 - a redirect
        target = one_line(reply.headers.get("location", "elsewhere"))
        return Fault("place", f"it redirects to {target}, and redirects are not followed")
    again = status in _PASSING or not _is_client(status)
    return Fault("call", said, again=again, wait=retry_after(reply.headers) if again else None)


def _is_client(status: int) -> bool:
    return 400 <= status < 500  # noqa: PLR2004 - the caller's fault


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower()
    except ValueError:
        return "no reason given"


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds that a service asks to wait: a number or a date, None if it asks for neither."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is not None or not text:
        return seconds
    try:
        date = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return max(0.0, date - (time.time() if now is None else now))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _error(text: str) -> tuple[str, str]:
    """Code (or type) and message of an error body, whichever way it is written."""
    try:
        body = loads(text)
    except MalformedError:
        return "", one_line(text)
    inner = body.get("error", body)
    if isinstance(inner, str):
        return "", one_line(inner)
    if not isinstance(inner, dict):
        return "", ""
    codes = [inner.get("code"), inner.get("type")]
    message = inner.get("message") or inner.get("detail") or ""
    return " ".join(str(code) for code in codes if code), one_line(str(message))


def loads(text: str) -> dict[str, Any]:
    """The JSON object of a reply. MalformedError for anything else."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("the reply is not JSON") from None
    if not isinstance(body, dict):
        raise MalformedError("the reply is no JSON object")
    return body


def count(body: object, *path: str) -> int:
    """A number of tokens somewhere in a reply; 0 where it does not say."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, int) and not isinstance(body, bool) and body >= 0 else 0


def one_line(text: str) -> str:
    """What a service said, fit to stand in an error: one line, not too long, without its stop."""
    line = " ".join(text.split())
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 3] + "..."
    return (line[:1].lower() + line[1:] if line[1:2].islower() else line).removesuffix(".")


def clean(text: str, secret: str) -> str:
    """`text` without the key, wherever it stands, and without halves of characters."""
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text.replace(secret, _MASK) if len(secret) >= _SHORTEST_KEY else text
