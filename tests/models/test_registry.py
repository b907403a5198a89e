from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillvault.errors import NotFoundError, RefusedError, ServiceError, UsageError
from skillvault.models.known import KNOWN
from skillvault.models.registry import DEFAULT, open_model
from tests.conftest import ROOT
from tests.weights import weights

__all__ = ["weights"]


def test_the_embedded_model_is_a_demo_model_and_its_hash_is_recorded(weights: Path) -> None:
    info = open_model(DEFAULT, weights).info
    assert (info.name, info.digest, info.demo) == (DEFAULT, KNOWN[0].digest, True)
    assert info.parameters["slots"] == 1


def test_a_file_is_known_by_its_bytes_not_by_its_name(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "renamed.gguf"
    path.symlink_to(weights / KNOWN[0].file)
    info = open_model(f"local:{path}", tmp_path).info
    assert (info.digest, info.demo) == (KNOWN[0].digest, True)


@pytest.mark.parametrize(
    "name",
    [
        "gpt",
        "",
        "local",
        "local:",
        "echo",
        "echo:x",
        "openai",
        "OPENAI:gpt-9",
        "LOCAL:smollm2-135m",
    ],
)
def test_no_such_kind_of_model(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_model(name, tmp_path)


@pytest.mark.parametrize("name", ["local:nothing", "local:nothing.gguf", "local:/no/such/file"])
def test_no_such_model(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        open_model(name, tmp_path)


def test_weights_that_are_not_here_name_the_command_that_brings_them(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="not on this machine") as caught:
        open_model(DEFAULT, tmp_path)
    assert caught.value.hint == "skillvault models pull smollm2-135m"


def test_weights_that_are_cut_are_refused(tmp_path: Path) -> None:
    (tmp_path / KNOWN[0].file).write_bytes(b"GGUF")
    with pytest.raises(RefusedError, match="not whole"):
        open_model(DEFAULT, tmp_path)


def test_weights_of_the_right_size_and_other_bytes_are_refused(tmp_path: Path) -> None:
    with (tmp_path / KNOWN[0].file).open("wb") as file:
        file.truncate(KNOWN[0].size)
    with pytest.raises(RefusedError, match="SHA-256"):
        open_model(DEFAULT, tmp_path)


@pytest.mark.parametrize("data", [b"", b"GGU", b"PK\x03\x04"])
def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.gguf").write_bytes(data)
    with pytest.raises(RefusedError, match="not a GGUF file"):
        open_model(f"local:{tmp_path}/x.gguf", tmp_path)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="cannot be read"):
        open_model(f"local:{tmp_path}/", tmp_path)


BARE = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from skillvault.models.registry import open_model
try:
    open_model("local:smollm2-135m", Path(sys.argv[2]))
except Exception as error:
    print(type(error).__name__, error, error.hint, sep="\\n")
"""


def test_without_the_runtime_it_says_what_to_install(weights: Path) -> None:
    # -S: an interpreter without site-packages, so without xllamacpp.
    command = [sys.executable, "-I", "-S", "-c", BARE, str(ROOT), str(weights)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.defpath})
    assert done.stdout.splitlines() == [
        "ServiceError",
        "local:smollm2-135m: the runtime `xllamacpp` is not installed",
        "pip install 'skillvault-cli[local]'",
    ], done.stderr
