"""Lines of keys: what is accepted, what is refused, and that no secret is ever quoted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from skillvault import age
from skillvault.age import bech32
from skillvault.errors import Exit, RefusedError, ServiceError, SkillvaultError
from tests.age.helpers import LOW_ORDER


def test_a_key_comes_back_from_its_lines(identity: age.KeyIdentity) -> None:
    again = age.parse_identity(str(identity))
    assert type(again) is type(identity)
    assert again.secret == identity.secret
    assert len(again.secret) == 32
    assert again.recipient() == identity.recipient()
    recipient = age.parse_recipient(str(identity.recipient()))
    assert recipient == identity.recipient()
    assert hash(recipient) == hash(identity.recipient())
    assert recipient.suite == identity.suite


def test_the_lines_have_the_prefixes_of_age(
    hybrid: age.HybridIdentity, classic: age.X25519Identity
) -> None:
    assert str(hybrid).startswith("AGE-SECRET-KEY-PQ-1")
    assert str(hybrid.recipient()).startswith("age1pq1")
    assert len(str(hybrid.recipient())) == 1959
    assert str(classic).startswith("AGE-SECRET-KEY-1")
    assert str(classic.recipient()).startswith("age1")
    assert len(str(classic.recipient())) == 62


def test_the_classical_public_half_is_that_of_x25519(classic: age.X25519Identity) -> None:
    key = X25519PrivateKey.from_private_bytes(classic.secret)
    assert classic.recipient().public == key.public_key().public_bytes_raw()


def test_generated_keys_differ() -> None:
    assert age.HybridIdentity.generate().secret != age.HybridIdentity.generate().secret
    assert age.X25519Identity.generate().secret != age.X25519Identity.generate().secret


def test_repr_shows_the_recipient_and_never_the_secret(identity: age.KeyIdentity) -> None:
    shown = repr(identity)
    assert str(identity)[-20:] not in shown
    assert identity.secret.hex() not in shown
    assert str(identity.recipient())[:20] in shown
    assert repr(age.PassphraseIdentity("tr0ub4dor")).find("tr0ub4dor") == -1
    assert repr(age.PassphraseRecipient("tr0ub4dor")).find("tr0ub4dor") == -1


def test_a_recipient_is_parsed_once(identity: age.KeyIdentity) -> None:
    line = str(identity.recipient())
    assert age.parse_recipient(line) is age.parse_recipient(line)


def test_recipients_of_two_keys_differ(hybrid: age.HybridIdentity) -> None:
    assert hybrid.recipient() != age.HybridIdentity.generate().recipient()
    assert hybrid.recipient() != str(hybrid.recipient())


@pytest.mark.parametrize("change", ["lower", "space", "newline", "cut", "typo", "prefix"])
def test_a_spoiled_identity_line_is_refused_and_not_quoted(
    identity: age.KeyIdentity, change: str
) -> None:
    line = str(identity)
    spoiled = {
        "lower": line.lower(),
        "space": line + " ",
        "newline": line + "\n",
        "cut": line[:-1],
        "typo": line[:-9] + ("Q" if line[-9] != "Q" else "P") + line[-8:],
        "prefix": bech32.encode("AGE-SECRET-KEY-X-", identity.secret),
    }[change]
    with pytest.raises(RefusedError) as caught:
        age.parse_identity(spoiled)
    assert caught.value.exit is Exit.REFUSED
    assert line[-30:-10].lower() not in str(caught.value).lower()
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("change", ["upper", "space", "newline", "cut", "typo", "plugin"])
def test_a_spoiled_recipient_line_is_refused(identity: age.KeyIdentity, change: str) -> None:
    line = str(identity.recipient())
    spoiled = {
        "upper": line.upper(),
        "space": " " + line,
        "newline": line + "\n",
        "cut": line[:-1],
        "typo": line[:-9] + ("q" if line[-9] != "q" else "p") + line[-8:],
        "plugin": bech32.encode("age1yubikey", b"x" * 33),
    }[change]
    with pytest.raises(RefusedError, match="recipient"):
        age.parse_recipient(spoiled)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_secret_of_another_length_is_refused(identity: age.KeyIdentity, size: int) -> None:
    with pytest.raises(RefusedError, match="length"):
        age.parse_identity(bech32.encode(identity.hrp, bytes(size)))


@pytest.mark.parametrize("size", [0, 31, 33, 1184, 1215, 1217])
def test_a_public_key_of_another_length_is_refused(identity: age.KeyIdentity, size: int) -> None:
    with pytest.raises(RefusedError, match="no valid public key"):
        age.parse_recipient(bech32.encode(identity.recipient().hrp, b"\x09" * size))


def test_the_two_halves_of_a_key_are_not_confused(identity: age.KeyIdentity) -> None:
    with pytest.raises(RefusedError, match="it is a secret key") as caught:
        age.parse_recipient(str(identity))
    assert str(identity)[-20:] not in str(caught.value)
    with pytest.raises(RefusedError, match="it is a recipient"):
        age.parse_identity(str(identity.recipient()))


def test_an_ml_kem_key_out_of_range_is_refused(hybrid: age.HybridIdentity) -> None:
    public = b"\xff" * 1152 + hybrid.recipient().public[1152:]
    with pytest.raises(RefusedError, match="no valid public key"):
        age.parse_recipient(bech32.encode("age1pq", public))


@pytest.mark.parametrize("point", LOW_ORDER, ids=lambda point: point.hex()[:8])
def test_nothing_can_be_sealed_to_a_low_order_point(
    hybrid: age.HybridIdentity, point: bytes
) -> None:
    with pytest.raises(RefusedError, match="no valid public key"):
        age.parse_recipient(bech32.encode("age", point))
    with pytest.raises(RefusedError, match="no valid public key"):
        age.parse_recipient(bech32.encode("age1pq", hybrid.recipient().public[:1184] + point))


@given(st.text(max_size=2000))
def test_any_line_is_a_key_or_refused(line: str) -> None:
    for parse in (age.parse_identity, age.parse_recipient):
        with pytest.raises(SkillvaultError):
            parse(line)


@given(st.sampled_from(["age", "age1pq", "AGE-SECRET-KEY-", "AGE-SECRET-KEY-PQ-"]),
       st.binary(max_size=40) | st.binary(min_size=1216, max_size=1216))  # fmt: skip
def test_any_bytes_in_bech32_are_a_key_or_refused(hrp: str, data: bytes) -> None:
    line = bech32.encode(hrp, data)
    parse = age.parse_identity if hrp.isupper() else age.parse_recipient
    try:
        key = parse(line)
    except RefusedError:
        return
    assert str(key) == line


WITHOUT_ML_KEM = """
from skillvault import age
from skillvault.errors import ServiceError
for parse, line in ((age.parse_identity, {identity!r}), (age.parse_recipient, {recipient!r})):
    try:
        parse(line)
    except ServiceError as error:
        print(error.exit.value, error, error.hint)
"""


def test_without_ml_kem_the_error_is_clear_and_nothing_falls_back(
    hybrid: age.HybridIdentity, tmp_path: Path
) -> None:
    # A real OpenSSL that offers nothing but FIPS modules, of which this machine has none loaded.
    config = tmp_path / "openssl.cnf"
    config.write_text(
        "openssl_conf = a\n[a]\nalg_section = b\n[b]\ndefault_properties = fips=yes\n"
    )
    code = WITHOUT_ML_KEM.format(identity=str(hybrid), recipient=str(hybrid.recipient()))
    environment = {**os.environ, "OPENSSL_CONF": str(config)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("7 mlkem768x25519: `cryptography` has no ML-KEM") for line in lines)
    assert all("OpenSSL 3.5 or newer" in line for line in lines)


def test_here_ml_kem_is_available() -> None:
    from skillvault.age.hybrid import require_mlkem

    try:
        require_mlkem()
    except ServiceError as error:
        pytest.fail(str(error))
