"""Sweeps for the tests of their dashboard: a record, and run files of some of its cells."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from objtui.sweep.cells import CellResult
from objtui.sweep.plan import Base, Cell, Factor
from objtui.sweep.record import Driver, SweepRecord, write_record
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.theme import Theme
from tests.runs_for_tests import MakeRun, a_frame, a_header, a_summary

RATE = Factor("train.lr", ("1e-3", "1e-2", "1e-1"))
SCALE = Factor("heads.mse.lr_scale", ("1", "10"))
KIND = Factor("train.optimizer", ("sgd", "adam"))

ASCII = Theme(glyphs="ascii", colours=False)


def a_record(*factors: Factor, driver: Driver | None = None) -> SweepRecord:
    """A sweep over every combination of values; cells are called 0, 1, 2, …"""
    settings = itertools.product(*(factor.values for factor in factors))
    cells = tuple(
        Cell(
            f"{number:x}",
            tuple(f"{f.key}={v}" for f, v in zip(factors, values, strict=True)),
        )
        for number, values in enumerate(settings)
    )
    return SweepRecord("s", Base("a.toml", "", "."), factors, cells, "bce.ap", 0.0, driver)


def a_result(cell: Cell, ap: Sequence[float], nll: float = 0.5) -> CellResult:
    """A finished cell with these aps of its seeds."""
    scores = a_frame(9, ap=[ap, ap], nll=nll, seeds=len(ap)).scores
    header = a_header(seeds=tuple(range(len(ap))))
    return CellResult(cell, "finished", step=100, header=header, scores=scores)


def a_moment(*factors: Factor, aps: Sequence[float]) -> SweepMoment:
    """A sweep whose cells have these aps, each ± 0.01; those without one wait."""
    record = a_record(*factors)
    results = [
        a_result(cell, [ap - 0.01, ap + 0.01]) for cell, ap in zip(record.cells, aps, strict=False)
    ]
    results += [CellResult(cell) for cell in record.cells[len(aps) :]]
    return SweepMoment(record, results, driven=False)


def record_sweep(
    new_run: MakeRun,
    runs: Path,
    aps: Mapping[str, float | str],
    *factors: Factor,
    driver: Driver | None = None,
) -> Path:
    """A sweep in a folder of runs; by cell its ap, or the last words of one that failed."""
    folder = runs / "s"
    folder.mkdir(parents=True)
    write_record(folder, a_record(*factors, driver=driver))
    for cell, ap in aps.items():
        writer = new_run(cell, folder)
        if isinstance(ap, str):
            writer.finish("failed", a_summary(0), "the log\n", ap)
            continue
        writer.append_frame(a_frame(40, ap=[ap - 0.01, ap + 0.01]))
        writer.finish("finished", a_summary(40), "")
    return folder


def commands(said: list[str]) -> Callable[[str], str]:
    """Takes commands of the training and does nothing."""

    def command(action: str) -> str:
        said.append(action)
        return f"did {action}"

    return command
