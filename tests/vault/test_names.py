"""Name records: what a group or a person may call themselves, and for whom."""

from __future__ import annotations

import pytest

from skillvault.errors import RefusedError
from skillvault.vault import card, identity, names
from skillvault.vault.canonical import dumps

ADA = identity.generate("x25519")
EVERYONE, OTHER = "a" * 16, "b" * 16


def test_a_persons_record_gives_their_card_back() -> None:
    holder = card.make(ADA, "Ada")
    record = names.person_record(holder)
    assert names.read_person(record.line, ADA.recipient, ADA.signing_line, "x25519", "n") == holder


def test_a_persons_record_beside_other_keys_is_refused() -> None:
    record = names.person_record(card.make(ADA, "Ada"))
    eve = identity.generate("x25519")
    with pytest.raises(RefusedError, match="signature"):
        names.read_person(record.line, eve.recipient, eve.signing_line, "x25519", "n")


@pytest.mark.parametrize(
    "fields",
    [{}, {"name": "Ada"}, {"name": 7, "signature": "x"}, {"name": "Ada", "signature": "%"}],
)
def test_a_malformed_record_of_a_person_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(RefusedError):
        names.read_person(dumps(fields), ADA.recipient, ADA.signing_line, "x25519", "n")


def test_a_groups_record_is_that_groups_alone() -> None:
    record = names.group_record(OTHER, "payments")
    assert names.read_group(record.line, OTHER, EVERYONE, "n") == "payments"
    with pytest.raises(RefusedError, match="not the name record of this group"):
        names.read_group(record.line, "c" * 16, EVERYONE, "n")


def test_only_one_group_is_called_everyone() -> None:
    real = names.group_record(EVERYONE, "everyone")
    assert names.read_group(real.line, EVERYONE, EVERYONE, "n") == "everyone"
    for group, name in ((OTHER, "everyone"), (OTHER, "Everyone"), (EVERYONE, "payments")):
        record = names.group_record(group, name)
        with pytest.raises(RefusedError):
            names.read_group(record.line, group, EVERYONE, "n")


def test_two_records_of_one_name_differ() -> None:
    assert names.group_record(OTHER, "x").hash != names.group_record(OTHER, "x").hash


def test_an_unassigned_character_is_refused_in_writing_alone() -> None:
    with pytest.raises(RefusedError, match="unassigned"):
        card.check_name("Ada\u0378")
    assert card.read_name("Ada\u0378") == "Ada\u0378"
