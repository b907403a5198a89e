"""Settings: where they come from, and what they may be."""

from __future__ import annotations

import pytest

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, ok


def test_each_value_says_where_it_comes_from(ada: Person, check_json: CheckJson) -> None:
    ok(ada.run("init", "mine", "--name", "Ada"))
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}
    file = ada.home / ".config/skillvault/config.toml"
    file.write_text('# mine\nstale = "refuse" # careful\n')
    ok(ada.run("config", "stale-age", "7"))
    ok(ada.run("config", "vault", "mine"))
    found = check_json("config", ok(ada.run("config", "--json", env=env)))
    assert {s["key"]: (s["value"], s["source"]) for s in found["settings"]} == {
        "vault": ("mine", "config.toml"),
        "model": ("local:smollm2-135m", "default"),
        "openai-base-url": ("http://127.0.0.1:8080/v1", "OPENAI_BASE_URL"),
        "anthropic-base-url": ("https://api.anthropic.com", "default"),
        "stale-age": ("7", "config.toml"),
        "theme": ("dark", "default"),
        "stale": ("refuse", "config.toml"),
    }
    assert found["file"] == str(file)
    assert file.read_text() == '# mine\nstale = "refuse" # careful\nstale-age = 7\nvault = "mine"\n'
    ok(ada.run("config", "--unset", "stale-age"))
    assert file.read_text() == '# mine\nstale = "refuse" # careful\nvault = "mine"\n'
    assert ok(ada.run("config", "stale-age")) == "30\n"
    assert ada.run("config", "--unset", "stale-age").returncode == Exit.NOT_FOUND
    text = ok(ada.run("config"))
    assert "vault\tmine\tconfig.toml\t" in text
    done = ada.run("config", "openai-base-url", "https://example.org/v1", env=env)
    assert "OPENAI_BASE_URL is set, and stronger" in done.stderr
    leaky = {"OPENAI_BASE_URL": "https://me:zebra@example.org/v1"}
    assert "zebra" not in ok(ada.run("config", env=leaky))
    assert ok(ada.run("config", "openai-base-url")) == "https://example.org/v1\n"


def test_a_setting_counts(ada: Person) -> None:
    ok(ada.run("init", "one", "--name", "Ada"))
    ok(ada.run("init", "two"))
    ok(ada.run("config", "vault", "two"))
    assert "two" in ok(ada.run("status"))
    ok(ada.run("config", "--unset", "vault"))
    assert ada.run("status").returncode == Exit.USAGE
    assert ada.run("config", "vault").returncode == Exit.NOT_FOUND


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["modle"], Exit.USAGE),
        (["modle", "local:x"], Exit.USAGE),
        (["vault", "none"], Exit.NOT_FOUND),
        (["stale", "never"], Exit.USAGE),
        (["stale-age", "0"], Exit.USAGE),
        (["stale-age", "-1"], Exit.USAGE),
        (["stale-age", "1e9"], Exit.USAGE),
        (["model", "gpt"], Exit.USAGE),
        (["openai-base-url", "ftp://x"], Exit.USAGE),
        (["openai-base-url", "https://me:secret@example.org/v1"], Exit.USAGE),
        (["--unset"], Exit.USAGE),
        (["--unset", "model", "x"], Exit.USAGE),
    ],
    ids=str,
)
def test_what_cannot_be_is_not_written(ada: Person, words: list[str], code: Exit) -> None:
    before = (
        ["config", *words[:1], "--", *words[1:]] if words[0] != "--unset" else ["config", *words]
    )
    done = ada.run(*before)
    assert done.returncode == code, done.stderr
    assert "secret" not in done.stderr
    assert not (ada.home / ".config/skillvault/config.toml").exists()


def test_a_damaged_file_is_refused_and_kept(ada: Person) -> None:
    file = ada.home / ".config/skillvault/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("not = [toml")
    for words in (["config"], ["config", "stale", "warn"], ["config", "--unset", "stale"]):
        assert ada.run(*words).returncode == Exit.REFUSED
    assert file.read_text() == "not = [toml"
