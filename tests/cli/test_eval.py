"""`eval` and `runs` as one types them, against a service on loopback."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillvault.models.local import LocalModel
from tests.cli.story import CheckJson, Person, ok, write_skill
from tests.models import service as faults
from tests.models.service import KEY, Service, serving, status
from tests.weights import model, weights

__all__ = ["model", "weights"]

PLACES = ["attic", "barn", "cellar", "dock", "eaves", "forge", "gate", "hall", "inn", "jetty"]
THINGS = ["ladle", "lamp", "nail", "oar", "peg", "pipe", "rope", "saw", "tongs", "urn"]
FACTS = [f"The {t} hangs in the {p}." for t, p in zip(THINGS, PLACES, strict=True)]


def write_house(folder: Path, facts: int) -> Path:
    """A skill that knows where so many of ten things hang, and the suite that asks for all."""
    write_skill(folder, "Where things hang. Use when asked where something hangs.")
    with (folder / "SKILL.md").open("a") as file:
        file.write("\n".join(["", *FACTS[:facts], ""]))
    evals = [
        {
            "id": thing,
            "prompt": f"Where does the {thing} hang?",
            "checks": [{"type": "contains", "value": place}],
        }
        for thing, place in zip(THINGS, PLACES, strict=True)
    ]
    (folder / "evals").mkdir(exist_ok=True)
    (folder / "evals" / "evals.json").write_text(json.dumps({"evals": evals}))
    return folder


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(service: Service) -> None:
    service.script, service.otherwise, service.delay = [], None, 0
    service.asked.clear()


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Ada, with two versions of `house`, and another skill that knows everything too."""
    ada = Person.at(tmp_path_factory.mktemp("eval") / "ada")
    ok(ada.run("init", "acme", "--name", "Ada Lovelace"))
    ok(ada.run("put", str(write_house(ada.home / "house", 3)), "-m", "three"))
    ok(ada.run("put", str(write_house(ada.home / "house", 10)), "-m", "ten"))
    ok(ada.run("put", str(write_house(ada.home / "barn", 10)), "-m", "ten"))
    return ada


def env(service: Service, key: str = KEY) -> dict[str, str]:
    return {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": service.openai}


def measure(
    ada: Person, service: Service, *words: str, key: str = KEY
) -> subprocess.CompletedProcess[str]:
    return ada.run("eval", *words, "--model", "openai:echo", env=env(service, key))


def test_a_version_against_another_on_a_service(
    keeper: Person, service: Service, check_json: CheckJson
) -> None:
    done = measure(keeper, service, "house@2", "--against", "@1", "--json")
    found = check_json("eval", ok(done))
    assert (found["subject"], found["reference"], found["verdict"]) == ("@2", "@1", "improves")
    assert {arm["name"]: arm["mean"] for arm in found["arms"]} == {"@1": 0.3, "@2": 1.0}
    assert (found["samples"], found["temperature"], found["cost_usd"]) == (3, None, None)
    assert (found["cached"], len(service.asked)) == (0, 60)
    assert 1 < service.most <= 8
    assert found["model"]["served"] == ["echo-2026-01-01 fp_1"]
    assert found["model"]["digest"] == f"{service.openai} echo"
    # Again, and it costs nothing.
    again = ok(measure(keeper, service, "house", "--against", "@1"))
    assert "60 calls (60 cached), 0 prompt tokens" in again
    assert again.startswith(
        "@1 0.30   @2 1.00\n@2 - @1  +0.70 [+0.12, +0.93]   p 0.016   10 tasks x 3\n"
    )
    assert len(service.asked) == 60
    # Another arm shares nothing with these, and the versions are not asked again.
    more = check_json("eval", ok(measure(keeper, service, "house", "--against", "@1", "--arm", "baseline", "--json")))  # fmt: skip
    assert (more["cached"], len(service.asked)) == (60, 90)
    fresh = check_json("eval", ok(measure(keeper, service, "house", "--against", "@1", "--fresh", "--json")))  # fmt: skip
    assert (fresh["cached"], len(service.asked)) == (0, 150)


def test_the_hint_leads_to_the_task_that_fell_most(keeper: Person, service: Service) -> None:
    done = measure(keeper, service, "house@1", "--against", "@2", "--samples", "1")
    assert done.stdout.startswith("scored lower: dock -1.00") or "oar -1.00" in done.stdout
    hint = done.stderr.splitlines()[-1]
    assert hint == "hint: `skillvault runs last oar`"
    assert "  answered: " in ok(keeper.run(*hint.split("`")[1].split()[1:]))


def test_anthropic_is_asked_in_its_own_words(
    keeper: Person, service: Service, check_json: CheckJson
) -> None:
    own = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": service.anthropic}
    words = ["eval", "house@1", "--model", "anthropic:echo", "--samples", "1", "--json"]
    found = check_json("eval", ok(keeper.run(*words, env=own)))
    assert {arm["name"]: arm["mean"] for arm in found["arms"]} == {
        "baseline": 0,
        "skill": 0.3,
        "sham": 0,
    }
    assert {asked.path for asked in service.asked} == {"/v1/messages"}
    assert all(asked.body["max_tokens"] == 512 for asked in service.asked)


@pytest.mark.slow
def test_against_llama_cpp_s_own_server_with_its_key(
    keeper: Person, model: LocalModel, check_json: CheckJson
) -> None:
    folder = write_house(keeper.home / "small", 10)
    path = folder / "evals" / "evals.json"
    suite = json.loads(path.read_text())
    path.write_text(json.dumps({"defaults": {"max_tokens": 16}, "evals": suite["evals"][:6]}))
    ok(keeper.run("put", str(folder)))
    url = asyncio.run(model.listening_address()) + "/v1"
    words = ["eval", "small", "--model", "openai:smollm2", "--base-url", url, "--temperature", "0"]
    wrong = keeper.run(*words, env={"OPENAI_API_KEY": "sk-wrong-0123456789"})
    assert (wrong.returncode, "the key is not accepted" in wrong.stderr) == (7, True)
    found = check_json("eval", ok(keeper.run(*words, "--arm", "baseline", "--json", env={"OPENAI_API_KEY": model._key})))  # fmt: skip
    means = {arm["name"]: arm["mean"] for arm in found["arms"]}
    assert means["skill"] > means["baseline"]
    assert found["missing"] == 0
    assert all(arm["prompt_tokens"] > 0 for arm in found["arms"])


def test_against_another_skill(keeper: Person, service: Service, check_json: CheckJson) -> None:
    found = check_json("eval", ok(measure(keeper, service, "house@1", "--against", "barn", "--samples", "1", "--json")))  # fmt: skip
    assert (found["subject"], found["reference"], found["verdict"]) == (
        "house@1",
        "barn@1",
        "harms",
    )
    assert [task["task"] for task in found["lower"]["tasks"]] == THINGS[3:]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("house@2", "--against", "@2"), 2, "it is the version that is measured"),
        (("house@2", "--against", "house"), 2, "it is the version that is measured"),
        (("house", "--against", "@9"), 3, "house@9"),
        (("house", "--against", "shed"), 3, "no such skill"),
        (("house", "--against", "@x"), 2, "not a skill's name"),
        (("house", "--margin", "0"), 2, "margin"),
        (("house", "--concurrency", "0"), 2, "concurrency"),
        (("house", "--arm", "nonsense"), 2, "no such arm"),
        (("house", "--base-url", "http://user:secret@localhost/v1"), 2, "without user"),
    ],
)
def test_what_cannot_be_compared_costs_nothing(
    keeper: Person, service: Service, words: tuple[str, ...], code: int, said: str
) -> None:
    done = measure(keeper, service, *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "secret" not in done.stderr
    assert not service.asked


def test_an_address_needs_a_service(keeper: Person) -> None:
    done = keeper.run("eval", "house", "--model", "echo:", "--base-url", "http://localhost/v1")
    assert (done.returncode, "is not a service" in done.stderr) == (2, True)


def test_the_margin_is_fixed_beforehand_and_recorded(
    keeper: Person, service: Service, check_json: CheckJson
) -> None:
    found = check_json("eval", ok(measure(keeper, service, "house@2", "--margin", "0.3", "--samples", "1", "--json")))  # fmt: skip
    assert found["margin"] == 0.3


def test_the_address_is_an_option_a_variable_or_a_setting(keeper: Person, service: Service) -> None:
    words = ["eval", "house@2", "--model", "openai:echo", "--samples", "1", "--fresh"]
    key = {"OPENAI_API_KEY": KEY}
    nowhere = {**key, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    assert keeper.run(*words, env=nowhere).returncode == 7
    ok(keeper.run(*words, "--base-url", service.openai, env=nowhere))
    settings = keeper.home / ".config/skillvault/config.toml"
    before = settings.read_text() if settings.exists() else ""
    settings.write_text(f'openai-base-url = "{service.openai}"\nmodel = "openai:echo"\n')
    try:
        ok(keeper.run("eval", "house@2", "--samples", "1", "--fresh", env=key))
        assert len(service.asked) == 60
    finally:
        settings.write_text(before)


def test_without_a_key_it_says_what_to_do(keeper: Person) -> None:
    done = keeper.run("eval", "house", "--model", "openai:gpt-5-mini")
    assert done.returncode == 7
    assert done.stderr.endswith(
        "skillvault: error: openai:gpt-5-mini: no API key\n"
        "hint: export OPENAI_API_KEY=..., or skillvault config model local:...\n"
    )


def test_a_wrong_key_is_told_once_and_shown_nowhere(keeper: Person, service: Service) -> None:
    wrong = "sk-wrong-0123456789abcdef"
    log = {"OPENAI_LOG": "debug", **env(service, wrong)}
    done = keeper.run("eval", "house", "--model", "openai:echo", "--debug", "--fresh", env=log)
    assert done.returncode == 7
    assert "the key is not accepted" in done.stderr
    assert wrong not in done.stdout + done.stderr
    assert len(service.asked) <= 8


@pytest.mark.parametrize(
    ("behaviour", "temperature"),
    [
        pytest.param(status(500), "0.5", id="500", marks=pytest.mark.exhaustive),
        pytest.param(status(400, {"message": "unsupported value"}), "0.75", id="400"),
    ],
)
def test_a_service_that_breaks_stops_the_run_and_the_next_one_goes_on(
    keeper: Person,
    service: Service,
    check_json: CheckJson,
    behaviour: faults.Behaviour,
    temperature: str,
) -> None:
    words = ["house@1", "--samples", "2", "--temperature", temperature]
    service.script = [faults.answered] * 12
    service.otherwise = behaviour
    done = measure(keeper, service, *words, "--json")
    assert done.returncode == 7
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert "calls in a row failed" in error["problem"]
    assert (error["code"], error["subject"]) == ("service", "openai:echo")
    assert error["hint"] == "12 of 60 answers are kept: the same command goes on from there"
    service.otherwise = None
    service.asked.clear()
    found = check_json("eval", ok(measure(keeper, service, *words, "--json")))
    assert (found["cached"], found["missing"], len(service.asked)) == (12, 0, 48)


def test_an_interrupt_keeps_what_was_answered(keeper: Person, service: Service) -> None:
    service.script = [faults.answered] * 10
    service.otherwise = faults.slow(60)
    words = ["eval", "house@1", "--model", "openai:echo", "--temperature", "0.25"]
    process = subprocess.Popen(
        [sys.executable, "-m", "skillvault", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=keeper.environment(env(service)),
        cwd=keeper.home,
    )
    deadline = time.monotonic() + 60
    while len(service.asked) < 18 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "10 answers of this run are kept: the same command goes on from there" in said
    service.otherwise = None
    again = ok(keeper.run(*words, env=env(service)))
    assert "90 calls (10 cached)" in again


def test_runs_lists_shows_and_explains(
    keeper: Person, service: Service, check_json: CheckJson
) -> None:
    ok(measure(keeper, service, "house@1", "--arm", "sham", "--samples", "1"))
    rows = [line.split("\t") for line in ok(keeper.run("runs")).splitlines()]
    assert rows[0][2:4] == ["house@1", "openai:echo"]
    assert rows[0][4] == "inconclusive"
    identifier = rows[0][0]
    found = check_json("runs", ok(keeper.run("runs", "--json")))
    assert (found["runs"][0]["id"], found["runs"][0]["report"], found["calls"]) == (
        identifier,
        None,
        None,
    )
    one = ok(keeper.run("runs", identifier[:5]))
    assert one == ok(keeper.run("runs", "last"))
    lines = one.splitlines()
    assert lines[0] == "house@1 on openai:echo"
    assert lines[2].split("\t") == ["ladle", "0.00", "1.00", "0.00"]
    assert any(line.startswith("inconclusive: ") for line in lines)
    whole = check_json("runs", ok(keeper.run("runs", "last", "--json")))
    assert whole["runs"][0]["report"]["verdict"] == "inconclusive"
    # What was asked once stands there once, each answer with what its checks saw.
    shown = ok(keeper.run("runs", "last", "ladle")).splitlines()
    assert shown.count("  asked: Where does the ladle hang?") == 1
    assert "  answered: The ladle hangs in the attic." in shown
    assert '  1.00  contains "attic": it is there' in shown
    assert '  0.00  contains "attic": it is not there' in shown
    calls = check_json("runs", ok(keeper.run("runs", "last", "ladle", "--json")))["calls"]
    assert [call["arm"] for call in calls] == ["baseline", "skill", "sham"]
    assert "The ladle hangs in the attic." in calls[1]["system"]
    assert KEY not in json.dumps(whole) + json.dumps(calls)


@pytest.mark.parametrize(
    ("words", "said"),
    [(("zzzzzzzz",), "no such run"), (("last", "nothing"), "no such task in this run")],
)
def test_no_such_run_or_task(
    keeper: Person, service: Service, words: tuple[str, ...], said: str
) -> None:
    ok(measure(keeper, service, "house@1", "--samples", "1", "--arm", "sham"))
    done = keeper.run("runs", *words)
    assert (done.returncode, said in done.stderr) == (3, True)


def test_without_any_run(ada: Person) -> None:
    ok(ada.run("init", "acme", "--name", "Ada Lovelace"))
    done = ada.run("runs")
    assert (done.returncode, done.stdout) == (0, "")
    assert ada.run("runs", "last").returncode == 3


def test_nothing_of_a_run_lies_there_in_plaintext(keeper: Person, service: Service) -> None:
    ok(measure(keeper, service, "house@1", "--samples", "1", "--arm", "sham"))
    secrets = [b"hangs in the attic", b"Where does the ladle", KEY.encode()]
    for path in (keeper.home / ".local/state").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [secret for secret in secrets if secret in data], path


WRITER = """\
#!{python}
import json, sys
path = sys.argv[1]
suite = json.load(open(path))
for task, thing in zip(suite["evals"], {things!r}):
    assert task["prompt"].startswith("STUB:")
    task |= {{"prompt": f"Where does the {{thing}} hang?", "expected_output": "There."}}
    task["checks"] = [{{"type": "contains", "value": "hangs"}}]
open(path, "w").write(json.dumps(suite) if {good} else "[broken")
"""


def write_editor(folder: Path, things: list[str], *, good: bool = True) -> dict[str, str]:
    script = folder / "writer"
    script.write_text(WRITER.format(python=sys.executable, things=things, good=good))
    script.chmod(0o755)
    return {"EDITOR": str(script)}


def test_init_begins_a_suite_and_no_stub_is_measured(ada: Person, check_json: CheckJson) -> None:
    ok(ada.run("init", "acme", "--name", "Ada Lovelace"))
    folder = write_skill(ada.home / "house")
    ok(ada.run("put", str(folder)))
    bare = ada.run("eval", "house", "--model", "echo:")
    assert (bare.returncode, "it has no suite" in bare.stderr) == (1, True)
    # Left as it is, nothing is kept; what is no suite is refused.
    left = ada.run("eval", "house", "--init", env={"EDITOR": "true"})
    assert (left.returncode, "discarded, nothing changed" in left.stderr) == (1, True)
    broken = ada.run("eval", "house", "--init", env=write_editor(ada.home, [], good=False))
    assert (broken.returncode, "evals/evals.json:1: not JSON" in broken.stderr) == (8, True)
    gone = ada.run("eval", "house", "--init", env={"EDITOR": "rm"})
    assert (gone.returncode, "unchanged" in gone.stdout) == (0, True)
    assert ok(ada.run("log", "house")).count("\n") == 1
    # Four of six are written: a version that cannot be measured yet.
    done = ada.run("eval", "house", "--init", env=write_editor(ada.home, THINGS[:4]))
    assert ok(done).startswith("acme/house@2\tedited\t4 files\t")
    assert "2 of 6 tasks are stubs" in done.stderr
    refused = ada.run("eval", "house", "--model", "echo:")
    assert refused.returncode == 1
    assert "house@2: 2 of 6 tasks are stubs: nobody wrote them yet" in refused.stderr
    again = ada.run("eval", "house", "--init", env={"EDITOR": "true"})
    assert (again.returncode, "it has a suite already" in again.stderr) == (2, True)
    ok(ada.run("edit", "house", "evals/evals.json", env={"EDITOR": "sed -i s/STUB:/written:/g"}))
    found = check_json("eval", ok(ada.run("eval", "house", "--model", "echo:", "--json")))
    assert len(found["tasks"]) == 6


def test_init_prints_json_as_edit_does(ada: Person, check_json: CheckJson) -> None:
    ok(ada.run("init", "acme", "--name", "Ada Lovelace"))
    ok(ada.run("put", str(write_skill(ada.home / "house"))))
    done = ada.run("eval", "house", "--init", "--json", env=write_editor(ada.home, THINGS[:6]))
    assert check_json("edit", ok(done))["skill"]["version"] == 2


@pytest.mark.parametrize("more", [("--model", "echo:"), ("--tasks",), ("--arm", "sham"), ("--temperature", "0")])  # fmt: skip
def test_init_takes_no_other_option(keeper: Person, more: tuple[str, ...]) -> None:
    done = keeper.run("eval", "house", "--init", *more)
    assert (done.returncode, "no other option" in done.stderr) == (2, True)


def test_temperature_0_is_sent_and_asks_once(
    keeper: Person, service: Service, check_json: CheckJson
) -> None:
    found = check_json("eval", ok(measure(keeper, service, "house@1", "--temperature", "0", "--json")))  # fmt: skip
    assert (found["temperature"], found["samples"]) == (0, 1)
    assert {asked.body["temperature"] for asked in service.asked} == {0}


def test_where_no_model_is_named_it_is_said_once(ada: Person, weights: Path) -> None:
    ok(ada.run("init", "--name", "Ada"))
    folder = write_skill(ada.home / "code-review")
    (folder / "evals").mkdir()
    (folder / "evals" / "evals.json").write_text(
        '{"evals": [{"prompt": "Hi?", "max_tokens": 1, "checks": '
        '[{"type": "contains", "value": "x"}]}]}'
    )
    ok(ada.run("put", str(folder)))
    (ada.home / ".local/share/skillvault/models").symlink_to(weights)
    done = ada.run("eval", "code-review")
    said = ok(done) + done.stderr
    assert said.count("demo model") == 1
    assert said.count("no model was named: `--model M` measures on another") == 1
    assert "no model was named" not in ada.run("eval", "code-review", "--model", "echo:").stderr
