"""The table of scores: one entry says all about a score, in whatever run it is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.scores import (
    DETECTION_SCORES,
    DETECTOR_SCORE_NAMES,
    SCORE_NAMES,
    SCORES,
    TRAINING_LOSS,
    column_names,
    curve_names,
    joined_names,
    score_of,
    summary_names,
)

EVERY = (*SCORES, *DETECTION_SCORES)

names = st.lists(
    st.sampled_from((*DETECTOR_SCORE_NAMES, TRAINING_LOSS.name)) | st.text(), unique=True
)
"""The scores of a run: of this version, or of its own."""


def test_no_two_scores_have_a_name_or_a_label_in_common() -> None:
    for called in (DETECTOR_SCORE_NAMES, [score.label for score in EVERY]):
        assert len(set(called)) == len(EVERY)
    assert TRAINING_LOSS.name not in DETECTOR_SCORE_NAMES


@pytest.mark.parametrize("place", ["first", "summary"])
def test_no_two_scores_have_one_place(place: str) -> None:
    ranks = [getattr(score, place) for score in EVERY if getattr(score, place) is not None]
    assert sorted(ranks) == list(range(len(ranks)))


def test_tables_begin_with_the_scores_that_their_entries_say() -> None:
    assert column_names(SCORE_NAMES)[:3] == ("nll", "ap", "saturated_pos")
    assert summary_names(SCORE_NAMES)[:3] == ("nll", "brier", "ap")
    assert curve_names(SCORE_NAMES)[:3] == ("nll", "training_loss", "loss")
    assert "base_rate" not in curve_names(SCORE_NAMES)
    assert column_names(DETECTOR_SCORE_NAMES)[:3] == ("nll", "ap", "ap50")
    assert summary_names(DETECTOR_SCORE_NAMES)[:4] == ("nll", "brier", "ap", "ap50")


@given(names)
def test_every_score_of_a_run_is_a_column_and_those_that_change_are_curves(
    of_run: list[str],
) -> None:
    assert sorted(column_names(of_run)) == sorted(of_run)
    drawn = curve_names(of_run)
    assert len(set(drawn)) == len(drawn)
    left_out = set(of_run) - set(drawn)
    assert all(score_of(name).constant for name in left_out)
    assert set(drawn) <= {*of_run, TRAINING_LOSS.name}
    own = set(of_run) - set(DETECTOR_SCORE_NAMES) - {TRAINING_LOSS.name}
    assert own <= set(summary_names(of_run)) <= set(of_run)


@given(st.lists(names))
def test_the_scores_of_several_runs_stand_once_and_in_one_order(runs: list[list[str]]) -> None:
    joined = joined_names(runs)
    assert len(set(joined)) == len(joined)
    assert set(joined) == {name for run in runs for name in run}
    ours = [name for name in joined if name in DETECTOR_SCORE_NAMES]
    assert ours == sorted(ours, key=DETECTOR_SCORE_NAMES.index)
    assert list(joined[: len(ours)]) == ours


def test_a_score_that_nobody_described_is_shown_by_its_name() -> None:
    score = score_of("margin")
    assert (score.name, score.label, score.direction, score.log) == (
        "margin",
        "margin",
        None,
        False,
    )


@pytest.mark.parametrize(("name", "best"), [("nll", 0.1), ("ap", 2.0), ("temperature", 0.9)])
def test_the_best_value_falls_short_least(name: str, best: float) -> None:
    score = score_of(name)
    assert min((0.1, 0.9, 2.0), key=score.shortfall) == best
    assert math.isnan(score.shortfall(math.nan))
