"""A vault for agent skills: sealed, shared, injected and measured.

Importing this costs nothing: `skillvault.age` and its like are loaded when they are first named
(PEP 562), because `skillvault --help` has 60 ms of CPU in all.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["__version__", "age", "errors"]

# A literal, because asking importlib.metadata costs 30 ms. A test holds it to pyproject.toml.
__version__ = "0.1.0"

_LAZY = frozenset({"age", "errors"})


def __getattr__(name: str) -> ModuleType:
    if name in _LAZY:
        import importlib

        return importlib.import_module(f"skillvault.{name}")
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
