"""Control files are checked by hand; pydantic models that say the same are the oracle."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from skillvault.errors import RefusedError
from skillvault.vault import canonical
from skillvault.vault.records import (
    AccessRecord,
    GroupRecord,
    MemberRecord,
    Record,
    VaultRecord,
)
from tests.vault.world import ident, recipient, signing_key

HASH = f"sha256:{'5' * 64}"
ADA, BOB = ident("ada"), ident("bob")
CLASSIC, HYBRID = recipient("a"), recipient("a", "mlkem768x25519")


def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    if list(names) != sorted(set(names)):
        raise ValueError("not sorted")
    return names


Id = Annotated[str, Field(pattern=r"^[a-z2-7]{16}$")]
Ids = Annotated[tuple[Id, ...], Field(min_length=1), AfterValidator(_in_order)]
Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
_LETTERS = "[023456789ac-hj-np-z]"
Recipient = Annotated[str, Field(pattern=f"^age1(pq1{_LETTERS}{{1952}}|{_LETTERS}{{58}})$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Vault(_Strict):
    format: Annotated[int, Field(ge=1, le=1)]
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    suite: Literal["mlkem768x25519", "x25519"]


class _Member(_Strict):
    expires: Annotated[str, Field(pattern=r"^20[0-9]{2}-01-01T00:00:00Z$")] | None
    name: Hash
    recipient: Recipient
    role: Literal["owner", "admin", "member", "machine"]
    signing_key: Annotated[
        str, Field(pattern=r"^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-P][A-Za-z0-9+/]{42}$")
    ]
    state: Literal["active", "removed"]


class _Group(_Strict):
    epoch: Annotated[int, Field(ge=1, lt=10**15)]
    members: Ids
    name: Hash
    recipient: Recipient | None


class _Access(_Strict):
    owner: Id
    readers: Ids
    writers: Ids


GOOD: list[tuple[type[Record], type[_Strict], dict[str, Any]]] = [
    (VaultRecord, _Vault, {"format": 1, "nonce": "0" * 32, "suite": "x25519"}),
    (
        MemberRecord,
        _Member,
        {
            "expires": None,
            "name": HASH,
            "recipient": CLASSIC,
            "role": "owner",
            "signing_key": signing_key("a"),
            "state": "active",
        },
    ),
    (
        GroupRecord,
        _Group,
        {"epoch": 1, "members": [ADA, BOB], "name": HASH, "recipient": HYBRID},
    ),
    (AccessRecord, _Access, {"owner": ADA, "readers": [ADA, BOB], "writers": [ADA]}),
]
_FIELDS = sorted({name for _, _, fields in GOOD for name in fields} | {"more"})
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2),
    st.just(10**15),
    st.text(max_size=3),
    st.lists(st.sampled_from([ADA, BOB, "x"]) | st.none(), max_size=3),
    st.sampled_from([ADA, HASH, CLASSIC, HYBRID, "machine", "removed", "2027-01-01T00:00:00Z"]),
    st.sampled_from([HASH + "\n", CLASSIC + "\n", CLASSIC[:-1], HYBRID + "q", HASH.upper()]),
)


@pytest.mark.parametrize(("kind", "oracle", "fields"), GOOD)
def test_a_record_is_what_its_file_says_and_back(
    kind: type[Record], oracle: type[_Strict], fields: dict[str, Any]
) -> None:
    data = canonical.dumps(fields)
    assert kind.parse(data, "x").to_bytes() == data
    assert oracle.model_validate_json(data)


@settings(max_examples=400)
@given(
    st.sampled_from(GOOD),
    st.dictionaries(st.sampled_from(_FIELDS), _ODD, max_size=2),
    st.sets(st.sampled_from(_FIELDS), max_size=1),
)
def test_it_takes_what_pydantic_takes(
    good: tuple[type[Record], type[_Strict], dict[str, Any]],
    said: dict[str, Any],
    left_out: set[str],
) -> None:
    kind, oracle, fields = good
    known = {name: value for name, value in said.items() if name in fields or name == "more"}
    whole = {**fields, **known}
    data = canonical.dumps({name: v for name, v in whole.items() if name not in left_out})
    try:
        oracle.model_validate_json(data)
    except ValidationError:
        with pytest.raises(RefusedError) as caught:
            kind.parse(data, "members/x.json")
        assert caught.value.subject == "members/x.json"
    else:
        assert kind.parse(data, "members/x.json").to_bytes() == data


@pytest.mark.parametrize(("kind", "oracle", "fields"), GOOD)
def test_the_error_names_the_field(
    kind: type[Record], oracle: type[_Strict], fields: dict[str, Any]
) -> None:
    del oracle
    for name in fields:
        left = {key: value for key, value in fields.items() if key != name}
        with pytest.raises(RefusedError, match=f"^x: {name}: missing"):
            kind.parse(canonical.dumps(left), "x")
    with pytest.raises(RefusedError, match=r"^x: more: no field"):
        kind.parse(canonical.dumps({**fields, "more": 1}), "x")
