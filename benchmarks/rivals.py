"""What a call of an evaluation costs beside promptfoo and Inspect AI, on the same instant service.

Each program runs as its user starts it, 50 calls at a time, on tasks with one check each, and keeps
its results as it does by itself. A run of many calls less a run of few, by the difference of calls:
so the start of the program is not in the figure of a call. The service counts what it answered, and
each program must have found every answer right.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.evaluation import CONCURRENCY, counted
from benchmarks.measure import Ran, run
from benchmarks.ours import version
from benchmarks.people import Keyholder
from benchmarks.table import Table, shown
from benchmarks.tools import INSPECT, PROMPTFOO, NotHereError, promptfoo, python_tool
from skillvault.errors import ServiceError

BUDGET: Final = 0.005
FEW: Final = 60
MANY: Final = 660
_KEY: Final = "sk-0123456789"
_TASK: Final = """\
import os
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes

@task
def bench():
    calls = range(int(os.environ["CALLS"]))
    return Task(
        dataset=[Sample(input=f"Task {i}: which?", target="orange") for i in calls],
        scorer=includes(),
    )
"""


@dataclass(frozen=True)
class Cost:
    """One program: what starting and few calls take, and one call more, in CPU and wall seconds."""

    program: str
    few: Ran
    cpu: float
    wall: float
    absent: str = ""


Asked = Callable[[str, int], Ran]


def measure(work: Path, reps: int) -> list[Cost]:
    """Ours, promptfoo, Inspect AI; what is not here says so."""
    work.mkdir()
    makers: list[tuple[str, Callable[[Path], Asked]]] = [
        (f"skillvault {version()}", _ours),
        (PROMPTFOO.replace("@", " "), _promptfoo),
        (INSPECT[0].replace("==", " "), _inspect),
    ]
    found = []
    for program, maker in makers:
        print(f"  {program} ...", file=sys.stderr, flush=True)
        try:
            asked = maker(work)
            found.append(_cost(program, asked, reps))
        except (NotHereError, ServiceError) as error:
            found.append(Cost(program, Ran("", 0.0), 0.0, 0.0, str(error).splitlines()[-1][:200]))
    return found


def table(found: Sequence[Cost]) -> Table:
    """One line a program."""
    lines = []
    for cost in found:
        if cost.absent:
            continue
        ours = cost is found[0]
        verdict = ("ok" if cost.cpu <= BUDGET else "over") if ours else ""
        cells = (shown(cost.cpu, "ms"), shown(BUDGET, "ms") if ours else "", verdict)
        started = shown(cost.few.cpu, "s"), shown(cost.few.wall, "s")
        lines.append((cost.program, *cells, shown(max(cost.wall, 0), "ms"), *started))
    head = ("", "CPU a call", "budget", "", "wall a call", f"CPU of {FEW} calls", "wall of them")
    return Table(
        f"Evaluation at concurrency {CONCURRENCY}, whole processes, an instant service",
        head,
        tuple(lines),
        tuple(_notes(found)),
    )


def _notes(found: Sequence[Cost]) -> list[str]:
    how = f"a call: a run of {MANY} calls less one of {FEW}, by {MANY - FEW}; each program keeps"
    notes = [f"{how} its results as it does by itself (ours sealed)"]
    notes += [f"{cost.program}: {cost.absent}" for cost in found if cost.absent]
    ours = found[0]
    for cost in found[1:]:
        if not cost.absent and not ours.absent and cost.cpu < ours.cpu:
            notes.append(
                f"where we lose, a call (less: {cost.program}): ours seals every answer to its "
                "owner and computes intervals over three arms"
            )
    return notes


def _cost(program: str, asked: Asked, reps: int) -> Cost:
    few = [_run(asked, FEW) for _ in range(reps)]
    many = [_run(asked, MANY) for _ in range(reps)]
    calls = MANY - FEW
    return Cost(
        program,
        Ran("", statistics.median(r.cpu for r in few), statistics.median(r.wall for r in few)),
        (statistics.median(r.cpu for r in many) - statistics.median(r.cpu for r in few)) / calls,
        (statistics.median(r.wall for r in many) - statistics.median(r.wall for r in few)) / calls,
    )


def _run(asked: Asked, calls: int) -> Ran:
    with counted() as (url, answered):
        ran = asked(url, calls)
    if answered != [calls]:
        raise ServiceError("rivals", f"{answered} calls were answered, not {calls}")
    return ran


def _ours(work: Path) -> Asked:
    """A skill whose suite has a third of the calls as tasks: baseline, skill and sham ask each."""
    ada = Keyholder(work / "ada")
    ada.skillvault("init", "acme", "--name", "Ada Lovelace")
    for calls in (FEW, MANY):
        folder = work / f"bench-{calls}"
        (folder / "evals").mkdir(parents=True)
        head = f"---\nname: {folder.name}\ndescription: Says which.\n---\n"
        (folder / "SKILL.md").write_text(f"{head}The flag is orange.\n")
        check = {"type": "contains", "value": "orange"}
        evals = [
            {"id": f"t{i}", "prompt": f"Task {i}: which?", "checks": [check]}
            for i in range(calls // 3)
        ]
        (folder / "evals" / "evals.json").write_text(json.dumps({"evals": evals}))
        ada.skillvault("put", str(folder))

    def asked(url: str, calls: int) -> Ran:
        words = ["--model", "openai:instant", "--base-url", url, "--samples", "1", "--fresh"]
        words += ["--concurrency", str(CONCURRENCY), "--arm", "sham", "--json"]
        ran = ada.skillvault("eval", f"bench-{calls}", *words, OPENAI_API_KEY=_KEY)
        assert json.loads(ran.output)
        return ran

    return asked


def _promptfoo(work: Path) -> Asked:
    node, program = promptfoo()
    quiet = ("TELEMETRY", "UPDATE", "REMOTE_GENERATION", "SHARING")
    env = {
        **{f"PROMPTFOO_DISABLE_{what}": "1" for what in quiet},
        "PROMPTFOO_CONFIG_DIR": str(work / "promptfoo"),
        "PATH": f"{node.parent}:{os.environ['PATH']}",
        "HOME": str(work),
        "OPENAI_API_KEY": _KEY,
    }

    def asked(url: str, calls: int) -> Ran:
        check = [{"type": "contains", "value": "orange"}]
        tests = [{"vars": {"q": f"Task {i}: which?"}, "assert": check} for i in range(calls)]
        model = {"id": "openai:chat:instant", "config": {"apiBaseUrl": url}}
        config = {"prompts": ["{{q}}"], "providers": [model], "tests": tests}
        (work / "promptfooconfig.json").write_text(json.dumps(config))
        words = ["eval", "-c", "promptfooconfig.json", "-j", str(CONCURRENCY), "--no-cache"]
        words += ["--no-table", "--no-progress-bar"]
        ran = run([str(node), str(program), *words], env=env, cwd=work)
        if f"{calls} passed" not in ran.output.replace(",", ""):
            raise ServiceError("promptfoo", f"not all passed: {ran.output[-500:]}")
        return ran

    return asked


def _inspect(work: Path) -> Asked:
    programs = python_tool("inspect", *INSPECT)
    (work / "task.py").write_text(_TASK)
    path = f"{programs}:{os.environ['PATH']}"

    def asked(url: str, calls: int) -> Ran:
        at_once = ["--max-connections", str(CONCURRENCY), "--max-samples", str(CONCURRENCY)]
        words = ["eval", "task.py", "--model", "openai/instant", *at_once, "--display", "none"]
        words += ["-M", "responses_api=false", "--log-dir", "logs"]
        shutil.rmtree(work / "logs", ignore_errors=True)
        env = {"PATH": path, "HOME": str(work), "OPENAI_BASE_URL": url, "OPENAI_API_KEY": _KEY}
        ran = run([str(programs / "inspect"), *words], env={**env, "CALLS": str(calls)}, cwd=work)
        (log,) = (work / "logs").glob("*.eval")
        dump = [str(programs / "inspect"), "log", "dump", "--header-only", str(log)]
        results = json.loads(run(dump, env=env, cwd=work).output).get("results")
        if (
            not results
            or results["completed_samples"] != calls
            or '"value": 1.0' not in json.dumps(results)
        ):
            raise ServiceError("inspect", "not all were right")
        return ran

    return asked
