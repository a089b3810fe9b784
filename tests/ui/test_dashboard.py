"""The whole dashboard on recorded runs, driven by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from objtui.frames import Frame
from objtui.runfile.records import HeadInfo, RunSummary
from objtui.runfile.writer import RunWriter
from objtui.ui.app import DashboardApp
from objtui.ui.keys import KEYS
from objtui.ui.leaving import Leaving
from objtui.ui.line_panel import LinePanel
from objtui.ui.look import Look
from objtui.ui.run_source import RunSource
from objtui.ui.view_state import ViewState

MakeRun = Callable[..., RunWriter]
MakeFrame = Callable[..., Frame]
SIZES = [(80, 24), (120, 40), (200, 60)]
KINDS = ["empty", "one frame", "diverged", "finished"]


def record(kind: str, new_run: MakeRun, frame: MakeFrame) -> Path:
    """A run file of a kind, its run ended."""
    writer = new_run(claims=(("It learns", "bce.nll < 10"),))
    steps = {"empty": [], "one frame": [0]}.get(kind, [0, 10, 20, 40])
    for step in steps:
        made = frame(step)
        if kind == "diverged" and step > 10:
            flags = made.diverged.copy()
            flags[0, 0] = True
            scores = made.scores.copy()
            scores[0, 0] = np.nan
            made = replace(made, diverged=flags, scores=scores)
        writer.append_frame(made)
    writer.finish("finished", RunSummary(40, 1.0, 0.5, 0.4, 0.1), "the log\n")
    return writer.path


def drive(
    path: Path,
    script: Callable[[Pilot[Leaving], DashboardApp], Awaitable[None]],
    size: tuple[int, int] = (120, 40),
    look: Look | None = None,
) -> DashboardApp:
    """Run the real app on a run file and a script of keys."""
    source = RunSource(path)
    app = DashboardApp(source, look or Look(), title="A title", owns_training=True, fps=20)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            while source.history is None or source.behind:
                await pilot.pause(0.02)
            await pilot.pause(0.2)
            await script(pilot, app)

    asyncio.run(run())
    source.close()
    return app


def screen_text(app: DashboardApp) -> str:
    """What the panels show."""
    panels = app.screen.query(LinePanel)
    return "\n".join(line.plain for panel in panels if panel.display for line in panel.lines)


def state_of(app: DashboardApp) -> ViewState:
    return app.dashboard.state


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_key_works_on_every_kind_of_run(
    kind: str, size: tuple[int, int], new_run: MakeRun, frame: MakeFrame
) -> None:
    async def press_all(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        for key in KEYS:
            if key.action == "leave":
                continue
            await pilot.press(key.keys[0])
            if app.screen is not app.dashboard:  # help, log or palette
                await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.dashboard
        assert app.return_value is None

    drive(record(kind, new_run, frame), press_all, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_heads_scores_curves_and_claims_are_on_one_screen(
    size: tuple[int, int], new_run: MakeRun, frame: MakeFrame
) -> None:
    async def look(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        text = screen_text(app)
        for word in ("bce", "nll", "scores", "It learns", "finished", "help"):
            assert word in text
        widths = {len(line) for line in text.splitlines() if line}
        assert max(widths) <= size[0]

    drive(record("finished", new_run, frame), look, size)


CHANGES: list[tuple[str, Callable[[ViewState], Any]]] = [
    ("1", lambda state: state.hidden),
    ("o", lambda state: state.overlay),
    ("d", lambda state: state.difference),
    ("r", lambda state: state.reference),
    ("z", lambda state: state.probability),
    ("y", lambda state: (state.log_value, state.log_counts)),
    ("x", lambda state: state.log_step),
    ("m", lambda state: state.score),
    ("M", lambda state: state.score),
    ("s", lambda state: state.smoothing),
]


@pytest.mark.parametrize(("key", "choice"), CHANGES, ids=[key for key, _ in CHANGES])
def test_a_key_changes_what_it_says(
    key: str, choice: Callable[[ViewState], Any], new_run: MakeRun, frame: MakeFrame
) -> None:
    async def press(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        before, text = choice(state_of(app)), screen_text(app)
        await pilot.press(key)
        await pilot.pause(0.1)
        assert choice(state_of(app)) != before
        if key != "r":  # which shows only in a difference
            assert screen_text(app) != text

    drive(record("finished", new_run, frame), press)


def test_enter_zooms_the_panel_in_focus_and_escape_goes_back(
    new_run: MakeRun, frame: MakeFrame
) -> None:
    async def zoom(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        for name in app.dashboard.panel_names():
            assert app.dashboard.focused_panel == name
            await pilot.press("enter")
            await pilot.pause(0.1)
            panel = app.screen.query_one(f"#{name}")
            assert panel.size == (120, 38)
            await pilot.press("escape", "tab")
            await pilot.pause(0.1)
            assert panel.size != (120, 38)

    drive(record("finished", new_run, frame), zoom)


def test_q_leaves_an_ended_run_at_once(new_run: MakeRun, frame: MakeFrame) -> None:
    async def leave(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        await pilot.press("q")
        await pilot.pause()

    app = drive(record("finished", new_run, frame), leave)
    assert app.return_value == Leaving("ended")


@pytest.mark.parametrize(
    ("answer", "how"), [("l", "left"), ("s", "stopped"), ("ctrl+c", "interrupted"), ("c", None)]
)
def test_q_asks_what_becomes_of_a_training_that_goes_on(
    answer: str, how: str | None, new_run: MakeRun, frame: MakeFrame
) -> None:
    writer = new_run()
    writer.append_frame(frame(0))
    writer.set_status(state="running")

    async def leave(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        await pilot.press("q")
        assert app.screen is not app.dashboard
        await pilot.press(answer)
        await pilot.pause()

    app = drive(writer.path, leave)
    assert app.return_value == (None if how is None else Leaving(how))


@pytest.mark.parametrize(
    ("key", "command"), [("space", "pause"), ("full_stop", "step")], ids=["space", "."]
)
def test_keys_command_the_training(
    key: str, command: str, new_run: MakeRun, frame: MakeFrame
) -> None:
    writer = new_run()
    writer.append_frame(frame(0))
    writer.set_status(state="running")

    async def press(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        await pilot.press(key)

    drive(writer.path, press)
    assert writer.take_commands() == [command]


@pytest.mark.parametrize(("width", "panels"), [(80, 4), (120, 6), (200, 8)])
def test_as_many_heads_have_a_panel_as_there_is_room_for(
    width: int, panels: int, new_run: MakeRun, frame: MakeFrame
) -> None:
    heads = tuple(HeadInfo(f"head{n}", "bce", 1, "head0") for n in range(8))
    writer = new_run(heads=heads, claims=())
    writer.append_frame(frame(0, heads=8))
    writer.finish("finished", RunSummary(0, 1.0, 0.5, 0.4, 0.1), "")

    async def count(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        names = app.dashboard.histograms_in_sight()
        assert len(names) == panels
        for name in names:
            assert app.screen.query_one(f"#{name}").size.width >= 20
        assert "head7" in screen_text(app)  # in the table at least

    drive(writer.path, count, (width, 40))


def test_a_terminal_that_is_too_small_is_told_what_is_needed(
    new_run: MakeRun, frame: MakeFrame
) -> None:
    async def shrink(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        await pilot.resize_terminal(40, 10)
        await pilot.pause(0.1)
        assert "60x16 is needed" in screen_text(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause(0.1)
        assert "scores" in screen_text(app)

    drive(record("finished", new_run, frame), shrink)


def test_ascii_glyphs_and_no_colours_need_no_other_character(
    new_run: MakeRun, frame: MakeFrame
) -> None:
    async def look(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        assert screen_text(app).isascii()

    drive(record("finished", new_run, frame), look, look=Look("ascii", colours=False))


def test_unchanged_panels_are_not_painted_again(new_run: MakeRun, frame: MakeFrame) -> None:
    async def wait(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        painted: list[str] = []
        for panel in app.screen.query(LinePanel):
            original = panel.render_line
            panel.render_line = lambda y, p=panel, o=original: (painted.append(p.id or ""), o(y))[1]  # type: ignore[method-assign]
        await pilot.pause(0.5)
        assert painted == []

    drive(record("finished", new_run, frame), wait)


def test_panels_that_are_off_the_screen_are_not_drawn(new_run: MakeRun, frame: MakeFrame) -> None:
    writer = new_run()
    writer.append_frame(frame(0))
    writer.set_status(state="running")

    async def cover(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        drawing, drawn = app.dashboard.drawing, []
        draw = drawing.panel
        drawing.panel = lambda name, *given: (drawn.append(name), draw(name, *given))[1]  # type: ignore[method-assign]

        async def read(step: int) -> None:
            writer.append_frame(frame(step))
            for _ in range(200):
                await pilot.pause(0.05)
                history = app.dashboard.source.history
                if history is not None and history.last is not None and history.last.step == step:
                    return
            pytest.fail("the frame was not read")

        await pilot.press("question_mark")
        await read(10)
        assert drawn == []
        await pilot.press("escape")
        await pilot.pause(0.1)
        assert {"head0", "curves", "scores"} <= set(drawn)
        drawn.clear()
        await pilot.press("tab", "tab", "enter")
        await pilot.pause(0.1)
        drawn.clear()
        await read(20)
        assert set(drawn) == {app.dashboard.focused_panel}

    drive(writer.path, cover)


def test_the_last_frames_of_a_lull_come_into_the_curves(new_run: MakeRun, frame: MakeFrame) -> None:
    writer = new_run()
    writer.append_frame(frame(0))
    writer.set_status(state="running")

    async def wait(pilot: Pilot[Leaving], app: DashboardApp) -> None:
        before = screen_text(app)
        assert "1 000" not in before
        for step in (500, 1000):
            writer.append_frame(frame(step))
            await pilot.pause(0.1)
        curves = app.screen.query_one("#curves", LinePanel)
        for _ in range(200):
            await pilot.pause(0.05)
            if "1 000" in curves.lines[-1].plain:
                return
        pytest.fail("the curves stayed behind")

    drive(writer.path, wait)
