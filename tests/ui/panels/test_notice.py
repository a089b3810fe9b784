"""The notice: why a run ended badly, and what to do, in a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from objtui.ui.panels.notice import notice, trainer_notices
from objtui.ui.theme import Theme
from tests.runs_for_tests import a_history
from tests.ui.panels.panel_cases import BRAILLE, GREY, THEMES, plain, styles

RUN = Path("runs/nuclei-1.objtui")


def said(
    width: int = 80,
    most: int = 4,
    theme: Theme = BRAILLE,
    path: Path = RUN,
    scenario: str = "a.toml",
    recorded: bool = False,
    **status: Any,
) -> list[Text]:
    header = {"scenario": scenario, "recorded": recorded}
    history = a_history(status={"step": 1240, **status}, **header)
    return notice(history.header, history.status, path, theme, width, most)


@pytest.mark.parametrize("state", ["starting", "running", "paused", "stopped", "finished"])
def test_there_is_none_where_there_is_no_need(state: str) -> None:
    assert said(state=state) == []


def test_a_failure_has_its_reason_and_the_command_that_goes_on() -> None:
    assert plain(said(state="failed", message="no more rows")).splitlines() == [
        " failed at step 1 240: no more rows",
        " l shows the log. Put it right, then: objtui resume runs/nuclei-1.objtui",
    ]


def test_a_command_that_is_too_long_for_the_line_has_its_own() -> None:
    path = Path("a folder with a long name of its own/that lies deeper") / RUN.name
    lines = plain(said(state="crashed", message="it is gone", path=path)).splitlines()
    assert lines[1] == " l shows the log. To go on:"
    assert " ".join(line.strip() for line in lines[2:]) == (
        "objtui resume 'a folder with a long name of its own/that lies deeper/nuclei-1.objtui'"
    )


def test_a_divergence_names_the_scenario() -> None:
    words = plain(said(state="diverged", scenario="my scenario.toml"))
    assert "objtui run 'my scenario.toml' --set train.lr=" in words


def test_the_reason_is_red_only_where_hues_are_wanted() -> None:
    assert "red" in {str(style) for style in styles(said(state="failed"))}
    assert all(style.color is None for style in styles(said(theme=GREY, state="failed")))


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(THEMES),
    st.integers(8, 200),
    st.integers(2, 8),
    st.text(),
    st.sampled_from(["failed", "crashed", "diverged"]),
)
def test_it_fits_whatever_the_reason(
    theme: Theme, width: int, most: int, message: str, state: str
) -> None:
    lines = said(width, most, theme, state=state, message=message)
    assert 2 <= len(lines) <= most
    assert all(line.cell_len <= width for line in lines)
    if theme.glyphs == "ascii":
        assert plain(lines).isascii()


@given(st.lists(st.text(min_size=1), min_size=1), st.integers(20, 200), st.integers(1, 10))
def test_notices_fit_whatever_they_say(notices: list[str], width: int, most: int) -> None:
    for theme in THEMES:
        lines = trainer_notices(notices, theme, width, most)
        assert len(lines) <= most
        assert all(line.cell_len <= width for line in lines)


def test_notices_are_told_and_how_to_put_them_away() -> None:
    lines = [line.plain for line in trainer_notices(["no training row is an object"], GREY, 80, 4)]
    assert lines == [" no training row is an object   esc puts this away   l shows the log"]
    assert trainer_notices([], GREY, 80, 4) == []


def test_notices_that_do_not_fit_whole_have_a_line_each_and_room_for_how_to_put_them_away() -> None:
    long = [f"notice {number} " + "and so on " * 12 for number in range(2)]
    first, second = (line.plain for line in trainer_notices(long, BRAILLE, 80, 2))
    assert first.startswith(" notice 0 and so on")
    assert first.endswith("…")
    assert second.startswith(" notice 1 and so on")
    assert second.endswith("…   esc puts this away")
    (only,) = trainer_notices(long, BRAILLE, 80, 1)
    assert only.plain.startswith(" notice 0 and so on")
    assert only.cell_len <= 80


@pytest.mark.parametrize("state", ["failed", "crashed"])
def test_a_training_of_ones_own_goes_on_by_itself(state: str) -> None:
    words = plain(said(state=state, recorded=True, message="no more rows"))
    assert "no more rows" in words
    assert 'objtui.Recorder(..., resume="nuclei-1")' in words
    assert "objtui resume" not in words
