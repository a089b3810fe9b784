"""Percentile bands of a head's classes over steps."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.runs.histogram_store import HistogramSeries
from objtui.ui.charts.words import WAITING
from objtui.ui.panels.history import bands_panel
from tests.runs_for_tests import a_series, some_counts
from tests.ui.panels.history.history_cases import DRIFT, a_past, plot_rows
from tests.ui.panels.panel_cases import ASCII, THEMES, check_form, plain


def drawn(series, theme=ASCII, width=60, height=24, **shown):
    return bands_panel(a_past(series, theme, **shown), 0, width, height)


def column(lines, at):
    return "".join(row[at] for row in plot_rows(lines))


def test_medians_drift_apart():
    lines = drawn(DRIFT)
    start, end = column(lines, 1), column(lines, -1)
    assert end.index("O") < start.index("O")
    assert end.index("O") < end.index("B")


def test_bands_lie_about_the_median_the_dense_one_inside():
    logits = np.linspace(-8.0, 8.0, 801).tolist()
    series = a_series({0: ([], logits), 1000: ([], logits)})
    found = column(drawn(series, height=30), 4)
    assert found.rindex("-") > found.rindex("=") > found.rindex("O")
    assert found.index("-") < found.index("=") < found.index("O")


def test_a_median_stands_at_its_logit():
    series = a_series({0: ([-6.0] * 9, [6.0] * 9), 1000: ([-6.0] * 9, [6.0] * 9)})
    found = column(drawn(series, height=27), 4)  # 24 lines for 24 logits
    assert found.index("O") in (5, 6)
    assert found.index("B") in (17, 18)


def test_p_has_its_own_axis():
    text = plain(drawn(DRIFT, probability=True))
    assert ".99" in text
    assert ".01" in text


def test_percentiles_beyond_the_axis_are_held_at_its_end():
    series = a_series({0: ([], [500.0] * 3), 1000: ([], [500.0] * 3)})
    assert "O" in plot_rows(drawn(series))[0]


def test_it_says_what_letters_stand_for():
    title = drawn(DRIFT, width=80)[0].plain
    assert "O objects  B background" in title
    assert "diverged at step 7" in drawn(DRIFT, width=80, diverged_at=7)[0].plain


def test_before_the_first_frame_it_waits():
    assert WAITING in plain(drawn(a_series({})))


@settings(max_examples=60, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 130),
    height=st.integers(3, 40),
    counts=st.lists(some_counts, max_size=5),
    log_step=st.booleans(),
    probability=st.booleans(),
)
def test_it_has_its_size_whatever_the_counts(theme, width, height, counts, log_step, probability):
    series = HistogramSeries(
        np.arange(len(counts)) * 7, np.stack(counts) if counts else a_series({}).counts
    )
    chosen = {"log_step": log_step, "probability": probability}
    check_form(drawn(series, theme, width=width, height=height, **chosen), theme, width, height)
