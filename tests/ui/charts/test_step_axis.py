"""The step at a column of a panel: the inverse of where a step is drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from objtui.ui.charts.dots import cell_of
from objtui.ui.charts.scale import step_scale, time_scale
from objtui.ui.charts.step_axis import StepAxis


@given(
    last=st.integers(1, 10**7),
    log=st.booleans(),
    cells=st.integers(1, 200),
    share=st.floats(0, 1),
)
def test_a_step_is_drawn_in_the_column_that_stands_for_it(
    last: int, log: bool, cells: int, share: float
) -> None:
    scale = step_scale(last, None, log, 4)
    axis = StepAxis(scale, 7, cells)
    column = 7 + min(int(share * cells), cells - 1)
    step = axis.step_at(column)
    assert scale.low <= step <= scale.high
    # A step is whole: where columns are narrower than that, it may fall into one beside it.
    place = float(scale.place(max(step, scale.low)))
    beside = float(scale.place(step + 1)) - place
    drawn = 7 + cell_of(place, cells, 2)
    assert abs(drawn - column) <= 1 + beside * cells


def test_beside_the_canvas_it_is_an_end_of_the_axis() -> None:
    axis = StepAxis(step_scale(2000, 2000, False, 4), 7, 50)
    assert axis.step_at(0) < 100
    assert axis.step_at(500) == 2000


def test_by_wall_time_it_is_the_last_step_that_was_there_by_then() -> None:
    axis = StepAxis(time_scale(10.0, False, 4), 0, 10, [0.0, 2.0, 9.0], [0, 50, 400])
    assert [axis.step_at(column) for column in (0, 2, 8, 9)] == [0, 50, 50, 400]
