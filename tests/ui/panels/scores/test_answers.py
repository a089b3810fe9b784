"""Answers in the lines of a panel: what stays, and what is cut, where lines lack."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from objtui.advice.answers import Answer
from objtui.ui.panels.scores.answers import answer_lines, answer_rows, at_the_end
from objtui.ui.panels.scores.panel import score_panel
from tests.runs_for_tests import a_history
from tests.ui.panels.panel_cases import (
    ASCII,
    BRAILLE,
    THEMES,
    a_scene,
    check_form,
    plain,
    rows_of,
    styles_at,
)

ANSWERS = (
    Answer("most extreme?", "mse (60 % of objects saturated), bce (objects at z −12)"),
    Answer("calibrated?", "yes"),
    Answer("what to do?", "cut mse at p = .43, not at .5; 3 more to mend"),
)


def test_with_room_they_are_whole_and_their_questions_bold() -> None:
    lines = answer_lines(ANSWERS, BRAILLE, 40, 9)
    assert rows_of(lines) == [
        " most extreme? mse (60 % of objects",
        "   saturated), bce (objects at z −12)",
        " calibrated? yes",
        " what to do? cut mse at p = .43, not",
        "   at .5; 3 more to mend",
    ]
    assert answer_rows(ANSWERS, BRAILLE, 40) == 5
    assert "bold" in styles_at(lines[2], "calibrated?")
    assert "bold" not in styles_at(lines[2], "yes")


def test_where_lines_lack_what_to_do_is_the_last_to_go_and_the_first_to_get_a_second() -> None:
    assert plain(answer_lines(ANSWERS, BRAILLE, 40, 1)).strip() == (
        "what to do? cut mse at p = .43, not at…"
    )
    four = rows_of(answer_lines(ANSWERS, BRAILLE, 40, 4))
    assert four[0].endswith("…")
    assert four[-1] == "   at .5; 3 more to mend"
    assert answer_lines(ANSWERS, BRAILLE, 40, 0) == []


def test_below_a_table_they_come_last() -> None:
    lines = rows_of(at_the_end(ANSWERS, BRAILLE, 90, 5))
    assert lines[:2] == ["", ""]
    assert lines[-1].startswith(" what to do?")


def test_in_ascii_a_minus_is_one_of_ascii() -> None:
    assert "z -12" in plain(answer_lines(ANSWERS, ASCII, 90, 3))


@given(st.integers(1, 90), st.integers(0, 12), st.sampled_from(THEMES))
def test_they_keep_to_their_room(width: int, room: int, theme) -> None:
    lines = answer_lines(ANSWERS, theme, width, room)
    assert len(lines) <= room
    assert all(len(line.plain) <= max(width, 4) for line in lines)


def test_beside_rows_of_heads_they_come_before_a_table_that_has_no_room() -> None:
    names = tuple(f"head{number}" for number in range(8))
    history = a_history({0: [[0.1, 0.2]] * 8}, names=names)
    scene = replace(a_scene(history), answers=ANSWERS, ridges=True)

    def drawn(height: int) -> str:
        lines = score_panel(scene, 0, 60, height)
        check_form(lines, BRAILLE, 60, height)
        return plain(lines)

    low, high = drawn(12), drawn(18)
    assert "in words at step 0" in low
    assert "what to do? cut mse" in low
    assert "head7" not in low
    assert "sat+  share of positives" in drawn(14)  # what the columns of the rows are called
    assert all(words in high for words in ("head7", "what to do? cut mse", "scores at step 0"))
    side_by_side = replace(scene, ridges=False)
    assert "head7" in plain(score_panel(side_by_side, 0, 60, 12))
