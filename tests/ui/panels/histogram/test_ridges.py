"""Many heads in one panel: a row each, background and objects on one axis, and their scores."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.runs.history import RunHistory
from objtui.ui.panels.histogram import head_at_line, histogram_panel
from objtui.ui.panels.histogram.ridges import ridge_head_at, ridge_panel
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import MARKS, Theme
from tests.runs_for_tests import a_head, a_moment, a_status
from tests.ui.panels.histogram.histogram_cases import run_header
from tests.ui.panels.panel_cases import (
    ASCII,
    BLOCK,
    THEMES,
    a_scene,
    check_form,
    rows_of,
    styles_at,
)

NAMES = tuple(f"head{number}" for number in range(8))


def a_ridge_scene(theme: Theme = BLOCK, heads: int = 8, **shown: object) -> Scene:
    """Heads of which each has its objects one logit further out than the one before."""
    moment = a_moment(
        *(
            a_head(
                [-9.5] * 90,
                [2.5 + number] * 10,
                ap=(0.90 + number / 100,) * 2,
                saturated_pos=(number / 10,) * 2,
            )
            for number in range(heads)
        )
    )
    history = RunHistory(run_header(50, 5, heads=heads, names=NAMES), a_status())
    return a_scene(history, theme, moment=moment, **shown)  # type: ignore[arg-type]


def rows(scene: Scene, width: int = 80, height: int = 11) -> list[str]:
    lines = ridge_panel(scene, 0, width, height)
    check_form(lines, scene.theme, width, height)
    return rows_of(lines)


def test_every_head_has_a_row_with_its_mark_its_name_and_its_scores() -> None:
    lines = rows(a_ridge_scene())
    assert "histograms of 8 heads ── log counts" in lines[0]
    assert lines[1].split()[-5:-1] == ["ap", "sat+", "sat−", "ece"]
    for number, line in enumerate(lines[2:-1]):
        assert line.startswith(f"│{MARKS[number]} head{number}")
        assert f".9{number}0" in line
        assert f".{number}0" in line


def test_background_stands_on_the_left_and_objects_on_the_right_along_one_axis() -> None:
    lines = rows(a_ridge_scene())
    half = lines[1].index("objects")
    assert lines[1].index("background") < half
    bars = [
        [at for at, letter in enumerate(line[:60]) if letter in "▁▂▃▄▅▆▇"] for line in lines[2:-1]
    ]
    background, objects = zip(*bars, strict=True)  # each in one cell
    assert len(set(background)) == 1
    assert list(objects) == sorted(objects)
    assert objects[0] > half > background[0]
    assert objects[-1] > objects[0]
    assert lines[-1].count("0") >= 2  # either axis has its numbers


def test_a_full_column_leaves_a_gap_to_the_row_above() -> None:
    assert "█" not in "".join(rows(a_ridge_scene()))
    assert "▇" in "".join(rows(a_ridge_scene()))
    assert "#" in "".join(rows(a_ridge_scene(ASCII))[2:-1])


def test_where_there_is_room_a_head_has_several_lines() -> None:
    lines = rows(a_ridge_scene(), height=19)
    assert [line[1] for line in lines[2:-1]] == [
        letter for number in range(8) for letter in (" ", MARKS[number])
    ]


def test_of_more_heads_than_lines_those_about_the_focus_are_shown() -> None:
    lines = rows(a_ridge_scene(focus=6), height=7)
    assert "… heads 6 to 8 of 8" in lines[-2]
    assert [line[3:8] for line in lines[2:-2]] == ["head5", "head6", "head7"]


def test_hidden_heads_have_no_row_and_sorted_ones_their_order() -> None:
    lines = rows(a_ridge_scene(hidden=frozenset({0, 1}), sort="ap"))
    assert "histograms of 6 heads ── log counts ── by ap▼" in lines[0]
    assert [line[3:8] for line in lines[2:8]] == [f"head{number}" for number in range(7, 1, -1)]


def test_the_best_is_bold_and_the_focus_stands_out() -> None:
    lines = ridge_panel(a_ridge_scene(focus=2), 2, 80, 11)
    assert "bold" in styles_at(lines[9], ".970")
    assert "bold" not in styles_at(lines[2], ".900")
    assert "reverse" in styles_at(lines[4], "head2")


def test_before_the_first_frame_it_waits() -> None:
    history = RunHistory(run_header(50, 5, heads=8, names=NAMES), a_status())
    assert "waiting" in "".join(rows(a_scene(history, BLOCK)))


@pytest.mark.parametrize("theme", THEMES)
@settings(max_examples=15, deadline=None)
@given(st.integers(20, 200), st.integers(3, 40), st.integers(1, 8))
def test_it_has_its_size_whatever_the_room(
    theme: Theme, width: int, height: int, heads: int
) -> None:
    rows(a_ridge_scene(theme, heads), width, height)


def test_a_line_is_of_the_head_whose_row_it_is_in() -> None:
    scene = a_ridge_scene(focus=6)
    for height in (7, 11, 19):
        lines = rows(scene, height=height)
        of_lines = [ridge_head_at(scene, height, line) for line in range(height)]
        for number, (head, line) in enumerate(zip(of_lines, lines, strict=True)):
            named = [each for each in range(8) if f" head{each} " in line]
            assert not named or named == [head], (height, number)
        assert [of_lines[0], of_lines[1], of_lines[-1]] == [None] * 3


@pytest.mark.parametrize("theme", THEMES)
def test_an_overlay_of_many_heads_without_colours_has_a_row_each(theme: Theme) -> None:
    many = a_ridge_scene(theme, overlay=True)
    drawn = histogram_panel(many, 0, 100, 20)
    check_form(drawn, theme, 100, 20)
    has_rows = "overlay of 8 heads" in drawn[0].plain
    assert has_rows == (not theme.colours)
    assert (head_at_line(many, 20, 5) is not None) == has_rows
    few = a_ridge_scene(theme, heads=4, overlay=True)
    assert "overlay of" not in histogram_panel(few, 0, 100, 20)[0].plain
