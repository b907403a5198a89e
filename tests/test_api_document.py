"""The examples of docs/api.md are run, its signatures held against the code."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

from skillvault import api, errors
from skillvault.services import put
from tests.conftest import ROOT
from tests.people import Person
from tests.test_api import surroundings

PAGE = (ROOT / "docs/api.md").read_text("utf-8")
EXAMPLES = "".join(re.findall(r"^```pycon\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
HEADINGS = {
    said.partition("(")[0]: said
    for line in re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    for said in re.findall(r"`([^`]+)`", line)
}


def in_code() -> dict[str, str]:
    """What is public, as it is written with the names and defaults of its parameters."""
    found = {}
    for name in api.__all__:
        if name != "Vault":
            found[name] = f"{name}{_bare(getattr(api, name))}"
    for name, value in vars(api.Vault).items():
        if not name.startswith("_"):
            said = "" if isinstance(value, property) else _bare(value)
            found[f"Vault.{name}"] = f"Vault.{name}{said}"
    return found


def _bare(function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    parameters = [
        p.replace(annotation=inspect.Parameter.empty)
        for name, p in signature.parameters.items()
        if name != "self"
    ]
    empty = inspect.Signature.empty
    return str(signature.replace(parameters=parameters, return_annotation=empty))


def test_every_public_name_stands_there_with_its_signature() -> None:
    assert in_code() == HEADINGS


def test_every_error_is_named() -> None:
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, errors.SkillvaultError):
            assert f"{name}`" in PAGE


def test_every_example_prints_what_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = Person("Ada", tmp_path / "ada")
    ada.init()
    review = ada.skill("review", "Look for a null pointer.\n", **{"extra.md": "More.\n"})
    put.put(ada.ctx, [review, ada.skill("refunds", "Never without the receipt.\n")])
    put.put(ada.ctx, [ada.skill("review", "Look for a null pointer, then for a race.\n")])
    for name, value in surroundings(ada).items():
        monkeypatch.setenv(name, value)
    parser, told = doctest.DocTestParser(), list[str]()
    test = parser.get_doctest(EXAMPLES, {}, "docs/api.md", "docs/api.md", 0)
    assert len(test.examples) > 20
    done = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=told.append)
    assert done.failed == 0, "".join(told)
