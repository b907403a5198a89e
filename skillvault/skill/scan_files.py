"""SC050-SC054: files that are run or obeyed because they are there, or that nobody can read."""

from __future__ import annotations

import json
import re

from skillvault.skill.scan_source import Collector, Source

# Read by an agent as its settings or as its user's word, in whatever folder it works.
_SETTINGS = re.compile(
    r"(?:^|/)(?:\.(?:claude|cursor|codex|gemini|windsurf|continue|qwen|kiro|cline|roo|junie|factory"
    r"|opencode|crush|trae|openhands|aider)/.+|\.mcp\.json|\.vscode/.+|\.devcontainer/.+"
    r"|claude\.md|claude\.local\.md|agents\.md|agents\.override\.md|gemini\.md|\.cursorrules"
    r"|\.windsurfrules|\.clinerules(?:/.+)?|\.roorules|\.goosehints|\.aider\.conf\.yml"
    r"|\.github/(?:copilot-instructions\.md|instructions/.+)|opencode\.jsonc?)$",
    re.IGNORECASE,
)
# Run by a shell, an interpreter or a package manager, unasked.
_RUN = re.compile(
    r"(?:^|/)(?:sitecustomize\.py|usercustomize\.py|[^/]+\.pth|\.npmrc|\.yarnrc(?:\.yml)?"
    r"|\.pnp\.c?js|binding\.gyp|\.bashrc|\.bash_profile|\.zshrc|\.zshenv|\.profile|\.pythonstartup"
    r"|\.gitconfig|\.gitmodules|\.husky/.+|\.?mise\.toml"
    r"|autorun\.inf)$",
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example|sample|template|dist|defaults?)[\w.-]+)?|\.netrc|\.pypirc"
    r"|\.git-credentials|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:p12|pfx|jks|keystore|kdbx|ppk)"
    r"|credentials\.json|service-?account[\w-]*\.json)$",
    re.IGNORECASE,
)
_PROGRAMS = (
    (b"\x7fELF", "Linux"),
    (b"MZ", "Windows"),
    (b"\xcf\xfa\xed\xfe", "macOS"),
    (b"\xce\xfa\xed\xfe", "macOS"),
    (b"\xca\xfe\xba\xbe", "macOS or Java"),
    (b"\0asm", "WebAssembly"),
)
_COMPILED = re.compile(
    r"\.(?:pyc|pyo|class|jar|exe|dll|so|dylib|wasm|msi|node|scr|com)$", re.IGNORECASE
)
_ON_INSTALL = ("preinstall", "install", "postinstall")


def check_path(path: str, found: Collector) -> None:
    """What the path alone says, whatever stands in the file."""
    name = path.rpartition("/")[2]
    if name.lower() == ".envrc":
        hint = "direnv runs it for whoever enters the folder and has allowed it; leave it out"
        found.add("SC050", "warning", "an .envrc, which runs on entering the folder", hint)
    elif _SETTINGS.search(path):
        hint = "an agent that works in the skill's folder obeys it, unasked; give it another name"
        found.add("SC051", "warning", "settings or orders that agents read by themselves", hint)
    elif _RUN.search(path):
        hint = "leave it out, or let the agent's user write it"
        found.add("SC052", "warning", "a file that tools run or obey by themselves", hint)
    elif _SECRETS.search(path):
        hint = "whoever gets the skill gets it; leave it out, and ship an example instead"
        found.add("SC053", "warning", "a file that holds secrets, by its name", hint)


def check_program(path: str, data: bytes, found: Collector) -> bool:
    """SC054. Whether the file is a compiled program, which has no text to look at."""
    system = next((name for magic, name in _PROGRAMS if data.startswith(magic)), None)
    if system == "Windows" and b"\0" not in data[:64]:
        system = None  # a text that begins with MZ
    if system is None and not (_COMPILED.search(path) and b"\0" in data[:4096]):
        return False
    message = f"a compiled program ({system or 'of some kind'})"
    hint = "nobody can read what it does; ship its source, or say where to install it from"
    found.add("SC054", "warning", message, hint)
    return True


def check(source: Source, found: Collector) -> None:
    """SC052 again: a package.json whose scripts run when it is installed."""
    if source.name != "package.json":
        return
    try:
        scripts = json.loads(source.text).get("scripts", {})
        names = [name for name in _ON_INSTALL if name in scripts]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    if names:
        at = source.text.find(f'"{names[0]}"')
        message = f"a package that runs `{names[0]}` when it is installed"
        hint = "name the command in SKILL.md instead, for the agent to run and its user to see"
        found.add("SC052", "warning", message, hint, max(at, 0))
