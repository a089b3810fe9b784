"""The step cursor and the replay, in the whole dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.ui.dashboard.replay import SPEEDS, Replay, moved
from tests.runs_for_tests import NUCLEI_SCHEDULE, MakeRun, nuclei_frame, record_nuclei
from tests.ui.driving import keys, reached, screen_lines, settled, show, shows

STEPS = [0, 10, 20, 50]


@pytest.mark.parametrize(
    ("cursor", "by", "there"),
    [
        (None, -1, 20),
        (None, 1, None),
        (None, -10, 0),
        (20, 1, 50),
        (20, 10, 50),
        (49, 0, 20),
        (5, 1, 10),
        (-5, -1, 0),
    ],
)
def test_the_cursor_moves_among_recorded_steps(
    cursor: int | None, by: int, there: int | None
) -> None:
    assert moved(STEPS, cursor, by) == there


def test_without_a_recorded_step_it_stays() -> None:
    assert moved([], None, -1) is None


def test_a_replay_makes_as_many_steps_as_its_speed_says() -> None:
    steps, replay = list(range(0, 1000, 10)), Replay()
    cursor = replay.start(steps, None)
    assert cursor == 0
    for _ in range(8):
        cursor = replay.advance(steps, cursor, 0.125)
    assert cursor == 10 * replay.speed
    replay.change_speed(1)
    assert cursor is not None
    assert replay.advance(steps, cursor, 1.0) == cursor + 10 * replay.speed
    assert replay.words == f"replay {replay.speed}/s"


def test_it_halts_at_the_last_step_and_begins_at_the_first_again() -> None:
    replay = Replay()
    assert replay.start(STEPS, 20) == 20
    assert replay.advance(STEPS, 20, 10.0) == 50
    assert not replay.running
    assert not replay.words
    assert replay.advance(STEPS, 50, 10.0) == 50
    assert replay.start(STEPS, 50) == 0


def test_its_speed_has_bounds() -> None:
    replay = Replay()
    for by, bound in ((-1, min(SPEEDS)), (1, max(SPEEDS))):
        for _ in range(len(SPEEDS) + 1):
            replay.change_speed(by)
        assert replay.speed == bound


TIME = [
    (("left",), "at step 1 000 of 2 000", ""),
    (("left", "left", "right"), "at step 1 000 of 2 000", ""),
    (("shift+left",), "at step 5 of 2 000", ""),
    (("shift+left", "shift+left"), "at step 0 of 2 000", ""),
    (("home",), "at step 0 of 2 000", ""),
    (("home", "shift+right"), "at step 600 of 2 000", ""),
    (
        ("colon", "7", "5", "0", "enter"),
        "at step 600 of 2 000",
        "step 750 has no frame; this is 600, the last one before",
    ),
    (
        ("colon", "9", "9", "9", "9", "9", "enter"),
        "at step 1 240 of 2 000",
        "step 99 999 has no frame; this is 1 240, the last one before",
    ),
    (("left", "end"), "step 1 240/2 000", ""),
    (("right",), "step 1 240/2 000", ""),
]


@pytest.mark.parametrize(
    ("pressed", "header", "note"), TIME, ids=[" ".join(pressed) for pressed, *_ in TIME]
)
def test_the_cursor_goes_where_a_key_says(
    pressed: tuple[str, ...], header: str, note: str, new_run: MakeRun, tmp_path: Path
) -> None:
    step = header.split("step ")[1].split(" of", maxsplit=1)[0].split("/", maxsplit=1)[0]
    path = record_nuclei(new_run, tmp_path).path
    show(path, keys(*pressed, says=(header, f"scores at step {step}", note)), (120, 40))


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
        for _ in NUCLEI_SCHEDULE:
            await pilot.press("right")
            now = [line.plain for line in curves.lines]
            assert [line.replace("┊", " ") for line in now[1:]] == live[1:]
            assert any("┊" in line for line in now)

    show(record_nuclei(new_run, tmp_path).path, move)


def test_new_frames_do_not_move_a_parked_cursor(new_run: MakeRun, tmp_path: Path) -> None:
    writer = record_nuclei(new_run, tmp_path, state="running")

    async def park(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("left")
        writer.append_frame(nuclei_frame(1300))
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

    show(record_nuclei(new_run, tmp_path).path, replay)
