"""One skill: reading it, its files, its versions, its readers, its results, what lint says."""

from __future__ import annotations

import pytest

from skillvault.services import put, reading, removing, revising
from skillvault.services.references import parse
from skillvault.tui.screens.skill import Skill
from skillvault.tui.widgets.grid import Grid
from skillvault.tui.widgets.page import Page
from tests.tui.conftest import Snapshot
from tests.tui.measured import newcomer
from tests.tui.stage import Machine, Ui, playing


def grid(ui: Ui, name: str) -> Grid[object]:
    return ui.app.screen.query_one(f"#{name}", Grid)


def skill(ui: Ui) -> Skill:
    assert isinstance(ui.app.screen, Skill)
    return ui.app.screen


def page(ui: Ui) -> Page:
    return skill(ui).tab.page


def row(ui: Ui, words: str) -> str:
    return next(line for line in ui.see().splitlines() if words in line)


def keys(ui: Ui) -> str:
    """The last lines, where the keys stand."""
    return " ".join(ui.see().splitlines()[-2:])


# Read


async def test_read_as_pictures(measured: Machine, snapshot: Snapshot) -> None:
    """The user opens a skill and reads."""
    async with playing(measured) as ui:
        await ui.press("enter")
        await snapshot(ui, "skill-read")


async def test_reading_a_skill(measured: Machine) -> None:
    """The user goes to a section by the contents (tab, j) and on in the text; follows what it
    names with enter, and by a click, and comes back with esc; looks at the source with w; finds
    letters with /, n and N; and leaves with esc.
    """
    async with playing(measured, size=(100, 20)) as ui:
        await ui.press("enter")
        assert grid(ui, "contents").cursor == 0
        await ui.press("tab", "j", "j")
        assert "## What is what" in ui.see()
        assert page(ui).scroll_y > 0
        await ui.press("enter")
        assert page(ui).has_focus
        await ui.press("g")
        assert grid(ui, "contents").cursor == 0
        await ui.press("j", "j", "enter")
        seen = ui.see()
        assert " references/layers.md  @4 by Ada" in seen
        assert "Imports point down." in seen
        await ui.press("escape")
        assert "SKILL.md  @4" in ui.see()
        assert page(ui).scroll_y == 2
        await ui.press("g")
        lines = ui.see().splitlines()
        y = next(n for n, line in enumerate(lines) if "(references/layers.md)" in line)
        await ui.pilot.click(offset=(lines[y].index("references/layers.md") + 3, y))
        await ui.settle()
        assert "Imports point down." in ui.see()
        await ui.press("escape")
        await ui.press("G")
        await ui.resize(100, 50)
        assert "[layers](references/layers.md)" not in ui.see()
        assert "<U+202E>abc<U+202C>" in ui.see()
        await ui.press("w")
        seen = ui.see()
        assert "[layers](references/layers.md)" in seen
        assert "as it stands" in seen
        assert "<U+202E>abc<U+202C>" in seen
        assert "\x1b" not in seen
        await ui.press("w")
        assert "as it stands" not in ui.see()
        await ui.resize(100, 20)
        await ui.press("g")
        await ui.press("slash")
        await ui.type("what")
        assert "1 of 4" in ui.see()
        await ui.press("enter", "n", "n")
        assert "3 of 4" in ui.see()
        assert "## What is what" in ui.see()
        await ui.press("N")
        assert "2 of 4" in ui.see()
        await ui.press("n", "n", "n")
        assert "1 of 4" in ui.see()
        await ui.press("escape")
        assert " of 4" not in ui.see()
        assert page(ui).hits == []
        await ui.press("slash")
        await ui.type("zebra")
        assert "not found" in ui.see()
        await ui.press("escape", "escape")
        assert "sorted by name" in ui.see()


@pytest.mark.parametrize("size", [100_000, pytest.param(1_000_000, marks=pytest.mark.exhaustive)])
async def test_a_large_text_is_on_the_screen_at_once_and_rendered_later(
    own: Machine, size: int
) -> None:
    """The user opens a skill of up to a megabyte; its first lines are there before the layout."""
    folder = own.folder / "big-skill"
    folder.mkdir()
    part = "## Part\n\nWords of **no** weight.\n\n```\n" + "print(1)  # one\n" * 1000 + "```\n\n"
    head = "---\nname: a-big-skill\ndescription: Big.\n---\n# Big\n\nThe first line.\n\n"
    (folder / "SKILL.md").write_text(head + part * (size // len(part)))
    put.put(own.context, [folder], vault="acme")
    async with playing(own) as ui:
        await ui.press("enter")
        reader = page(ui)
        sections = 1 + size // len(part)
        assert (reader.rendered, len(reader.headings)) == (True, sections)
        assert len(reader.lines) > size // 20
        reader.show(reader.text)
        assert len(reader.lines) == reader.size.height + 1
        assert "The first line." in str(reader.lines)
        await ui.settle()
        assert len(reader.headings) == sections


# Files


async def test_files_of_every_kind_more_room_and_copying(measured: Machine) -> None:
    """The user goes down the list of files, widens the text with +, scrolls it with J and K from
    the list, and copies with y.
    """
    async with playing(measured, size=(100, 24)) as ui:
        await ui.press("enter", "l")
        assert "runs" in row(ui, "run.sh")
        await ui.press("j", "j")
        assert '"evals": [' in ui.see()
        await ui.press("j")
        seen = ui.see()
        assert "logo.png: 10,249 bytes, binary" in seen
        assert "89 50 4e 47" in seen
        await ui.press("G")
        assert "exec ruff check ." in ui.see()
        await ui.press("1", "plus")
        assert "CONTENTS" not in ui.see()
        await ui.press("escape")
        assert "CONTENTS" in ui.see()
        await ui.press("2", "g", "J")
        assert page(ui).scroll_y > 0
        await ui.press("K")
        assert page(ui).scroll_y == 0
        await ui.press("1", "y")
        assert any("OSC 52" in toast for toast in ui.toasts())
        assert ui.app.clipboard.startswith("---\nname: code-review\n")
        await ui.press("6", "y")
        assert ui.app.clipboard.startswith("SKILL.md:25: warning: SC004: ")


# Going about


async def test_the_lines_around_and_going_through_the_tabs(measured: Machine) -> None:
    """The user opens a skill with enter, reads header, tabs and footer, and goes through all tabs
    with l and h, by their numbers, and by a click.
    """
    async with playing(measured, size=(120, 30)) as ui:
        await ui.press("enter")
        head, tabs, *_ = ui.see().splitlines()
        assert head.startswith(" acme/code-review@4 · not pushed")
        assert head.endswith("+.50 [-.22,.89] on echo:, 8 tasks")
        assert tabs.split("   ") == [
            " 1 Read",
            "2 Files 5",
            "3 History 4",
            "4 Access 5",
            "5 Results 2",
            "6 Checks 2 warnings",
        ]
        assert "esc back  1-6 tabs  e edit  s share" in ui.see()
        assert ui.log == "$ skillvault show code-review"
        names = []
        for _ in range(6):
            names.append(skill(ui).tab.title)
            await ui.press("l")
        assert names == ["Read", "Files", "History", "Access", "Results", "Checks"]
        await ui.press("h")
        assert skill(ui).tab.title == "Checks"
        for key, name in zip("123456", names, strict=True):
            await ui.press(key)
            assert skill(ui).tab.title == name
        await ui.pilot.click(offset=(12, 1))
        await ui.settle()
        assert skill(ui).tab.title == "Files"


async def test_every_tab_fits_the_smallest_and_the_largest_screen(measured: Machine) -> None:
    """The user looks at every tab on a small terminal, and on a very large one."""
    words = ["Review a pull", "evals.json", "tighter", "payments", "inconclusive", "SC004"]
    async with playing(measured, size=(80, 24)) as ui:
        await ui.press("enter")
        for size in ((80, 24), (250, 80)):
            await ui.resize(*size)
            for key, word in zip("123456", words, strict=True):
                await ui.press(key)
                assert word in ui.see(), key
                assert page(ui).size.height >= 3, key
                assert page(ui).size.width >= 30, key


# History


async def test_history_as_pictures(measured: Machine, snapshot: Snapshot) -> None:
    """The user looks at what the newest version changed, side by side."""
    async with playing(measured) as ui:
        await ui.press("enter", "3", "D")
        await snapshot(ui, "skill-history")


async def test_history_and_what_each_version_changed(measured: Machine) -> None:
    """The user reads the versions; compares with d, which stays while one moves, and with D; closes
    it with esc; reads an older version with enter, and the newest again with esc.
    """
    async with playing(measured, size=(110, 30)) as ui:
        await ui.press("enter", "3")
        assert row(ui, "▌  ▸4").split()[2:] == [
            "Ada",
            "1",
            "hour",
            "ago",
            "tighter",
            "wording",
            "+.50",
            "[-.22,.89]",
        ]
        assert "+.38" in row(ui, "tasks to measure it by")
        assert "d diff with @3" in ui.see()
        await ui.press("d")
        seen = ui.see()
        assert "@3 → @4  1 file differs" in seen
        assert "- A pointer that may be nil is a blocker." in seen
        await ui.press("j")
        seen = ui.see()
        assert "@2 → @3  4 files differ" in seen
        await ui.press("slash")
        await ui.type("logo")
        assert "logo.png  added, binary" in ui.see()
        await ui.press("escape")
        grid(ui, "versions").focus()
        await ui.press("j")
        assert "- 2. What would break, and for whom?" not in ui.see()
        assert "+ 2. What would break, and for whom?" in ui.see()
        await ui.press("j", "escape")
        assert "@1  by Ada" in ui.see()
        await ui.press("g", "j", "j", "D")
        line = row(ui, "for whom")
        assert "12 - 2. What would break? " in line
        assert "│    12 + 2. What would break, and for whom?" in line
        marked = [s.text for s in page(ui).lines[5] if "7" in s.style.split(";")]
        assert marked == [", and for whom"]
        await ui.press("G", "enter")
        seen = ui.see()
        assert "acme/code-review@1 · the newest is @4: esc" in seen
        assert "2. What would break?" in seen
        assert "2 Files 2" in seen
        await ui.press("escape")
        assert "acme/code-review@4" in ui.see()


async def test_a_version_from_before_does_not_open_and_the_rest_does(own: Machine) -> None:
    """Somebody with whom the skill was shared later looks at its history and its readers."""
    async with playing(newcomer(own), size=(100, 30)) as ui:
        await ui.press("enter", "3", "G")
        assert "sealed before you could read it" in row(ui, "▌   1")
        await ui.press("d")
        assert "d diff" not in keys(ui)
        await ui.press("enter")
        assert "not sealed to any key of yours" in ui.see()
        await ui.press("4")
        assert "owns" in ui.see()
        await ui.press("4", "j")
        assert "only its owner shares it" in ui.see()
        assert "x unshare" not in ui.see()
        await ui.press("3")
        assert "R restore" not in ui.see()


async def test_restoring_shows_what_it_does_and_enter_does_it(own: Machine) -> None:
    """The user presses R at the first version, reads, says no, and then restores it."""
    async with playing(own, size=(110, 30)) as ui:
        await ui.press("enter", "3")
        assert "R restore" not in ui.see()
        await ui.press("j", "R")
        seen = ui.see()
        assert "@3 will hold what @1 holds, byte for byte; @2 stays as it is" in seen
        assert "against @2: SKILL.md changed" in seen
        assert "$ skillvault restore code-review@1" in seen
        await ui.press("escape")
        assert "3 History 2" in ui.see()
        await ui.press("R", "enter")
        assert ui.log == "$ skillvault restore code-review@1  code-review@3, entry 15"
        assert "3 History 3" in ui.see()
        assert "acme/code-review@3 · not pushed" in ui.see()
    _, lines = reading.log(own.context, parse("code-review"))
    assert lines[0].message == "restore @1"


# Access


async def test_access_says_who_through_what_since_when_and_from_which_version(own: Machine) -> None:
    """The user reads who reads a skill: a group with its people, and somebody who came later."""
    newcomer(own)
    async with playing(own, size=(120, 30)) as ui:
        await ui.press("enter", "4")
        assert "4 Access 6" in ui.see()
        assert row(ui, "▌ Ada").split()[2:] == ["by", "name", "owns", "@1", "and", "later", "4", "days", "ago"]  # fmt: skip
        assert "group of 5" in row(ui, "  payments ")
        assert row(ui, "    Bob Barker").split() == ["Bob", "Barker", "payments", "read"]
        assert "@2 and later" in row(ui, "  Frank")
        await ui.press("j")
        assert "not @1: sealed before" in ui.see()
        await ui.press("j")
        assert "sealed to it  @1 and later" in ui.see()
        assert "x unshare" in keys(ui)
        await ui.press("j", "j")
        assert "reads it through payments, 5 keyholders" in ui.see()
        assert "x unshare" not in keys(ui)
        await ui.press("g")
        assert "the owner stays" in ui.see()
        await ui.press("x")
        assert isinstance(ui.app.screen, Skill)
        await ui.press("s")
        assert "Share 1 skill of acme: code-review" in ui.see()


async def test_unsharing_shows_who_loses_it_and_y_does_it_enter_does_not(own: Machine) -> None:
    """The user presses x on a group, enter, esc; then x and y."""
    async with playing(own, size=(100, 30)) as ui:
        await ui.press("enter", "4", "j", "x")
        seen = ui.see()
        assert "Unshare code-review from payments" in seen
        assert "4 keyholders lose it   Bob Barker, Cyd, Dora, Paul Yates" in seen
        assert "they may have read and kept @1-@2" in seen
        assert "$ skillvault unshare code-review --from payments" in seen
        await ui.press("enter")
        assert "y unshare" in ui.see()
        await ui.press("escape")
        assert "4 Access 5" in ui.see()
        await ui.press("x", "y")
        assert ui.log == (
            "$ skillvault unshare code-review --from payments  unshared, entry 15, pushed"
        )
        assert "4 Access only you" in ui.see()


async def test_unsharing_where_the_host_does_not_answer_stays_and_says_so(own: Machine) -> None:
    """The host is gone; the user unshares, reads why it did not work, and keeps everything."""
    (own.folder / "host.git").rename(own.folder / "gone.git")
    async with playing(own, size=(100, 30)) as ui:
        await ui.press("enter", "4", "j", "x", "y")
        assert "y try again   esc keep" in ui.see()
        assert "host.git" in ui.see()
        await ui.press("escape")
        assert "4 Access 5" in ui.see()
        assert "payments" in ui.see()


# Results


async def test_results_as_pictures(measured: Machine, snapshot: Snapshot) -> None:
    """The user looks at the task in which the newest version fell most."""
    async with playing(measured) as ui:
        await ui.press("enter", "5", "enter")
        await snapshot(ui, "skill-results")


async def test_runs_tasks_and_answers(measured: Machine) -> None:
    """The user reads the newest run and an older one; goes into a task with enter, where the
    answers stand side by side with what each check saw; on with j, and back with esc.
    """
    async with playing(measured, size=(120, 30)) as ui:
        await ui.press("enter", "5")
        seen = ui.see()
        assert "@4 against @3 on echo:" in seen
        assert "inconclusive: interval too wide" in seen
        assert row(ui, "null-deref ").split()[1:5] == ["null-deref", "1.00", "0.00", "-1.00"]
        assert "-1.00 !" in row(ui, "null-deref ")
        await ui.press("j")
        assert "skill against baseline" in ui.see()
        head = row(ui, "sham")
        assert [
            head.index(name) for name in ("TASK", "baseline", "skill", "sham", "DIFF")
        ] == sorted(head.index(name) for name in ("TASK", "baseline", "skill", "sham", "DIFF"))
        await ui.press("k", "enter")
        seen = ui.see()
        assert "null-deref · 2 samples · @3 left, @4 right" in seen
        assert "What is a pointer that may be nil?" in seen
        assert "sample 2 of 2" in seen
        verdicts = row(ui, "pass contains")
        assert verdicts.index('pass contains "blocker"') < verdicts.index('FAIL contains "blocker"')
        await ui.press("j")
        assert "What of code that nobody calls?" in ui.see()
        await ui.press("enter")
        assert page(ui).has_focus
        await ui.press("escape", "escape")
        assert "inconclusive: interval too wide" in ui.see()
        await ui.press("escape")
        assert "sorted by name" in ui.see()


# Checks


async def test_findings_and_editing_at_their_line(measured: Machine) -> None:
    """The user reads what lint says, goes into the file with enter, and edits with e: at the line
    of a finding, one of the files, the file that is read.
    """
    async with playing(measured, size=(110, 30)) as ui:
        await ui.press("enter", "6")
        seen = ui.see()
        assert "a reader sees other text than a model reads" in seen
        assert "▸   25 Hidden: <U+202E>abc<U+202C>, and an escape <U+001B>[31mred" in seen
        await ui.press("j")
        assert "SC008  SKILL.md:25" in ui.see()
        await ui.press("enter")
        assert skill(ui).tab.title == "Files"
        assert page(ui).raw
        assert "Hidden: <U+202E>abc" in ui.see()
        assert page(ui).scroll_y > 0
        await ui.press("6")
        assert skill(ui).tab.spot() == ("SKILL.md", 25)
        await ui.press("2", "G")
        assert skill(ui).tab.spot() == ("scripts/run.sh", None)
        await ui.press("1", "enter")
        assert skill(ui).tab.spot() == ("references/layers.md", None)
        await ui.press("e")
        assert ui.log.startswith("$ skillvault edit code-review references/layers.md")


async def test_a_skill_of_which_there_is_little_to_say(library: Machine) -> None:
    """The user looks at a skill that nobody else reads, that was never measured, and is clean."""
    async with playing(library, size=(120, 30)) as ui:
        await ui.press("G", "enter", "4")
        assert "4 Access only you" in ui.see()
        assert "only you" in ui.see().splitlines()[7]
        await ui.press("5")
        seen = ui.see()
        assert "not measured: " in seen
        assert "it has no suite yet" in seen
        assert "$ skillvault eval sql-style --tasks" in seen
        await ui.press("6")
        assert "is not thereby harmless" in ui.see()


# What changes underneath


async def test_a_skill_that_changes_underneath_and_then_goes(own: Machine) -> None:
    """Another window restores the first version while the user reads, then removes the skill: each
    tab says why nothing opens, and esc goes back.
    """
    async with playing(own, size=(100, 30)) as ui:
        await ui.press("enter")
        ui.app.watch_vaults()
        revising.restore(own.context, parse("code-review@1"))
        ui.app.watch_vaults()
        await ui.settle()
        assert "acme/code-review@3" in ui.see()
        assert "3 History 3" in ui.see()
        ui.app.watch_vaults()
        removing.remove(own.context, parse("code-review"), approve=lambda _: True)
        ui.app.watch_vaults()
        await ui.settle()
        for key in "12346":
            await ui.press(key)
            assert "it was removed, or is not shared with you any more" in ui.see(), key
        await ui.press("escape")
        assert "6 of 6" in ui.see()
