"""The start-up budget: what a skill is costs no heavy import."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "import skillvault.skill.files, skillvault.skill.validate, skillvault.skill.render\n"
        "import skillvault.agents.inject\n"
        "heavy = {'yaml', 'pydantic', 'markdown_it', 'rich', 'cryptography', 'html', 'shutil'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
