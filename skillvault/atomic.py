"""Files that are either the old bytes or the new ones, whatever happens in between."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from pathlib import Path
from typing import Final

_TEMPORARY: Final = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")
# No write goes on for so long: whoever began it is dead.
_STALE: Final = 24 * 3600


def write(path: Path, data: bytes, *, mode: int = 0o600, exclusive: bool = False) -> None:
    """Put `data` at `path` with permission bits `mode`, by a synced temporary file and a rename.

    The parent folder must exist; what is there and no file (a pipe, a device) stays: OSError. With
    `exclusive` an existing file is never replaced: FileExistsError. Any other failure is the
    OSError of the system call; the temporary is removed. One that a killed process left goes at a
    later write into the same folder.
    """
    if not exclusive:
        _check_place(path)
    sweep(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if exclusive:
            os.link(temporary, path)
            temporary.unlink()
        else:
            temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say where
        raise


def _check_place(path: Path) -> None:
    """A rename would put a file in the place of a device or a pipe that somebody reads."""
    with contextlib.suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise OSError(errno.EINVAL, "not a file", str(path))


def sweep(folder: Path, names: re.Pattern[str] = _TEMPORARY) -> None:
    """Remove the files in `folder` called like this and not written to for a day.

    By default the temporary files that a killed `write` left. What cannot be looked at or removed
    stays: it is no error.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if names.fullmatch(entry.name) is None:
                continue
            with contextlib.suppress(OSError):
                written = entry.stat(follow_symlinks=False).st_mtime
                if time.time() - written > _STALE:
                    Path(entry.path).unlink()
