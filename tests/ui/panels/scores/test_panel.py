"""The scores panel: digits, the best, diverged heads and more heads than rows."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from objtui.measures.scores import SCORE_NAMES, column_names
from objtui.measures.spread import Spread
from objtui.runfile.records import RowCounts, RunSummary
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.charts.numbers import compact, short_deviation, short_number
from objtui.ui.panels.scores.panel import score_panel
from objtui.ui.view_state import ViewState
from tests.runs_for_tests import a_history
from tests.ui.panels.panel_cases import (
    ASCII,
    BRAILLE,
    THEMES,
    a_scene,
    check_form,
    plain,
    styles_at,
)


def table(history, theme=BRAILLE, width=60, height=12, **state):
    lines = score_panel(a_scene(history, theme, **state), 0, width, height)
    check_form(lines, theme, width, height)
    return lines


def test_the_title_says_step_and_seeds():
    history = a_history({1240: [[0.1, 0.2]] * 2})
    assert "scores at step 1 240 ── ±sd over 2 seeds" in table(history)[0].plain
    assert "scores at step 1 240 ── ±sd in last digits" in table(history, height=6)[0].plain


def test_a_wide_terminal_shows_every_score():
    history = a_history({0: [[0.1, 0.2]] * 2})
    called = table(history, width=260)[1].plain.strip("│ ").split()
    assert called[:7] == ["nll", "ap", "sat+", "sat−", "ece", "T", "gap"]
    assert set(column_names(SCORE_NAMES)) == set(SCORE_NAMES)
    assert called[-1] == "disagree"


def test_mean_and_deviation_stand_on_two_lines_where_there_is_room():
    history = a_history({0: [[0.02, 0.03], [0.5, 0.5]]})
    lines = table(history)
    assert lines[2].plain.split()[2] == ".0250"
    assert lines[3].plain.split()[1] == "±.0071"


def test_they_stand_together_where_there_is_none():
    history = a_history({0: [[0.0219, 0.0239], [0.5, 0.5]]})
    row = table(history, height=5)[2].plain
    assert row.split()[2] == ".0229±14"


@pytest.mark.parametrize(
    ("mean", "sd", "shown"),
    [
        (0.0229, 0.0010, ".0229±10"),
        (0.01881, 0.00021, ".0188±2"),
        (0.9028, 0.0037, ".903±4"),
        (6.724, 0.9268, "6.7±9"),
        (2.6e-7, 2.1e-7, "3±2e-7"),
        (1234.0, 56.0, "1230±60"),
        (-3.21, 0.04, "−3.21±4"),
        (0.5, 0.0, ".5000"),
        (0.5, math.nan, ".5000"),
        (math.nan, math.nan, "–"),
        (math.inf, math.nan, "inf"),
    ],
)
def test_the_deviation_is_in_units_of_the_last_digit(mean, sd, shown):
    assert compact(Spread(mean, sd), 8, BRAILLE) == shown


def test_an_exponent_of_none_is_left_out():
    assert compact(Spread(3.953871, 1.8e-5), 12, BRAILLE) == "3.953871±18"


@given(st.floats(1e-3, 900), st.floats(1e-4, 0.5))
def test_a_compact_score_reads_back_within_its_rounding(mean, sd):
    text = compact(Spread(mean, sd), 12, BRAILLE)
    value, _, last = text.partition("±")
    if not last:
        return
    places = len(value.partition(".")[2])
    assert float(value) == pytest.approx(mean, abs=0.5001 * 10**-places)
    assert int(last) * 10**-places == pytest.approx(sd, rel=0.26)
    assert 2 <= int(last) <= 20 or int(last) == 1


@given(st.floats(), st.integers(6, 9), st.sampled_from(THEMES))
def test_a_number_keeps_to_its_letters(value, most, theme):
    text = short_number(value, most, theme)
    assert len(text) <= most
    assert text.isascii() or theme.glyphs != "ascii"


@given(st.floats(-9e4, 9e4).filter(lambda value: abs(value) > 1e-4))
def test_a_number_reads_back(value):
    shown = float(short_number(value, 7, BRAILLE).replace("−", "-"))
    assert shown == pytest.approx(value, rel=0.06)


def test_the_best_is_bold_where_it_differs_beyond_both_deviations():
    clear = table(a_history({0: [[0.10, 0.11], [0.20, 0.21]]}))
    assert "bold" in styles_at(clear[2], ".1050")
    assert "bold" not in styles_at(clear[4], ".2050")
    unsure = table(a_history({0: [[0.10, 0.20], [0.17, 0.27]]}))
    assert "bold" not in styles_at(unsure[2], ".1500")


def test_twins_are_bold_together():
    names = ("bce", "ce", "mse")
    values = {0: [[0.9, 0.91], [0.9, 0.91], [0.5, 0.51]]}
    lines = table(a_history(values, score="ap", names=names))
    assert "bold" in styles_at(lines[2], ".9050")
    assert "bold" in styles_at(lines[4], ".9050")
    assert "bold" not in styles_at(lines[6], ".5050")


def test_one_seed_has_no_deviation_and_no_best():
    history = a_history({0: [[0.1], [0.9]]}, seeds=1)
    lines = table(history)
    assert "one seed" in lines[0].plain
    assert "±" not in plain(lines)
    assert "bold" not in styles_at(lines[2], ".1000")


def test_a_diverged_head_says_since_when():
    everyone = [(0, 0), (0, 1)]
    values = {80: [[0.1] * 2] * 2, 120: [[0.1] * 2] * 2}
    lines = table(a_history(values, diverged={80: everyone, 120: everyone}))
    assert "bce diverged at step 80" in plain(lines)


def test_a_diverged_seed_is_left_out_and_told():
    history = a_history({80: [[0.1, 9.0], [0.5, 0.5]]}, diverged={80: [(0, 1)]})
    lines = table(history, height=14)
    assert "bce !1" in lines[2].plain
    assert ".1000" in lines[2].plain
    assert "bce: 1 of 2 seeds left out: diverged from step 80 on" in plain(lines)


def test_the_head_in_focus_is_among_those_shown():
    names = tuple(f"head{i}" for i in range(9))
    history = a_history({0: np.full((9, 2), 0.5)}, names=names)
    lines = table(history, ASCII, height=7, focus=7)
    assert "head7" in plain(lines)
    assert re.search(r"\.\.\. heads \d to \d of 9", plain(lines))


def test_before_the_first_frame_it_waits():
    assert "waiting for a frame" in plain(table(a_history({})))


@settings(max_examples=60, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 200),
    height=st.integers(3, 24),
    heads=st.integers(1, 9),
    seeds=st.integers(1, 3),
    data=st.data(),
)
def test_it_has_its_size_whatever_the_values(theme, width, height, heads, seeds, data):
    of_members = st.lists(st.floats(), min_size=heads * seeds, max_size=heads * seeds)
    values = np.reshape(data.draw(of_members), (heads, seeds))
    member = (data.draw(st.integers(0, heads - 1)), data.draw(st.integers(0, seeds - 1)))
    names = tuple(f"größe-{i}" for i in range(heads))
    history = a_history({7: values}, names=names, seeds=seeds, diverged={7: [member]})
    table(history, theme, width, height, focus=member[0])


@given(st.floats(0, 1e12), st.integers(4, 6))
@example(0.0005, 4)
@example(0.00005, 5)
@example(0.5, 4)
def test_a_deviation_has_one_form_wherever_it_has_a_digit(size: float, most: int) -> None:
    text = short_deviation(size, most)
    assert len(text) <= most
    assert not re.match(r"1\de", text)  # 10e-4
    if 5.1e-4 <= size < 1000:
        assert "e" not in text
    if text == "0":
        assert size < 1e-9
    elif "e" in text:
        assert float(text) == pytest.approx(size, rel=0.5)
    else:
        half_of_the_last_place = 0.5 * 10.0 ** -len(text.partition(".")[2])
        assert float(text) == pytest.approx(size, rel=1e-9, abs=half_of_the_last_place)


@pytest.mark.parametrize("other", [{"features": 3}, {"data_digest": "b"}, {"val": RowCounts(9, 1)}])
def test_among_runs_of_other_data_none_is_the_best(new_run, frame, other) -> None:
    readings = []
    for changes in ({}, other):
        paths = []
        for name, more in (("a", {"data_digest": "a"}), ("b", {"data_digest": "a"} | changes)):
            writer = new_run(f"{name}-{len(readings)}", **more)
            writer.append_frame(frame(0, nll=0.1 if name == "a" else 0.4))
            writer.finish("finished", RunSummary(0, 1.0, 0.5, 0.4, 0.1), "")
            paths.append(writer.path)
        runs = Comparison([RunSource(path) for path in paths])
        while runs.history is None or runs.behind:
            runs.poll()
        scene = replace(a_scene(a_history({0: [[0.5] * 2] * 2})), runs=runs)
        scene = replace(
            scene,
            history=runs.history,
            moment=runs.history.moment_up_to(None),
            state=ViewState(len(runs.history.header.heads)),
        )
        lines = score_panel(scene, 0, 100, 16)
        runs.close()
        readings.append(
            ("none is the best" in plain(lines), "bold" in styles_at(lines[2], ".1000"))
        )
    assert readings == [(False, True), (True, False)]
