"""Who trains a sweep: its driver, trainers that are left of one that is gone, or nobody."""

from __future__ import annotations

from collections.abc import Sequence

from objtui.sweep.cells import FAILED, SETTLED, CellResult
from objtui.sweep.record import SweepRecord
from objtui.text.numbers import counted

DRIVER_GONE = "driver gone"
"""The state of a sweep whose driver is gone while trainers of its cells are still at work."""


def state_of(record: SweepRecord, driven: bool, results: Sequence[CellResult]) -> str:
    """The state of a sweep.

    "running" while it is driven, or cells train and the driver is out of sight, on another machine;
    DRIVER_GONE while cells train without one; then "finished", "failed" or "stopped".
    """
    if driven:
        return "running"
    if in_training(results):
        return DRIVER_GONE if record.driver is None or record.driver.is_here else "running"
    if all(result.state in SETTLED for result in results):
        return "finished"
    return "failed" if any(result.state in FAILED for result in results) else "stopped"


def in_training(results: Sequence[CellResult]) -> int:
    """How many cells have a trainer at work."""
    return sum(result.in_training for result in results)


def driver_gone(record: SweepRecord, training: int) -> str:
    """What is said of a sweep in the state DRIVER_GONE."""
    process = "" if record.driver is None else f" (process {record.driver.pid})"
    return (
        f"the driver of {record.name}{process} is gone. Still in training without it, to "
        f"the end: {counted(training, 'cell')}; no other begins"
    )


def going_on(resume: str, stop: str) -> str:
    """What to do then; the commands that go on with the sweep, and that end it."""
    return (
        f"`{resume}` first stops these, with a checkpoint each, and then trains all that is left; "
        f"`{stop}` only stops them"
    )


def no_cell_yet(record: SweepRecord, has: str) -> str:
    """What is said where no cell "has begun", or so, and what shows how the sweep stands."""
    return f"no cell of the sweep {record.name} {has} yet; `objtui watch {record.name}` shows it"


def left_stopped(count: int) -> str:
    """What is said once trainers that a driver had left were stopped, so that another can begin."""
    return (
        f"stopped {counted(count, 'trainer')} that a driver which is gone had left; what they "
        "trained is in their checkpoints"
    )
