"""What the dashboard draws and paints, and when it need not."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.dashboard.exit import Exit
from objtui.ui.dashboard.screen import UNDER_QUESTION_S
from tests.runs_for_tests import MakeRun, a_frame, record_flat
from tests.ui.driving import panels_text, reached, settled, show


def count_drawings(app: DashboardApp) -> list[str]:
    """Names of panels, each as often as it is drawn from now on."""
    renderer, drawn = app.dashboard.renderer, []
    draw = renderer.panel
    renderer.panel = lambda scene, which, *size: (  # type: ignore[method-assign]
        drawn.append(which.name),
        draw(scene, which, *size),
    )[1]
    return drawn


def test_unchanged_panels_are_not_painted_again(new_run: MakeRun) -> None:
    async def wait(pilot: Pilot[Exit], app: DashboardApp) -> None:
        painted: list[str] = []
        for panel in app.screen.query(LinePanel):
            original = panel.render_line
            panel.render_line = lambda y, p=panel, o=original: (painted.append(p.id or ""), o(y))[1]  # type: ignore[method-assign]
        await pilot.pause(0.5)
        assert painted == []

    show(record_flat(new_run).path, wait)


def test_panels_that_are_off_the_screen_are_not_drawn(new_run: MakeRun) -> None:
    writer = record_flat(new_run, state="running", steps=(0,))

    async def cover(pilot: Pilot[Exit], app: DashboardApp) -> None:
        drawn = count_drawings(app)

        async def read(step: int) -> None:
            writer.append_frame(a_frame(step))
            columns = app.dashboard.source.opened_history.columns
            await reached(pilot, lambda: columns.steps[-1] == step, f"the frame of step {step}")

        await pilot.press("question_mark")
        await read(10)
        assert drawn == []
        await pilot.press("escape")
        await reached(pilot, lambda: {"head0", "curves", "scores"} <= set(drawn))
        await pilot.press("tab", "tab", "enter")
        await settled(pilot)
        drawn.clear()
        await read(20)
        assert set(drawn) == {app.dashboard.focused_panel.name}

    show(writer.path, cover)


def test_under_a_question_is_drawn_now_and_then(
    new_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each drawing there is written as a whole screen, which a slow line has to carry."""
    clock = [0.0]
    monkeypatch.setattr("objtui.ui.dashboard.screen.monotonic", lambda: clock[0])
    writer = record_flat(new_run, state="running", steps=(0,))

    async def ask(pilot: Pilot[Exit], app: DashboardApp) -> None:
        columns = app.dashboard.source.opened_history.columns

        async def read(step: int) -> None:
            writer.append_frame(a_frame(step))
            await reached(pilot, lambda: columns.steps[-1] == step, f"the frame of step {step}")

        await pilot.press("colon")
        drawn = count_drawings(app)
        await read(10)
        assert drawn == []
        clock[0] += UNDER_QUESTION_S
        await read(20)
        await reached(pilot, lambda: "scores" in drawn, "a drawing under the question")

    show(writer.path, ask)


def test_the_last_frames_of_a_lull_come_into_the_curves(new_run: MakeRun) -> None:
    writer = record_flat(new_run, state="running", steps=(0,))

    async def wait(pilot: Pilot[Exit], app: DashboardApp) -> None:
        before = panels_text(app)
        assert "800" not in before
        for step in (500, 1000):
            writer.append_frame(a_frame(step))
            await pilot.pause(0.1)
        curves = app.screen.query_one("#curves", LinePanel)
        await reached(pilot, lambda: "800" in curves.lines[-1].plain)

    show(writer.path, wait)


HEADS = ["head0", "head1"]


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("m", ["curves"]),
        ("s", ["curves"]),
        ("w", ["curves"]),
        ("x", ["curves"]),
        ("z", HEADS),
        ("h", HEADS),
        ("y", [*HEADS, "curves"]),
        ("d", [*HEADS, "scores"]),
        ("S", [*HEADS, "scores"]),
        ("left", [*HEADS, "curves", "scores", "claims"]),
        ("end", []),
        ("r", [*HEADS, "scores"]),
        ("g", ["curves"]),
        ("o", ["head0"]),
        ("2", ["head0", "curves", "scores"]),
    ],
)
def test_a_key_draws_again_what_it_changes_and_nothing_else(
    key: str, changed: list[str], new_run: MakeRun
) -> None:
    async def press(pilot: Pilot[Exit], app: DashboardApp) -> None:
        drawn = count_drawings(app)
        await pilot.press(key)
        await settled(pilot)
        assert drawn == changed
        before = panels_text(app)
        app.dashboard.draw()
        assert panels_text(app) == before

    show(record_flat(new_run).path, press)


def test_a_slow_panel_under_a_view_is_not_due(new_run: MakeRun) -> None:
    writer = record_flat(new_run, state="running", steps=(0,))

    async def cover(pilot: Pilot[Exit], app: DashboardApp) -> None:
        for step in (500, 1000):
            writer.append_frame(a_frame(step))
            columns = app.dashboard.source.opened_history.columns
            await reached(pilot, lambda columns=columns, step=step: columns.steps[-1] == step)
        await pilot.press("c")
        await settled(pilot)
        drawn = count_drawings(app)
        await pilot.pause(1.0)
        assert drawn == []

    show(writer.path, cover)


@pytest.mark.parametrize("size", [(120, 40), (131, 43)], ids=str)
def test_a_key_that_moves_panels_draws_and_places_each_of_them_once(
    new_run: MakeRun, size: tuple[int, int]
) -> None:
    async def move(pilot: Pilot[Exit], app: DashboardApp) -> None:
        drawn, laid_out = count_drawings(app), []
        app.screen.screen_layout_refresh_signal.subscribe(app.screen, laid_out.append, True)
        for key in ("2", "2", "o", "o", "g", "g"):
            drawn.clear()
            laid_out.clear()
            await pilot.press(key)
            await settled(pilot)
            assert sorted(drawn) == sorted(set(drawn)), key
            assert len(laid_out) == 1, key

    show(record_flat(new_run).path, move, size)
