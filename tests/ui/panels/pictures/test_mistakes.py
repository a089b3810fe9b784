"""The worst mistakes of a head as crops, or as words where there is little room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rich.text import Text

from objtui.measures.mistakes import AT_THE_END, Mistakes
from objtui.runs.history import RunHistory
from objtui.ui.panels.pictures.mistakes import mistake_panel
from objtui.ui.theme import Theme
from tests.picture_runs import PICTURES, mistakes_of
from tests.runs_for_tests import a_frame, a_history
from tests.ui.panels.panel_cases import ASCII, BRAILLE, THEMES, a_scene, check_form, plain


def a_run(mistakes: Mistakes | None = None, **header: Any) -> RunHistory:
    """A run of two heads that has these at its second step alone."""
    history = a_history(**{"pictures": PICTURES, **header})
    history.add(a_frame(0))
    history.add(replace(a_frame(1000), mistakes=mistakes or mistakes_of(2)))
    return history


def drawn(
    history: RunHistory,
    theme: Theme = BRAILLE,
    size: tuple[int, int] = (80, 30),
    head: int = 0,
    **state: Any,
) -> list[Text]:
    return mistake_panel(a_scene(history, theme, **state), head, *size)


@pytest.mark.parametrize("theme", THEMES, ids=str)
@pytest.mark.parametrize("size", [(20, 3), (20, 5), (26, 10), (40, 19), (80, 22), (198, 56)])
def test_every_panel_has_its_form(theme: Theme, size: tuple[int, int]) -> None:
    check_form(drawn(a_run(), theme, size), theme, *size)


@pytest.mark.parametrize("size", [(100, 30), (60, 15)])
def test_each_has_its_number_its_place_and_its_picture(size: tuple[int, int]) -> None:
    text = plain(drawn(a_run(), ASCII, size, head=1))
    assert text.index("X surest false alarms") < text.index("? missed most")
    for words in (
        "z 6.0",
        "z 5.0",
        "z 4.0",
        "no box",
        "z -3.0",
        "at 26, 36",
        "alarm 0.png",
        "b.png",
    ):
        assert words in text
    assert "p .98" in plain(drawn(a_run(), ASCII, size, head=1, probability=True))


@pytest.mark.parametrize(("height", "alarms", "missed"), [(8, 2, 2), (9, 3, 2), (12, 3, 2)])
def test_rows_that_one_kind_leaves_are_the_others(height: int, alarms: int, missed: int) -> None:
    text = plain(drawn(a_run(), ASCII, (40, height)))
    assert text.count("alarm ") == alarms
    assert text.count("z -3.0") + text.count("no box") == missed
    assert ("surest false alarms, 2 of 3" in text) == (alarms < 3)


def test_crops_are_drawn_where_there_is_room_with_the_box_over_them() -> None:
    text = plain(drawn(a_run(), ASCII, (100, 30)))
    assert text.count("X=======") == 3
    assert text.count("?~~~~~~~") == 2
    assert "X=" not in plain(drawn(a_run(), ASCII, (100, 12)))


@pytest.mark.parametrize(
    ("history", "state", "words"),
    [
        (a_run(pictures=()), {}, "a run without pictures"),
        (a_run(), {"cursor": 0}, AT_THE_END),
        (a_run(Mistakes.of([[], []])), {}, "no false alarm and nothing missed"),
    ],
)
def test_without_any_it_says_why(history: RunHistory, state: dict[str, Any], words: str) -> None:
    assert words in plain(drawn(history, **state))


def test_one_kind_alone_has_all_the_room() -> None:
    missed = [each for each in mistakes_of(1).of_head(0) if each.kind == "missed"]
    text = plain(drawn(a_run(Mistakes.of([missed, missed])), ASCII))
    assert "missed most" in text
    assert "false alarms" not in text
