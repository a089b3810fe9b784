"""How a score goes over factors: strips, maps and lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from objtui.sweep.cells import CellResult, ranked
from objtui.sweep.plan import Cell, Factor
from objtui.sweep.variance import variance_shares
from objtui.sweep.views import drawing_for, lines_of, map_of, short_keys, strip_of
from tests.runs_for_tests import a_frame, a_header

RATE = Factor("train.lr", ("1", "2"))
WIDTH = Factor("train.batch", ("10", "20", "30"))


def a_result(overrides: Sequence[str], ap: float, nll: float = 0.5) -> CellResult:
    cell = Cell(f"{abs(hash(tuple(overrides))):x}", tuple(overrides))
    scores = a_frame(9, ap=[[ap - 0.1, ap + 0.1]] * 2, nll=nll).scores
    return CellResult(cell, "finished", header=a_header(), scores=scores)


GRID = [
    a_result([f"train.lr={lr}", f"train.batch={batch}"], ap)
    for (lr, batch), ap in zip(
        [(lr, batch) for lr in RATE.values for batch in WIDTH.values],
        (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
        strict=True,
    )
]


def test_what_is_drawn_goes_by_the_number_of_factors() -> None:
    assert [drawing_for([RATE] * count) for count in (1, 2, 3)] == ["strip", "map", "lines"]


def test_a_strip_has_every_value_with_its_spread_and_gaps_for_missing_cells() -> None:
    strip = strip_of(RATE, [a_result(["train.lr=2"], 0.5)], "bce", "ap")
    assert [value for value, _ in strip] == ["1", "2"]
    assert np.isnan(strip[0][1].mean)
    assert np.isclose(strip[1][1].mean, 0.5)
    assert np.isclose(strip[1][1].sd, np.std([0.4, 0.6], ddof=1))


def test_a_map_has_a_row_a_value_of_the_first_factor() -> None:
    shown = map_of(RATE, WIDTH, GRID[:5], "bce", "ap")
    np.testing.assert_allclose(shown.means, [[0.2, 0.3, 0.4], [0.5, 0.6, np.nan]])


def test_lines_go_through_the_values_of_a_cell() -> None:
    lines = lines_of([RATE, WIDTH], GRID, "bce", "ap")
    assert [line.places for line in lines[:3]] == [(0, 0), (0, 0.5), (0, 1)]
    assert np.isclose(lines[3].mean, 0.5)


def test_cells_are_ranked_by_what_is_better_of_a_score() -> None:
    cells = [a_result(["a=1"], 0.3, nll=0.9), a_result(["a=2"], 0.4, nll=1.0)]
    waiting = CellResult(Cell("0", ("a=3",)))
    assert ranked([waiting, *cells], "bce.ap") == [cells[1], cells[0], waiting]
    assert ranked([waiting, *cells], "bce.nll") == [*cells, waiting]


def test_shares_are_of_a_whole_grid_alone() -> None:
    assert variance_shares([RATE, WIDTH], GRID, "bce", "ap") is not None
    assert variance_shares([RATE, WIDTH], GRID[:-1], "bce", "ap") is None
    assert variance_shares([RATE, WIDTH], GRID, "bce", "none such") is None


def test_keys_are_cut_as_far_as_they_stay_apart() -> None:
    scale = Factor("heads.mse.lr_scale", ("1", "10"))
    assert short_keys([RATE, scale]) == ["train.lr", "mse.lr_scale"]
    keys = ("heads.a.mse.lr", "heads.b.mse.lr")
    assert short_keys([Factor(key, ("1",)) for key in keys]) == list(keys)
