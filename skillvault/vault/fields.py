"""Fields that records have in common, as pydantic checks them."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from skillvault.vault.syntax import HASH, HEX128, ID, RECIPIENTS, SIGNING_KEY, is_time


def _time(text: str) -> str:
    if not is_time(text):
        raise ValueError("not a time in whole seconds, UTC, since 1970")
    return text


def _sorted(names: tuple[str, ...]) -> tuple[str, ...]:
    if any(left >= right for left, right in pairwise(names)):
        raise ValueError("not sorted, or a name twice")
    return names


Id = Annotated[str, Field(pattern=f"^{ID}$")]
Ids = Annotated[tuple[Id, ...], AfterValidator(_sorted)]
Hash = Annotated[str, Field(pattern=f"^{HASH}$")]
Nonce = Annotated[str, Field(pattern=f"^{HEX128}$")]
Time = Annotated[str, AfterValidator(_time)]
Recipient = Annotated[str, Field(pattern=f"^(?:{'|'.join(RECIPIENTS.values())})$")]
SigningKey = Annotated[str, Field(pattern=f"^{SIGNING_KEY}$")]
