"""The training loss among the curves, in the whole dashboard and in the panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.export.tables import TRAINING_LOSS as TABLE
from objtui.measures.frames import LossTrace
from objtui.measures.scores import SCORE_NAMES, TRAINING_LOSS, curve_names
from objtui.runfile.writer import RunWriter
from objtui.runs.history import RunHistory
from objtui.runs.source import LOSSES_AT_ONCE, RunSource
from objtui.ui.panels.curves.lines import head_curves
from objtui.ui.panels.curves.panel import curve_panel
from objtui.ui.view_state import ViewState
from tests.runs_for_tests import (
    NUCLEI_HEADS,
    NUCLEI_SEEDS,
    MakeRun,
    a_history,
    nuclei_frame,
    record_nuclei,
)
from tests.ui.driving import reached, screen_lines, settled, show, shows
from tests.ui.panels.panel_cases import ASCII, THEMES, a_scene, check_form, plain

FALLING = tuple(range(10, 1001, 10))


def a_trace(last: int, losses: np.ndarray, length: int = 10) -> LossTrace:
    return LossTrace(last - length + 1, last, losses, losses, losses)


def with_losses(losses: dict[int, list[list[float]]], **options: Any) -> RunHistory:
    """A run of frames at steps 0 to 1000, and of (heads, seeds) training losses by step."""
    history = a_history({step: [[0.5] * 2] * 2 for step in range(0, 1001, 100)}, **options)
    for step, values in losses.items():
        history.losses.add(a_trace(step, np.array(values)))
    return history


def a_view(**state: Any) -> ViewState:
    return ViewState(2, score=TRAINING_LOSS.name, **state)


def record_losses(writer: RunWriter, steps: tuple[int, ...] = FALLING) -> None:
    members = (len(NUCLEI_HEADS), len(NUCLEI_SEEDS))
    writer.append_loss_traces([a_trace(step, np.full(members, 500 / step)) for step in steps])


def test_it_is_named_as_in_exports_and_comes_next_to_the_first_score() -> None:
    assert TABLE.name == TRAINING_LOSS.name
    assert curve_names(SCORE_NAMES)[1] == TRAINING_LOSS.name
    assert ViewState(1).next_score(1).score == TRAINING_LOSS.name
    assert ViewState(1).next_score(1).log_value


def test_a_curve_is_the_mean_over_seeds_at_the_end_of_every_stretch_with_its_band() -> None:
    history = with_losses({10: [[1.0, 3.0], [5.0, 5.0]], 20: [[0.5, 1.5], [4.0, 6.0]]})
    first, second = head_curves(history, a_view())
    assert first.at.tolist() == [10, 20]
    assert first.mean.tolist() == [2.0, 1.0]
    assert first.low.tolist() == [1.0, 0.5]
    assert first.high.tolist() == [3.0, 1.5]
    assert second.mean.tolist() == [5.0, 5.0]


def test_by_wall_time_it_stands_where_frames_say_that_its_steps_were() -> None:
    [curve, _] = head_curves(with_losses({50: [[1.0] * 2] * 2}), a_view(wall_time=True))
    assert curve.at.tolist() == [pytest.approx(5.0)]  # a step takes a tenth of a second


def test_a_seed_that_has_diverged_is_left_out_from_then_on() -> None:
    losses = {step: [[1.0, 9.0], [2.0, 2.0]] for step in (100, 200, 300)}
    history = with_losses(losses, diverged={step: [(0, 1)] for step in range(200, 1001, 100)})
    [curve, other] = head_curves(history, a_view())
    assert curve.mean.tolist() == [5.0, 1.0, 1.0]
    assert curve.not_finite.tolist() == [1, 2]
    assert not len(other.not_finite)


def test_before_the_first_stretch_it_says_so() -> None:
    text = plain(curve_panel(a_scene(with_losses({}), ASCII, score=TRAINING_LOSS.name), 0, 60, 12))
    assert "no training loss is recorded yet" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"device": "none"}, "nothing was trained: no training loss"),
        ({"status": {"state": "finished"}}, "no training loss was recorded"),
    ],
    ids=["given logits", "ended"],
)
def test_of_a_run_that_will_never_have_one_it_says_why(options: Any, words: str) -> None:
    scene = a_scene(with_losses({}, **options), ASCII, score=TRAINING_LOSS.name)
    assert words in plain(curve_panel(scene, 0, 41, 12))


@pytest.mark.parametrize("theme", THEMES, ids=str)
def test_it_has_its_form_smoothed_and_on_log_axes(theme: Any) -> None:
    history = with_losses({step: [[9 / step] * 2, [0.0, float("inf")]] for step in FALLING})
    chosen = {"smoothing": 0.9, "log_value": True, "log_step": True}
    scene = a_scene(history, theme, score=TRAINING_LOSS.name, **chosen)
    check_form(curve_panel(scene, 0, 60, 12), theme, 60, 12)


def test_m_shows_it_and_it_falls_while_the_training_goes_on(
    new_run: MakeRun, tmp_path: Path
) -> None:
    writer = record_nuclei(new_run, tmp_path, state="running")
    record_losses(writer, FALLING[:50])

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        assert not len(app.runs.histories[0].losses)  # nothing is read before it is shown
        await pilot.press("m")
        await shows(pilot, "training_loss ── ● bce")
        await shows(pilot, "500")
        record_losses(writer, FALLING[50:])
        writer.append_frame(nuclei_frame(1300))
        await reached(pilot, lambda: app.runs.histories[0].losses.taken == len(FALLING))
        await shows(pilot, "800")
        await pilot.press("left", "left")
        await settled(pilot)
        assert any("┊" in line for line in screen_lines(app)[20:])  # the cursor

    show(writer.path, steps)


def test_it_is_shown_of_several_runs_together(new_run: MakeRun, tmp_path: Path) -> None:
    writers = [record_nuclei(new_run, tmp_path, name=name, state="running") for name in ("a", "b")]
    for writer in writers:
        record_losses(writer)

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("m")
        await shows(pilot, "training_loss ── ● a:bce", "more ── log y")
        assert [history.losses.taken for history in app.runs.histories] == [len(FALLING)] * 2
        curves = head_curves(app.runs.history, app.dashboard.state)
        assert [curve.mean[-1] for curve in curves] == [0.5] * 6

    show([writer.path for writer in writers], steps)


def test_all_of_it_is_read_in_over_several_looks_and_only_once_it_is_asked_for(
    new_run: MakeRun, tmp_path: Path
) -> None:
    writer = record_nuclei(new_run, tmp_path, state="running")
    record_losses(writer, tuple(range(10, 40 * LOSSES_AT_ONCE, 10)))
    source = RunSource(writer.path)
    while source.behind:
        source.poll()
    assert source.opened_history.losses.taken == 0
    source.read_losses(True)
    looks = 0
    while source.behind:
        source.poll(0.0)
        looks += 1
    assert looks > 3
    assert source.opened_history.losses.taken == 4 * LOSSES_AT_ONCE - 1
    source.close()
