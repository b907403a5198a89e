"""The embedded model, and a question."""

from __future__ import annotations

from tests.weights import model, weights

__all__ = ["model", "weights"]
