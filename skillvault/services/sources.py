"""Where `import` takes skills from: a folder, an archive, a git repository. All are strangers'."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from skillvault.errors import NotFoundError, RefusedError, UsageError
from skillvault.services.context import Context
from skillvault.skill.files import PUT_BYTES, PUT_FILES, SkillFile, check_files, read_folder
from skillvault.skill.text import one_line, visible
from skillvault.vault import git, remote
from skillvault.vault.ids import sha256
from skillvault.vault.remote_url import shown
from skillvault.vault.repository import create_bare

MOST_FETCHED: Final = 256 * 1024 * 1024
_MOST_ARCHIVE: Final = 64 * 1024 * 1024
_DEEPEST: Final = 6
_MAIN: Final = "SKILL.md"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_BROWSED: Final = re.compile(
    r"(?P<url>https://[^/]+/[^/]+/[^/]+?)(?:/-)?/tree/(?P<ref>[^/]+)(?:/(?P<path>.+?))?/?"
)
_LICENCE: Final = re.compile(r"(?:licen[cs]e|copying)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one asks for. `path`: a folder within the source; `ref`, `commit`: of a repository."""

    source: str
    path: str | None = None
    ref: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A skill's files as found. `folder` is its folder's name, or None at the top of an archive.

    `origin` goes into the manifest: `kind`, `source`, and what pins the bytes. `licence` is the
    first line of a licence file beside or above it.
    """

    folder: str | None
    files: tuple[SkillFile, ...]
    origin: Mapping[str, str]
    licence: str | None


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    oid: str
    size: int


def find(ctx: Context, wanted: Wanted) -> list[Candidate]:
    """Every skill in a source: each outermost folder with a SKILL.md. NotFoundError for none."""
    kind, place = _kind(wanted)
    if kind != "git" and (wanted.ref or wanted.commit):
        raise UsageError(wanted.source, "--ref and --commit are for a git repository")
    if kind == "folder":
        found = _in_folder(ctx, Path(place), wanted)
    elif kind == "archive":
        found = _in_archive(Path(place), wanted)
    else:
        found = _in_repository(ctx, wanted)
    if not found:
        where = f" in {wanted.path}" if wanted.path else ""
        raise NotFoundError(shown(wanted.source), f"no folder with a SKILL.md{where}")
    return found


def _kind(wanted: Wanted) -> tuple[Literal["folder", "archive", "git"], str]:
    place = Path(wanted.source)
    if place.is_dir():
        bare = (place / "HEAD").is_file() and (place / "objects").is_dir()
        return ("git" if bare or wanted.ref or wanted.commit else "folder"), wanted.source
    if place.exists():
        return "archive", wanted.source
    if ":" not in wanted.source:
        hint = "a folder, a .zip or .skill file, or an address that git knows"
        raise NotFoundError(shown(wanted.source), "no such folder or file", hint)
    return "git", wanted.source


def _within(path: str | None) -> str:
    """The prefix of paths below a folder: empty, or with a slash at its end."""
    plain = str(PurePosixPath(path or "."))
    if plain.startswith(("/", "..")) or "/../" in f"/{plain}/":
        raise UsageError(path or "", "not a folder within the source")
    return "" if plain == "." else f"{plain}/"


def _roots(paths: Sequence[str], prefix: str) -> list[str]:
    """The outermost folders with a SKILL.md, each as a prefix."""
    mains = sorted(p for p in paths if p.rpartition("/")[2] == _MAIN and p.startswith(prefix))
    roots: list[str] = []
    for root in sorted({p.removesuffix(_MAIN) for p in mains}, key=len):
        if not any(root.startswith(outer) for outer in roots):
            roots.append(root)
    return sorted(roots)


def _in_folder(ctx: Context, top: Path, wanted: Wanted) -> list[Candidate]:
    start = top / _within(wanted.path)
    if not start.is_dir():
        raise NotFoundError(str(start), "no such folder")
    found = []
    for folder in _folders_with_skills(start, 0):
        files = read_folder(folder, on_skip=lambda left: ctx.warn(f"{top.name}: left out {left}"))
        name = folder.resolve().name
        # Not the whole path: it names the user, and others read the manifest.
        found.append(Candidate(name, files, {"kind": "folder", "source": name}, _licence(files)))
    return found


def _folders_with_skills(folder: Path, depth: int) -> list[Path]:
    if (folder / _MAIN).is_file():
        return [folder]
    if depth >= _DEEPEST:
        return []
    inner = sorted(p for p in folder.iterdir() if p.is_dir() and not p.is_symlink())
    return [
        root
        for p in inner
        if p.name not in {".git", "node_modules"}
        for root in _folders_with_skills(p, depth + 1)
    ]


def _in_archive(place: Path, wanted: Wanted) -> list[Candidate]:
    from skillvault.skill.archive import read_zip

    try:
        with place.open("rb") as stream:
            data = stream.read(_MOST_ARCHIVE + 1)
    except OSError as error:
        raise RefusedError(str(place), f"cannot be read: {error.strerror}") from None
    if len(data) > _MOST_ARCHIVE:
        raise RefusedError(str(place), f"larger than {_MOST_ARCHIVE:,} bytes")
    everything = read_zip(data, place.name)
    found = []
    for root in _roots([f.path for f in everything], _within(wanted.path)):
        files = tuple(
            SkillFile(f.path[len(root) :], f.data, f.mode)
            for f in everything
            if f.path.startswith(root)
        )
        _check(files, root or place.name)
        origin = {"kind": "archive", "source": place.name, "path": root, "sha256": sha256(data)}
        above = [f for f in everything if "/" not in f.path]
        name = root.rstrip("/").rpartition("/")[2] or place.stem
        found.append(Candidate(name, files, origin, _licence(files) or _licence(above)))
    return found


def _in_repository(ctx: Context, wanted: Wanted) -> list[Candidate]:
    browsed = _BROWSED.fullmatch(wanted.source)
    url = browsed["url"] if browsed else wanted.source
    ref = wanted.ref or (browsed["ref"] if browsed else None) or "HEAD"
    prefix = _within(wanted.path or (browsed["path"] if browsed else None))
    if wanted.commit is not None and _COMMIT.fullmatch(wanted.commit) is None:
        raise UsageError(wanted.commit, "not a commit's 40 digits", "`git ls-remote` shows them")
    with tempfile.TemporaryDirectory(prefix="skillvault-import-") as scratch:
        repo = Path(scratch) / "strange.git"
        create_bare(repo)
        commit = remote.fetch_revision(
            repo, url, wanted.commit or ref, ask=ctx.interactive, max_bytes=MOST_FETCHED
        )
        if wanted.commit is not None and commit != wanted.commit:
            raise RefusedError(shown(url), f"it gave {commit} for {wanted.commit}")
        tree = _tree(repo, commit)
        with git.CatFile(repo) as blobs:
            top = _read(blobs, {p: e for p, e in tree.items() if _LICENCE.fullmatch(p)}, "")
            found = []
            for root in _roots(list(tree), prefix):
                mine = {p: e for p, e in tree.items() if p.startswith(root)}
                files = _read(blobs, mine, root)
                origin = {
                    "kind": "git",
                    "source": remote.check_url(url) if ":" in url else Path(url).name,
                    "path": root,
                    "commit": commit,
                }
                name = root.rstrip("/").rpartition("/")[2] or _repository_name(url)
                found.append(Candidate(name, files, origin, _licence(files) or _licence(top)))
    return found


def _repository_name(url: str) -> str:
    return re.split("[/:]", url.rstrip("/"))[-1].removesuffix(".git")


def _tree(repo: Path, commit: str) -> dict[str, _Entry]:
    """Every entry of the commit's tree."""
    listing = git.run(repo, ["ls-tree", "-r", "-z", "-l", "--full-tree", commit])
    tree = {}
    for line in listing.split(b"\0"):
        head, _, path = line.partition(b"\t")
        fields = head.split()
        if path:
            size = int(fields[3]) if fields[3].isdigit() else 0
            tree[path.decode("utf-8", "surrogateescape")] = _Entry(
                fields[0].decode(), fields[2].decode(), size
            )
    return tree


def _read(blobs: git.CatFile, tree: Mapping[str, _Entry], root: str) -> tuple[SkillFile, ...]:
    """The files of one folder. RefusedError for links, submodules, and beyond the limits."""
    for path, entry in tree.items():
        if entry.mode not in {"100644", "100755"}:
            what = "links are" if entry.mode == "120000" else "submodules are"
            raise RefusedError(visible(path, lines=False), f"{what} never in a skill")
    if len(tree) > PUT_FILES or sum(e.size for e in tree.values()) > PUT_BYTES:
        problem = f"more than {PUT_FILES:,} files or {PUT_BYTES:,} bytes"
        raise RefusedError(root.rstrip("/") or "source", problem)
    contents = blobs.reads([e.oid for e in tree.values()], "blob", PUT_BYTES)
    files = tuple(
        SkillFile(path[len(root) :], data, "755" if entry.mode == "100755" else "644")
        for (path, entry), data in zip(tree.items(), contents, strict=True)
    )
    _check(files, root or "source")
    return tuple(sorted(files, key=lambda f: f.path.encode()))


def _check(files: Sequence[SkillFile], subject: str) -> None:
    check_files(files)
    if len(files) > PUT_FILES or sum(len(f.data) for f in files) > PUT_BYTES:
        problem = f"more than {PUT_FILES:,} files or {PUT_BYTES:,} bytes"
        raise RefusedError(subject.rstrip("/"), problem)


def _licence(files: Sequence[SkillFile]) -> str | None:
    """The first line of a licence file at the top."""
    for file in files:
        if _LICENCE.fullmatch(file.path):
            lines = file.data.decode("utf-8", "replace").splitlines()
            return next((one_line(line.strip(), 100) for line in lines if line.strip()), None)
    return None
