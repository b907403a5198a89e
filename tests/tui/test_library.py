"""The library: finding, filtering, sorting, marking, previewing."""

from __future__ import annotations

from pathlib import Path

from textual.events import Key

from skillvault.services import put, vaults
from skillvault.tui.widgets.bars import Keys
from skillvault.tui.widgets.grid import Grid
from tests.tui.conftest import Snapshot
from tests.tui.stage import Machine, Ui, playing


def grid(ui: Ui) -> Grid[object]:
    """The table of skills."""
    return ui.app.screen.query_one("#table", Grid)


async def test_the_library_as_pictures(library: Machine, snapshot: Snapshot) -> None:
    """The user opens the UI and looks."""
    async with playing(library) as ui:
        await snapshot(ui, "library")


async def test_every_skill_is_listed_with_what_is_known_of_it(library: Machine) -> None:
    """The user opens the UI and reads the table."""
    async with playing(library, size=(120, 40)) as ui:
        seen = ui.see()
        assert "acme · 7 skills · verified just now" in seen
        assert seen.splitlines()[0].endswith("Ada")
        row = next(line for line in seen.splitlines() if "▌ code-review" in line)
        assert row.split()[:5] == ["▌", "code-review", "2", "payments", "5"]
        assert "unmeasured" in row
        assert next(line for line in seen.splitlines() if "  sql-style" in line).count("only me")
        assert "2 people" in next(line for line in seen.splitlines() if "contract-review" in line)


async def test_the_preview_shows_hidden_characters_and_lets_no_escape_through(
    library: Machine,
) -> None:
    """The user rests on a hostile skill and widens its preview."""
    async with playing(library, size=(120, 60)) as ui:
        await ui.press("plus")
        seen = ui.see()
        assert "Review a pull request as our staff engineers do." in seen
        assert "<U+202E>abc<U+202C>" in seen
        assert "<U+001B>[31mred" in seen
        assert "\x1b" not in seen


async def test_letters_of_a_name_filter_and_are_marked(library: Machine) -> None:
    """The user types `/rev`, looks at what is left, and goes back with esc."""
    async with playing(library) as ui:
        await ui.press("slash")
        await ui.type("rev")
        seen = ui.see()
        assert "3 of 7" in seen
        assert "incident-review" in seen
        assert "sql-style" not in seen
        hits = ui.app.screen.query_one("#table").rows[0].hits  # type: ignore[attr-defined]  # Grid
        assert len(hits) == 3
        await ui.press("enter")
        await ui.press("escape")
        assert "7 of 7" in ui.see()


async def test_a_filter_without_hits_offers_the_bodies(library: Machine) -> None:
    """The user filters for words that stand in no name, and searches the texts with enter."""
    async with playing(library) as ui:
        await ui.press("slash")
        await ui.type("morning")
        assert "search in bodies" in ui.see()
        await ui.press("enter")
        seen = ui.see()
        assert "1 of 7 · found in their texts" in seen
        assert "on-call" in seen
        assert ui.log == "$ skillvault search morning  1 skill"
        await ui.press("escape")
        assert "7 of 7" in ui.see()


async def test_no_text_has_the_words(library: Machine) -> None:
    """The user searches the bodies for what nobody wrote."""
    async with playing(library) as ui:
        await ui.press("slash")
        await ui.type("zebra")
        await ui.press("enter")
        assert "nothing in the texts matches “zebra”" in ui.see()


async def test_sorting_by_a_column_and_back_to_front(library: Machine) -> None:
    """The user presses `o` and chooses `version`, then the same once more."""
    async with playing(library) as ui:
        names = [entry.line.name for entry in ui.app.screen.query_one("#table").rows]  # type: ignore[attr-defined]  # Grid
        assert names == sorted(names)
        await ui.press("o")
        await ui.type("vers")
        await ui.press("enter")
        assert "sorted by version" in ui.see()
        table = ui.app.screen.query_one("#table")
        assert table.rows[0].line.name == "code-review"  # type: ignore[attr-defined]  # Grid
        await ui.press("o", "enter")
        assert table.rows[-1].line.name == "code-review"  # type: ignore[attr-defined]  # Grid


async def test_marks_are_counted_and_go_with_esc(library: Machine) -> None:
    """The user marks two skills with space, and takes the marks away with esc."""
    async with playing(library) as ui:
        await ui.press("space", "space")
        seen = ui.see()
        assert "2 marked" in seen
        assert seen.count("◆") == 2
        await ui.press("escape")
        assert "marked" not in ui.see()


async def test_moving_as_in_vi(library: Machine) -> None:
    """The user moves with j, k, g, G, ctrl+d and ctrl+u."""
    async with playing(library) as ui:
        table = ui.app.screen.query_one("#table")
        await ui.press("j", "j", "k")
        assert table.cursor == 1  # type: ignore[attr-defined]  # Grid
        await ui.press("G")
        assert table.cursor == 6  # type: ignore[attr-defined]  # Grid
        await ui.press("ctrl+u", "g")
        assert table.cursor == 0  # type: ignore[attr-defined]  # Grid


async def test_the_preview_scrolls_and_widens(library: Machine) -> None:
    """The user scrolls the preview with J and K, widens it twice, and comes back with esc."""
    async with playing(library, size=(100, 20)) as ui:
        page = ui.app.screen.query_one("#preview")
        await ui.press("J")
        assert page.scroll_y > 0
        await ui.press("K")
        assert page.scroll_y == 0
        await ui.press("plus", "plus")
        assert "incident-review" not in ui.see()
        await ui.press("escape")
        assert "incident-review" in ui.see()


async def test_a_machine_without_a_vault_says_how_to_begin(
    empty: Machine, snapshot: Snapshot
) -> None:
    """A newcomer starts it for the first time."""
    async with playing(empty) as ui:
        seen = ui.see()
        assert "no vault on this machine yet" in seen
        assert ": demo" in seen
        await snapshot(ui, "first-start")


async def test_a_vault_that_does_not_open_says_why_and_what_to_do(own: Machine) -> None:
    """Somebody damaged the vault; the user starts the UI."""
    for path in (own.paths.state / "pins").iterdir():
        path.unlink()
    async with playing(own, size=(120, 30)) as ui:
        seen = ui.see()
        assert "acme does not open" in seen
        assert "nothing can be shown of this vault" in seen


async def test_what_another_process_does_appears(own: Machine, tmp_path: Path) -> None:
    """A colleague's process, or another window, puts a skill; the table follows."""
    async with playing(own) as ui:
        folder = tmp_path / "fresh-skill"
        folder.mkdir()
        (folder / "SKILL.md").write_text("---\nname: fresh-skill\ndescription: New.\n---\nx\n")
        ui.app.watch_vaults()
        put.put(own.context, [folder], vault="acme")
        ui.app.watch_vaults()
        await ui.settle()
        seen = ui.see()
        assert "fresh-skill" in seen
        assert "1 not pushed" in seen


async def test_several_vaults_stand_together_and_one_can_be_chosen(own: Machine) -> None:
    """The user has two vaults, sees both, and chooses one with V."""
    vaults.init(own.context, "notes", holder=lambda: "Ada")
    folder = own.folder / "diary"
    folder.mkdir()
    (folder / "SKILL.md").write_text(
        "---\nname: diary\ndescription: Keep one. Use daily.\n---\nx\n"
    )
    put.put(own.context, [folder], vault="notes")
    async with playing(own, size=(120, 30)) as ui:
        seen = ui.see()
        assert "2 vaults · 8 skills" in seen
        assert "acme/code-review" in seen
        assert "notes/diary" in seen
        await ui.press("V")
        await ui.type("not")
        await ui.press("enter")
        seen = ui.see()
        assert "notes · 1 skill · local only" in seen
        assert "code-review" not in seen
        await ui.press("V", "up", "up", "enter")
        assert "8 of 8" in ui.see()


async def test_a_vault_that_does_not_verify_hides_no_other(own: Machine) -> None:
    """Somebody rewrote the history of one vault; the other one works as before."""
    vaults.init(own.context, "notes", holder=lambda: "Ada")
    repo = own.paths.vault("acme")
    (repo / "refs/heads/main").write_text("0" * 39 + "1\n")
    async with playing(own, size=(120, 30)) as ui:
        seen = ui.see()
        assert "acme does not open" in seen
        assert "2 vaults" in seen
        await ui.press("V")
        await ui.type("notes")
        await ui.press("enter")
        assert "no skills yet" in ui.see()


async def test_the_mouse_chooses_opens_and_does(library: Machine) -> None:
    """The user clicks on a row, twice on another, and on a word of the footer."""
    async with playing(library) as ui:
        table = grid(ui)
        await ui.pilot.click("#table", offset=(6, 3))
        await ui.settle()
        assert table.cursor == 2
        await ui.pilot.click(Keys, offset=(14, 0))
        await ui.settle()
        assert ui.log.startswith("$ skillvault edit incident-review")


async def test_letters_typed_ahead_go_where_they_belong(library: Machine) -> None:
    """The user types `/sql` and enter faster than the screen follows."""
    async with playing(library) as ui:
        for key in ("slash", "s", "q", "l", "enter", "j"):
            ui.app.post_message(Key(key, "/" if key == "slash" else key if len(key) == 1 else None))
        await ui.settle()
        assert "1 of 7" in ui.see()
        assert len(ui.app.screen_stack) == 2, "nothing was opened by s, q or l"
