"""Files that are either the old bytes or the new ones, whatever happens in between."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write(path: Path, data: bytes, *, mode: int = 0o600, exclusive: bool = False) -> None:
    """Put `data` at `path` with permission bits `mode`, by a synced temporary file and a rename.

    The parent folder must exist. With `exclusive` an existing file is never replaced:
    FileExistsError. Any other failure is the OSError of the system call; the temporary is removed.
    """
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
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
