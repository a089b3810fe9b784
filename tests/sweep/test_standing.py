"""Who trains a sweep: a driver, trainers that one has left, or nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from objtui.runfile.processes import this_host
from objtui.sweep.cells import CellResult
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.listing import list_sweeps, sweep_json, sweep_rows
from objtui.sweep.plan import Cell
from objtui.sweep.record import Driver
from objtui.sweep.standing import DRIVER_GONE, driver_gone, in_training, state_of
from tests.runs_for_tests import MakeRun, a_header
from tests.sweep.test_record import a_record
from tests.ui.sweep.sweep_cases import RATE, record_sweep

DEAD = Driver(pid=2**30, started=1.0, host=this_host())
ELSEWHERE = Driver(pid=1, started=1.0, host="elsewhere 1")


def results(*states: str) -> list[CellResult]:
    return [
        CellResult(
            Cell(f"{number:x}", ()), state, header=None if state == "waiting" else a_header()
        )
        for number, state in enumerate(states)
    ]


@pytest.mark.parametrize(
    ("driver", "driven", "states", "state"),
    [
        (DEAD, True, ("waiting",), "running"),
        (DEAD, False, ("finished", "running", "waiting"), DRIVER_GONE),
        (DEAD, False, ("starting", "failed"), DRIVER_GONE),
        (None, False, ("paused",), DRIVER_GONE),  # somebody has resumed the cell by itself
        (ELSEWHERE, False, ("running", "waiting"), "running"),
        (ELSEWHERE, False, ("finished", "waiting"), "stopped"),
        (DEAD, False, ("crashed", "waiting"), "failed"),
        (DEAD, False, ("stopped", "waiting"), "stopped"),
        (DEAD, False, ("finished", "diverged", STOPPED_EARLY), "finished"),
    ],
)
def test_the_state_of_a_sweep(
    driver: Driver | None, driven: bool, states: tuple[str, ...], state: str
) -> None:
    assert state_of(replace(a_record(), driver=driver), driven, results(*states)) == state


def test_it_is_said_who_is_gone_and_how_many_cells_go_on() -> None:
    words = driver_gone(replace(a_record("s"), driver=DEAD), in_training(results("running")))
    assert words == (
        f"the driver of s (process {2**30}) is gone. Still in training without it, to the "
        "end: 1 cell; no other begins"
    )


def test_lists_say_it_too(new_run: MakeRun, tmp_path: Path) -> None:
    folder = record_sweep(new_run, tmp_path, {"0": 0.5}, RATE, driver=DEAD)
    new_run("1", folder).set_status(state="running", step=20)
    (sweep,) = list_sweeps(tmp_path)
    assert (sweep.state, sweep.done, sweep.training) == (DRIVER_GONE, 1, 1)
    assert "s  driver gone  a.toml  1/3 cells, 1 in training" in sweep_rows([sweep], 1.0)[0]
    assert (sweep_json(sweep, 1.0)["state"], sweep_json(sweep, 1.0)["training"]) == (DRIVER_GONE, 1)
