"""An identity under a passphrase: asked for once, and locked again after a while."""

from __future__ import annotations

import os

import pytest

from skillvault import age
from skillvault.age import scrypt
from skillvault.age.primitives import encode64, wrap
from skillvault.age.stanza import Stanza
from skillvault.tui.dialogs.asking import Passphrase
from skillvault.tui.dialogs.locked import Locked
from tests.tui.stage import Machine, Ui, playing


class Quick(age.PassphraseRecipient):
    """As everybody's, but cheap: what counts here is that it is asked for."""

    def wrap(self, file_key: bytes) -> Stanza:
        salt = os.urandom(16)
        args = (encode64(salt).decode("ascii"), "2")
        return Stanza("scrypt", args, wrap(scrypt._key(self._passphrase, salt, 2), file_key))


@pytest.fixture
def sealed(own: Machine) -> Machine:
    """Ada's machine, her key under the passphrase `hunter2`."""
    key = own.paths.identities / "default.key"
    key.write_bytes(age.encrypt(key.read_bytes(), [Quick("hunter2")], armored=True))
    return own


async def asked(ui: Ui) -> None:
    """Wait for the question; its thread is not done until it is answered."""
    for _ in range(200):
        await ui.pilot.pause(0.01)
        if isinstance(ui.app.screen, Passphrase):
            return
    raise AssertionError("nobody asks")


async def test_the_passphrase_is_asked_once_and_never_shown(sealed: Machine) -> None:
    """The user starts the UI, types the passphrase, and works on without being asked again."""
    async with playing(sealed, settle=False) as ui:
        await asked(ui)
        await ui.pilot.press(*"hunter2")
        await ui.pilot.pause()
        assert "hunter2" not in ui.see()
        await ui.press("enter")
        assert "7 of 7" in ui.see()
        await ui.press("j", "s")
        assert "group of 5" in ui.see()


async def test_a_wrong_passphrase_is_said_and_can_be_given_again(sealed: Machine) -> None:
    """The user mistypes, reads why nothing is there, and presses ctrl+l."""
    async with playing(sealed, settle=False) as ui:
        await asked(ui)
        await ui.pilot.press("x", "enter")
        await ui.settle()
        assert "the passphrase is wrong" in ui.see()
        await ui.pilot.press("ctrl+l")
        await asked(ui)
        await ui.pilot.press(*"hunter2", "enter")
        await ui.settle()
        assert "7 of 7" in ui.see()


async def test_who_does_not_give_it_is_told_how_to_go_on(sealed: Machine) -> None:
    """The user presses esc at the question."""
    async with playing(sealed, settle=False) as ui:
        await asked(ui)
        await ui.press("escape")
        assert "the passphrase was not given" in ui.see()
        assert ui.app.is_running


async def test_after_a_while_without_a_key_it_locks_and_shows_nothing(sealed: Machine) -> None:
    """The user goes to lunch; a colleague looks at the screen and tries a passphrase."""
    async with playing(sealed, settle=False) as ui:
        await asked(ui)
        await ui.pilot.press(*"hunter2", "enter")
        await ui.settle()
        ui.app.active_at -= 3600
        ui.app._tick()
        await ui.settle()
        assert isinstance(ui.app.screen, Locked)
        assert "code-review" not in ui.see()
        await ui.pilot.press(*"wrong", "enter")
        await ui.settle()
        assert "the passphrase is wrong" in ui.see()
        await ui.pilot.press(*"hunter2", "enter")
        await ui.settle()
        assert "7 of 7" in ui.see()


async def test_a_key_without_a_passphrase_never_locks(library: Machine) -> None:
    """The user has no passphrase and goes to lunch."""
    async with playing(library) as ui:
        ui.app.active_at -= 3600
        ui.app._tick()
        await ui.settle()
        assert "7 of 7" in ui.see()
