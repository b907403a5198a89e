"""Keys that are made once, and the outside programs that the codec is compared with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault import age
from tests.conftest import ROOT, missing

NPM = ROOT / "tests" / "npm"
TERMINAL = Path(__file__).with_name("terminal.py")


@pytest.fixture(scope="session")
def hybrid() -> age.HybridIdentity:
    return age.HybridIdentity.generate()


@pytest.fixture(scope="session")
def classic() -> age.X25519Identity:
    return age.X25519Identity.generate()


@pytest.fixture(scope="session", params=["mlkem768x25519", "x25519"])
def identity(
    request: pytest.FixtureRequest, hybrid: age.HybridIdentity, classic: age.X25519Identity
) -> age.KeyIdentity:
    return hybrid if request.param == hybrid.suite else classic


@pytest.fixture(scope="session")
def npm_age(require_tool: Callable[[str], str]) -> Callable[..., bytes]:
    """`npm_age("encrypt", recipient, data=b"...")` runs the npm package `age-encryption`."""
    node = require_tool("node")
    if not (NPM / "node_modules" / "age-encryption").is_dir():
        missing("`npm ci` in tests/npm")

    def run(*args: str, data: bytes = b"") -> bytes:
        command = [node, str(NPM / "age.mjs"), *args]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    return run


@pytest.fixture(scope="session")
def at_terminal() -> Callable[..., None]:
    """`at_terminal("passphrase", "age", ...)` types the passphrase whenever it is asked for."""

    def run(passphrase: str, *command: str) -> None:
        subprocess.run([sys.executable, str(TERMINAL), passphrase, *command], check=True)

    return run
