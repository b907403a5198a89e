"""One more entry behind a line: authorised, signed, written. No ref moves here.

Apart from `client.py`, because reading takes none of what writing takes.
"""

from __future__ import annotations

from pathlib import Path

from skillvault.errors import VerificationError
from skillvault.vault.commits import build_commit
from skillvault.vault.draft import Draft
from skillvault.vault.entry import ENTRY_LIMIT, Entry, classify, size_limit
from skillvault.vault.identity import Signer
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.rules import apply
from skillvault.vault.state import State, recipients
from skillvault.vault.verified import Verified


def append(
    repo: Path, before: Verified, draft: Draft, signer: Signer, now: float
) -> tuple[Verified, Entry]:
    """Write an entry behind `before`, unreachable until a ref moves.

    VerificationError if the rules do not allow it: nothing is written then.
    """
    entry = draft.entry(before.state, signer.member, now)
    state = apply(before.state, entry, draft.control())
    _check_sizes(draft, entry, state)
    blobs = {
        path: None if data is None else GitObject("blob", data)
        for path, data in draft.files.items()
    }
    oids = {path: blob and blob.oid for path, blob in blobs.items()}
    tree = before.tree.with_changes(oids)
    key = signer.identity.signing_key
    commit = GitObject("commit", build_commit(tree.root_oid(), before.commit, entry, key))
    present = [blob for blob in blobs.values() if blob is not None]
    write_objects(repo, [*present, *tree.new_objects(before.tree), commit])
    known = dict(before.blobs)
    for path, digest in entry.changes.items():
        oid = oids[path]
        if digest is not None and oid is not None:
            known[path, digest] = (*known.get((path, digest), ()), oid)
    return Verified(state, commit.oid, tree, known), entry


def _check_sizes(draft: Draft, entry: Entry, state: State) -> None:
    """Refuse what every client would refuse: the line must not end at an entry of ours."""
    subject = f"entry {entry.seq}"
    if len(entry.to_bytes()) > ENTRY_LIMIT:
        raise VerificationError(subject, f"{len(entry.changes)} files are too many for one entry")
    for path, data in draft.files.items():
        if data is None:
            continue
        info = classify(path)
        count = len(recipients(state, info.id)) if info.kind in {"skill", "evidence"} else 1
        if len(data) > (limit := size_limit(info.kind, count)):
            raise VerificationError(f"{subject}: {path}", f"it is larger than {limit} bytes")
