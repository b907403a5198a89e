"""Addresses of remotes: which ones git may be given, and how they are shown."""

from __future__ import annotations

import os
import re
from typing import Final

from skillvault.errors import RefusedError

_LONGEST: Final = 4096
_SCHEME: Final = re.compile(r"([A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_HELPER: Final = re.compile(r"[^/\[]*::")
_SCP: Final = re.compile(r"(?:(?P<user>[^/:@]+)@)?(?P<host>\[[^/\]]*\]|[^/:@]+):(?P<path>.*)")
_HOST: Final = re.compile(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]")
_USERINFO: Final = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*@")
_KNOWN: Final = "https://, ssh://, user@host:path, file:/// or a path"


def check_url(url: str) -> str:
    """The address to give to git: as it is, but for a relative path, which becomes absolute.

    RefusedError with the reason for every protocol but https, ssh and file, for whatever git could
    take for an option or a command, and for control characters.
    """
    if not url or len(url) > _LONGEST:
        raise _refused(url, "no address, or one that is too long")
    if any(ord(c) < ord(" ") or 0x7F <= ord(c) < 0xA0 for c in url):  # noqa: PLR2004 - C0, DEL, C1
        raise _refused(url, "control characters in an address")
    try:
        os.fsencode(url)
    except UnicodeEncodeError:
        raise _refused(url, "characters that no address has") from None
    if url.startswith("-"):
        raise _refused(url, "git could take it for an option")
    if _HELPER.match(url):
        raise _refused(url, "it would run a program: `::` is never given to git")
    if (match := _SCHEME.match(url)) is not None:
        _check_scheme(url, match[1], match[2])
        return url
    if (match := _SCP.fullmatch(url)) is not None:
        _check_host(url, match["user"] or "", match["host"])
        if not match["path"] or match["path"].startswith("-"):
            raise _refused(url, "no path after the host, or one that looks like an option")
        return url
    if ":" in url.partition("/")[0]:
        raise _refused(url, "neither an address nor a path")
    return os.path.abspath(url)  # noqa: PTH100 - Path.absolute keeps `..`, and nothing is resolved


def shown(url: str) -> str:
    """The address as messages may show it: without a password, one line."""
    return "".join(c if c.isprintable() else "?" for c in without_password(url))[:300]


def without_password(text: str) -> str:
    """A text with every user and password taken out of the addresses in it."""
    return _USERINFO.sub("", text)


def _check_scheme(url: str, scheme: str, rest: str) -> None:
    if scheme == "file":
        if not rest.startswith("/"):
            raise _refused(url, "a file address has three slashes and no host")
        return
    if scheme not in {"https", "ssh"}:
        hint = "https:// keeps it from being altered on the way" if scheme == "http" else None
        raise _refused(url, f"the protocol `{scheme[:40]}` is not used", hint)
    netloc = re.split("[/?#]", rest, maxsplit=1)[0]
    user, _, address = netloc.rpartition("@")
    if ":" in user:
        hint = "let git ask, or give it a credential helper (`git help credentials`)"
        raise _refused(url, "a password in an address would show in the list of processes", hint)
    host, colon, port = address, "", ""
    if (match := re.fullmatch(r"(.*?)(:)([0-9]*)", address)) is not None:
        host, colon, port = match.groups()
    if colon and not port:
        raise _refused(url, "no port behind the colon")
    _check_host(url, user, host)


def _check_host(url: str, user: str, host: str) -> None:
    if _HOST.fullmatch(host) is None or host.startswith("-"):
        raise _refused(url, "no host, or one with characters that a host has not")
    if user.startswith("-") or any(c.isspace() for c in user):
        raise _refused(url, "a user name that could be taken for an option")


def _refused(url: str, problem: str, hint: str | None = None) -> RefusedError:
    return RefusedError(shown(url) or "remote", problem, hint or f"give {_KNOWN}")
