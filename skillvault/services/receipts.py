"""A receipt of a removal: what was readable, which entry ended it, how to check both with git.

The same facts as `exposure`, as text for people and as JSON for whoever keeps records. Nothing of
it needs skillvault to be checked: commits, hashes and paths are those of the repository.
"""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from skillvault import atomic
from skillvault.errors import RefusedError, UsageError
from skillvault.services.exposure import Report, SkillLine, Through
from skillvault.services.reach import span
from skillvault.vault.exposure import VersionRead, When

Json = dict[str, object]

COPIES = "copies that they made: on their machines, in agents, printed, remembered"
HISTORY = "what was sealed to them stays readable for them in every copy of the repository"
_LOCAL = "copies of the repository: this vault has no remote"


def not_ours(report: Report) -> tuple[str, ...]:
    """What nobody here can take back, a line each."""
    host = report.remote
    access = _LOCAL if host is None else f"their access to {host}: remove it there too"
    return (COPIES, HISTORY, access)


def fields(report: Report) -> Json:
    """The exposure as JSON: `exposure --json` and receipts."""
    found = report.found
    return {
        "who": {
            "name": report.name,
            "id": report.member,
            "role": report.role,
            "active": report.record.is_active,
            "fingerprint": {"hex": report.fingerprint.hex, "words": report.fingerprint.words},
            "recipient": report.record.recipient,
            "signing_key": report.record.signing_key,
        },
        "admitted": _when(found.admitted),
        "removed": None if found.removed is None else _when(found.removed),
        "removed_by": (
            None if found.remover is None else {"name": report.remover, "id": found.remover}
        ),
        "groups": [_through(one) for one in report.groups],
        "skills": [_skill(line) for line in report.skills],
        "unnamed": report.unnamed,
        "not_ours": list(not_ours(report)),
        "remote": report.remote,
    }


def document(report: Report) -> Json:
    """A whole receipt as JSON: `exposure --json`, what it is, and how to check it.

    UsageError if nothing ended: they are still a member.
    """
    _require_removed(report)
    state = report.vault.state
    return {
        "skillvault": 1,
        "receipt": "removal",
        "vault": {
            "id": state.vault_id,
            "name": report.vault.name,
            "seq": state.seq,
            "head": state.head,
        },
        **fields(report),
        "check": list(checks(report)),
    }


def text(report: Report) -> str:
    """A whole receipt as text. UsageError if nothing ended: they are still a member."""
    ended = _require_removed(report)
    lines = [
        f"{report.name} was removed from {report.vault.name}",
        "",
        f"vault      {report.vault.state.vault_id}",
        f"member     {report.member}, {report.role}",
        f"           {report.fingerprint.words}",
        f"           {report.record.signing_key}",
        f"           {report.record.recipient}",
        f"admitted   {_told(report.found.admitted)}",
        f"removed    {_told(ended)}",
        f"           {ended.hash}",
        f"           commit {ended.commit}",
        f"by         {report.remover}, {report.found.remover}",
        "",
        "could read",
        *(f"  {line}" for line in _readable(report)),
        "",
        "not in our power",
        *(f"  {line}" for line in not_ours(report)),
        "",
        "how to check it, in any copy of the repository, with git alone",
        *(f"  {line}" for line in checks(report)),
        "",
    ]
    return "\n".join(lines)


def checks(report: Report) -> tuple[str, ...]:
    """Commands that hold a receipt against the line, with a remark (`# ...`) before each."""
    ended = _require_removed(report)
    remover = report.found.remover or ""
    key = report.vault.state.members[remover].signing_key
    commit, member = ended.commit, report.member
    names = "'groups/*/group.json' 'skills/*/access.json'"
    lines = [
        "# the entry is signed by whoever removed them, whose key stands in the commit before",
        f"git show {commit}^:members/{remover}.json",
        f"echo '{remover}@vault namespaces=\"git\" {key}' > signers",
        f"git -c gpg.ssh.allowedSignersFile=signers verify-commit {commit}",
        f"# it is entry {ended.seq}, and part of the line: the hash is {ended.hash}",
        f"git show -s --format=%B {commit} | sed 1,2d | head -n 1 | sha256sum",
        f"git merge-base --is-ancestor {commit} main",
        '# their state was "active", and is "removed"',
        f"git show {commit}^:members/{member}.json",
        f"git show {commit}:members/{member}.json",
        "# after it no group and no access file names them: this finds nothing",
        f"git grep -l {member} {commit} -- {names}",
    ]
    if report.skills:
        one = report.skills[0]
        read = one.found.versions[-1]
        path = f"skills/{one.skill[0]}/{one.skill}"
        lines += [
            f"# {one.label} @{read.number}, as one example: the file is {read.file},",
            f"# sealed to {_key(read)} in entry {read.sealed.seq}, which names the readers",
            f"git show {read.sealed.commit}:{path}/skill.age | sha256sum",
            f"git show {read.sealed.commit}:{path}/access.json",
        ]
    return tuple(lines)


def write(report: Report, file: Path) -> None:
    """Write a receipt: JSON where the name ends in `.json`, else text. An existing file stays."""
    data = (
        json.dumps(document(report), indent=1, ensure_ascii=True) + "\n"
        if file.name.casefold().endswith(".json")
        else text(report)
    )
    check_place(file)
    try:
        atomic.write(file, data.encode(), exclusive=True)
    except FileExistsError:
        raise UsageError(str(file), "is there already", "give the receipt another name") from None
    except OSError as error:
        raise RefusedError(str(file), f"cannot be written: {error.strerror}") from None


def check_place(file: Path) -> None:
    """UsageError where a receipt could not be written, before anything else is done."""
    if str(file) == "-":
        raise UsageError("-", "a receipt is written to a file", "give it a name")
    if file.exists() or file.is_symlink():
        raise UsageError(str(file), "is there already", "give the receipt another name")
    if not file.absolute().parent.is_dir():
        raise UsageError(str(file), "its folder is not there")
    if not os.access(file.absolute().parent, os.W_OK | os.X_OK):
        raise UsageError(str(file), "its folder cannot be written to")


def way(one: Through) -> str:
    """`directly`, `payments since epoch 2`."""
    if one.group is None:
        return "directly"
    return one.label if one.epoch is None else f"{one.label} since epoch {one.epoch}"


def _require_removed(report: Report) -> When:
    if report.found.removed is None:
        end = f"member remove {shlex.quote(report.name)}"
        hint = f"`skillvault exposure` says what they read; `skillvault {end}` ends it"
        raise UsageError(report.name, f"still a member of {report.vault.name}", hint)
    return report.found.removed


def _readable(report: Report) -> list[str]:
    if not report.skills:
        return ["nothing was ever sealed to them"]
    lines = []
    for line in report.skills:
        end = "" if line.found.until is None else f" until {_told(line.found.until)}"
        lines.append(f"{line.label} ~{line.skill}  {span(line.numbers)}")
        through = ", ".join(way(one) for one in line.through)
        lines.append(f"    {through}; from {_told(line.found.since)}{end}")
        if line.found.results:
            lines.append(f"    and {line.found.results} evaluation results")
    if report.unnamed:
        lines.append(f"who made this reads {report.unnamed} of them not: their ids stand above")
    return lines


def _told(when: When) -> str:
    return f"entry {when.seq} ({when.time})"


def _key(read: VersionRead) -> str:
    group, slash, epoch = read.to.partition("/")
    return f"epoch {epoch} of the group {group}" if slash else "their own key"


def _when(when: When) -> Json:
    return when._asdict()


def _through(one: Through) -> Json:
    return {
        "group": None if one.group is None else {"name": one.label, "id": one.group},
        "epoch": one.epoch,
        "since": _when(one.since),
        "until": None if one.until is None else _when(one.until),
    }


def _skill(line: SkillLine) -> Json:
    found = line.found
    return {
        "name": line.name,
        "id": line.skill,
        "gone": found.gone,
        "newest": found.newest,
        "results": found.results,
        "since": _when(found.since),
        "until": None if found.until is None else _when(found.until),
        "through": [_through(one) for one in line.through],
        "versions": [
            {
                "version": read.number,
                "content": read.content,
                "file": read.file,
                "sealed": _when(read.sealed),
                "sealed_to": read.to,
                "since": _when(read.since),
            }
            for read in found.versions
        ],
    }
