"""Which address, which key, and where both come from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from skillvault.errors import ServiceError, UsageError
from skillvault.models import address
from skillvault.models.reach import KINDS, Reach, endpoint
from skillvault.models.registry import open_model

KEY = "sk-test-0123456789abcdefghij"


class Ring(KeyringBackend):
    """A keyring of this test's own."""

    priority = 1

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring's own
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture(autouse=True)
def ring() -> Iterator[Ring]:
    before, own = keyring.get_keyring(), Ring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


def reach(**environ: str) -> Reach:
    return Reach(environ=environ)


@pytest.mark.parametrize(
    ("kind", "url"),
    [("openai", "https://api.openai.com/v1"), ("anthropic", "https://api.anthropic.com")],
)
def test_at_home_with_the_variable_s_key(kind: str, url: str) -> None:
    found = endpoint("m", kind, reach(**{KINDS[kind].key_variable: f" {KEY}\n"}))
    assert (found.base_url, found.key, found.key_from) == (url, KEY, KINDS[kind].key_variable)
    assert KEY not in repr(found)


def test_the_option_comes_before_the_variable_and_that_before_the_setting() -> None:
    configured = {"openai": "http://localhost:3/v1/"}
    environ = {"OPENAI_BASE_URL": "http://localhost:2/v1"}
    for given, want in (
        (Reach(environ, "http://localhost:1/v1", configured), 1),
        (Reach(environ, None, configured), 2),
        (Reach({}, None, configured), 3),
        (Reach({"OPENAI_BASE_URL": ""}, "", configured), 3),
    ):
        assert endpoint("m", "openai", given).base_url == f"http://localhost:{want}/v1"


def test_the_keyring_has_a_key_for_one_host_and_no_other(ring: Ring) -> None:
    ring.set_password("skillvault", "models.example.org", KEY)
    found = endpoint("m", "openai", Reach(base_url="https://models.example.org/v1"))
    assert (found.key, found.key_from) == (KEY, "the keyring (models.example.org)")
    with pytest.raises(ServiceError, match="no API key"):
        endpoint("m", "openai", Reach(base_url="https://other.example.org/v1"))


def test_the_environment_comes_before_the_keyring(ring: Ring) -> None:
    ring.set_password("skillvault", "api.openai.com", "sk-other")
    assert endpoint("m", "openai", reach(OPENAI_API_KEY=KEY)).key == KEY


def test_a_locked_keyring_holds_no_key() -> None:
    keyring.set_keyring(Ring(locked=True))
    with pytest.raises(ServiceError, match="no API key"):
        endpoint("m", "openai", reach())


@pytest.mark.parametrize("kind", list(KINDS))
def test_without_a_key_it_says_what_to_do(kind: str) -> None:
    with pytest.raises(ServiceError) as caught:
        open_model(f"{kind}:gpt-5-mini", Path(), reach=reach())
    variable = KINDS[kind].key_variable
    assert (caught.value.subject, caught.value.problem) == (f"{kind}:gpt-5-mini", "no API key")
    hint = f"export {variable}=..., or skillvault config model local:..."
    assert caught.value.hint == hint


@pytest.mark.parametrize("key", ["sk test", "sk\ntest", "schlüssel"])
def test_what_cannot_be_a_key_is_not_sent(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        endpoint("m", "openai", reach(OPENAI_API_KEY=key))
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "ftp://host/v1",
        "http://",
        "http:///v1",
        "http://[::1",
        "http://host:port/v1",
        "http://host:99999/v1",
        "http://ho st/v1",
        "http://host/\n",
        "http://user@host/v1",
        "http://user:secret@host/v1",
        "http://@host/v1",
        "https://host/v1?key=secret",
        "https://host/v1?",
        "https://host/v1#x",
    ],
)
def test_an_address_that_is_none_or_holds_a_secret(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        address.base_url(url, "--base-url")
    assert caught.value.subject == "--base-url"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8080/v1", True),
        ("http://127.0.0.1/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:80/v1", True),
        ("http://127.0.0.1.example.org/v1", False),
        ("http://127.example.org/v1", False),
        ("http://localhost.example.org/v1", False),
        ("http://192.168.1.5:11434/v1", False),
        ("https://example.org", False),
    ],
)
def test_what_is_on_this_machine(url: str, here: bool) -> None:
    assert address.base_url(url, "x") == url
    assert address.is_loopback(url) is here
    assert address.is_open(url) is (url.startswith("http:") and not here)


def test_a_way_without_tls_is_warned_of() -> None:
    heard: list[str] = []
    given = Reach({"OPENAI_API_KEY": KEY}, "http://192.0.2.1/v1", warn=heard.append)
    open_model("openai:x", Path(), reach=given)
    assert heard == ["http://192.0.2.1/v1: no TLS: skill and key can be read on the way there"]


@pytest.mark.parametrize("kind", list(KINDS))
def test_without_its_sdk_it_names_the_extra(kind: str) -> None:
    code = f"""
import sys
from pathlib import Path
sys.modules["{kind}"] = None
from skillvault.models.reach import Reach
from skillvault.models.registry import open_model
from skillvault.errors import ServiceError
try:
    open_model("{kind}:x", Path(), reach=Reach({{"{KINDS[kind].key_variable}": "sk-1234567"}}))
except ServiceError as error:
    print(error.problem, "|", error.hint)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = f"the SDK `{kind}` is not installed | pip install 'skillvault-cli[{kind}]'\n"
    assert done.stdout == said


def test_an_sdk_is_imported_where_it_is_used() -> None:
    code = """
import sys
import skillvault.models.registry, skillvault.models.remote, skillvault.models.reach
print([name for name in ("openai", "anthropic", "httpx2", "keyring") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
