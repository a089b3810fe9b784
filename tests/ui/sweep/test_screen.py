"""The dashboard of a sweep, driven by keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from objtui.sweep.record import Driver, sole_driver, write_record
from objtui.ui.sweep.app import SweepApp
from objtui.ui.sweep.exit import Place, SweepExit
from objtui.ui.sweep.order import Order
from objtui.ui.theme import Theme
from tests.runs_for_tests import MakeRun, a_frame, a_summary
from tests.ui.driving import drive, reached, screen_lines, settled, shows
from tests.ui.sweep.sweep_cases import ASCII, RATE, SCALE, a_record, commands, record_sweep

GRID = {"0": 0.1, "1": 0.2, "2": 0.3, "3": "no CUDA GPU is left"}
"""Two of six cells, 4 and 5, have not begun."""

Steps = Callable[[Pilot[Any], SweepApp], Awaitable[None]]


@pytest.fixture
def folder(new_run: MakeRun, tmp_path: Path) -> Path:
    return record_sweep(new_run, tmp_path / "runs", GRID, RATE, SCALE)


def open_sweep(
    folder: Path,
    steps: Steps,
    size: tuple[int, int] = (120, 40),
    theme: Theme | None = None,
    *,
    said: list[str] | None = None,
    **options: Any,
) -> SweepExit | None:
    """Open the dashboard, take the steps: how it was left, if it was."""
    options = {"owns": False, **options}
    said = [] if said is None else said
    app = SweepApp(folder, theme or Theme(), commands(said), **options)

    async def whole(pilot: Pilot[Any], app: SweepApp) -> None:
        await shows(pilot, "cells (6)")
        await settled(pilot)
        await steps(pilot, app)

    drive(app, whole, size)
    result: SweepExit | None = app.return_value
    return result


def pressing(*keys: str) -> Steps:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await pilot.press(*keys)
        await settled(pilot)

    return steps


def cells_of(app: SweepApp) -> list[str]:
    """The first values of the rows of the table."""
    lines = screen_lines(app)
    top = next(at for at, line in enumerate(lines) if "cells (" in line)
    return [line[1:].split()[0].lstrip(">*") for line in lines[top + 2 : top + 8]]


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), ASCII), ((120, 40), Theme()), ((200, 60), Theme("block"))]
)
def test_it_shows_table_chart_shares_and_keys_at_any_size(
    folder: Path, size: tuple[int, int], theme: Theme
) -> None:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        text = "\n".join(screen_lines(app))
        for words in (
            "s  failed  3/6 cells done, 1 failed  sorted by bce.ap, best first",
            "no CUDA GPU is left",
            "rows train.lr, columns heads.mse.lr_scale",
            "shares of variance come once every cell has a score",
            "? help",
            "q quit",
        ):
            assert words in text, text
        assert text.isascii() or theme is not ASCII

    open_sweep(folder, steps, size, theme)


def test_shares_of_the_variance_have_the_lines_that_they_take_once_they_come(
    new_run: MakeRun, tmp_path: Path
) -> None:
    grid = {cell: 0.1 * number for number, cell in enumerate("01234", 1)}
    folder = record_sweep(new_run, tmp_path / "runs", grid, RATE, SCALE)

    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await shows(pilot, "shares of variance come once")
        writer = new_run("5", folder)
        writer.append_frame(a_frame(40, ap=[0.59, 0.61]))
        writer.finish("finished", a_summary(40), "")
        app.sweep.read_now()
        await shows(pilot, "variance of bce.ap: train.lr", "seeds 0.3%")

    open_sweep(folder, steps, (80, 24), ASCII)


def test_keys_choose_head_score_and_direction(folder: Path) -> None:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        assert cells_of(app)[:3] == ["1e-2", "1e-3", "1e-3"]
        assert app.sweep.pointed == "2"
        await pilot.press("r")
        await shows(pilot, "worst first")
        assert cells_of(app)[:3] == ["1e-3", "1e-3", "1e-2"]
        assert app.sweep.pointed == "0"  # the first of each order
        await pilot.press("down", "r")
        await shows(pilot, "best first")
        assert app.sweep.pointed == "1"  # another cell stays under the cursor
        await pilot.press("r")
        await shows(pilot, "worst first")
        await pilot.press("h", "m")
        await shows(pilot, "sorted by ce.saturated_pos, ")
        await pilot.press("s", *"bce temper", "enter")
        await shows(pilot, "sorted by bce.temperature")

    open_sweep(folder, steps)


def test_enter_opens_the_cell_and_the_dashboard_comes_back_to_its_row(folder: Path) -> None:
    leaving = open_sweep(folder, pressing("down", "r", "enter"))
    assert leaving is not None
    assert leaving.how == "opens"
    assert leaving.opened == ("1",)  # the second by ap, which stays under the cursor
    assert leaving.place == Place(Order("bce", "ap", reverse=True), "1")

    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await shows(pilot, "worst first", "1: train.lr=1e-3")
        assert app.sweep.pointed == "1"

    open_sweep(folder, steps, at=leaving.place)


def test_marked_cells_are_opened_together(folder: Path) -> None:
    leaving = open_sweep(folder, pressing("space", "space", "enter"))
    assert leaving is not None
    assert leaving.opened == ("2", "1")


def test_a_cell_without_a_run_cannot_be_opened_and_says_so(folder: Path) -> None:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await pilot.press("end", "enter")
        await shows(pilot, "this cell has no run to open")

    assert open_sweep(folder, steps) is None


def test_escape_goes_back_a_layer_and_leaves_only_where_something_is_below(folder: Path) -> None:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await pilot.press("z")
        await settled(pilot)
        assert "cells (6)" not in "\n".join(screen_lines(app))
        await pilot.press("escape")
        await shows(pilot, "cells (6)", "rows train.lr")
        await pilot.press("slash", *"1e-2", "enter")
        await shows(pilot, "cells (2 of 6)")
        await pilot.press("escape", "escape")
        await shows(pilot, "cells (6)")

    assert open_sweep(folder, steps) is None
    leaving = open_sweep(folder, pressing("escape"), leads_back=True)
    assert leaving is not None
    assert (leaving.how, leaving.back) == ("ended", True)


def test_help_has_every_key(folder: Path) -> None:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await pilot.press("question_mark")
        text = "\n".join(await shows(pilot, "stop the sweep; it asks first", "next head"))
        assert "train the failed cells anew" in text

    open_sweep(folder, steps)


def test_retry_asks_first_and_leaving_asks_from_then_on(folder: Path) -> None:
    said: list[str] = []

    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await pilot.press("x")
        await shows(pilot, "nobody trains this sweep")
        await pilot.press("t")
        await shows(pilot, "Train 1 failed cell anew?")
        await pilot.press("n")
        await settled(pilot)
        assert said == []
        await pilot.press("t")
        await shows(pilot, "Train 1 failed cell anew?")
        await pilot.press("y")
        await shows(pilot, "did retry")
        assert said == ["retry"]
        assert app.sweep.owns

    open_sweep(folder, steps, said=said)


def test_of_a_sweep_in_training_stop_asks_and_the_end_is_seen_live(
    new_run: MakeRun, tmp_path: Path
) -> None:
    driver = Driver.this_process()
    folder = record_sweep(new_run, tmp_path / "runs", {"0": 0.1}, RATE, SCALE, driver=driver)
    said: list[str] = []

    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await shows(pilot, "running", "1/6 cells done")
        await pilot.press("t")
        await shows(pilot, "it is in training; x stops that")
        await pilot.press("x")
        await shows(pilot, "Stop the sweep s?", "5 cells are not done")
        await pilot.press("y")
        await reached(pilot, lambda: said == ["stop"])
        writer = new_run("1", folder)
        writer.append_frame(a_frame(40, ap=0.7))
        writer.finish("finished", a_summary(40), "")
        await shows(pilot, "2/6 cells done", ".7000")
        await pilot.press("q")
        await shows(pilot, "Quit: what becomes of the training?", "objtui sweep resume s")
        write_record(folder, a_record(RATE, SCALE))  # its driver has left
        await shows(pilot, "The training has ended meanwhile: stopped.")
        await pilot.press("l")
        await reached(pilot, lambda: app.return_value is not None)

    with sole_driver(folder, ""):
        leaving = open_sweep(folder, steps, said=said, owns=True)
    assert leaving is not None
    assert (leaving.how, leaving.owned) == ("left", True)


def test_of_a_sweep_whose_driver_is_gone_it_says_what_still_trains_and_what_stops_that(
    new_run: MakeRun, tmp_path: Path
) -> None:
    driver = replace(Driver.this_process(), started=1.0)  # another process, which has ended
    folder = record_sweep(new_run, tmp_path / "runs", {"0": 0.1}, RATE, SCALE, driver=driver)
    new_run("1", folder).set_status(state="running", step=20)
    said: list[str] = []

    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await shows(pilot, "driver gone, 1 in training  1/6 cells done", "x stop")
        await pilot.press("c")
        await shows(pilot, "Train 5 cells that are not done?", "Still in training: 1 cell")
        await pilot.press("n", "x")
        await shows(pilot, "Stop the sweep s?")
        await pilot.press("y")
        await reached(pilot, lambda: said == ["stop"])
        await pilot.press("q")
        await reached(pilot, lambda: app.return_value is not None)

    leaving = open_sweep(folder, steps, said=said)
    assert leaving is not None
    assert leaving.how == "left"  # it has not ended


@pytest.mark.parametrize(
    ("key", "how"), [("s", "stopped"), ("l", "left"), ("ctrl+c", "interrupted")]
)
def test_leaving_a_training_of_its_own_asks_what_becomes_of_it(
    new_run: MakeRun, tmp_path: Path, key: str, how: str
) -> None:
    driver = Driver.this_process()
    folder = record_sweep(new_run, tmp_path / "runs", {"0": 0.1}, RATE, SCALE, driver=driver)

    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await pilot.press("q")
        await shows(pilot, "Quit: what becomes of the training?")
        await pilot.press(key)
        await reached(pilot, lambda: app.return_value is not None)

    with sole_driver(folder, ""):
        leaving = open_sweep(folder, steps, owns=True)
    assert leaving is not None
    assert leaving.how == how


@pytest.mark.parametrize(("key", "how"), [("ctrl+q", "ended"), ("ctrl+c", "interrupted")])
def test_a_sweep_that_is_watched_is_left_at_once(folder: Path, key: str, how: str) -> None:
    leaving = open_sweep(folder, pressing(key))
    assert leaving is not None
    assert (leaving.how, leaving.back) == (how, False)


def test_what_is_read_while_the_application_takes_its_leave_is_not_drawn(folder: Path) -> None:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        await shows(pilot, "cells done")
        screen = app.sweep
        await screen.query("LinePanel").remove()
        screen.place_panels()
        screen.draw()

    open_sweep(folder, steps)


def test_a_sweep_that_is_removed_meanwhile_ends_it_with_an_error(folder: Path) -> None:
    async def steps(pilot: Pilot[Any], app: SweepApp) -> None:
        (folder / "sweep.json").unlink()
        await reached(pilot, lambda: app.return_value is not None)

    leaving = open_sweep(folder, steps)
    assert leaving is not None
    assert "sweep.json" in str(leaving.error)
