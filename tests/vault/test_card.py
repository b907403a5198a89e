"""Cards: what arrives by mail is accepted, what was tampered with is not."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.vault import card, identity, sshsig
from skillvault.vault.canonical import dumps

ADA = identity.generate()
EVE = identity.generate()
CLASSIC = identity.generate("x25519")
CARD = card.make(ADA, "Ada Lovelace")
TEXT = CARD.to_text()


@pytest.mark.parametrize("suite", [ADA, CLASSIC])
def test_a_card_comes_back(suite: identity.Identity) -> None:
    made = card.make(suite, "Zoë 道")
    assert card.parse(made.to_text()) == made
    assert made.fingerprint == suite.fingerprint
    assert len(made.fingerprint.words.split()) == 8


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", "\r\n"),
        "Hi Bob,\nhere it is:\n\n" + TEXT + "\n-- \nAda\n",
        "\n".join("> " + line for line in TEXT.splitlines()),
        "\n".join("> > " + line for line in TEXT.splitlines()),
        "\n".join("  " + line + "  " for line in TEXT.splitlines()),
        TEXT.encode(),
    ],
)
def test_what_mail_does_to_it_is_accepted(text: str | bytes) -> None:
    assert card.parse(text) == CARD


def test_every_changed_character_is_refused() -> None:
    lines = TEXT.splitlines()
    body = "".join(lines[1:-1])
    for at in range(0, len(body), 7):
        other = "A" if body[at] != "A" else "B"
        changed = body[:at] + other + body[at + 1 :]
        with pytest.raises(RefusedError):
            card.parse("\n".join([lines[0], changed, lines[-1]]))


def test_a_second_card_is_refused() -> None:
    with pytest.raises(RefusedError, match="more than one"):
        card.parse(TEXT + TEXT)


def test_a_cut_off_card_is_refused() -> None:
    with pytest.raises(RefusedError, match="cut off"):
        card.parse(TEXT[: len(TEXT) // 2])


def test_text_without_a_card_is_refused() -> None:
    with pytest.raises(RefusedError, match="no card"):
        card.parse("hello")


def _forge(fields: dict[str, object], key: identity.Identity) -> str:
    payload = dumps(fields)
    blob = sshsig.sign(key.signing_key, payload, card.NAMESPACE)
    body = base64.b64encode(payload + blob).decode()
    return f"{card.BEGIN}\n{body}\n{card.END}\n"


def _fields(**other: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "card": 1,
        "name": "Ada",
        "recipient": ADA.recipient,
        "signing_key": ADA.signing_line,
        "suite": ADA.suite,
    }
    return fields | other


def test_the_forging_of_this_test_makes_good_cards() -> None:
    assert card.parse(_forge(_fields(), ADA)).name == "Ada"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (_fields(card=2), "version"),
        (_fields(extra=1), "version"),
        (_fields(name=7), "not text"),
        (_fields(suite="x25519"), "not of the suite"),
        (_fields(suite="rot13"), "unknown suite"),
        (_fields(recipient=CLASSIC.recipient), "not of the suite"),
        (_fields(name="a/b"), "none of"),
        (_fields(name="everyone"), "reserved"),
        (_fields(name="x.card"), ".card"),
        (_fields(name="-rf"), "begin with"),
        (_fields(name="a\u202eb"), "hidden"),
        (_fields(name="A\u030a"), "NFC"),
        (_fields(signing_key=EVE.signing_line), "signature"),
    ],
)
def test_a_self_signed_lie_is_refused_with_its_reason(
    fields: dict[str, object], reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        card.parse(_forge(fields, ADA))


def test_a_card_signed_by_somebody_else_is_refused() -> None:
    with pytest.raises(RefusedError, match="signature"):
        card.parse(_forge(_fields(), EVE))


def test_a_signature_of_another_namespace_is_refused() -> None:
    payload = dumps(_fields())
    blob = sshsig.sign(ADA.signing_key, payload, "git")
    body = base64.b64encode(payload + blob).decode()
    with pytest.raises(RefusedError, match="signature"):
        card.parse(f"{card.BEGIN}\n{body}\n{card.END}\n")


@given(st.binary(max_size=300))
def test_any_body_is_one_of_our_errors(data: bytes) -> None:
    body = base64.b64encode(data).decode()
    with pytest.raises(RefusedError):
        card.parse(f"{card.BEGIN}\n{body}\n{card.END}\n")


@given(st.text(max_size=100))
def test_any_text_is_one_of_our_errors(text: str) -> None:
    with pytest.raises(RefusedError):
        card.parse(text)
