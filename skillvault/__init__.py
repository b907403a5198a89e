"""A vault for agent skills: sealed, shared, injected and measured.

`skillvault.open_vault()` is where a program begins. Importing this costs nothing: what it offers
is loaded when it is first named (PEP 562), because `skillvault --help` has 60 ms of CPU in all.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from skillvault import age, api, errors
    from skillvault.api import Vault, open_vault
    from skillvault.errors import SkillvaultError

__all__ = ["SkillvaultError", "Vault", "__version__", "age", "api", "errors", "open_vault"]

# A literal, because asking importlib.metadata costs 30 ms. A test holds it to pyproject.toml.
__version__ = "0.1.0"

# What is named here, and the module that has it (itself, where it is one).
_LAZY = {
    "SkillvaultError": "errors",
    "Vault": "api",
    "age": "age",
    "api": "api",
    "errors": "errors",
    "open_vault": "api",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        import importlib

        module = importlib.import_module(f"skillvault.{_LAZY[name]}")
        return module if _LAZY[name] == name else getattr(module, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
