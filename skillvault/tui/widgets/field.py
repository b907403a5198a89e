"""A line to type on, with the keys of a shell's line, and none that terminals eat."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from skillvault.tui.keys import is_reserved


def _ours() -> list[BindingType]:
    """Textual's bindings of a line, without reserved keys."""
    made: list[BindingType] = []
    for binding in Input.BINDINGS:
        assert isinstance(binding, Binding)  # noqa: S101 - Textual's own list
        kept = [key for key in binding.key.split(",") if not is_reserved(key)]
        if kept:
            made.append(Binding(",".join(kept), binding.action, binding.description, show=False))
    return made


class Field(Input, inherit_bindings=False):
    """One line of text. What is typed is never interpreted as markup."""

    BINDINGS: ClassVar[list[BindingType]] = _ours()
    DEFAULT_CSS = """
    Field { border: none; height: 1; padding: 0; background: transparent; }
    Field:focus { border: none; background: transparent; }
    """

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        password: bool = False,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            value,
            placeholder,
            password=password,
            id=id,
            classes=classes,
            select_on_focus=False,
            compact=True,
        )
        self.cursor_blink = False
