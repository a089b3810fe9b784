"""A sample picture with what a head detects on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.text import Text

from objtui.measures.detections import MAX_OBJECTS, MAX_SHOWN, PictureDetections
from objtui.runs.history import RunHistory
from objtui.ui.charts.words import NONE_YET, WAITING
from objtui.ui.panels.pictures.panel import picture_panel
from objtui.ui.theme import Theme
from tests.picture_runs import NOTHING_THERE, OBJECTS, PICTURES, contents, detections_at
from tests.picture_runs import detections_of as detections_of_heads
from tests.runs_for_tests import a_frame, a_history
from tests.ui.panels.panel_cases import (
    ASCII,
    BRAILLE,
    GREY,
    THEMES,
    a_scene,
    check_form,
    plain,
    styles_at,
)


def a_run(
    detections: dict[int, PictureDetections | None], *, kept: bool = True, **header: Any
) -> RunHistory:
    """A run of two heads with detections by step."""
    history = a_history(pictures=PICTURES, **header)
    if kept:
        history.contents = contents()
    for step, each in detections.items():
        history.add(replace(a_frame(step), detections=each))
    return history


def drawn(
    history: RunHistory,
    theme: Theme = BRAILLE,
    size: tuple[int, int] = (60, 20),
    head: int = 0,
    **state: Any,
) -> list[Text]:
    return picture_panel(a_scene(history, theme, **state), head, *size)


EARLY_AND_LATE = {0: detections_at(0, 2), 1000: detections_at(1000, 2)}


@pytest.mark.parametrize("theme", THEMES, ids=str)
@pytest.mark.parametrize("size", [(20, 5), (26, 10), (40, 19), (80, 22), (198, 56), (24, 56)])
@pytest.mark.parametrize("picture", [0, 1])
def test_every_panel_has_its_form(theme: Theme, size: tuple[int, int], picture: int) -> None:
    lines = drawn(a_run(EARLY_AND_LATE), theme, size, picture=picture, cursor=0)
    check_form(lines, theme, *size)


@pytest.mark.parametrize("theme", THEMES, ids=str)
def test_kinds_are_told_apart_by_glyph_and_where_there_are_colours_by_these(theme: Theme) -> None:
    lines = drawn(a_run(EARLY_AND_LATE), theme, (50, 30), cursor=0)
    marks = "OX?" if theme.glyphs == "ascii" else "●✗○"
    picture = plain(lines[1:-2])
    assert [picture.count(mark) for mark in marks] == [1, 1, 1]
    legend = lines[-2].plain.strip("|│ ")
    assert legend == "{} 1 hit   {} 1 false alarm   {} 1 missed".format(*marks)
    hues = [styles_at(lines[-2], f"{mark} 1") for mark in marks]
    assert len(set(hues)) == (3 if theme.colours else 1)


def test_an_object_is_framed_where_it_lies_with_its_logit_or_p() -> None:
    lines = drawn(a_run(EARLY_AND_LATE), ASCII, (66, 27), cursor=0)
    rows = [line.plain[1:-1] for line in lines[1:-2]]
    # 64 x 48 pixels on 64 x 24 cells: the first object is at 4, 4 and 24 x 20 pixels large.
    assert rows[2][4:28] == "O2.0" + "-" * 19 + "+"
    assert rows[11][4:28] == "+" + "-" * 22 + "+"
    assert rows[1][36:44] == "X1.0===+"
    assert rows[8][32:60] == "?-0.7" + "~" * 22 + "+"
    probable = drawn(a_run(EARLY_AND_LATE), ASCII, (66, 27), cursor=0, probability=True)
    assert "O.88---" in plain(probable)
    assert "?.33~~~" in plain(probable)


def test_of_an_object_that_is_hit_a_dotted_line_is_seen_where_the_hit_is_off() -> None:
    left, top, width, height = OBJECTS[0][0]
    off = [left + 8, top, width, height]
    history = a_run({0: detections_of_heads([[[(off, 2.0, True)], []]] * 2)})
    rows = [line.plain[1:-1] for line in drawn(history, ASCII, (66, 27))[1:-2]]
    assert rows[2][4:36] == "'" * 8 + "O2.0" + "-" * 19 + "+"
    assert rows[5][4] == "'"
    assert "true box of a hit" in plain(drawn(history, size=(110, 24)))


def test_it_moves_with_the_step_cursor_and_each_head_has_its_own() -> None:
    history = a_run(EARLY_AND_LATE)
    assert "step 0" in plain(drawn(history, cursor=999))
    late = plain(drawn(history))
    assert "step 1 000" in late
    assert "● 2 hits   ✗ 0 false alarms   ○ 0 missed" in late
    assert "●3.0" in late
    assert "●4.0" in plain(drawn(history, head=1))


def test_the_title_says_which_picture_it_is() -> None:
    history = a_run(EARLY_AND_LATE)
    assert "● bce ── 1/2 ── first.png" in drawn(history)[0].plain
    assert "● bce ── 2/2 ── second.png" in drawn(history, picture=1)[0].plain
    assert "1/2" in drawn(history, size=(20, 8))[0].plain
    long = a_run(EARLY_AND_LATE, names=("a-run-of-many:bce", "ce"))
    assert drawn(long, size=(24, 8))[0].plain.startswith("╭ ● a-run-…:bce ── 1/2 ")


def test_beside_a_picture_that_leaves_room_the_worst_mistakes_are_listed() -> None:
    first, second = OBJECTS[0]
    found = [(NOTHING_THERE, 3.0, False), (first, 2.0, True), (second, -1.25, True)]
    history = a_run({0: detections_of_heads([[found, []]] * 2)})
    text = plain(drawn(history, size=(110, 24)))
    for words in (
        "● 1 hit ", "✗ 1 false alarm ", "○ 1 missed ",
        "surest false alarms", "✗   3.0  at 40, 6", "missed most", "○  −1.2  at 46, 30",
    ):  # fmt: skip
        assert words in text


def test_where_the_best_alone_are_kept_objects_are_missed_at_most() -> None:
    found = [(OBJECTS[0][0], 3.0, True)] + [(NOTHING_THERE, 2.0, False)] * (MAX_SHOWN - 1)
    history = a_run({0: detections_of_heads([[found, []]] * 2)})
    assert "○ ≤1 missed" in plain(drawn(history))
    assert "? <=1 missed" in plain(drawn(history, ASCII))
    wide = plain(drawn(history, size=(110, 24)))
    assert "the 20 best are drawn" in wide
    assert "missed most" not in wide


@pytest.mark.parametrize(
    ("history", "state", "words"),
    [
        (a_history({0: np.ones((2, 2))}), {}, "a run without pictures"),
        (a_run(EARLY_AND_LATE), {"picture": 2}, "a run with 2 pictures"),
        (a_run(EARLY_AND_LATE, kept=False), {}, "the run file does not hold its pictures"),
        (a_run({0: None}), {}, "a frame without detections"),
        (a_run({}), {}, WAITING),
        (a_run({100: detections_at(100, 2)}), {"cursor": 50}, NONE_YET),
    ],
    ids=["none", "fewer", "not kept", "no detections", "no frame", "none yet"],
)
def test_what_cannot_be_shown_is_said_in_a_line(
    history: RunHistory, state: dict[str, Any], words: str
) -> None:
    lines = drawn(history, GREY, **state)
    check_form(lines, GREY, 60, 20)
    assert [line.plain.strip("│ ") for line in lines[1:-1]].count(words) == 1


def test_a_header_with_sides_of_no_pixels_is_drawn_all_the_same() -> None:
    history = a_run(EARLY_AND_LATE)
    empty = tuple(replace(each, width=0, height=0) for each in PICTURES)
    history.header = replace(history.header, pictures=empty)
    check_form(drawn(history), BRAILLE, 60, 20)


def test_of_more_detections_than_are_kept_the_numbers_are_of_all() -> None:
    first = OBJECTS[0][0]
    found: list[Any] = [(first, 9.0, True)]
    found += [([0, 0, 2, 2], 8.0 - number / 10, False) for number in range(MAX_SHOWN - 1)]
    kept = replace(
        detections_of_heads([[found, []]] * 2),
        totals=np.array([[[2, 30], [0, 0]]] * 2, np.int32),
    )
    wide = plain(drawn(a_run({0: kept}), ASCII, (110, 30)))
    assert "O 2 hits" in wide
    assert "X 30 false alarms" in wide
    assert "? 0 missed" in wide
    assert "20 of 32 boxes" in wide
    assert "1 ? are hit by others" in wide
    assert "<=" not in wide
    none_left = plain(drawn(a_run({0: kept}), ASCII, (110, 30), picture=1))
    assert "are drawn" not in none_left
    assert "? 1 missed" in none_left


def test_what_boxes_that_are_not_kept_hit_is_drawn_as_hit_where_it_is() -> None:
    first = OBJECTS[0][0]
    found: list[Any] = [(first, 9.0, True)]
    found += [([0, 0, 2, 2], 8.0 - number / 10, False) for number in range(MAX_SHOWN - 1)]
    objects = np.zeros((2, 2, MAX_OBJECTS), np.bool_)
    objects[:, 0, :2] = True
    kept = replace(
        detections_of_heads([[found, []]] * 2),
        totals=np.array([[[2, 30], [0, 0]]] * 2, np.int32),
        objects=objects,
    )
    lines = drawn(a_run({0: kept}), ASCII, (110, 30))
    picture = plain([line[:60] for line in lines[1:-1]])
    assert picture.count("O") == 2
    assert "?" not in picture
    wide = plain(lines)
    assert "O 2 hits" in wide
    assert "? 0 missed" in wide
    assert "1 O by their object" in wide
