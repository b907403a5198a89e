"""What can be wrong with an age file, in the five kinds that the C2SP test vectors tell apart."""

from __future__ import annotations

from typing import Literal

from skillvault.errors import Exit, SkillvaultError

Kind = Literal["armor", "header", "hmac", "no-match", "payload"]


class AgeError(SkillvaultError):
    """An age file that cannot be opened.

    `kind` says where it failed: `armor` (the text around it), `header` (malformed, or beyond our
    limits), `hmac` (the header was altered), `no-match` (no identity opens it: exit 4, all others
    8), `payload` (truncated or altered).
    """

    exit = Exit.REFUSED

    def __init__(self, kind: Kind, problem: str, hint: str | None = None) -> None:
        super().__init__("age file", problem, hint)
        self.kind: Kind = kind
        if kind == "no-match":
            self.exit = Exit.NO_ACCESS
