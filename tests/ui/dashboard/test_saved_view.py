"""How a run of a scenario was looked at is taken up when one is opened again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.pilot import Pilot

from objtui.measures.scores import SCORE_NAMES
from objtui.ui.dashboard.renderer import first_state
from objtui.ui.dashboard.saved_view import FLAGS, PLACES, saved, taken_up
from objtui.ui.dashboard.view_file import ViewFile
from tests.runs_for_tests import MakeRun, a_history, record_nuclei
from tests.ui.driving import show, shows
from tests.ui.terminal_driver import OpenTerminal

HISTORY = a_history(names=("bce", "ce", "mse"))
KEYS = (*FLAGS, *PLACES, "score", "smoothing", "sort", "hidden", "reference")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
LIKELY = st.sampled_from([*SCORE_NAMES, "history", "pictures", "threshold", "bce", 0.6, True, ""])


def test_what_is_chosen_comes_back_but_for_what_is_of_the_moment() -> None:
    state = first_state(HISTORY)
    for change in ("toggle_head", "next_smoothing", "next_sort", "next_reference"):
        state = getattr(state, change)(*((1,) if change == "toggle_head" else ()))
    state = state.next_score(3).with_view("histograms", "bands").with_view("curves", "threshold")
    assert taken_up(saved(state, HISTORY), HISTORY) == state
    assert saved(first_state(HISTORY), HISTORY) == {}


def test_heads_and_views_that_a_run_does_not_have_are_left_out() -> None:
    view = {"hidden": ["mse", "gone"], "reference": "gone", "histograms": "pictures", "score": "x"}
    state = taken_up(view, HISTORY)
    assert state.hidden == {2}
    assert (state.reference, state.histogram_view, state.score) == (0, "", "nll")
    assert taken_up({"hidden": ["bce", "ce", "mse"]}, HISTORY).shown == [0, 1, 2]


@given(st.dictionaries(st.sampled_from(KEYS), LIKELY | ANY))
def test_whatever_the_file_says_there_is_something_to_see(view: dict[str, Any]) -> None:
    state = taken_up(view, HISTORY)
    assert state.shown
    assert state.focus in state.shown
    assert state.score in (*SCORE_NAMES, "training_loss")
    state.next_score(1).next_smoothing().next_sort()


def test_it_is_taken_up_in_the_next_dashboard_and_r_forgets_it(
    new_run: MakeRun, tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path).path
    views = ViewFile(tmp_path / "state" / "views.json")

    async def choose(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("2", "m", "h", "z")

    async def look(pilot: Pilot[Any], app: App[Any]) -> None:
        await shows(pilot, "training_loss", "seen as last time; R shows it as at first")
        state = app.dashboard.state
        assert state.hidden == {1}
        assert state.histogram_view == "history"
        assert state.probability
        await pilot.press("R")
        await shows(pilot, "nll ── ● bce  ▲ ce")
        assert app.dashboard.state == first_state(app.runs.history)

    async def look_again(pilot: Pilot[Any], app: App[Any]) -> None:
        await shows(pilot, "nll ── ● bce  ▲ ce")
        assert "last time" not in "\n".join(map(str, await shows(pilot, "help")))

    for script in (choose, look, look_again):
        show(path, script, views=views)
    assert views.view_of("scenarios/nuclei.toml") == {}


def test_it_is_kept_by_the_command_in_the_users_folder(
    new_run: MakeRun, tmp_path: Path, terminal: OpenTerminal, state_home: Path
) -> None:
    path = record_nuclei(new_run, tmp_path).path
    opened = terminal("watch", path.name)
    opened.wait_for("nll ──", "? help")
    opened.press("m")
    opened.wait_for("training_loss ──")
    opened.press("q")
    assert opened.exit_code() == 0
    assert (state_home / "objtui" / "views.json").stat().st_mode & 0o777 == 0o600
    opened = terminal("watch", path.name)
    opened.wait_for("training_loss ──", "seen as last time")
    opened.press("q")
    assert opened.exit_code() == 0
