"""What the benchmark makes of figures: verdicts, ratios, and the words where we lose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import beside, peers
from benchmarks.ours import _folder
from benchmarks.peers import Figures
from benchmarks.table import Row, Table, table_of
from skillvault.skill.files import read_folder
from skillvault.skill.frontmatter import parse_skill
from skillvault.skill.validate import validate

OURS = Figures(
    "skillvault",
    "1.0",
    {"import": 0.6, "list": 0.1, "admit": 0.3, "remove": 1.0, "search, first time": 0.9},
    {"import": 5_000_000},
    {"admit": 7_100},
)
COTTAGE = Figures(
    "cottage",
    "0.8.6",
    {"import": 0.8, "list": 0.004, "admit": 1.2, "remove": 1.0},
    {"import": 8_000_000},
)
SLOW = Figures("sops", absent="not tried: too slow for more than 100")


def lines(table: Table) -> dict[str, tuple[str, ...]]:
    return {line[0]: line[1:] for line in table.lines}


def test_a_figure_is_held_against_its_budget_and_against_cottage() -> None:
    found = lines(beside.table([OURS, COTTAGE, SLOW], 1_000, 5))
    assert found["import all, one commit"][:3] == ("0.60", "0.65", "ok")
    assert found["import all, one commit"][3:7] == ("0.80", "0.75", "0.8", "ok")
    assert found["remove a member, re-seal all"][1:3] == ("0.85", "over")
    assert found["remove a member, re-seal all"][4:7] == ("1.00", "0.7", "over")
    assert found["repository"][4:7] == ("0.62", "1.0", "ok")
    assert "clone, read one" not in found


def test_budgets_for_a_thousand_say_nothing_of_more() -> None:
    found = lines(beside.table([OURS, COTTAGE], 10_000, 5))
    assert found["import all, one commit"][1:3] == ("", "")


def test_what_is_not_here_and_what_we_lose_is_said() -> None:
    notes = beside.table([OURS, COTTAGE, SLOW], 1_000, 5).notes
    assert "sops: not tried: too slow for more than 100" in notes
    lost = [note for note in notes if note.startswith("where we lose")]
    assert [note.split(" (")[0] for note in lost] == ["where we lose, list"]
    assert "less: cottage" in lost[0]
    assert any("7.1 kB, budget 7.0 kB: over" in note for note in notes)
    alone = beside.table([OURS], 1_000, 5).notes
    assert any("are not here" in note for note in alone)


def test_growth_is_judged() -> None:
    cpu = {"import": 7.0, "list": 1.3, "admit": 0.5}
    large = Figures("skillvault", cpu=cpu, pushed={"admit": 7_150})
    found = lines(beside.growth([OURS, COTTAGE], [large], 10))
    assert found["import all, one commit"][:4] == ("0.60 to 7.00", "11.7", "12", "ok")
    assert found["list"][2:4] == ("12", "over")
    assert found["admit a member to all"][1:4] == ("1.7", "1.5", "over")
    assert found["pushed by admitting"][:4] == ("7.1 kB to 7.2 kB", "1.0", "1.5", "ok")


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((0.1, 0.2), "ok"), ((0.3, 0.4), "over"), ((0.1, 0.3, 0.4), "over*")],
)
def test_a_row_says_how_it_is_over(values: tuple[float, ...], verdict: str) -> None:
    assert Row("x", values, 0.2, "s").verdict == verdict


def test_a_table_is_read_on_a_page_too() -> None:
    table = table_of("Start", [Row("a|b", (0.03,), 0.06, "ms", "why"), Row("c", (5e6,), None, "B")])
    page = table.markdown()
    assert "| a\\|b | 60 ms | 30 ms | 30 ms | ok |" in page
    assert "| c |  | 5.00 MB | 5.00 MB |  |" in page
    assert page.endswith("* a|b: why")
    assert [len(line) for line in table.lines] == [len(table.head)] * 2


def test_what_a_peers_script_prints_is_read() -> None:
    times = {"user_s": 0.1, "sys_s": 0.02, "agent_cpu_s": 0.3}
    records = [
        {"op": "add_recipient", **times},
        {"op": "status_unlocked", **times},
        {"op": "size_remove", "packed_bytes": 7, "remote_bytes": 9},
        {"op": "size_import", "remote_bytes": 9},
    ]
    found = peers._read("\n".join(map(json.dumps, records)))
    assert found.cpu == {"admit": pytest.approx(0.42)}
    assert found.size == {"remove": 7, "import": 9}


def test_a_text_of_the_peers_is_a_skill_without_a_finding(tmp_path: Path) -> None:
    head = "---\nname: a-b-0001\ndescription: Says it.\ntags: [x, y]\nversion: 0.3\n---\n"
    text = f"{head}\n# A\n\nDo it.\n"
    folder = _folder(tmp_path, "a-b-0001", text)
    (file,) = read_folder(folder)
    parsed = parse_skill(file.data)
    assert parsed.metadata == {"tags": "x, y", "version": "v0.3"}
    assert validate(parsed, folder=folder.name, paths=[file.path]) == []
