"""Where a model's service is: an address that may stand in results, and what is local."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from skillvault.errors import UsageError


def base_url(text: str, source: str) -> str:
    """An address as the SDKs take it, without a slash at its end.

    UsageError for another scheme, or for one with a user, a query or a fragment: those hold
    secrets, and an address stands in results. `source` is the option or variable it came from.
    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise UsageError(source, "not an http or https address", "as in http://localhost:8080/v1")
    if "@" in parts.netloc or "?" in text or "#" in text:
        hint = "the key belongs into the environment or the keyring"
        raise UsageError(source, "an address without user, query or fragment is needed", hint)
    return text.rstrip("/")


def host(url: str) -> str:
    """The host of an address, as it names keys in the keyring."""
    return urlsplit(url).hostname or ""


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine: its name is `localhost`, or its number says so."""
    name = host(url)
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_open(url: str) -> bool:
    """Whether what is sent there can be read on the way: no TLS, and another machine."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)
