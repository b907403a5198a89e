"""How a model's service is reached: which address, with which key, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from skillvault.errors import ServiceError, UsageError
from skillvault.models import address, keys
from skillvault.models.remote import SECONDS, Endpoint, RemoteModel


def _silent(_text: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the caller settled: environment, `--base-url`, the configuration's addresses by kind.

    `seconds` is the limit of one call, `connections` the most at once, `thinking` the tokens that
    a model may think beside each task's own limit. `warn` hears what is risky.
    """

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_url: str | None = None
    configured: Mapping[str, str | None] = field(default_factory=dict)
    seconds: float = SECONDS
    connections: int = 64
    thinking: int = 0
    warn: Callable[[str], None] = _silent


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of service: its variables, its own address, the setting of another one."""

    key_variable: str
    url_variable: str
    home: str
    setting: str


KINDS: Mapping[str, Kind] = {
    "openai": Kind(
        "OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1", "openai-base-url"
    ),
    "anthropic": Kind(
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "https://api.anthropic.com",
        "anthropic-base-url",
    ),
}

_LONGEST_NAME = 200


def open_remote(name: str, kind: str, model: str, reach: Reach) -> RemoteModel:
    """The backend for `openai:MODEL` or `anthropic:MODEL`; nothing is sent yet.

    UsageError: no model's name, or no usable address. ServiceError: the SDK is not installed, or
    there is no key (a server on this machine may do without).
    """
    if not model or not model.isprintable() or " " in model or len(model) > _LONGEST_NAME:
        raise UsageError(name, "no model's name", f"`{kind}:MODEL`, as the service calls it")
    point = endpoint(name, kind, reach)
    if address.is_open(point.base_url):
        reach.warn(f"{point.base_url}: no TLS: skill and key can be read on the way there")
    try:
        if kind == "openai":
            from skillvault.models.openai import OpenAI

            return RemoteModel(name, model, point, OpenAI(model, point))
        from skillvault.models.anthropic import Anthropic

        return RemoteModel(name, model, point, Anthropic(model, point))
    except ModuleNotFoundError as error:
        problem = f"the SDK `{error.name}` is not installed"
        raise ServiceError(name, problem, f"pip install 'skillvault-cli[{kind}]'") from None


def endpoint(name: str, kind: str, reach: Reach) -> Endpoint:
    """The address, `--base-url` before the variable before the setting, and the key for it."""
    known = KINDS[kind]
    url = _address(known, kind, reach)
    host = address.host(url)
    key = keys.find_key(reach.environ, known.key_variable, host)
    if key is None and not address.is_loopback(url):
        hint = f"export {known.key_variable}=..., or skillvault config model local:..."
        raise ServiceError(name, "no API key", hint)
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError(known.key_variable, "holds what no key holds: blanks or foreign letters")
    from_variable = bool(reach.environ.get(known.key_variable, "").strip())
    return Endpoint(
        base_url=url,
        key=key or "none",
        key_from=known.key_variable if from_variable else f"the keyring ({host})",
        seconds=reach.seconds,
        connections=reach.connections,
        thinking=reach.thinking,
    )


def _address(known: Kind, kind: str, reach: Reach) -> str:
    given = (
        (reach.base_url, "--base-url"),
        (reach.environ.get(known.url_variable), known.url_variable),
        (reach.configured.get(kind), known.setting),
    )
    for text, source in given:
        if text:
            return address.base_url(text, source)
    return known.home
