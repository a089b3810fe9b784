"""The gradient panel: sizes of dL/dz by class, shares, and rows that have none left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.losses import LOSSES
from objtui.measures.scores import SCORE_NAMES
from objtui.runs.columns import ScoreColumns
from objtui.ui.panels.gradient.lines import head_gradient
from objtui.ui.panels.gradient.panel import UNKNOWN, WAITING, gradient_diagrams
from tests.runs_for_tests import a_frame, a_history, a_series
from tests.ui.panels.panel_cases import ASCII, BRAILLE, NAMES, THEMES, a_scene, check_form, plain

NAN = float("nan")


def columns_of(moments: dict[int, dict[str, Any]], heads: int = 2) -> ScoreColumns:
    """Scores by step: (heads, seeds) each; `diverged` too."""
    columns = ScoreColumns(heads, 2)
    for step, values in moments.items():
        scores = {**dict.fromkeys(SCORE_NAMES, NAN), **values}
        diverged = np.full((heads, 2), scores.pop("diverged", False))
        frame = replace(a_frame(step, heads=heads, **scores), diverged=diverged)
        columns.insert(len(columns), frame)
    return columns


FALLING = columns_of(
    {
        step: {
            "grad_pos": [[0.4 / (1 + step)] * 2, [0.04 / (1 + step)] * 2],
            "grad_neg": [[0.5 / (1 + step)] * 2, [0.05 / (1 + step)] * 2],
            "grad_share_neg": [[0.9, 0.7], [0.5, 0.5]],
        }
        for step in range(0, 101, 10)
    }
)
STUCK = a_series({0: ([-1.0] * 4, [1.0] * 4), 100: ([-60.0] * 4, [20.0, 20.0, 20.0, 1.0])})


def heads_of(columns=FALLING, series=STUCK, theme=ASCII, losses=("bce", "mse"), **chosen):
    return [
        head_gradient(
            columns,
            series,
            i,
            NAMES[i],
            theme.head(i),
            formula=LOSSES[loss].formula(),
            dtype="float32",
            **chosen,
        )
        for i, loss in enumerate(losses)
    ]


def drawn(heads, theme=ASCII, width=120, height=30, **chosen):
    scene = a_scene(a_history(steps=100), theme, **chosen)
    return gradient_diagrams(scene, heads, width, height)


def test_each_class_has_its_sizes_on_one_scale():
    lines = drawn(heads_of())
    top = lines[0].plain
    assert "|dL/dz| of objects" in top
    assert "|dL/dz| of background" in top
    for line in lines[1:13]:
        left, right = line.plain[:6], line.plain[60:66]
        assert left.strip("|+ ") == right.strip("|+ ")
    assert "o" in plain(lines[1:13])
    assert "^" in plain(lines[1:13])


def test_rows_whose_gradient_is_0_are_those_beyond_the_resolution():
    [bce, mse] = heads_of()
    assert bce.vanished_objects is not None
    assert bce.vanished_objects.mean.tolist() == pytest.approx([0, 0.75])
    assert bce.vanished_background is not None
    assert bce.vanished_background.mean.tolist() == pytest.approx([0, 0])
    assert mse.vanished_background is not None
    assert mse.vanished_background.mean.tolist() == pytest.approx([0, 1])  # p² underflows
    assert "objects with dL/dz = 0 in float32" in plain(drawn(heads_of()))


def test_soft_targets_have_no_known_place_where_it_is_0():
    assert UNKNOWN in plain(drawn(heads_of(hard_targets=False)))


def test_seeds_that_diverged_are_left_out_and_told():
    columns = columns_of(
        {
            0: {"grad_pos": [[0.5, 0.5]] * 2},
            10: {"grad_pos": [[0.25, 1e300]] * 2, "diverged": [[False, True]] * 2},
        }
    )
    [bce, _] = heads = heads_of(columns)
    assert bce.objects.mean.tolist() == [0.5, 0.25]
    assert np.isnan(bce.background.mean).all()
    assert "2 diverged" in plain(drawn(heads))


def test_sizes_of_0_stand_at_the_foot_of_a_log_scale():
    columns = columns_of({0: {"grad_pos": 0.5, "grad_neg": 0.5}, 10: {"grad_pos": 0.0}})
    lines = drawn(heads_of(columns), width=30, height=12, theme=ASCII)
    assert "o" in lines[-3].plain


def test_the_cursor_is_in_every_diagram():
    lines = drawn(heads_of(theme=BRAILLE), theme=BRAILLE, cursor=50)
    axes = [line.plain for line in lines if "└" in line.plain]
    assert [axis.count("▲") for axis in axes] == [2, 3]


def test_a_small_panel_has_the_objects_alone():
    lines = drawn(heads_of(), width=24, height=6)
    assert "objects" in lines[0].plain
    assert len(lines) == 6


def test_before_the_first_frame_it_waits():
    empty = heads_of(ScoreColumns(2, 2), a_series({}))
    assert WAITING in plain(drawn(empty))
    assert WAITING in plain(drawn([]))


@settings(max_examples=60, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 130),
    height=st.integers(3, 40),
    log_step=st.booleans(),
    values=st.lists(st.floats() | st.floats(0, 1), max_size=8),
)
def test_it_has_its_size_whatever_the_values(theme, width, height, log_step, values):
    columns = columns_of(
        {
            step * 3: {"grad_pos": value, "grad_neg": value, "grad_share_neg": min(abs(value), 1.0)}
            for step, value in enumerate(values)
        }
    )
    heads = heads_of(columns, theme=theme)
    lines = drawn(heads, theme, width, height, log_step=log_step)
    check_form(lines, theme, width, height)
