"""What is installed from a wheel is whole: data, licence, example skills, and a demo that runs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs."""
    out = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "-qq", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(out)]
    subprocess.run([sys.executable, "-m", "pip", *words, str(ROOT)], check=True)
    (wheel,) = out.glob("skillvault_cli-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out / "site")
    return out / "site"


def test_the_wheel_has_everything(site: Path) -> None:
    for path in (
        "skillvault/py.typed",
        "skillvault/tui/app.tcss",
        "skillvault/tui/screens/library.tcss",
        "skillvault/data/RECOVERY.md",
        "skillvault/data/bip39-english.txt",
        "skillvault/data/skills/using-skillvault/SKILL.md",
        "skillvault/data/skills/using-skillvault/evals/evals.json",
    ):
        assert (site / path).is_file(), path
    (info,) = site.glob("*.dist-info")
    assert "Name: skillvault-cli" in (info / "METADATA").read_text()
    assert (info / "licenses/LICENSE").is_file()


@pytest.mark.slow
def test_the_demo_runs_from_an_installed_package(site: Path, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(site)}
    where = [sys.executable, "-P", "-c", "import skillvault; print(skillvault.__file__)"]
    found = subprocess.run(where, env=env, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(site)
    words = [sys.executable, "-P", "-m", "skillvault", "demo", "--no-eval"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Bob Barker, member" in done.stdout
