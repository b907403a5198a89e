"""The start-up budget of DESIGN section 10: what `--help` may import, and what it may cost."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from skillvault.cli import table
from tests.cli.story import Person, World

HEAVY = {"pydantic", "sqlmodel", "sqlalchemy", "git", "textual", "cryptography", "rich", "yaml"}
HEAVY |= {"markdown_it", "xllamacpp", "importlib.metadata", "asyncio", "numpy"}

PROBE = """
import sys
from skillvault.cli.main import main
main(sys.argv[1:])
print("\\n".join(sorted(sys.modules)), file=sys.stderr)
"""


def clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE_"))}


def modules_after(*words: str, person: Person | None = None) -> set[str]:
    """What a process has imported at its end; coverage is off in it, which imports sqlite3."""
    environ = person.environment() if person else clean_environment()
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words],
        capture_output=True,
        text=True,
        check=True,
        env={k: v for k, v in environ.items() if not k.startswith("COVERAGE_")},
        cwd=person.home if person else None,
    )
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("-h",), ("help", "exit-codes")])
def test_help_and_version_import_nothing_heavy(words: tuple[str, ...]) -> None:
    loaded = modules_after(*words)
    assert not loaded & HEAVY
    assert "skillvault.cli.table" in loaded or words == ("--version",)


def test_help_imports_no_command() -> None:
    assert not {m for m in modules_after("--help") if m.startswith("skillvault.cli.commands.")}


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("show", "code-review"),
        ("log", "code-review"),
        ("get", "code-review", "copies"),
        ("inject", "code-review"),
        ("lint", "code-review", "--json"),
        ("status",),
        ("verify",),
        ("put", "skills/code-review"),
        ("help", "share"),
        ("models",),
    ],
    ids=" ".join,
)
def test_what_stays_on_this_machine_imports_no_network_no_database_and_no_screen(
    world: World, words: tuple[str, ...]
) -> None:
    loaded = modules_after(*words, person=world.ada)
    assert not loaded & {"git", "sqlmodel", "sqlalchemy", "textual", "xllamacpp", "markdown_it"}
    assert not loaded & {"rich", "asyncio", "http.client", "numpy"}


@pytest.mark.parametrize("words", [("eval", "code-review", "--model", "echo:"), ("runs",)])
def test_a_model_client_is_imported_where_its_model_is_asked(
    world: World, words: tuple[str, ...]
) -> None:
    world.ada.run("eval", "code-review", "--model", "echo:")
    loaded = modules_after(*words, person=world.ada)
    assert not loaded & {"openai", "anthropic", "httpx2", "keyring", "xllamacpp", "git", "textual"}


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("show", "code-review"),
        ("log", "code-review"),
        ("get", "code-review", "others"),
        ("inject", "code-review"),
        ("put", "skills/code-review"),
        ("sync",),
        ("verify",),
    ],
    ids=" ".join,
)
def test_what_works_on_a_vault_imports_no_pydantic(world: World, words: tuple[str, ...]) -> None:
    loaded = modules_after(*words, person=world.ada)
    assert "skillvault.vault.client" in loaded
    assert not loaded & {"pydantic", "pydantic_core", "importlib.metadata"}


def test_the_help_of_a_command_imports_none_of_its_service() -> None:
    for row in table.ROWS:
        loaded = modules_after(*row.name.split(), "--help")
        assert not loaded & {"pydantic", "cryptography", "git", "subprocess"}, row.name


def test_importing_the_package_imports_nothing_of_it() -> None:
    probe = (
        "import sys, skillvault; print(*[m for m in sys.modules if m.startswith('skillvault.')])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert not done.stdout.strip()
