"""Make docs/cli.md, docs/lint.md and docs/tui.md from the code; check the documents.

`python scripts/docs.py` writes; `--check` changes nothing and fails (1) with one line a fault:
one of these pages is stale, a command with `--json` has no schema or a schema no command,
a relative link leads nowhere, a text tells to install a stranger's package, a tracked file holds
the address of a package registry or a path of somebody's machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts import lint_page, tui_page
from skillvault.cli import table
from skillvault.cli.frame import TOPICS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cli.md"
LINT_PAGE = ROOT / "docs" / "lint.md"
TUI_PAGE = ROOT / "docs" / "tui.md"
SCHEMAS = ROOT / "docs" / "json"

# In two pieces: this file is tracked as well.
_HOSTS = [
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("yarnpkg", "com"),
]
_FORBIDDEN = {
    "the address of a package registry": re.compile(
        "|".join(rf"\b{name}\.{end}\b" for name, end in _HOSTS)
        + r"|--(?:extra-)?index-url[ =]|\bregistry\s*=\s*http|/simple/?[\"'\s]",
        re.IGNORECASE,
    ),
    "a path of a developer's machine": re.compile(r"(?<![\w.~-])/(?:wo" r"rk|ro" r"ot)/[.a-z]"),
    "the name of a package that is not ours": re.compile(
        r"\b(?:pipx?|uvx?|uv tool)\s+(?:(?:install|run|add)\s+)?(?:-\S+\s+)*"
        r"[\"']?skillvault(?![\w-])"
    ),
}
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

HEAD = """\
# The command line

Made by `python scripts/docs.py` from the real `--help`; `make docs` checks that it is current.
What `--json` prints is described by the schemas in [json/](json/).
"""


def run_help(*words: str) -> str:
    """What `skillvault WORDS` prints, at 80 columns and without colour."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE_"))}
    return subprocess.run(
        [sys.executable, "-m", "skillvault", *words],
        env={**env, "COLUMNS": "80", "NO_COLOR": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def page() -> str:
    """docs/cli.md as it should be."""
    parts = [HEAD, _block(run_help("--help"))]
    for heading in table.HEADINGS:
        rows = [row for row in table.ROWS if row.heading == heading]
        if rows:
            parts.append(f"## {heading}\n")
        for row in rows:
            parts += [f"### {row.name}\n", _block(run_help(*row.name.split(), "--help"))]
    parts.append("## topics\n")
    for topic in TOPICS:
        parts += [f"### help {topic}\n", _block(run_help("help", topic))]
    return "\n".join(parts)


def _block(text: str) -> str:
    return f"```\n{text.rstrip()}\n```\n"


def tracked() -> Iterator[tuple[str, str]]:
    """Every tracked text file: its path in the checkout, and its text."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" not in data[:8192]:
            yield name, data.decode("utf-8", "replace")


def faults() -> Iterator[str]:
    """What is wrong with the documents, one line each."""
    for path, text in _made():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield f"docs/{path.name}: stale: python scripts/docs.py"
    runnable = [row for row in table.ROWS if row.alone or not table.inside(row.name)]
    names = {row.name.replace(" ", "-") for row in runnable} - {"tui"}  # a screen has no JSON
    schemas = {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")}
    yield from (f"docs/json/{name}.schema.json: missing" for name in sorted(names - schemas))
    yield from (
        f"docs/json/{name}.schema.json: of no command"
        for name in sorted(schemas - names - {"error"})
    )
    for name, text in tracked():
        yield from text_faults(name, text)


def text_faults(name: str, text: str) -> Iterator[str]:
    """What is wrong with the text of the tracked file `name`, one line each."""
    for what, pattern in _FORBIDDEN.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: {what}: {match.group().strip()}"
    if name.endswith(".md"):
        yield from _broken_links(name, text)


def _broken_links(name: str, text: str) -> Iterator[str]:
    for target in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"[a-z]+:|#", target):
            continue
        path = (ROOT / name).parent / target.partition("#")[0]
        if not path.exists():
            yield f"{name}: link to nothing: {target}"


def _made() -> tuple[tuple[Path, str], ...]:
    """The pages that are made from the code."""
    return ((PAGE, page()), (LINT_PAGE, lint_page.page()), (TUI_PAGE, tui_page.page()))


def main(args: list[str]) -> int:
    """Write or check; the exit code."""
    if args not in ([], ["--check"]):
        print("usage: scripts/docs.py [--check]", file=sys.stderr)
        return 2
    if not args:
        for path, text in _made():
            path.write_text(text, encoding="utf-8")
        return 0
    found = list(faults())
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
