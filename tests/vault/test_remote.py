"""Remotes: real ones on this disk, behind a real ssh command and a real TLS server."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import Exit, RefusedError, ServiceError
from skillvault.vault import git, remote
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.remote import FETCHED, PushRejected, check_url, fetch, ls_remote, push
from skillvault.vault.remote_url import shown
from skillvault.vault.repository import check_repository, create_bare, read_ref, update_ref
from skillvault.vault.verify import verify
from tests.vault.line import Line, noise
from tests.vault.tls import serving
from tests.vault.traps import set_traps

PLAIN = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of this test alone."""
    path = tmp_path / "home"
    path.mkdir()
    monkeypatch.setenv("HOME", str(path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return path


@pytest.fixture
def host(home: Path, tmp_path: Path) -> Path:
    """An empty repository, as a host offers one."""
    path = tmp_path / "a host's $HOME.git"
    words = ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)]
    subprocess.run(words, check=True, env=PLAIN)
    return path


@pytest.fixture
def line(home: Path, tmp_path: Path) -> Line:
    made = Line(tmp_path / "mine $PWD.vault")
    with made.in_one_go():
        return made.begin()


@pytest.fixture
def other(home: Path, tmp_path: Path) -> Path:
    path = tmp_path / "other.vault"
    create_bare(path)
    return path


def tip_of(host: Path) -> str | None:
    return ls_remote(str(host)).get(git.BRANCH)


class TestFetchAndPush:
    def test_what_was_pushed_is_fetched_and_verifies(
        self, line: Line, host: Path, other: Path
    ) -> None:
        assert line.commit is not None
        assert ls_remote(str(host)) == {}
        assert fetch(other, str(host)) is None
        push(line.repo, str(host), line.commit, None)
        assert tip_of(host) == line.commit
        assert fetch(other, str(host)) == line.commit == read_ref(other, FETCHED)
        check_repository(other)
        assert verify(other, line.commit).verified.state == line.state

    @pytest.mark.parametrize("shape", ["{0}", "file://{0}", "{1}", "./{1}"])
    def test_an_address_of_a_path(
        self, shape: str, line: Line, host: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Relative ones count from where the user stands, which is no repository of ours."""
        monkeypatch.chdir(host.parent)
        url = shape.format(host, host.name)
        push(line.repo, url, line.commit or "", None)
        assert ls_remote(url) == {"HEAD": line.commit, git.BRANCH: line.commit}

    def test_only_what_is_new_is_sent(self, line: Line, host: Path, other: Path) -> None:
        first = line.commit
        push(line.repo, str(host), first or "", None)
        fetch(other, str(host))
        line.put(next(iter(line.state.skills)))
        push(line.repo, str(host), line.commit or "", first)
        assert fetch(other, str(host)) == line.commit

    def test_pushing_what_is_there_already_is_no_error(self, line: Line, host: Path) -> None:
        for expected in (None, line.commit):
            push(line.repo, str(host), line.commit or "", expected)

    def test_who_comes_second_is_told_and_changes_nothing(
        self, line: Line, host: Path, other: Path
    ) -> None:
        base = line.commit
        push(line.repo, str(host), base or "", None)
        line.put(next(iter(line.state.skills)))
        push(line.repo, str(host), line.commit or "", base)
        fetch(other, str(host))
        twin = commit_on(line.repo, base)
        for known in (line.repo, other):
            with contextlib.suppress(FileExistsError):
                write_objects(known, [GitObject("tree", b"")])
        with pytest.raises(PushRejected, match="others pushed first") as caught:
            push(line.repo, str(host), twin, base)
        assert caught.value.exit is Exit.CONFLICT
        assert tip_of(host) == line.commit

    def test_who_comes_second_and_has_not_seen_the_first(
        self, line: Line, host: Path, other: Path
    ) -> None:
        push(line.repo, str(host), line.commit or "", None)
        with pytest.raises(PushRejected):
            push(other, str(host), commit_on(other, None), None)
        assert tip_of(host) == line.commit

    def test_repair_moves_the_branch_back_from_where_it_was_seen_alone(
        self, line: Line, host: Path
    ) -> None:
        good = line.commit or ""
        bad = commit_on(line.repo, good)
        push(line.repo, str(host), bad, None)
        for wrong in (good, "1" * 40, None):
            with pytest.raises(PushRejected):
                push(line.repo, str(host), good, wrong, repair=True)
        assert tip_of(host) == bad
        with pytest.raises(PushRejected):
            push(line.repo, str(host), good, bad)
        push(line.repo, str(host), good, bad, repair=True)
        assert tip_of(host) == good

    def test_a_history_that_was_rewound_is_fetched_and_left_to_be_judged(
        self, line: Line, host: Path, other: Path
    ) -> None:
        push(line.repo, str(host), line.commit or "", None)
        fetch(other, str(host))
        subprocess.run(
            ["git", f"--git-dir={host}", "update-ref", git.BRANCH, line.commits[0]],
            check=True,
            env=PLAIN,
        )
        assert fetch(other, str(host)) == line.commits[0]

    def test_other_branches_and_tags_are_not_fetched(
        self, line: Line, host: Path, other: Path
    ) -> None:
        push(line.repo, str(host), line.commit or "", None)
        for ref in ("refs/heads/other", "refs/tags/v1", "refs/skillvault/requests/x"):
            words = ["git", f"--git-dir={host}", "update-ref", ref, line.commit or ""]
            subprocess.run(words, check=True, env=PLAIN)
        fetch(other, str(host))
        refs = git.run(other, ["for-each-ref", "--format=%(refname)"]).decode().split()
        assert refs == [FETCHED]
        assert len(ls_remote(str(host))) == 5

    def test_a_stale_lock_of_a_killed_fetch_is_no_obstacle(
        self, line: Line, host: Path, other: Path
    ) -> None:
        push(line.repo, str(host), line.commit or "", None)
        lock = other / f"{FETCHED}.lock"
        lock.parent.mkdir(parents=True)
        lock.write_text("")
        assert fetch(other, str(host)) == line.commit


def commit_on(repo: Path, parent: str | None) -> str:
    """Any commit: what is pushed is not judged here."""
    tree = GitObject("tree", b"")
    follows = f"parent {parent}\n".encode() if parent else b""
    person = b"a <a@vault> %d +0000\n" % os.getrandom(2)[0]
    raw = b"tree %b\n%bauthor %bcommitter %b\nx\n" % (tree.oid.encode(), follows, person, person)
    made = GitObject("commit", raw)
    write_objects(repo, [tree, made])
    return made.oid


class TestHosts:
    """What a host can say and send."""

    def test_nothing_there(self, other: Path, tmp_path: Path) -> None:
        for act in (
            lambda: fetch(other, str(tmp_path / "none")),
            lambda: ls_remote(str(tmp_path / "none")),
            lambda: push(other, str(tmp_path / "none"), commit_on(other, None), None),
        ):
            with pytest.raises(ServiceError, match="no repository there"):
                act()

    def test_a_hook_that_declines(self, line: Line, host: Path) -> None:
        hook = host / "hooks/pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho 'not today\x1b[31m' >&2\nexit 1\n")
        hook.chmod(0o755)
        with pytest.raises(ServiceError, match=r"did not take it: .*pre-receive hook declined"):
            push(line.repo, str(host), line.commit or "", None)

    def test_a_branch_that_is_locked_at_the_host_is_a_race(self, line: Line, host: Path) -> None:
        lock = host / "refs/heads/main.lock"
        lock.write_text("")
        with pytest.raises(PushRejected):
            push(line.repo, str(host), line.commit or "", None)

    @pytest.mark.parametrize("loose", [True, False])
    def test_more_than_the_limit_is_refused_and_swept_away(
        self, loose: bool, line: Line, host: Path, other: Path
    ) -> None:
        files = {f"names/{line.owner}.age": noise(300_000)}
        if not loose:
            files = {f"f{n}": noise(10_000) for n in range(150)}
        tip = line.write(line.entry(files), files)
        push(line.repo, str(host), tip, None)
        with pytest.raises(RefusedError, match="a file of more than 200000 bytes"):
            fetch(other, str(host), max_bytes=200_000)
        assert not list((other / "objects").rglob("tmp_*"))
        assert read_ref(other, FETCHED) is None
        assert fetch(other, str(host)) == tip

    def test_malformed_objects_are_refused_on_arrival(self, host: Path, other: Path) -> None:
        blob = GitObject("blob", b"x")
        write_objects(host, [blob])
        tree = GitObject("tree", b"100644 .git\0" + bytes.fromhex(blob.oid))
        words = ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
        done = subprocess.run(
            ["git", f"--git-dir={host}", *words],
            input=tree.data,
            check=True,
            env=PLAIN,
            capture_output=True,
        )
        assert done.stdout.decode().strip() == tree.oid
        raw = b"tree %b\nauthor a <a@b> 0 +0000\ncommitter a <a@b> 0 +0000\n\nx\n"
        commit = GitObject("commit", raw % tree.oid.encode())
        write_objects(host, [commit])
        update_ref(host, git.BRANCH, commit.oid, None)
        with pytest.raises(RefusedError, match="malformed objects"):
            fetch(other, str(host))
        assert read_ref(other, FETCHED) is None

    def test_a_strange_repository_runs_nothing_of_its_own(
        self, line: Line, host: Path, other: Path, tmp_path: Path
    ) -> None:
        push(line.repo, str(host), line.commit or "", None)
        witness = set_traps(host, tmp_path)
        assert fetch(other, str(host)) == line.commit
        assert ls_remote(str(host))[git.BRANCH] == line.commit
        assert not witness.exists()
        words = ["git", f"--git-dir={host}", "update-ref", "refs/heads/x", line.commit or ""]
        subprocess.run(words, check=False, env=PLAIN, capture_output=True)
        assert witness.exists(), "the control: opened in place, it does run"

    def test_a_hostile_configuration_of_our_own_repository_runs_nothing(
        self, line: Line, host: Path, tmp_path: Path
    ) -> None:
        """It is refused before use. Should it be bent in between, it still runs nothing."""
        witness, hooks = tmp_path / "ran", tmp_path / "hooks"
        hooks.mkdir()
        for name in ("pre-push", "reference-transaction", "ssh"):
            (hooks / name).write_text(f"#!/bin/sh\necho x >> '{witness}'\nexit 1\n")
            (hooks / name).chmod(0o755)
        with (line.repo / "config").open("a") as config:
            config.write(f'[core]\n\thooksPath = "{hooks}"\n\tsshCommand = "{hooks}/ssh"\n')
            config.write(f'\tfsmonitor = "{hooks}/ssh"\n')
        push(line.repo, str(host), line.commit or "", None)
        fetch(line.repo, str(host))
        with pytest.raises(ServiceError):
            fetch(line.repo, "ssh://host.invalid/x")
        assert not witness.exists()
        words = ["git", f"--git-dir={line.repo}", "push", str(host), "main:other"]
        subprocess.run(words, check=False, env=PLAIN, capture_output=True)
        assert witness.exists(), "the control: plain git does run it"

    def test_where_the_user_stands_counts_nothing(
        self, host: Path, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        push(line.repo, str(host), line.commit or "", None)
        here = tmp_path / "here"
        subprocess.run(["git", "init", "--quiet", str(here)], check=True, env=PLAIN)
        words = ["git", "-C", str(here), "config", "url.file:///nowhere/.insteadOf", f"{tmp_path}/"]
        subprocess.run(words, check=True, env=PLAIN)
        monkeypatch.chdir(here)
        monkeypatch.setenv("GIT_DIR", str(here / ".git"))
        monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(here / ".git/objects"))
        assert tip_of(host) == line.commit

    def test_the_users_own_insteadof_counts(self, host: Path, line: Line, home: Path) -> None:
        (home / ".gitconfig").write_text(
            f'[url "file://{host.parent}/"]\n\tinsteadOf = https://host.invalid/\n'
        )
        url = f"https://host.invalid/{host.name.replace(' ', '%20')}"
        push(line.repo, url, line.commit or "", None)
        assert ls_remote(url)[git.BRANCH] == line.commit

    def test_insteadof_does_not_lead_to_another_protocol(self, home: Path, tmp_path: Path) -> None:
        witness = tmp_path / "ran"
        (home / ".gitconfig").write_text(
            f'[url "ext::touch {witness} "]\n\tinsteadOf = https://host.invalid/\n'
            '[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n'
        )
        with pytest.raises(RefusedError, match=r"another address|protocol other than"):
            ls_remote("https://host.invalid/x")
        assert not witness.exists()


class TestChildren:
    """Git and ssh as children: what they get, and how they are heard."""

    SSH = """#!/bin/sh
env > '{seen}'
[ "$1" = -G ] && exit 1
for last in "$@"; do :; done
exec sh -c "$last"
"""

    def test_an_ssh_command_gets_no_secret_and_nothing_inherited(
        self, line: Line, host: Path, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen, script = tmp_path / "seen", tmp_path / "deploy"
        script.write_text(self.SSH.replace("{seen}", str(seen)))
        script.chmod(0o755)
        monkeypatch.setenv("SKILLVAULT_KEY", "AGE-SECRET-KEY-1XYZ")
        monkeypatch.setenv("SKILLVAULT_PASSPHRASE", "correct horse")
        monkeypatch.setenv("GIT_TRACE", "/dev/null")
        monkeypatch.setenv("GIT_SSH_COMMAND", "false")
        plain = tmp_path / "plain.git"
        host.rename(plain)
        url = f"git@host.invalid:{plain}"
        push(line.repo, url, line.commit or "", None, ssh_command=str(script))
        assert fetch(other, url, ssh_command=str(script)) == line.commit
        assert ls_remote(url, ssh_command=str(script))[git.BRANCH] == line.commit
        inherited = seen.read_text()
        assert "AGE-SECRET-KEY" not in inherited
        assert "correct horse" not in inherited
        assert "GIT_TRACE=" not in inherited
        assert "GIT_TERMINAL_PROMPT=0" in inherited
        assert "SSH_ASKPASS_REQUIRE=force" in inherited

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            ("git@host: Permission denied (publickey).", "does not let you in"),
            ("Host key verification failed.", "does not let you in"),
            (
                "ssh: Could not resolve hostname host: Name or service not known",
                "cannot be reached",
            ),
            ("ssh: connect to host host port 22: Connection refused", "cannot be reached"),
            ("ERROR: Repository not found.", "no repository there"),
            ("something new\x1b[31m", "Could not read from remote repository"),
        ],
    )
    @pytest.mark.usefixtures("home")
    def test_what_ssh_says_becomes_one_error_with_what_to_do(
        self, words: str, problem: str, tmp_path: Path
    ) -> None:
        script = tmp_path / "ssh"
        script.write_text(f"#!/bin/sh\nprintf '%s\\n' '{words}' >&2\nexit 255\n")
        script.chmod(0o755)
        with pytest.raises(ServiceError, match=problem) as caught:
            ls_remote("ssh://git@host.invalid/x", ssh_command=str(script))
        assert caught.value.subject == "ssh://git@host.invalid/x"
        assert str(caught.value).isprintable()

    def test_an_answer_without_an_end_is_cut_off(self) -> None:
        words = ["sh", "-c", "yes noise >&2 & exec yes"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            with pytest.raises(RefusedError, match="more than 8388608 bytes"):
                remote._drain(process)
            process.kill()

    def test_of_what_is_said_the_end_is_kept(self) -> None:
        words = ["sh", "-c", "head -c 9000000 /dev/zero >&2; echo fatal: x >&2"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            output, said = remote._drain(process)
        assert output == b""
        assert len(said) == 256 * 1024
        assert said.endswith(b"fatal: x\n")

    def test_nothing_is_left_running_or_open(self, line: Line, host: Path, other: Path) -> None:
        before, children = list(Path("/dev/fd").iterdir()), _children()
        push(line.repo, str(host), line.commit or "", None)
        fetch(other, str(host))
        assert len(list(Path("/dev/fd").iterdir())) <= len(before)
        assert _children() == children

    def test_a_machine_without_git_is_told_so(self, tmp_path: Path) -> None:
        code = (
            "from skillvault.vault.remote import ls_remote\n"
            "from skillvault.errors import ServiceError\n"
            "try: ls_remote('/x')\n"
            "except ServiceError as e: print(e)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=PLAIN | {"PATH": str(tmp_path)},
            check=True,
            capture_output=True,
            text=True,
        )
        assert "not found on this machine" in done.stdout


def _children() -> set[str]:
    """The processes that this one has started and not waited for."""
    lists = Path("/proc/self/task").glob("*/children")
    return {child for listed in lists for child in listed.read_text().split()}


@pytest.fixture
def https(home: Path) -> Iterator[str]:
    """The address of a TLS server whose certificate the user's own git configuration trusts."""
    with serving(home) as url:
        yield url


class TestHttps:
    def test_a_host_that_moved_is_not_followed_and_its_new_address_is_told(
        self, https: str, other: Path
    ) -> None:
        for act in (ls_remote, lambda url: fetch(other, url)):
            with pytest.raises(
                ServiceError, match=r"it has moved to https://new\.example/here"
            ) as e:
                act(f"{https}/moved")
            assert e.value.exit is Exit.SERVICE
            assert e.value.hint == "skillvault remote https://new.example/here"

    def test_an_evil_new_address_is_not_repeated(self, https: str) -> None:
        with pytest.raises(ServiceError, match="it redirects to another address"):
            ls_remote(f"{https}/evil")

    def test_a_host_that_wants_a_password_is_not_answered(self, https: str) -> None:
        with pytest.raises(ServiceError, match="does not let you in"):
            ls_remote(f"{https}/private")

    def test_nothing_there(self, https: str) -> None:
        with pytest.raises(ServiceError, match="no repository there"):
            ls_remote(f"{https}/none")

    def test_a_certificate_that_nobody_trusts(self, https: str, home: Path) -> None:
        (home / ".gitconfig").write_text("")
        with pytest.raises(ServiceError, match="certificate"):
            ls_remote(f"{https}/none")

    @pytest.mark.usefixtures("https")
    def test_nobody_listens(self) -> None:
        with pytest.raises(ServiceError, match="cannot be reached"):
            ls_remote("https://127.0.0.1:1/x")


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "https://host/ada/skills.git",
            "https://ada@host:8443/x",
            "https://[::1]:8443/x",
            "ssh://git@host:2222/x/y.git",
            "ssh://host/~ada/x",
            "git@host:ada/skills.git",
            "host:x",
            "[::1]:x",
            "file:///srv/a b.git",
            "/srv/a b:c.git",
        ],
    )
    def test_good_ones_stay_as_they_are(self, url: str) -> None:
        assert check_url(url) == url

    @pytest.mark.parametrize(
        ("url", "path"),
        [("x", "x"), ("./x:y", "x:y"), ("../x", "../x"), ("a b/ä", "a b/ä"), (".", ""), ("~", "~")],
    )
    def test_relative_paths_become_absolute(self, url: str, path: str) -> None:
        assert check_url(url) == os.path.normpath(Path.cwd() / path)

    @pytest.mark.parametrize(
        ("url", "problem"),
        [
            ("", "no address"),
            ("x" * 5000, "too long"),
            ("--upload-pack=touch x", "an option"),
            ("-x:y", "an option"),
            ("ext::sh -c evil", "run a program"),
            ("::x", "run a program"),
            ("fd::17", "run a program"),
            ("ext://x", "`ext` is not used"),
            ("http://host/x", "`http` is not used"),
            ("HTTPS://host/x", "`HTTPS` is not used"),
            ("git://host/x", "`git` is not used"),
            ("ftp://host/x", "`ftp` is not used"),
            ("://x", "`` is not used"),
            ("https://", "no host"),
            ("https:///x", "no host"),
            ("https://host:/x", "no port"),
            ("https://ho st/x", "no host"),
            ("https://höst/x", "no host"),
            ("https://ada:secret@host/x", "a password in an address"),
            ("ssh://-oProxyCommand=evil/x", "no host"),
            ("ssh://-oProxyCommand=evil@host/x", "taken for an option"),
            ("ssh://git@-host/x", "no host"),
            ("git@-oProxyCommand=evil:x", "no host"),
            ("git@host:", "no path"),
            ("git@host:-x", "looks like an option"),
            ("a b@host:x", "taken for an option"),
            ("file://host/x", "three slashes"),
            ("/srv/x\n", "control characters"),
            ("https://host/\x1b[31m", "control characters"),
            ("https://host/\x9b31m", "control characters"),
            ("_::x", "run a program"),
            ("[::1", "no host"),
            (":x", "neither an address nor a path"),
            ("a@b@host:x", "neither an address nor a path"),
        ],
    )
    def test_bad_ones_are_refused_with_the_reason(self, url: str, problem: str) -> None:
        with pytest.raises(RefusedError, match=problem):
            check_url(url)
        with pytest.raises(RefusedError):
            ls_remote(url)

    @given(st.text(max_size=60) | st.text(alphabet="ab:/@-.[]~ ", max_size=30))
    def test_any_text_is_refused_or_harmless(self, text: str) -> None:
        for url in (text, f"https://{text}", f"ssh://{text}", f"git@{text}", f"{text}::x"):
            try:
                checked = check_url(url)
            except RefusedError:
                continue
            assert not checked.startswith("-")
            assert re.match(r"[A-Za-z0-9+.-]*::", checked) is None, "as git tells a helper"
            assert not any(ord(c) < 32 for c in checked)
            assert check_url(checked) == checked

    def test_a_password_in_the_address_is_never_repeated(self) -> None:
        with pytest.raises(RefusedError) as caught:
            check_url("https://ada:secret@host/x")
        assert "secret" not in f"{caught.value} {caught.value.hint}"

    def test_a_password_is_not_shown(self) -> None:
        assert shown("https://ada:secret@host/x") == "https://host/x"
        assert shown("git@host:x") == "git@host:x"
        assert shown("https://host/\x1b\n") == "https://host/??"


def test_importing_the_module_does_not_import_gitpython() -> None:
    code = "import sys, skillvault.vault.remote; print('git' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=PLAIN
    )
    assert done.stdout.strip() == "False"


def test_every_call_goes_through_gitpython(
    line: Line, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from git import Git

    started: list[list[str]] = []
    execute: Callable[..., object] = Git.execute

    def watched(self: Git, command: list[str], **kwargs: object) -> object:
        started.append(command)
        return execute(self, command, **kwargs)

    monkeypatch.setattr(Git, "execute", watched)
    push(line.repo, str(host), line.commit or "", None)
    remote.fetch(line.repo, str(host))
    ls_remote(str(host))
    assert [next(w for w in words[1:] if not w.startswith("-")) for words in started] == [
        "push",
        "fetch",
        "ls-remote",
    ]
    for words in started:
        assert words[words.index(str(host)) - 1] == "--"
