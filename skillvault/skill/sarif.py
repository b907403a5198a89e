"""Findings as SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from skillvault.skill.finding import Finding, Severity
from skillvault.skill.rules import Rule, all_rules

_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "advice": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(results: Iterable[tuple[str, Finding]], version: str) -> dict[str, object]:
    """One run of our version `version`: every rule, and each finding with its file's URI.

    The first of a pair is where the skill stands, relative or absolute (`skills/review`); the
    finding's own path follows it.
    """
    rules = all_rules()
    index = {rule.code: number for number, rule in enumerate(rules)}
    driver = {
        "name": "skillvault",
        "version": version,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(base, finding, index) for base, finding in results],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["security"] if rule.code.startswith("SC") else ["format"]},
    }


def _result(base: str, finding: Finding, index: Mapping[str, int]) -> dict[str, object]:
    where: dict[str, object] = {"artifactLocation": {"uri": _uri(base, finding.path)}}
    if finding.line is not None:
        where["region"] = {"startLine": finding.line}
    # The same remark of the same file is the same one, wherever it has moved to.
    said = f"{finding.code}\n{finding.path}\n{finding.message}"
    return {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. {finding.hint}"},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"remark/v1": hashlib.sha256(said.encode()).hexdigest()},
    }


def _uri(base: str, path: str) -> str:
    joined = f"{base.rstrip('/')}/{path}" if base not in {"", "."} else path
    return quote(joined.encode("utf-8", "surrogatepass"), safe="/@~!$&'()*+,;=")
