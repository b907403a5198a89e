"""The three kinds of stanza: what is for somebody else, and what is malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault import age
from skillvault.age import scrypt
from skillvault.age.primitives import decode64, encode64
from skillvault.age.stanza import Stanza
from skillvault.errors import UsageError
from tests.age.helpers import LOW_ORDER, QuickPassphrase

FILE_KEY = bytes(range(16))
SALT = encode64(bytes(16)).decode()


def refused(identity: age.Identity, stanza: Stanza) -> str:
    with pytest.raises(age.AgeError) as caught:
        identity.unwrap(stanza)
    assert caught.value.kind == "header"
    return str(caught.value)


def test_a_file_key_comes_back(identity: age.KeyIdentity) -> None:
    stanza = identity.recipient().wrap(FILE_KEY)
    assert identity.unwrap(stanza) == FILE_KEY
    assert stanza != identity.recipient().wrap(FILE_KEY)


def test_the_stanzas_are_those_of_the_specification(
    hybrid: age.HybridIdentity, classic: age.X25519Identity
) -> None:
    stanza = hybrid.recipient().wrap(FILE_KEY)
    assert (stanza.type, len(stanza.args), len(stanza.body)) == ("mlkem768x25519", 1, 32)
    assert len(decode64(stanza.args[0].encode())) == 1120
    stanza = classic.recipient().wrap(FILE_KEY)
    assert (stanza.type, len(stanza.args), len(stanza.body)) == ("X25519", 1, 32)
    assert len(decode64(stanza.args[0].encode())) == 32


def test_a_stanza_for_somebody_else_does_not_open(identity: age.KeyIdentity) -> None:
    other = type(identity).generate()
    assert other.unwrap(identity.recipient().wrap(FILE_KEY)) is None


def test_a_stanza_of_another_kind_is_not_looked_at(identity: age.KeyIdentity) -> None:
    good = identity.recipient().wrap(FILE_KEY)
    for kind in (good.type.swapcase(), good.type + "x", "scrypt", "ssh-ed25519", ""):
        assert identity.unwrap(good._replace(type=kind)) is None
    assert age.PassphraseIdentity("x").unwrap(good) is None


def test_a_malformed_stanza_of_its_kind_is_refused(identity: age.KeyIdentity) -> None:
    good = identity.recipient().wrap(FILE_KEY)
    share = good.args[0]
    raw = decode64(share.encode())
    for args in ((), (share, share), (share, "x")):
        assert "argument" in refused(identity, good._replace(args=args))
    for wrong in (share + "=", share[:-1] + "B", share[:-1] + "_", "A", share + "\xe9"):
        assert "base64" in refused(identity, good._replace(args=(wrong,)))
    for size in (0, 1, len(raw) - 1):
        short = encode64(raw[:size]).decode()
        assert "bytes, not" in refused(identity, good._replace(args=(short,)))
    assert "bytes, not" in refused(identity, good._replace(args=(encode64(raw + b"\0").decode(),)))
    for size in (0, 16, 31, 33, 48):
        assert "body" in refused(identity, good._replace(body=bytes(size)))


@pytest.mark.parametrize("point", LOW_ORDER, ids=lambda point: point.hex()[:8])
def test_a_low_order_share_is_malformed_and_no_mere_mismatch(
    identity: age.KeyIdentity, point: bytes
) -> None:
    good = identity.recipient().wrap(FILE_KEY)
    raw = decode64(good.args[0].encode())
    arg = encode64(raw[:-32] + point).decode()
    assert "low-order" in refused(identity, good._replace(args=(arg,)))
    # ... also to somebody for whom it is not.
    assert "low-order" in refused(type(identity).generate(), good._replace(args=(arg,)))


@given(st.integers(0, 1151), st.integers(0, 7))
def test_any_bit_changed_in_a_hybrid_stanza_is_no_match(at: int, bit: int) -> None:
    identity = age.HybridIdentity(bytes(32))
    good = identity.recipient().wrap(FILE_KEY)
    raw = bytearray(decode64(good.args[0].encode()) + good.body)
    raw[at] ^= 1 << bit
    stanza = Stanza(good.type, (encode64(bytes(raw[:1120])).decode(),), bytes(raw[1120:]))
    assert identity.unwrap(stanza) is None


def test_the_bit_that_x25519_ignores_is_bound_too(identity: age.KeyIdentity) -> None:
    good = identity.recipient().wrap(FILE_KEY)
    raw = bytearray(decode64(good.args[0].encode()))
    raw[-1] ^= 0x80
    assert identity.unwrap(good._replace(args=(encode64(bytes(raw)).decode(),))) is None


def test_a_passphrase_opens_what_it_sealed_at_factor_18() -> None:
    stanza = age.PassphraseRecipient("correct horse \N{SNOWMAN}").wrap(FILE_KEY)
    assert (stanza.type, stanza.args[1], len(stanza.body)) == ("scrypt", "18", 32)
    assert age.PassphraseIdentity("correct horse \N{SNOWMAN}").unwrap(stanza) == FILE_KEY


def test_another_passphrase_is_no_match_and_said() -> None:
    sealed = age.encrypt(b"x", [QuickPassphrase("right")])
    assert age.decrypt(sealed, [age.PassphraseIdentity("right")]) == b"x"
    for wrong in ("wrong", "", "right ", "Right"):
        with pytest.raises(age.AgeError, match="the passphrase is wrong") as caught:
            age.decrypt(sealed, [age.PassphraseIdentity(wrong)])
        assert caught.value.kind == "no-match"


def test_several_passphrases_can_be_tried() -> None:
    sealed = age.encrypt(b"x", [QuickPassphrase("right")])
    tried = [age.PassphraseIdentity(text) for text in ("wrong", "right")]
    assert age.decrypt(sealed, tried) == b"x"


@pytest.mark.parametrize(
    "args",
    [
        (),
        (SALT,),
        (SALT, "1", "1"),
        ("", "1"),
        (SALT[:-1], "1"),
        (SALT + "A", "1"),
        (SALT[:-1] + "B", "1"),
        (encode64(bytes(15)).decode(), "1"),
        (encode64(bytes(17)).decode(), "1"),
        *((SALT, factor) for factor in ("", "0", "00", "01", "+1", "-1", "1 ", "0x1", "1e1", "\u0661", "\xb2")),
    ],
)  # fmt: skip
def test_a_malformed_scrypt_stanza_is_refused(args: tuple[str, ...]) -> None:
    refused(age.PassphraseIdentity("x"), Stanza("scrypt", args, bytes(32)))


@pytest.mark.parametrize("size", [0, 16, 31, 33, 40])
def test_a_scrypt_body_of_another_size_is_refused_before_any_work(size: int) -> None:
    stanza = Stanza("scrypt", (SALT, str(scrypt.MAX_WORK_FACTOR)), bytes(size))
    assert "body" in refused(age.PassphraseIdentity("x"), stanza)


def test_an_empty_passphrase_seals_nothing() -> None:
    with pytest.raises(UsageError, match="empty"):
        age.PassphraseRecipient("")


def test_what_is_no_text_is_refused_and_raw_bytes_of_the_environment_are_not() -> None:
    with pytest.raises(UsageError, match="no text"):
        age.PassphraseIdentity("\ud800")
    assert age.PassphraseIdentity("caf\udce9")._passphrase == b"caf\xe9"
