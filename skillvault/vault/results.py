"""Evaluation results of a verified line: opened by their ids, sealed anew."""

from __future__ import annotations

from skillvault.errors import AccessError, VerificationError
from skillvault.vault import sealed
from skillvault.vault.draft import Draft
from skillvault.vault.evidence import unpad
from skillvault.vault.operations import recipients_of
from skillvault.vault.reader import Reader
from skillvault.vault.state import skill_path


def open_result(reader: Reader, skill: str, result: str) -> bytes:
    """The padded plaintext of a result: of all its sealings the newest that opens to its id.

    AccessError if none was sealed to a key of mine; VerificationError if those hold other bytes.
    Signature and contents are not looked at here.
    """
    path = skill_path(skill, f"evidence/{result}.age")
    fault = ""
    for file in reversed(reader.state.skills[skill].evidence[result].files):
        keys = [key for ref in file.refs if (key := reader.keyring.key(ref)) is not None]
        if not keys:
            continue
        try:
            plaintext = sealed.open_sealed(
                reader.blob(path, file.hash),
                keys,
                suite=reader.state.suite,
                stanzas=len(file.refs),
                subject=path,
            )
            unpad(plaintext, result, path)
        except sealed.DOES_NOT_OPEN as error:
            fault = error.problem
            continue
        return plaintext
    if fault:
        raise VerificationError(path, fault)
    raise AccessError(path, "no key of yours opens it")


def reseal(draft: Draft, reader: Reader, skill: str, result: str) -> bool:
    """Seal a result to today's readers of its skill. False if they all are closed groups."""
    lines = recipients_of(draft, reader.state, reader.state.skills[skill].readers)
    if not lines:
        return False
    plaintext = open_result(reader, skill, result)
    draft.files[skill_path(skill, f"evidence/{result}.age")] = sealed.seal(plaintext, lines)
    return True
