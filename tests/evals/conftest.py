"""The statistics vectors, with scores as the rationals that they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest


def rationals(values: Sequence[float | None]) -> list[Fraction | None]:
    """Undo the floats of the file: every score there is k/K for a small K."""
    return [None if value is None else Fraction(value).limit_denominator(1000) for value in values]


@pytest.fixture(scope="session")
def vectors(shared: Path) -> dict[str, Any]:
    """`vectors.json`; data sets also carry `d`, and all scores and differences are rationals."""
    path = shared / "vectors" / "statistics" / "vectors.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for case in (*data["cases"], *data["verdicts"]):
        for arm in ("baseline", "skill", "sham"):
            case[arm] = case.get(arm) and rationals(case[arm])
    for case in data["cases"]:
        case["d"] = [s - b for s, b in zip(case["skill"], case["baseline"], strict=True)]
    for case in data["without_replacement"]:
        case["d"] = rationals(case["differences"])
    return data
