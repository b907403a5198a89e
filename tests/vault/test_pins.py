"""Pins: a line that does not continue from one is refused. The cache: only what we wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillvault.errors import RefusedError, VerificationError
from skillvault.vault import pins
from skillvault.vault.pins import Pin
from skillvault.vault.verified import NOTHING, Verified
from skillvault.vault.verify import verify
from tests.vault.line import Line

VAULT = "sha256:" + "a" * 64
PIN = Pin(VAULT, 12, "sha256:" + "b" * 64, "c" * 40)
KEY = bytes(range(32))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    made = Line(tmp_path / "v.vault")
    with made.in_one_go():
        return made.begin()


def verified(line: Line) -> Verified:
    outcome = verify(line.repo, line.commit or "")
    assert outcome.error is None
    return outcome.verified


def pin_of(line: Line) -> Pin:
    return Pin(line.state.vault_id, line.state.seq, line.state.head or "", line.commit)


class TestPin:
    def test_what_was_saved_is_loaded(self, tmp_path: Path) -> None:
        assert pins.load(tmp_path, VAULT) is None
        for pin in (PIN, PIN._replace(seq=13, commit=None)):
            pins.save(tmp_path, pin)
            assert pins.load(tmp_path, VAULT) == pin == pins.require(tmp_path, VAULT, "acme")
        assert pins.load(tmp_path, "sha256:" + "d" * 64) is None

    def test_it_lies_in_a_folder_for_nobody_else(self, tmp_path: Path) -> None:
        pins.save(tmp_path, PIN)
        assert (tmp_path / "pins").stat().st_mode & 0o777 == 0o700
        (file,) = (tmp_path / "pins").iterdir()
        assert file.name == "a" * 64 + ".json"
        assert file.stat().st_mode & 0o777 == 0o600

    def test_a_pin_never_steps_back(self, tmp_path: Path) -> None:
        pins.save(tmp_path, PIN)
        pins.save(tmp_path, PIN._replace(seq=11, head="sha256:" + "e" * 64))
        assert pins.load(tmp_path, VAULT) == PIN

    def test_nor_does_it_move_sideways(self, tmp_path: Path) -> None:
        pins.save(tmp_path, PIN)
        with pytest.raises(VerificationError, match=r"another entry 12 .* \(a fork\)"):
            pins.save(tmp_path, PIN._replace(head="sha256:" + "e" * 64))
        assert pins.load(tmp_path, VAULT) == PIN

    def test_a_vault_whose_pin_is_gone_is_not_trusted_anew(self, tmp_path: Path) -> None:
        with pytest.raises(VerificationError, match="acme: its pin is gone") as caught:
            pins.require(tmp_path, VAULT, "acme")
        assert caught.value.exit == 5
        assert "--id" in (caught.value.hint or "")

    @pytest.mark.parametrize(
        "fields",
        [
            {"vault": "sha256:" + "d" * 64},
            {"vault": None},
            {"seq": -1},
            {"seq": "12"},
            {"seq": 12.5},
            {"seq": True},
            {"head": "b" * 64},
            {"head": None},
            {"commit": "C" * 40},
            {"commit": "c" * 39},
            {"commit": 7},
            {"more": 1},
        ],
    )
    def test_a_damaged_pin_is_no_pin_to_trust(
        self, fields: dict[str, object], tmp_path: Path
    ) -> None:
        pins.save(tmp_path, PIN)
        (file,) = (tmp_path / "pins").iterdir()
        file.write_text(json.dumps(json.loads(file.read_text()) | fields))
        for act in (pins.load, lambda s, v: pins.require(s, v, "acme")):
            with pytest.raises(VerificationError, match="this pin is damaged"):
                act(tmp_path, VAULT)
        with pytest.raises(VerificationError, match="this pin is damaged"):
            pins.save(tmp_path, PIN)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        data=st.binary(max_size=300) | st.text(alphabet='[]{}",:0123', max_size=60).map(str.encode)
    )
    def test_any_bytes_are_refused(self, data: bytes, tmp_path: Path) -> None:
        pins.save(tmp_path, PIN)
        (file,) = (tmp_path / "pins").iterdir()
        file.write_bytes(data)
        with pytest.raises(VerificationError):
            pins.load(tmp_path, VAULT)
        file.unlink()

    @pytest.mark.parametrize("vault", ["", "../x", "sha256:../x", "a" * 64])
    def test_a_name_that_is_no_vaults_id_never_becomes_a_path(
        self, vault: str, tmp_path: Path
    ) -> None:
        with pytest.raises(RefusedError, match="not a vault's id"):
            pins.load(tmp_path, vault)


class TestContinuing:
    def test_the_pinned_entry_or_one_behind_it(self, line: Line) -> None:
        early = pin_of(line)
        pins.check_continues(line.repo, verified(line), early, "acme")
        for _ in range(3):
            line.put(next(iter(line.state.skills)))
        for pin in (early, early._replace(commit=None), pin_of(line), None):
            pins.check_continues(line.repo, verified(line), pin, "acme")

    def test_an_older_history_is_refused_loudly(self, line: Line) -> None:
        old = verified(line)
        line.put(next(iter(line.state.skills)))
        problem = r"acme: the host serves an older history \(entry 2\) than you have seen \(3\)"
        with pytest.raises(VerificationError, match=problem) as caught:
            pins.check_continues(line.repo, old, pin_of(line), "acme")
        assert "do not clone afresh" in (caught.value.hint or "")
        with pytest.raises(VerificationError, match=r"older history \(entry -1\)"):
            pins.check_continues(line.repo, NOTHING, pin_of(line), "acme")

    @pytest.mark.parametrize("more", [0, 2])
    def test_a_fork_is_refused_however_long(self, more: int, line: Line) -> None:
        pin = pin_of(line)._replace(head="sha256:" + "0" * 64)
        for _ in range(more):
            line.put(next(iter(line.state.skills)))
        with pytest.raises(VerificationError, match=r"its entry 2 is not .* \(a fork\)"):
            pins.check_continues(line.repo, verified(line), pin, "acme")

    def test_another_vault_is_refused(self, line: Line) -> None:
        with pytest.raises(VerificationError, match="another vault"):
            pins.check_continues(line.repo, verified(line), PIN._replace(seq=0), "acme")


class TestState:
    def test_what_was_kept_is_what_was_verified(self, line: Line, tmp_path: Path) -> None:
        line.put(next(iter(line.state.skills)))
        kept = verified(line)
        pins.save_state(tmp_path, KEY, kept)
        found = pins.load_state(tmp_path, kept.state.vault_id, KEY)
        assert found is not None
        assert (found.state, found.commit, found.blobs) == (kept.state, kept.commit, kept.blobs)
        assert found.tree.paths() == kept.tree.paths()

    def test_verifying_goes_on_from_it(self, line: Line, tmp_path: Path) -> None:
        pins.save_state(tmp_path, KEY, verified(line))
        line.put(next(iter(line.state.skills)))
        start = pins.load_state(tmp_path, line.state.vault_id, KEY)
        assert start is not None
        outcome = verify(line.repo, line.commit or "", start)
        assert outcome.error is None
        assert outcome.verified.state == line.state

    def test_of_two_blobs_for_one_hash_the_latest_stands_in_the_tree(
        self, line: Line, tmp_path: Path
    ) -> None:
        kept = verified(line)
        key = ("vault.json", kept.state.files["vault.json"])
        doubled = kept._replace(blobs={**kept.blobs, key: ("0" * 40, *kept.blobs[key])})
        pins.save_state(tmp_path, KEY, doubled)
        found = pins.load_state(tmp_path, line.state.vault_id, KEY)
        assert found is not None
        assert found.tree.root_oid() == kept.tree.root_oid()

    def test_nothing_is_kept_of_nothing(self, tmp_path: Path) -> None:
        pins.save_state(tmp_path, KEY, NOTHING)
        assert not list(tmp_path.iterdir())

    def test_without_one_or_under_another_key_there_is_none(
        self, line: Line, tmp_path: Path
    ) -> None:
        vault = line.state.vault_id
        assert pins.load_state(tmp_path, vault, KEY) is None
        pins.save_state(tmp_path, KEY, verified(line))
        assert pins.load_state(tmp_path, vault, bytes(32)) is None

    def test_the_state_of_another_vault_is_not_taken(self, line: Line, tmp_path: Path) -> None:
        """Both are ours and carry a good MAC; one was put in the other's place."""
        pins.save_state(tmp_path, KEY, verified(line))
        (file,) = (tmp_path / "pins").glob("*.state")
        file.rename(file.with_name("a" * 64 + ".state"))
        assert pins.load_state(tmp_path, VAULT, KEY) is None

    def test_a_state_of_another_layout_is_not_taken(self, line: Line, tmp_path: Path) -> None:
        pins.save_state(tmp_path, KEY, verified(line))
        (file,) = (tmp_path / "pins").glob("*.state")
        magic, payload = file.read_bytes()[:19], file.read_bytes()[51:]
        newer = payload.replace(b'"layout":1', b'"layout":999')
        assert newer != payload
        file.write_bytes(magic + pins._mac(KEY, newer) + newer)
        assert pins.load_state(tmp_path, line.state.vault_id, KEY) is None

    @pytest.mark.parametrize("at", [0, 5, 19, 30, 50, 51, 60, 100, 500, -1])
    def test_a_changed_byte_is_noticed(self, at: int, line: Line, tmp_path: Path) -> None:
        pins.save_state(tmp_path, KEY, verified(line))
        (file,) = (tmp_path / "pins").glob("*.state")
        data = bytearray(file.read_bytes())
        data[at] ^= 1
        file.write_bytes(data)
        assert pins.load_state(tmp_path, line.state.vault_id, KEY) is None

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.binary(max_size=200))
    def test_any_bytes_are_no_state(self, data: bytes, tmp_path: Path) -> None:
        path = tmp_path / "pins" / ("a" * 64 + ".state")
        path.parent.mkdir(exist_ok=True)
        for content in (data, b"skillvault state 1\n" + data):
            path.write_bytes(content)
            assert pins.load_state(tmp_path, VAULT, KEY) is None

    def test_a_kill_leaves_the_old_one(self, line: Line, tmp_path: Path) -> None:
        """It is written beside and renamed: whatever else lies there is not read."""
        pins.save_state(tmp_path, KEY, verified(line))
        (file,) = (tmp_path / "pins").glob("*.state")
        (file.parent / f".{file.name}.0123.tmp").write_bytes(os.urandom(9))
        assert pins.load_state(tmp_path, line.state.vault_id, KEY) is not None
