"""A vault's tree in memory: every path with its blob, and the ids of all folders.

A change rehashes only the folders above it, and shares the others with the tree before. Git orders
a folder as if its name ended with `/`; keys here do end so, which makes that order plain sorting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from skillvault.vault.objects import GitObject

EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class _Folder:
    """One tree object. `entries`: key to git's bytes of that entry, the id being the last 20."""

    __slots__ = ("digest", "entries", "folders")

    def __init__(self, entries: dict[str, bytes], folders: dict[str, _Folder]) -> None:
        self.entries = entries
        self.folders = folders
        data = self.data()
        header = b"tree %d\0" % len(data)
        self.digest = hashlib.sha1(header + data, usedforsecurity=False).digest()

    def data(self) -> bytes:
        """The content of the tree object."""
        entries = self.entries
        return b"".join([entries[key] for key in sorted(entries)])


_EMPTY: Final = _Folder({}, {})

# What a folder turns into: names of files to blob ids (None: removed), of folders to the same.
_Changes = dict[str, "str | _Changes | None"]


class Tree:
    """An immutable tree of plain files (mode 100644)."""

    __slots__ = ("_paths", "_root")

    def __init__(self, paths: Mapping[str, str] | None = None) -> None:
        """The tree of `paths`: path to blob id. It is hashed when first asked for."""
        self._paths = paths
        self._root = _EMPTY

    @classmethod
    def _of(cls, root: _Folder) -> Tree:
        tree = cls()
        tree._root = root
        return tree

    def with_changes(self, changes: Mapping[str, str | None]) -> Tree:
        """This tree with these blobs at these paths, and without those whose blob is None.

        ValueError where a path is a file and a folder at once, or a removed file is not there.
        """
        return Tree._of(_change(self._folder(), _nest(changes)))

    def root_oid(self) -> str:
        """The id of the root's tree object."""
        return self._folder().digest.hex()

    def get(self, path: str) -> str | None:
        """The id of the blob at `path`, or None."""
        folder = self._folder()
        *above, name = path.split("/")
        for part in above:
            found = folder.folders.get(part + "/")
            if found is None:
                return None
            folder = found
        entry = folder.entries.get(name)
        return entry[-20:].hex() if entry is not None else None

    def paths(self) -> dict[str, str]:
        """Every path with its blob's id: what `Tree(...)` takes."""
        return dict(_walk(self._folder(), ""))

    def new_objects(self, since: Tree) -> list[GitObject]:
        """The tree objects in here that are not at the same place in `since`."""
        return list(_new(self._folder(), since._folder()))

    def _folder(self) -> _Folder:
        if self._paths is not None:
            self._root = _change(_EMPTY, _nest(self._paths))
            self._paths = None
        return self._root


def _nest(changes: Mapping[str, str | None]) -> _Changes:
    root: _Changes = {}
    folders = {"": root}
    for path, oid in changes.items():
        above, slash, name = path.rpartition("/")
        folder = folders.get(above + slash)
        if folder is None:
            folder = _descend(root, above, folders)
        if not name:
            raise ValueError(path)
        folder[name] = oid
    return root


def _descend(root: _Changes, path: str, folders: dict[str, _Changes]) -> _Changes:
    """The changes below the folder `path`, made where they are missing, and noted in `folders`."""
    folder, at = root, ""
    for part in path.split("/"):
        if not part:
            raise ValueError(path)
        at += part + "/"
        inner = folders.get(at)
        if inner is None:
            inner = folders[at] = {}
            folder[part + "/"] = inner
        folder = inner
    return folder


def _change(folder: _Folder, changes: _Changes) -> _Folder:
    entries = folder.entries.copy()
    folders = folder.folders
    for key, change in changes.items():
        if isinstance(change, dict):
            if folders is folder.folders:
                folders = folders.copy()
            inner = _change(folders.get(key, _EMPTY), change)
            if key[:-1] in entries:
                raise ValueError(key)
            if inner.entries:
                folders[key] = inner
                entries[key] = b"40000 %b\0%b" % (key[:-1].encode(), inner.digest)
            else:
                folders.pop(key, None)
                entries.pop(key, None)
        elif change is None:
            if entries.pop(key, None) is None:
                raise ValueError(key)
        elif key + "/" in entries:
            raise ValueError(key)
        else:
            entries[key] = b"100644 %b\0%b" % (key.encode(), bytes.fromhex(change))
    return _Folder(entries, folders)


def _walk(folder: _Folder, prefix: str) -> Iterator[tuple[str, str]]:
    for key, entry in folder.entries.items():
        inner = folder.folders.get(key)
        if inner is not None:
            yield from _walk(inner, prefix + key)
        else:
            yield prefix + key, entry[-20:].hex()


def _new(folder: _Folder, since: _Folder | None) -> Iterator[GitObject]:
    if since is not None and folder.digest == since.digest:
        return
    for key, inner in folder.folders.items():
        yield from _new(inner, since.folders.get(key) if since is not None else None)
    yield GitObject("tree", folder.data())
