"""SC040-SC047: commands that do harm, or that a skill has no reason to bring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from skillvault.skill.finding import Severity
from skillvault.skill.scan_source import Collector, Pattern, Source, shown

_BEHIND = 110  # characters of a line before a match


class _Rule(NamedTuple):
    code: str
    does: str
    hint: str
    pattern: Pattern
    behind: re.Pattern[str] | None = None

    def matches(self, source: Source) -> Iterable[re.Match[str]]:
        """Each place that it speaks of."""
        found = self.pattern.finditer(source)
        return self._behind(found, source) if found and self.behind else found

    def _behind(self, matches: Iterable[re.Match[str]], source: Source) -> Iterator[re.Match[str]]:
        for match in matches:
            at = match.start()
            if self.behind is None or self.behind.search(source.lower, max(at - _BEHIND, 0), at):
                yield match


_SHELL = r"(?:sudo\s{1,3}(?:-\w\s{1,3})?)?(?:/(?:usr/)?bin/)?(?:env\s{1,3})?(?:ba|z|da|k|fi)?sh\b"
_RUNS = rf"(?:{_SHELL}|(?:python[0-9.]{{0,4}}|perl|ruby|node|php|iex|invoke-expression)\b)"
_FETCH = r"(?:curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod)\b"
_FETCHED = rf"\s{{1,3}}(?:-\w{{1,3}}\s{{1,3}})?[\"']?(?:<\(|\$\(|`)\s{{0,3}}{_FETCH}"

_DOWNLOAD = _Rule(
    "SC040",
    "downloads a program and runs it unseen",
    "download it, look at it, check its SHA-256, then run it",
    Pattern(
        (
            "curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod",
            rf"\s[^\n|;&]{{3,300}}+\|\s{{0,3}}{_RUNS}",
        ),
        ("sh|bash|zsh|eval|source", _FETCHED),
        ("iex|invoke-expression", rf"\b[\s(&{{]{{1,5}}[^\n]{{0,40}}?(?:{_FETCH}|downloadstring)"),
        ("exec", r"\(\s{0,3}(?:urllib\.request\.)?(?:urlopen|requests\.get)\("),
        ("eval", r"\(\s{0,3}await\s{1,3}\(?\s{0,3}await\s{1,3}fetch\("),
    ),
)

_EVERYTHING = (
    r"[\"']?(?:/|~|\$home|\$\{home\}|/\*|~/\*|/(?:etc|usr|var|home|bin|boot|lib|root)/?\*?)[\"']?"
    r"(?=\s|[;&|)`\"']|\Z)"
)
_DESTROY = _Rule(
    "SC041",
    "destroys data",
    "name just the folder that the skill itself made",
    Pattern(
        ("rm", rf"\s{{1,3}}(?:-[a-z-]{{1,20}}\s{{1,3}}){{1,4}}{_EVERYTHING}"),
        ("mkfs", r"(?:\.\w{2,6})?\s{1,3}(?:-\w{1,4}\s{1,3}){0,4}/dev/"),
        ("> /dev/*| >/dev/*", r"(?:sd[a-z]|nvme\d|hd[a-z]|disk\d)\b"),
        ("chmod", r"\s{1,3}-r\s{1,3}[0-7]{3,4}\s{1,3}/(?=\s|\Z)"),
        (
            "remove-item",
            r"\s[^\n]{0,60}?-recurse[^\n]{0,60}?\s[\"']?(?:c:\\|\$home|\$env:userprofile)[\"']?(?=\s|\Z)",
        ),
        (
            "rmtree(",
            r"\s{0,3}(?:[\"'](?:/|~)[\"']|path\.home\(\)|os\.path\.expanduser\([\"']~[\"']\))\s{0,3}[),]",
        ),
    ),
)

_FORK_BOMB = _Rule(
    _DESTROY.code,
    _DESTROY.does,
    _DESTROY.hint,
    Pattern((":()", r"\s{0,2}\{\s{0,2}:\s{0,2}\|\s{0,2}:"), needs="}"),
)
_OVERWRITE = _Rule(
    _DESTROY.code,
    _DESTROY.does,
    _DESTROY.hint,
    Pattern(("of=/dev/*", r"(?:sd|nvme|hd|vd|disk|mmcblk)")),
    re.compile(r"\bdd\s[^\n;|]{0,100}\Z"),
)

_KEYS = _Rule(
    "SC042",
    "reads keys or passwords of its user",
    "a skill needs none of them; take a key from a variable that its user sets",
    Pattern(
        ("/.ssh/id_*", r"[a-z0-9]{2,10}\b(?!\.pub)"),
        ("/.ssh/*", r"\*"),
        (
            (
                "/.aws/credentials|/.netrc|/.gnupg|/.kube/config|/.docker/config.json|/.git-credentials"
                "|/.npmrc|/.pypirc|/.config/gcloud|/.config/gh/hosts|/.config/skillvault|/.bash_history"
                "|/.zsh_history|/etc/shadow"
            ),
            "",
        ),
    ),
    # Before it, on the same line: what reads a file, and whose home it is in.
    re.compile(
        r"\b(?:cat|cp|scp|tar|zip|base64|curl|wget|nc|head|tail|xxd|openssl|rsync|gzip|source|grep"
        r"|open|path|read_text|read_bytes|readfile|readfilesync)\b[^\n;|&]{0,80}"
        r"(?:~|\$home|\$\{home\}|/root|/home/[\w.-]{1,40}|[\s=@'\"<(])\Z"
    ),
)
_KEYCHAIN = _Rule(
    _KEYS.code,
    _KEYS.does,
    _KEYS.hint,
    Pattern(("security", r"\s{1,3}find-(?:generic|internet)-password\b[^\n]{0,100}?\s-w\b")),
)

_REMOTE_SHELL = _Rule(
    "SC043",
    "opens a shell to another machine",
    "no skill needs it",
    Pattern(
        ("sh -i", r"\b[^\n]{0,20}?>&?\s{0,3}/dev/(?:tcp|udp)/"),
        ("bash -i", r"\b[^\n]{0,20}?>&?\s{0,3}/dev/(?:tcp|udp)/"),
        ("exec", r"\s{1,3}\d{1,3}<>\s{0,3}/dev/tcp/"),
        (
            "nc|ncat|netcat",
            r"\s[^\n|;]{0,40}?(?<=\s)-[a-z]{0,4}[ec]\s{1,3}[\"']?(?:/bin/|/usr/bin/)?(?:ba|z)?sh\b",
        ),
        ("mkfifo", r"\s[^\n]{1,100}?\|\s{0,3}(?:/bin/)?(?:ba)?sh\s{1,3}-i\b"),
        ("sh|bash|zsh", r"[\"'],\s{0,3}[\"']-i[\"']\s{0,3}\]"),
        ("socat", r"\s[^\n]{0,100}?\bexec:[\"']?(?:/bin/)?(?:ba)?sh"),
        ("pty.spawn(", r"\s{0,3}[\"'](?:/bin/)?(?:ba|z)?sh[\"']"),
        ("net.sockets.tcpclient(", r"[^\n]{1,200}?getstream"),
    ),
)

_DECODED = _Rule(
    "SC044",
    "runs what it has hidden by an encoding",
    "write the commands in clear, so that a reader sees what they do",
    Pattern(
        ("base64", rf"\s{{1,3}}(?:-d|--decode)[^\n|]{{0,100}}+\|\s{{0,3}}{_RUNS}"),
        ("xxd", rf"\s{{1,3}}-r[^\n|]{{0,100}}+\|\s{{0,3}}{_RUNS}"),
        ("powershell", r"(?:\.exe)?\s[^\n]{0,60}?-e(?:nc|ncodedcommand)?\s{1,3}[a-z0-9+/]{20}"),
        ("frombase64string(", r"[^\n|]{0,200}+\|\s{0,3}iex\b"),
    ),
)
_EVALUATED = _Rule(
    _DECODED.code,
    _DECODED.does,
    _DECODED.hint,
    Pattern(
        ("base64", r"\s{1,3}(?:-d|--decode)\b"),
        ("b64decode(|decompress(|fromcharcode(|unhexlify(|fromhex(|marshal.loads(", ""),
        ("codecs.decode(|atob(|buffer.from(", ""),
    ),
    re.compile(r"\b(?:eval|exec|new function)\s{0,3}[\s(\"'$`]{1,5}[^\n]{0,60}\Z"),
)

_PERSISTENT = _Rule(
    "SC045",
    "settles down on the machine",
    "what stays after the task is for its user to install",
    Pattern(
        ("crontab", r"\s{1,3}-(?=\s|\Z|[;|)`])"),
        ("launchctl", r"\s{1,3}(?:load|bootstrap)\b"),
        ("git", r"\s{1,3}config\s{1,3}--(?:global|system)\s[^\n]{0,20}?core\.hookspath"),
        ("schtasks", r"\s{1,3}/create\b"),
        ("currentversion\\run", r"\b"),
    ),
)
_WRITTEN = _Rule(
    _PERSISTENT.code,
    _PERSISTENT.does,
    _PERSISTENT.hint,
    Pattern(
        ("/.bashrc|/.zshrc|/.bash_profile|/.zprofile|/.profile|/.ssh/authorized_keys", r"\b"),
        ("/etc/cron.*", r"[a-z]{1,8}/"),
        ("/launchagents/|/launchdaemons/", ""),
    ),
    re.compile(r">\s{0,3}[\"']?[^\s\"';|>]{0,60}\Z"),
)

_UNGUARDED = _Rule(
    "SC046",
    "takes an agent's safety off",
    "leave it to its user what an agent may do unasked",
    Pattern(
        ("--dangerously-skip-permissions|--trust-all-tools|--yolo|bypasspermissions", r"\b(?!-)"),
        ("--dangerously-bypass-approvals-and-sandbox", r"\b"),
        ("sandbox_mode", r"\s{0,3}=\s{0,3}[\"']danger-full-access"),
        ("--sandbox", r"[ =]danger-full-access\b"),
        ("enableallprojectmcpservers|autoapprove", r"[\"']?\s{0,3}:\s{0,3}true"),
    ),
)

_RULES = (
    *(_DOWNLOAD, _DESTROY, _FORK_BOMB, _OVERWRITE, _KEYS, _KEYCHAIN, _REMOTE_SHELL),
    *(_DECODED, _EVALUATED, _PERSISTENT, _WRITTEN, _UNGUARDED),
)

# Claude Code runs these when the skill is loaded, before a model has seen it.
_ON_LOAD = Pattern(("!`", r"(?<![^\s(:]!`)([^`\n]{1,200})`"), needs="`")
_HOOKS = Pattern(("\nhooks|\n\"hooks\"|\n'hooks'", r"[ \t]{0,8}:"))


def check(source: Source, found: Collector) -> None:
    """Look for all of them, in scripts and in what the text tells an agent to run."""
    if source.is_task:
        return
    for rule in _RULES:
        if not (matches := rule.matches(source)):  # mostly none: nothing is made to look at them
            continue
        for match in found.each(rule.code, matches):
            # Installing into a shell's profile is what documents tell a person to do.
            mild = source.is_prose and (rule is _WRITTEN or source.is_denied(match.start()))
            severity: Severity = "advice" if mild else "warning"
            said = source.text[match.start() : match.end()]
            found.add(rule.code, severity, f"{rule.does}: {shown(said)}", rule.hint, match.start())
    if source.path == "SKILL.md":
        _on_load(source, found)


def _on_load(source: Source, found: Collector) -> None:
    hint = "some clients run it as soon as the skill is loaded; let the agent run it instead"
    front_end = source.text.find("\n---", 3)
    for match in found.each("SC047", (m for m in _HOOKS.finditer(source) if m.end() < front_end)):
        message = "`hooks`: commands that run by themselves"
        found.add("SC047", "warning", message, hint, match.start() + 1)
    for match in found.each("SC047", _ON_LOAD.finditer(source)):
        command = source.text[match.start(1) : match.end(1)]
        message = f"a command that runs when the skill is loaded: {shown(command)}"
        found.add("SC047", "warning", message, hint, match.start())
