"""Everybody in a vault, as a screen shows them; models to choose from; a run that is stopped."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from skillvault.evals.result import Sample
from skillvault.services import config, evaluating, measuring, opening, preparing, roster, runs
from skillvault.services.evaluating import How, Stop, StoppedError
from skillvault.services.references import parse
from skillvault.vault import history
from tests.tui.lab import equip
from tests.tui.stage import Machine, tell


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    folder = tmp_path_factory.mktemp("roster")
    tell(folder)
    made = Machine(folder)
    equip(made)
    return made


def test_since_when_is_the_time_of_the_entry_that_admitted(machine: Machine) -> None:
    vault = opening.open_named(machine.context, "acme")
    found = roster.roster(vault)
    known = history.admitted(vault)
    assert set(known) == set(vault.state.members)
    walked = {
        member: moment.entry.time
        for moment in history.moments(vault)
        for member in moment.after.members
        if member not in moment.before.members
    }
    assert {one.line.member: one.since for one in found.members} == walked
    assert found.is_admin
    assert found.groups[0].group == vault.state.everyone


def test_the_demo_model_is_among_those_to_choose_from_and_says_what_it_lacks(
    machine: Machine,
) -> None:
    found = measuring.models(machine.context)
    assert found[0].note.startswith("demo model (135M), not on this machine")
    assert not found[0].ready
    assert found[-1].name == measuring.ECHO


def test_the_configured_model_comes_first(machine: Machine, tmp_path: Path) -> None:
    own = machine.copied(tmp_path / "own")
    config.put(own.paths, "model", "openai:gpt-9")
    assert measuring.models(own.context)[0].name == "openai:gpt-9"
    assert measuring.default(own.context) == "openai:gpt-9"


def test_a_plan_asks_nothing_and_counts_what_it_takes(machine: Machine) -> None:
    how = How(model="echo:", samples=2)
    made = preparing.prepare(machine.context, parse("where-things-hang"), how)
    assert made.calls == 8 * 3 * 2
    assert made.answer_tokens == made.calls * 512
    assert 0 < made.prompt_tokens < 10_000
    assert (made.gains, made.is_enough) == (6, True)
    assert not preparing.prepare(machine.context, parse("where-few-hang"), how).is_enough


def test_a_run_that_is_stopped_ends_at_once_and_keeps_what_it_has(
    machine: Machine, tmp_path: Path
) -> None:
    own = machine.copied(tmp_path / "own")
    stop, calls = Stop(), list[Sample]()
    enough = threading.Event()

    def heard(sample: Sample) -> None:
        calls.append(sample)
        if len(calls) == 21:
            enough.set()

    def end() -> None:
        enough.wait(30)
        stop.now()

    thread = threading.Thread(target=end)
    thread.start()
    reference = parse("where-one-waits")
    with pytest.raises(StoppedError, match="stopped before its end") as caught:
        evaluating.evaluate(own.context, reference, How(model="echo:"), heard=heard, stop=stop)
    thread.join()
    assert caught.value.code == "check"
    assert runs.listed(own.context) == []
    again, kept = Stop(), list[Sample]()

    def heard_again(sample: Sample) -> None:
        kept.append(sample)
        if len(kept) == 21:
            again.now()

    with pytest.raises(StoppedError):
        evaluating.evaluate(
            own.context,
            reference,
            How(model="echo:"),
            heard=heard_again,
            stop=again,
        )
    assert all(sample.cached for sample in kept)


def test_a_run_that_was_stopped_before_it_began_asks_nothing(machine: Machine) -> None:
    stop, calls = Stop(), list[Sample]()
    stop.now()
    with pytest.raises(StoppedError):
        evaluating.evaluate(
            machine.context,
            parse("where-things-hang"),
            How(model="echo:"),
            heard=calls.append,
            stop=stop,
        )
    assert calls == []
