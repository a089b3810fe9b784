"""Parts of a run's seeds, trained apart, merge into the whole run to the last bit."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import pytest

from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.part import cut_seeds, prepare_part
from objtui.measures.frames import Frame, LossTrace
from objtui.measures.merging import merge_frames, merge_traces
from objtui.scenario.schema import Scenario
from tests.engine.cases import TWINS, make_rows, make_scenario, make_training, scheduled

MLP = {"backbone": "mlp", "hidden": [9]}
ROWS = make_rows(160)

Events = tuple[list[Frame], list[LossTrace]]


def events_of(scenario: Scenario, held: range | None, rows: Rows = ROWS) -> Events:
    training = (
        make_training(scenario, rows)
        if held is None
        else prepare_part(scenario, Dataset(rows, None), held)
    )
    events = list(training.events())
    frames = [each for each in events if isinstance(each, Frame) and each.scheduled]
    return frames, [each for each in events if isinstance(each, LossTrace)]


def merged(parts: list[Events]) -> Events:
    frames = zip(*(part[0] for part in parts), strict=True)
    traces = zip(*(part[1] for part in parts), strict=True)
    return [merge_frames(each) for each in frames], [merge_traces(each) for each in traces]


def assert_same_bits(whole: Events, parts: Events) -> None:
    for a, b in zip(whole[0], parts[0], strict=True):
        assert (a.step, a.score_names) == (b.step, b.score_names)
        assert a.fit_counts is not None
        assert b.fit_counts is not None
        np.testing.assert_array_equal(a.scores, b.scores)
        np.testing.assert_array_equal(a.counts, b.counts)
        np.testing.assert_array_equal(a.fit_counts, b.fit_counts)
        np.testing.assert_array_equal(a.diverged, b.diverged)
    for trace, other in zip(whole[1], parts[1], strict=True):
        assert (trace.first_step, trace.last_step) == (other.first_step, other.last_step)
        for name in ("minimum", "mean", "maximum"):
            np.testing.assert_array_equal(getattr(trace, name), getattr(other, name))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("model", [{}, MLP], ids=["none", "mlp"])
def test_sixteen_seeds_in_two_and_in_three_parts_are_the_whole_run(model: Any, dtype: str) -> None:
    scenario = make_scenario(
        model=model, seeds=16, dtype=dtype, steps=20, eval_every=5, clip_norm=0.5
    )
    whole = events_of(scenario, None)
    for parts in (2, 3):
        cuts = cut_seeds(scenario, len(ROWS), parts)
        assert len(cuts) == parts
        assert_same_bits(whole, merged([events_of(scenario, held) for held in cuts]))


@pytest.mark.parametrize("model", [{}, MLP], ids=["none", "mlp"])
def test_compiled_steps_of_parts_are_those_of_the_whole(model: Any) -> None:
    scenario = make_scenario(
        model=model, seeds=16, dtype="float32", steps=20, eval_every=10, compile="always"
    )
    whole = events_of(scenario, None)
    cuts = cut_seeds(scenario, len(ROWS), 3)
    assert_same_bits(whole, merged([events_of(scenario, held) for held in cuts]))


def test_parts_take_the_blocks_of_rows_of_the_whole() -> None:
    scenario = make_scenario(
        model={"backbone": "mlp", "hidden": [256]},
        seeds=16,
        batch="all",
        dtype="float32",
        steps=2,
        eval_every=1,
    )
    whole = events_of(scenario, None)
    cuts = cut_seeds(scenario, len(ROWS), 2)
    assert_same_bits(whole, merged([events_of(scenario, held) for held in cuts]))


@pytest.mark.parametrize("batch", [37, 32, "all"])
@pytest.mark.parametrize("heads", [TWINS, TWINS[:1]], ids=["three", "one"])
def test_cut_seeds_are_all_seeds_in_their_order(heads: Any, batch: Any) -> None:
    for seeds in (1, 3, 8, 21, 40, 64):
        scenario = make_scenario(heads=heads, seeds=seeds, batch=batch)
        for parts in (1, 2, 3, 7):
            cuts = cut_seeds(scenario, 160, parts)
            assert list(chain(*cuts)) == list(range(seeds))
            assert 1 <= len(cuts) <= parts
            assert all(cuts)


def test_a_part_has_the_schedule_of_the_whole() -> None:
    scenario = make_scenario(seeds=40, steps=5000)
    part = prepare_part(scenario, Dataset(make_rows(), None), range(8))
    assert part.schedule == make_training(scenario).schedule


def test_a_part_goes_on_where_all_its_members_have_diverged() -> None:
    heads = [{"name": "mse", "loss": "mse", "lr_scale": 1e38}]
    scenario = make_scenario(heads=heads, seeds=4, dtype="float32", steps=40, eval_every=10, lr=1e3)
    whole = scheduled(make_training(scenario))
    part, _ = events_of(scenario, range(4), make_rows())
    assert whole[-1].diverged.all()
    assert whole[-1].step < 40
    assert part[-1].step == 40


def test_a_part_goes_on_from_a_checkpoint_of_its_own() -> None:
    scenario = make_scenario(model=MLP, seeds=16, steps=20, eval_every=5)
    dataset = Dataset(ROWS, None)
    whole, _ = events_of(scenario, range(8, 16))
    first = prepare_part(scenario, dataset, range(8, 16))
    frames = []
    for event in first.events():
        if isinstance(event, Frame):
            frames.append(event)
            if event.step == 10:
                break
    second = prepare_part(scenario, dataset, range(8, 16))
    second.restore(first.checkpoint())
    frames += [event for event in second.events() if isinstance(event, Frame)]
    assert_same_bits((whole, []), (frames, []))


@pytest.mark.parametrize("held", [range(0), range(3, 5), range(-1, 2), range(0, 4, 2)])
def test_a_part_of_no_seeds_is_refused(held: range) -> None:
    with pytest.raises(ValueError, match="no seeds"):
        prepare_part(make_scenario(seeds=4), Dataset(ROWS, None), held)
