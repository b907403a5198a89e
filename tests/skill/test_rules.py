"""The table of lint rules: its examples are linted, and it knows every code that is raised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import skillvault.skill
from skillvault.errors import NotFoundError
from skillvault.services.linting import lint_files
from skillvault.skill.finding import ORDER
from skillvault.skill.rules import Example, Rule, all_rules, find

RULES = all_rules()
BAD = [(rule, example) for rule in RULES for example in rule.bad]
GOOD = [(rule, example) for rule in RULES for example in rule.good]


def name(value: object) -> str:
    return value.code if isinstance(value, Rule) else ""


@pytest.mark.parametrize(("rule", "example"), BAD, ids=name)
def test_a_bad_example_raises_its_rule(rule: Rule, example: Example) -> None:
    report = lint_files(example.files, example.folder)
    found = [finding for finding in report.findings if finding.code == rule.code]
    assert found, [f.code for f in report.findings]
    severities = {finding.severity for finding in found}
    assert min(ORDER[s] for s in severities) >= ORDER[rule.severity]
    if not rule.milder:
        assert severities == {rule.severity}


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_the_worst_severity_is_met_by_an_example(rule: Rule) -> None:
    found = [f for e in rule.bad for f in lint_files(e.files, e.folder).findings]
    assert rule.severity in {f.severity for f in found if f.code == rule.code}


@pytest.mark.parametrize(("rule", "example"), GOOD, ids=name)
def test_a_good_example_does_not_and_is_no_error(rule: Rule, example: Example) -> None:
    report = lint_files(example.files, example.folder)
    assert not [f for f in report.findings if f.code == rule.code and f.severity != "advice"]
    assert not report.errors
    if not rule.milder:
        assert rule.code not in {f.code for f in report.findings}


def test_codes_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes), key=lambda code: (code[:2] != "SK", code))
    assert all(re.fullmatch(r"S[KC]\d{3}", code) for code in codes)


def test_the_table_has_every_code_that_the_source_raises() -> None:
    raised: set[str] = set()
    for module in Path(skillvault.skill.__path__[0]).glob("*.py"):
        if not module.name.startswith("rules"):
            raised |= set(re.findall(r'"(S[KC]\d{3})"', module.read_text()))
    assert raised == {rule.code for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_rules_are_told_in_the_voice(rule: Rule) -> None:
    assert not rule.title.endswith(".")
    assert len(rule.title) <= 80
    assert rule.why.endswith(".")
    assert rule.bad
    assert rule.good
    for example in (*rule.bad, *rule.good):
        assert example.shown.strip()


def test_a_rule_is_found_by_its_code() -> None:
    assert find("sc001").code == "SC001"
    with pytest.raises(NotFoundError):
        find("SC999")


def test_no_example_shows_a_secret() -> None:
    for rule in RULES:
        for example in rule.bad:
            assert "ghp_" not in example.shown or "..." in example.shown
            assert not re.search(r"KEY-----\n[A-Za-z0-9+/]{40}", example.shown)
