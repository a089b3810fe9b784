"""Every panel is focused, zoomed and scrolled, by keys and by the mouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.runfile.records import HeadInfo
from objtui.ui.dashboard.placed_panel import PlacedPanel
from objtui.ui.theme import Theme
from tests.runs_for_tests import NUCLEI_SCHEDULE, MakeRun, record_nuclei
from tests.ui.driving import reached, screen_lines, settled, show, shows
from tests.ui.terminal_driver import OpenTerminal

if TYPE_CHECKING:
    from objtui.ui.dashboard.app import DashboardApp

HEAVY = {"braille": "┏", "ascii": "#"}


@pytest.fixture
def path(new_run: MakeRun, tmp_path: Path) -> Path:
    return record_nuclei(new_run, tmp_path).path


def in_focus(app: DashboardApp) -> list[str]:
    """The panels whose frame is a heavy one."""
    return [
        panel.which.name
        for panel in app.dashboard.query(PlacedPanel)
        if panel.display and panel.lines and panel.lines[0].plain[0] in HEAVY.values()
    ]


@pytest.mark.parametrize("theme", [Theme(), Theme("ascii", colours=False)], ids=str)
def test_tab_goes_through_all_panels_and_each_is_told_from_the_others(
    theme: Theme, path: Path
) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        names = []
        for _ in range(7):
            [name] = in_focus(app)
            names.append(name)
            await pilot.press("tab")
        assert names == ["head0", "head1", "head2", "curves", "scores", "claims", "head0"]
        await pilot.press("shift+tab", "shift+tab")
        assert in_focus(app) == ["claims"]

    show(path, steps, theme=theme)


def test_the_focus_draws_no_panel_anew_that_does_not_show_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        drawn: list[str] = []
        draw = app.dashboard.renderer.panel
        monkeypatch.setattr(
            app.dashboard.renderer,
            "panel",
            lambda scene, which, *size: drawn.append(which.name) or draw(scene, which, *size),
        )
        await pilot.press("shift+tab", "shift+tab")  # from the first head to claims and scores
        await settled(pilot)
        assert drawn == []
        assert in_focus(app) == ["scores"]

    show(path, steps)


def test_a_panel_in_focus_without_room_is_named_and_zoomed(path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("shift+tab")
        await shows(pilot, "the focus is on claims, which has no room: enter zooms it")
        await pilot.press("enter")
        await shows(pilot, "test: ce.gap < 1e-2")

    show(path, steps, (80, 20))


def test_the_zoomed_scores_are_all_of_them_by_group_and_scroll(path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("up")
        await shows(pilot, "enter zooms the panel in focus")
        await pilot.press("tab", "tab", "tab", "tab", "enter")
        await shows(pilot, "quality", "log loss of p", "lines 1 to 20", "up, down scroll")
        await pilot.press("down")
        await shows(pilot, "lines 2 to 21")
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        lines = await shows(pilot, "gradients", "norm of the last step's gradient")
        assert not any("log loss of p" in line for line in lines)
        await pilot.press("pageup", "escape", "enter")
        await shows(pilot, "lines 1 to 20")
        await pilot.press("down", "down", "tab", "shift+tab")  # away, and back to the first line
        await shows(pilot, "lines 1 to 20")
        await pilot.press("down")
        await shows(pilot, "lines 2 to 21")

    show(path, steps, (80, 24))


def test_up_and_down_go_through_the_zoomed_curves(path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("tab", "tab", "tab", "enter", "down", "down")
        assert app.dashboard.state.score == "loss"
        await pilot.press("up", "up")
        assert app.dashboard.state.score == "nll"
        await pilot.press("tab", "tab", "tab", "down")  # the first head, which is drawn whole
        await shows(pilot, "all of it is in sight")

    show(path, steps)


def test_the_mouse_focuses_zooms_and_scrolls(path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.click("#scores", offset=(5, 3))
        assert app.dashboard.focused_panel.name == "scores"
        await reached(pilot, lambda: in_focus(app) == ["scores"])
        await pilot.double_click("#claims", offset=(5, 1))
        await shows(pilot, "test: ce.gap < 1e-2")
        await pilot.double_click("#claims", offset=(5, 1))
        await reached(pilot, lambda: app.dashboard.zoomed is None)
        await settled(pilot)
        turn = app.dashboard.query_one("#scores", PlacedPanel).post_message
        which = app.dashboard.query_one("#scores", PlacedPanel).which
        turn(PlacedPanel.Turned(which, 1, 3))  # down over a panel that is not zoomed: nothing
        turn(PlacedPanel.Turned(which, 1, -3))
        await shows(pilot, "quality", "lines 1 to")
        turn(PlacedPanel.Turned(which, 1, 3))
        await shows(pilot, "lines 4 to")
        await pilot.press("escape", "tab", "tab")
        turn(PlacedPanel.Turned(app.dashboard.focused_panel, 1, -3))
        await reached(pilot, lambda: app.dashboard.zoomed)
        turn(PlacedPanel.Turned(app.dashboard.focused_panel, 1, 3))
        await reached(pilot, lambda: app.dashboard.zoomed is None)

    show(path, steps, (120, 30))


def drag(start: tuple[int, int], end: tuple[int, int]) -> str:
    """What a terminal reports of the left button pressed, moved and let go (xterm, SGR)."""
    moved = "".join(
        f"\x1b[<32;{column};{end[1]}M"
        for column in range(start[0], end[0], 1 if end[0] > start[0] else -1)
    )
    return f"\x1b[<0;{start[0]};{start[1]}M{moved}\x1b[<0;{end[0]};{end[1]}m"


def test_dragging_moves_the_step_cursor_in_a_real_terminal(
    path: Path, terminal: OpenTerminal
) -> None:
    opened = terminal("watch", path.name)
    opened.wait_for("finished", "scores at step 1 240", "? help")
    row = next(at for at, line in enumerate(opened.lines()) if "─ 500" in line)
    middle = opened.lines()[row].index("500") + 1
    opened.press(drag((middle - 10, row - 3), (middle + 3, row - 3)))
    last = max(step for step in NUCLEI_SCHEDULE if step <= 500)
    opened.wait_for(f"scores at step {last} ")
    opened.press("\x1b[<64;5;5M")  # the wheel, upwards over the first head
    opened.wait_for("up, down scroll", gone=("scores at step",))
    opened.press("\x1b[<65;5;5M")
    opened.wait_for("scores at step")
    opened.press("h")
    opened.wait_for("k, log")
    row = next(at for at, line in enumerate(opened.lines()) if at > 3 and "0 ──" in line)
    opened.press(drag((30, row - 3), (2, row - 3)))
    opened.wait_for("at step 0 of")
    opened.press("q")
    assert opened.exit_code() == 0


def test_what_opens_over_the_dashboard_takes_the_mouse_in_a_real_terminal(
    path: Path, terminal: OpenTerminal
) -> None:
    opened = terminal("watch", path.name)
    opened.wait_for("finished", "scores at step", "? help")

    def click(words: str) -> None:
        row = next(at for at, line in enumerate(opened.lines()) if words in line)
        column = opened.lines()[row].index(words) + 1
        opened.press(f"\x1b[<0;{column};{row + 1}M\x1b[<0;{column};{row + 1}m")

    opened.press("e")
    opened.wait_for("Export", f"{path.stem}-csv")
    click("the lines of --json")
    opened.wait_for("> jsonl", f"{path.stem}.jsonl")
    opened.press("\x1b[<65;40;12M")  # the wheel, downwards
    opened.wait_for("> parquet", f"{path.stem}-parquet")
    opened.press("\x1b")
    opened.wait_for("? help", gone=("Export",))
    opened.press("\x10")
    opened.wait_for("Commands", "show or hide head 3", gone=("show or hide head 4",))
    click("show or hide head 3")
    opened.wait_for("▲ ce ── AP", gone=("■ mse ── AP", "Commands"))
    opened.press("q")
    assert opened.exit_code() == 0


EIGHT_HEADS = tuple(HeadInfo(f"head{n}", "bce", 1, "head0") for n in range(8))


@pytest.mark.parametrize("overlay", [False, True])
def test_a_click_on_the_row_of_a_head_moves_the_focus_to_it(
    overlay: bool, new_run: MakeRun, tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path, heads=EIGHT_HEADS, claims=()).path

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        if overlay:  # of so many heads, without colours, by a row each
            await pilot.press("o")
        await shows(pilot, f"{'overlay' if overlay else 'histograms'} of 8 heads")
        for head in (5, 2):
            row = next(at for at, line in enumerate(screen_lines(app)) if f" head{head} " in line)
            await pilot.click(offset=(10, row))
            await reached(pilot, lambda head=head: app.dashboard.state.focus == head)
            assert app.dashboard.zoomed is None
        await pilot.click(offset=(10, 1))  # the frame, which is no head's
        await settled(pilot)
        assert app.dashboard.state.focus == 2
        panel = next(each for each in app.dashboard.query(PlacedPanel) if each.display)
        panel.post_message(PlacedPanel.Turned(panel.which, row, -3))
        await reached(pilot, lambda: app.dashboard.zoomed)
        assert app.dashboard.state.focus != 2
        panel.post_message(PlacedPanel.Turned(app.dashboard.zoomed, 3, 3))
        await reached(pilot, lambda: app.dashboard.zoomed is None)

    show(path, steps, (80, 40), Theme("ascii", colours=False))
