"""The scale of heights that heads share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from objtui.measures.histogram import BINS, CELLS
from objtui.runfile.records import NO_DEVICE
from objtui.ui.panels.histogram.frame import common_tops, missing_rows
from tests.runs_for_tests import a_head, a_moment
from tests.ui.panels.histogram.histogram_cases import (
    TWO,
    WIDTH,
    axis_row,
    histogram_scene,
    panel,
    run_header,
)
from tests.ui.panels.panel_cases import ASCII, rows_of


def test_heights_grow_with_counts_on_one_scale_for_all_heads():
    small, large = a_head([-10.5] * 5, [5.5] * 5), a_head([-10.5] * 500, [5.5] * 500)
    moment = a_moment(small, large)
    header = run_header(500, 250, heads=2)

    def height(head):
        lines = rows_of(panel(moment, ASCII, head, header=header))
        return sum(line[1 + 25] in ".:#" for line in lines[1 : axis_row(lines)])

    assert 0 < height(0) < height(1)
    alone = common_tops(histogram_scene(moment, ASCII, header, hidden=frozenset({1})), WIDTH)
    together = common_tops(histogram_scene(moment, ASCII, header), WIDTH)
    assert alone[0] < together[0]


def test_of_given_logits_no_row_is_missing_whatever_the_steps_have():
    moment = a_moment(a_head(background=[-1.0, -2.0], objects=[1.0]))
    header = run_header(9, 4, heads=1)
    assert missing_rows(histogram_scene(moment, ASCII, header), [0]) != (0, 0)
    measured = replace(header, device=NO_DEVICE)
    assert missing_rows(histogram_scene(moment, ASCII, measured), [0]) == (0, 0)


def test_linear_counts_give_each_class_a_scale_of_its_own_and_say_so():
    top = common_tops(histogram_scene(log_counts=False), WIDTH)
    assert top[0] > 2 * top[1]
    lines = rows_of(panel(TWO, log_counts=False))
    assert "objects, linear" in lines[1]
    assert "own scale" in lines[-2]


def test_the_largest_bins_fill_the_height_to_two_thirds_at_least():
    counts = np.zeros((2, CELLS), dtype=np.int64)
    for largest in (1, 7, 149, 151, 100_001):
        counts[:, BINS // 2 + 1] = largest
        scene = histogram_scene(a_moment(a_head(counts=counts)), header=run_header(9, 4, heads=1))
        top = common_tops(scene, WIDTH)
        assert largest <= top[0] <= 1.5 * largest
