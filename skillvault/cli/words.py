"""How things are said and what they are in JSON: shared by the commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from skillvault.services.wording import ago, count, listed, quoted, short, size, stamp

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.finding import Located
    from skillvault.services.identities import Held
    from skillvault.skill.finding import Finding
    from skillvault.vault.bundle import Bundle
    from skillvault.vault.client import Vault
    from skillvault.vault.entry import Entry

__all__ = ["ago", "count", "listed", "quoted", "short", "size", "stamp"]

Json = dict[str, object]


def vault_json(vault: Vault) -> Json:
    """The `vault` of the common envelope."""
    state = vault.state
    return {"id": state.vault_id, "name": vault.name, "seq": state.seq, "head": state.head}


def entry_json(entry: Entry | None) -> Json | None:
    """What a changing command wrote; null where nothing changed."""
    if entry is None:
        return None
    return {
        "seq": entry.seq,
        "hash": entry.hash,
        "member": entry.member,
        "time": entry.time,
        "content": dict(entry.content),
    }


def typed(name: str, skill: str) -> str:
    """A skill's name as a shell takes it, by whomever it was written; else by its id."""
    from skillvault.skill.text import visible

    fits = visible(name, lines=False) == name and not set(name) & set("/@~")
    return quoted(name) if fits else f"NAME~{skill[:8]}"


def identity_json(held: Held) -> Json:
    """A keyholder of this machine; never the secret."""
    one = held.identity
    return {
        "name": held.name,
        "suite": one.suite,
        "recipient": one.recipient,
        "signing_key": one.signing_line,
        "fingerprint": {"hex": one.fingerprint.hex, "words": one.fingerprint.words},
        "path": None if held.path is None else str(held.path),
    }


def identity_lines(held: Held, done: str | None = None) -> list[str]:
    """An identity as `keygen`, `id` and `init` tell it."""
    where = short(held.path) if held.path else "from SKILLVAULT_KEY"
    name = f"{held.name}, " if held.name and done is None else ""
    return [
        f"identity  {f'{done}: ' if done else name}{where}",
        f"          {held.identity.fingerprint.words}     (8 words: what people compare)",
    ]


def finding_json(finding: Finding) -> Json:
    """A remark of `lint`."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "path": finding.path,
        "line": finding.line,
    }


def origin_json(origin: Mapping[str, str] | None) -> Json | None:
    """Where an imported version came from; null for others."""
    if origin is None:
        return None
    return {key: origin.get(key) for key in ("kind", "source", "path", "commit", "sha256")}


def origin_line(origin: Mapping[str, str] | None, licence: str | None) -> str:
    """`imported from https://host/skills review/ at 3f2a9c0d1e2b, MIT License`."""
    if origin is None:
        return ""
    where = " ".join(filter(None, (origin.get("source", "somewhere"), origin.get("path"))))
    at = f" at {origin['commit'][:12]}" if "commit" in origin else ""
    return f"imported from {where}{at}, {licence or 'no licence stated'}"


def say_entry(run: Run, vault: Vault, entry: Entry | None) -> None:
    """The last line of a change of content: its entry, and that it waits here until `sync`."""
    said = [] if entry is None else [f"entry {entry.seq}"]
    if vault.notes.remote is None:
        said.append("local only")
    elif vault.unpushed:
        said.append(f"{count(vault.unpushed, 'change')} not pushed")
    if said:
        run.out.said(", ".join(said))
    if vault.notes.remote is not None and vault.unpushed:
        run.out.hint("`skillvault sync`")


def version_json(located: Located, opened: Bundle) -> Json:
    """An opened version of a skill."""
    manifest = opened.manifest
    return {
        "name": manifest.name,
        "id": located.found.skill,
        "version": manifest.version,
        "newest": located.found.newest,
        "content": opened.content,
        "author": located.vault.reader.name(manifest.author),
        "time": manifest.time,
        "message": manifest.message,
        "files": [
            {"path": f.path, "mode": f.mode, "size": f.size, "sha256": f.sha256}
            for f in manifest.files
        ],
    }
