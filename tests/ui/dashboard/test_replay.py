"""The step cursor and the replay, in the whole dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.ui.dashboard_keys import keys
from tests.ui.recorded import (
    SCHEDULE,
    MakeRun,
    a_frame,
    reached,
    record,
    screen_lines,
    settled,
    show,
    shows,
)

TIME = [
    (("left",), "at step 1 000 of 2 000"),
    (("left", "left", "right"), "at step 1 000 of 2 000"),
    (("shift+left",), "at step 5 of 2 000"),
    (("shift+left", "shift+left"), "at step 0 of 2 000"),
    (("home",), "at step 0 of 2 000"),
    (("home", "shift+right"), "at step 600 of 2 000"),
    (("colon", "7", "5", "0", "enter"), "at step 600 of 2 000"),
    (("colon", "9", "9", "9", "9", "9", "enter"), "at step 1 240 of 2 000"),
    (("left", "end"), "step 1 240/2 000"),
    (("right",), "step 1 240/2 000"),
]


@pytest.mark.parametrize(("pressed", "header"), TIME, ids=[" ".join(keys) for keys, _ in TIME])
def test_the_cursor_goes_where_a_key_says(
    pressed: tuple[str, ...], header: str, new_run: MakeRun, tmp_path: Path
) -> None:
    step = header.split("step ")[1].split(" of", maxsplit=1)[0].split("/", maxsplit=1)[0]
    path = record(new_run, tmp_path).path
    show(path, keys(*pressed, says=(header, f"scores at step {step}")), (120, 40))


def test_every_run_moves_with_the_cursor(three: list[Path]) -> None:
    script = keys("colon", "4", "0", "enter", says=("at step 30 of", "at step 30"))
    show(three, script)
    before = keys("home", says=("at step 0 of",))
    show(three, before)


def test_the_cursor_is_marked_in_the_curves_which_stay_as_wide(
    new_run: MakeRun, tmp_path: Path
) -> None:
    async def move(pilot: Pilot[Any], app: App[Any]) -> None:
        curves = app.dashboard.query_one("#curves")
        live = [line.plain for line in curves.lines]
        await pilot.press("home")
        for _ in SCHEDULE:
            await pilot.press("right")
            now = [line.plain for line in curves.lines]
            assert [line.replace("┊", " ") for line in now[1:]] == live[1:]
            assert any("┊" in line for line in now)

    show(record(new_run, tmp_path).path, move)


def test_new_frames_do_not_move_a_parked_cursor(new_run: MakeRun, tmp_path: Path) -> None:
    writer = record(new_run, tmp_path, state="running")

    async def park(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("left")
        writer.append_frame(a_frame(1300))
        history = app.runs.histories[0]
        await reached(pilot, lambda: history.columns.steps[-1] == 1300)
        await settled(pilot)
        assert "scores at step 1 000" in "\n".join(screen_lines(app))
        await pilot.press("end")
        await shows(pilot, "scores at step 1 300")

    show(writer.path, park)


def test_a_replay_goes_from_the_start_to_the_end_and_halts_there(
    new_run: MakeRun, tmp_path: Path
) -> None:
    async def replay(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("less_than_sign", "less_than_sign", "p")
        await shows(pilot, "replay 1/s  at step 0 of")
        await pilot.press("p")
        await settled(pilot)
        assert "replay" not in screen_lines(app)[0]
        await pilot.press(*["greater_than_sign"] * 6, "p")
        await shows(pilot, "at step 1 240 of")
        assert "replay" not in screen_lines(app)[0]

    show(record(new_run, tmp_path).path, replay)
