"""What holds in every place: palette, help, themes, keys of one's own, pasting, leaving, waiting."""

from __future__ import annotations

import threading
import tomllib

from skillvault.errors import ServiceError
from skillvault.services.context import Context
from skillvault.tui.work import Job
from tests.tui.conftest import Snapshot
from tests.tui.stage import Machine, playing


async def test_the_palette_lists_what_can_be_done_with_key_and_command(
    library: Machine, snapshot: Snapshot
) -> None:
    """The user presses `:` and looks."""
    async with playing(library) as ui:
        await ui.press("colon")
        assert "skillvault search WORDS" in ui.see()
        await snapshot(ui, "palette", dialog=True)


async def test_the_palette_finds_by_letters_and_does_it(library: Machine) -> None:
    """The user opens the palette with ctrl+p, types `sor` and presses enter."""
    async with playing(library) as ui:
        await ui.press("ctrl+p")
        await ui.type("sor")
        await ui.press("enter")
        assert "Sort by" in ui.see()


async def test_the_palette_lets_go(library: Machine) -> None:
    """The user opens the palette and thinks better of it."""
    async with playing(library) as ui:
        before = ui.see()
        await ui.press("colon", "down", "escape")
        assert ui.see() == before


async def test_help_shows_the_keys_of_this_place(library: Machine, snapshot: Snapshot) -> None:
    """The user presses `?`."""
    async with playing(library) as ui:
        await ui.press("question_mark")
        assert "Keys of library" in ui.see()
        await snapshot(ui, "help", dialog=True)
        await ui.press("escape")
        assert "Keys of library" not in ui.see()


async def test_a_theme_is_seen_while_one_chooses_and_kept(own: Machine) -> None:
    """The user opens the themes, walks over two, and keeps the third; it is there next time."""
    async with playing(own) as ui:
        await ui.press("T")
        assert ui.app.theme == "dark"
        await ui.press("down")
        assert ui.app.theme == "light"
        await ui.press("escape")
        assert ui.app.theme == "dark"
        await ui.press("T", "down", "down", "enter")
        assert ui.app.theme == "high-contrast"
        assert ui.log == "$ skillvault config theme high-contrast  kept"
    assert tomllib.loads(own.paths.config_file.read_text())["theme"] == "high-contrast"
    async with playing(own) as ui:
        assert ui.app.theme == "high-contrast"


async def test_high_contrast_and_the_terminals_own_colours(library: Machine) -> None:
    """The user looks at the library in the two other themes."""
    async with playing(library) as ui:
        for theme in ("high-contrast", "terminal"):
            ui.app.theme = theme
            await ui.settle()
            assert "▌ code-review" in ui.see()


async def test_keys_of_ones_own_hold_in_footer_help_and_hand(own: Machine) -> None:
    """The user maps the filter to `f` in config.toml, and mistypes another key."""
    own.paths.config.mkdir(exist_ok=True)
    own.paths.config_file.write_text('[keys]\nfilter = "f"\nsort = "ctrl+m"\n')
    async with playing(own) as ui:
        assert "f filter" in ui.see()
        assert any("ctrl+m cannot be a key here" in toast for toast in ui.toasts())
        await ui.press("f")
        await ui.type("sql")
        assert "1 of 7" in ui.see()
        await ui.press("enter", "escape", "slash")
        await ui.type("zzz")
        assert "7 of 7" in ui.see()


async def test_a_configuration_that_is_no_toml_is_said_and_stops_nothing(own: Machine) -> None:
    """The user broke config.toml and starts the UI."""
    own.paths.config_file.write_text("theme = ")
    async with playing(own) as ui:
        assert any("not TOML" in toast for toast in ui.toasts())
        assert "code-review" in ui.see()


async def test_pasting_where_nothing_takes_it_runs_nothing(library: Machine) -> None:
    """The user pastes into the wrong window; the text has letters that are actions here."""
    async with playing(library) as ui:
        before = ui.app.screen.query_one("#table").cursor  # type: ignore[attr-defined]  # Grid
        await ui.paste("jjjqX\n")
        assert any("pasted text" in toast for toast in ui.toasts())
        assert ui.app.screen.query_one("#table").cursor == before  # type: ignore[attr-defined]  # Grid
        assert ui.app.is_running
        await ui.press("slash")
        await ui.paste("sql")
        assert "1 of 7" in ui.see()


async def test_esc_never_leaves_and_q_does(library: Machine) -> None:
    """The user presses esc again and again, ctrl+c, and then q."""
    async with playing(library) as ui:
        await ui.press("escape", "escape", "escape", "ctrl+c")
        assert ui.app.is_running
        assert ui.toasts()[-1] == "q leaves"
        await ui.press("q")
        assert ui.app.return_code == 0


async def test_what_is_waited_for_is_said_and_esc_lets_go_of_it(library: Machine) -> None:
    """A disk is slow; the user sees what is waited for and stops waiting."""
    came: list[str] = []
    gate, stopped = threading.Event(), threading.Event()

    def slow(ctx: Context) -> str:
        gate.wait(30)
        try:
            ctx.progress("open", 3, 10)
        finally:
            stopped.set()
        return "late"

    async with playing(library, size=(120, 30)) as ui:
        ui.app.jobs.start(Job("opening the archive", slow, came.append), ui.app.screen)
        ui.app.jobs.running[-1].began -= 1
        ui.app.update_frame()
        await ui.pilot.pause()
        assert "opening the archive … esc" in ui.see()
        await ui.pilot.press("escape")
        gate.set()
        await ui.settle()
        assert stopped.is_set()
        assert came == []
        assert "stopped waiting" in ui.toasts()


async def test_what_writes_is_never_let_go_and_q_asks(library: Machine) -> None:
    """The user presses esc and q while something is written: waiting is the first choice."""
    came: list[str] = []
    gate = threading.Event()

    def write(ctx: Context) -> str:
        gate.wait(30)
        ctx.progress("write", 1, 2)
        return "written"

    async with playing(library) as ui:
        job = Job("sharing code-review", write, came.append, changes=True)
        ui.app.jobs.start(job, ui.app.screen)
        await ui.pilot.press("escape")
        await ui.pilot.press("q")
        await ui.pilot.pause()
        assert "Something is being written" in ui.see()
        await ui.pilot.press("enter")
        await ui.pilot.pause()
        assert ui.app.is_running
        gate.set()
        await ui.settle()
        assert came == ["written"]


async def test_a_failing_service_is_told_in_our_voice(library: Machine) -> None:
    """A remote does not answer; the user reads why."""

    def fail(_ctx: Context) -> None:
        raise ServiceError("git@host:x", "does not answer [red]", "is the network up?")

    async with playing(library) as ui:
        ui.app.jobs.start(Job("fetching", fail, lambda _none: None), ui.app.screen)
        await ui.settle()
        assert ui.toasts()[-1] == "git@host:x: does not answer [red]\nis the network up?"
        assert "does not answer [red]" in ui.see()


async def test_a_question_of_a_service_is_no_by_enter(library: Machine) -> None:
    """A service asks; enter and esc are no, y is yes."""
    for key, answer in (("enter", False), ("escape", False), ("y", True)):
        said: list[bool] = []
        async with playing(library) as ui:
            job = Job("asking", lambda ctx: ctx.confirm("Use it?"), said.append, quiet=True)
            ui.app.jobs.start(job, ui.app.screen)
            for _ in range(50):
                await ui.pilot.pause(0.01)
                if "Use it?" in ui.see():
                    break
            await ui.pilot.press(key)
            await ui.settle()
        assert said == [answer]


async def test_a_disk_that_fails_is_told_and_ends_nothing(library: Machine) -> None:
    """The disk is full, or a folder may not be read."""

    def fail(_ctx: Context) -> None:
        raise OSError(28, "No space left on device", "notes.txt")

    async with playing(library) as ui:
        ui.app.jobs.start(Job("writing", fail, lambda _none: None), ui.app.screen)
        await ui.settle()
        assert ui.toasts()[-1] == "notes.txt: No space left on device"
        assert ui.app.is_running
