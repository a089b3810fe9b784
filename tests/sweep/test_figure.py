"""Figures of sweeps: what they say, where marks lie, and that they are the same every time."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest

from objtui.errors import UsageError
from objtui.figures.charts.sweeps import draw_sweep
from objtui.figures.look import THEMES, ThemeName
from objtui.figures.sweep import drawn_sweep
from objtui.sweep.cells import CellResult
from objtui.sweep.figure import sweep_subject
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.plan import Base, Cell, Factor
from objtui.sweep.record import SweepRecord
from tests.figures.text_boxes import require_whole, text_boxes
from tests.runs_for_tests import a_frame, a_header

SVG = "{http://www.w3.org/2000/svg}"

FACTORS = (
    Factor("train.lr", ("1e-3", "1e-2", "1e-1")),
    Factor("heads.bce.lr_scale", ("1", "10")),
    Factor("data.kind", ("easy", "hard")),
)


def a_sweep(*factors: Factor, early: tuple[int, ...] = ()) -> tuple[SweepRecord, list[CellResult]]:
    """A sweep whose cell n has an ap of n/100 and (n + 1)/100 by seed, and 1 − that of nll."""
    settings = [
        tuple(f"{factor.key}={value}" for factor, value in zip(factors, values, strict=True))
        for values in product(*(factor.values for factor in factors))
    ]
    cells = [Cell(f"{number:010x}", each) for number, each in enumerate(settings)]
    record = SweepRecord("a", Base("a.toml", "", "/"), factors, tuple(cells), "bce.ap", 0.0)
    results = []
    for number, cell in enumerate(cells):
        ap = np.array([[number, number + 1], [0.0, 0.0]]) / 100
        state = STOPPED_EARLY if number in early else "finished"
        frame = a_frame(9, ap=ap, nll=1 - ap)
        results.append(CellResult(cell, state, header=a_header(), step=9, scores=frame.scores))
    return record, results


def texts(svg: bytes) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_one_factor_is_a_strip_of_its_values_on_a_log_axis() -> None:
    from matplotlib.figure import Figure

    record, results = a_sweep(FACTORS[0])
    subject = sweep_subject(record, results, "ap", "light")
    figure = Figure()
    draw_sweep(figure, subject)
    axes = figure.axes[0]
    line = axes.get_lines()[0]
    xs, ys = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    assert np.diff(xs) == pytest.approx(np.diff(xs)[0])  # as far apart as their logarithms
    np.testing.assert_allclose(ys, [0.005, 0.015, 0.025])
    assert [each.get_label() for each in axes.get_lines()] == [
        head.name for head in a_header().heads
    ]
    said = texts(drawn_sweep("svg", subject))
    assert {"train.lr (log axis)", "1e-3", "1e-1", "mean ± sd over 2 seeds"} <= set(said)
    assert any(each.startswith("variance of bce.ap: train.lr ") for each in said)


def test_two_factors_are_a_map_with_numbers_and_the_best_of_those_that_ended_is_starred() -> None:
    record, results = a_sweep(*FACTORS[:2], early=(5,))
    said = texts(drawn_sweep("svg", sweep_subject(record, results, None, "light")))
    assert "★ 0.0450(71)" in said  # cell 4: the mean of 0.04 and 0.05, ± 0.0071
    assert "(0.0550(71))" in said
    caption = "mean(sd in its last digits) over 2 seeds; ★ best: the highest; in brackets: stopped "
    assert f"{caption}early" in " ".join(said)
    assert {"0.005", "0.055"} <= set(said)  # the ends of the bar of colours
    less = texts(drawn_sweep("svg", sweep_subject(record, results, "bce.nll", "light")))
    assert "★ 0.9550(71)" in less
    assert "mean(sd in its last digits) over 2 seeds; ★ best: the lowest" in " ".join(less)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_text_is_cut_at_the_width_of_a_column(count: int) -> None:
    record, results = a_sweep(*FACTORS[:count])
    record = replace(record, name="a-sweep-" * 12)
    subject = sweep_subject(record, results, "ap", "light")
    boxes = text_boxes(drawn_sweep("svg", subject, width=3.3))
    assert " ".join(subject.caption.split()) in " ".join(box.words for box in boxes)
    require_whole(boxes, 3.3)


def test_the_bar_of_colours_is_that_of_the_fields() -> None:
    from matplotlib.figure import Figure

    record, results = a_sweep(*FACTORS[:2])
    figure = Figure()
    draw_sweep(figure, sweep_subject(record, results, "bce.ap", "light"))
    fields, bar = figure.axes
    least, most = bar.get_ylim()
    assert (least, most) == pytest.approx((0.005, 0.055))
    drawn = np.asarray(fields.images[0].get_array())
    mesh = bar.collections[-1]
    ends = mesh.cmap(mesh.norm([least, most]))
    np.testing.assert_allclose(drawn[[0, -1], [0, -1]], ends, atol=0.01)


def test_more_factors_are_lines_through_an_axis_each_to_the_score() -> None:
    from matplotlib.figure import Figure

    record, results = a_sweep(*FACTORS, early=(0,))
    subject = sweep_subject(record, results, "bce.ap", "light")
    figure = Figure()
    draw_sweep(figure, subject)
    lines = [line for line in figure.axes[0].get_lines() if len(np.asarray(line.get_xdata())) == 4]
    assert len(lines) == len(results)
    drawn = {tuple(np.round(np.asarray(line.get_ydata(), float), 6)) for line in lines}
    wanted = {
        (lr / 2, scale, kind, round((lr * 4 + scale * 2 + kind) / 11, 6))
        for lr, scale, kind in product(range(3), range(2), range(2))
    }
    assert drawn == wanted
    assert sum(line.get_linestyle() != "-" for line in lines) == 1
    said = texts(drawn_sweep("svg", subject))
    assert {"train.lr", "easy", "hard", "ap"} <= set(said)


def test_a_cell_without_a_score_leaves_a_gap() -> None:
    record, results = a_sweep(*FACTORS[:2])
    results[2] = CellResult(results[2].cell)
    assert math.isnan(results[2].spread("bce", "ap").mean)
    said = texts(drawn_sweep("svg", sweep_subject(record, results, None, "dark")))
    assert "–" in said
    assert any("1 cell without a score" in each for each in said)


@pytest.mark.parametrize(("kind", "theme"), [*zip(["svg", "pdf", "png"], THEMES, strict=True)])
def test_the_same_sweep_gives_the_same_bytes(kind: str, theme: ThemeName) -> None:
    record, results = a_sweep(*FACTORS[:2])
    first, second = (
        drawn_sweep(kind, sweep_subject(record, results, "nll", theme)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("panel", ["apex", "bce.apex", "dice.ap", "curves", ""])
def test_a_panel_is_a_score_that_the_cells_have(panel: str) -> None:
    record, results = a_sweep(FACTORS[0])
    if panel:
        with pytest.raises(UsageError, match=r"HEAD\.SCORE"):
            sweep_subject(record, results, panel, "light")
    with pytest.raises(UsageError, match="has begun"):
        sweep_subject(record, [CellResult(each.cell) for each in results], None, "light")
