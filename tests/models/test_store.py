from __future__ import annotations

import io
import resource
import subprocess
import sys
import threading
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from skillvault.errors import RefusedError, ServiceError
from skillvault.models import store
from skillvault.models.known import KNOWN, KnownModel

BYTES = b"GGUF" + bytes(range(256)) * 12_000


def small(data: bytes = BYTES) -> KnownModel:
    """A known model of a few bytes."""
    digest = sha256(data).hexdigest()
    return replace(KNOWN[0], name="small", file="small.gguf", size=len(data), sha256=digest)


def test_the_right_bytes_are_kept(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with store.locked(tmp_path):
        path = store.receive(small(), io.BytesIO(BYTES), tmp_path, lambda *at: seen.append(at))
    assert path.read_bytes() == BYTES
    assert seen[-1] == (len(BYTES), len(BYTES))
    assert store.state(small(), tmp_path) == "ready"
    assert store.holds(small(), tmp_path)


@pytest.mark.parametrize(
    ("data", "error", "problem"),
    [
        (BYTES[:-1], ServiceError, "only 3,072,003 of 3,072,004 bytes"),
        (b"", ServiceError, "only 0 of"),
        (BYTES[:-1] + b"x", RefusedError, "SHA-256 differs"),
        (BYTES + b"x", RefusedError, "SHA-256 differs"),
        (BYTES + bytes(50_000_000), RefusedError, "SHA-256 differs"),
    ],
)
def test_other_bytes_leave_nothing(
    tmp_path: Path, data: bytes, error: type[Exception], problem: str
) -> None:
    source = io.BytesIO(data)
    with store.locked(tmp_path), pytest.raises(error, match=problem):
        store.receive(small(), source, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [".lock"]
    assert source.tell() <= len(BYTES) + 2 * (1 << 20)
    assert store.state(small(), tmp_path) == "missing"


def test_an_interrupted_source_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError(size)

    with store.locked(tmp_path), pytest.raises(ConnectionResetError):
        store.receive(small(), Broken(BYTES), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [".lock"]


def test_a_file_of_the_right_size_and_other_bytes_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").write_bytes(bytes(len(BYTES)))
    assert store.state(small(), tmp_path) == "ready"
    assert not store.holds(small(), tmp_path)


def test_a_short_file_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    assert store.state(small(), tmp_path) == "damaged"


def test_what_a_killed_pull_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".abc.part").write_bytes(b"x")
    (tmp_path / ".pull-abc").mkdir()
    (tmp_path / ".pull-abc" / "x.whl").write_bytes(b"x")
    with store.locked(tmp_path):
        assert [p.name for p in tmp_path.iterdir()] == [".lock"]


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ServiceError, match="cannot be written"), store.locked(tmp_path / "file"):
        pass


FULL = """
import io, pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from skillvault.errors import ServiceError
from skillvault.models import store
from tests.models.test_store import BYTES, small
folder = pathlib.Path(sys.argv[1])
try:
    store.receive(small(), io.BytesIO(BYTES), folder)
except ServiceError as error:
    print(error)
print(list(folder.iterdir()))
"""


def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    assert resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True
    )
    assert f"small: could not be stored in {tmp_path}: File too large" in done.stdout, done.stderr
    assert done.stdout.endswith("[]\n")


def test_a_second_pull_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with store.locked(tmp_path):
            order.append("second")

    with store.locked(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
