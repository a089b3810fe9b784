"""A whole training: frames, determinism, divergence, checkpoints."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.training import Training
from objtui.measures.frames import Frame, LossTrace, Progress
from tests.engine.cases import (
    TWINS,
    make_rows,
    make_scenario,
    make_training,
    scheduled,
    tensor_rows,
)
from tests.thorough import in_part

MLP = {"backbone": "mlp", "hidden": [9]}


def assert_same_frames(left: list[Frame], right: list[Frame]) -> None:
    assert [frame.step for frame in left] == [frame.step for frame in right]
    for a, b in zip(left, right, strict=True):
        np.testing.assert_array_equal(a.scores, b.scores)
        np.testing.assert_array_equal(a.counts, b.counts)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("batch", [32, "all"])
@pytest.mark.parametrize("model", [{}, MLP], ids=["none", "mlp"])
def test_two_trainings_give_the_same_bits(model: Any, batch: Any, dtype: str) -> None:
    scenario = make_scenario(model=model, batch=batch, seeds=3, dtype=dtype)
    assert_same_frames(scheduled(make_training(scenario)), scheduled(make_training(scenario)))


def test_counts_add_up_to_the_rows_of_each_class() -> None:
    rows = make_rows(500)
    val = make_rows(137, seed=1)
    for evaluated, frames in (
        (rows, scheduled(make_training(make_scenario(seeds=2), rows))),
        (val, scheduled(make_training(make_scenario(seeds=2), rows, val))),
    ):
        positives = int(evaluated.positive.sum())
        for frame in frames:
            assert (frame.counts[:, :, 1].sum(-1) == positives).all()
            assert (frame.counts[:, :, 0].sum(-1) == len(evaluated) - positives).all()


def test_a_seed_gives_the_same_scores_alone_and_among_others() -> None:
    among = scheduled(make_training(make_scenario(seeds=[4, 2, 9])))[-1]
    alone = scheduled(make_training(make_scenario(seeds=[2])))[-1]
    np.testing.assert_allclose(among.scores[:, 1], alone.scores[:, 0], rtol=1e-9, equal_nan=True)


def test_matched_heads_of_a_seed_start_as_the_same_function() -> None:
    heads = [*TWINS, {"name": "free", "loss": "ce"}, {"name": "focal", "loss": "focal"}]
    heads += [{"name": "frozen", "loss": "ce", "negative_neuron": "frozen"}]
    start = scheduled(make_training(make_scenario(heads, MLP, seeds=2, steps=1)))[0]
    assert start.step == 0
    assert start.score("gap").max() < 1e-12
    assert (start.score("z_pos")[:, 0] != start.score("z_pos")[:, 1]).all()


def test_independent_heads_start_as_functions_of_their_own() -> None:
    heads = [*TWINS, {"name": "free", "loss": "ce"}]
    training = make_training(make_scenario(heads, MLP, steps=1, init="independent"))
    gap = scheduled(training)[0].score("gap")[:, 0]
    assert gap[1] < 1e-12  # the mirrored one
    assert gap[2] > 1e-3
    assert gap[3] > 1e-3


@pytest.mark.parametrize("head", [{"loss": "bce"}, {"loss": "ce"}, {"loss": "mse"}])
def test_a_prior_is_the_p_of_every_row_at_the_start(head: dict[str, str]) -> None:
    heads = [{"name": "head", "prior": 0.01, **head}]
    start = scheduled(make_training(make_scenario(heads, MLP, steps=1)))[0]
    for name in ("p_pos", "p_neg"):
        np.testing.assert_allclose(start.score(name), 0.01, rtol=1e-12)
    np.testing.assert_allclose(start.score("z_pos"), -4.59511985013459, rtol=1e-12)


def test_scores_do_not_depend_on_the_order_of_the_heads() -> None:
    heads = [*TWINS, {"name": "focal", "loss": "focal"}]
    front = scheduled(make_training(make_scenario(heads)))[-1]
    back = scheduled(make_training(make_scenario(heads[::-1])))[-1]
    for name in ("nll", "loss", "weight_norm", "grad_norm", "grad_share_neg"):
        np.testing.assert_allclose(front.score(name), back.score(name)[::-1], rtol=1e-9)


def test_a_diverging_head_is_marked_and_the_others_go_on_unchanged() -> None:
    wild = {"name": "wild", "loss": "raw_mse", "lr_scale": 1e4}
    with_wild = make_training(make_scenario([*TWINS, wild], optimizer="sgd", lr=0.1, steps=400))
    without = make_training(make_scenario(TWINS, optimizer="sgd", lr=0.1, steps=400))
    last = scheduled(with_wild)[-1]
    assert last.step == 400
    assert last.diverged[:, 0].tolist() == [False, False, False, True]
    assert np.isnan(last.scores[3]).all()
    np.testing.assert_allclose(last.scores[:3], scheduled(without)[-1].scores, rtol=1e-9)
    assert not with_wild.diverged


def test_a_difference_from_a_diverged_reference_is_undefined() -> None:
    wild = {"name": "wild", "loss": "raw_mse", "lr_scale": 1e4}
    heads = [wild, {"name": "bce", "loss": "bce"}]
    last = scheduled(make_training(make_scenario(heads, optimizer="sgd", lr=0.1, steps=400)))[-1]
    assert last.diverged[:, 0].tolist() == [True, False]
    assert np.isnan(last.score("gap")[1, 0])
    assert np.isnan(last.score("disagree")[1, 0])
    assert np.isfinite(last.score("nll")[1, 0])


def test_the_gradient_norm_is_that_before_clipping() -> None:
    free = make_scenario(TWINS[:1], optimizer="sgd", lr=1e-9)
    clipped = make_scenario(TWINS[:1], optimizer="sgd", lr=1e-9, clip_norm=1e-3)
    norms = [
        [frame.score("grad_norm")[0, 0] for frame in scheduled(make_training(scenario))]
        for scenario in (free, clipped)
    ]
    np.testing.assert_allclose(norms[0], norms[1], rtol=1e-6)
    assert min(norms[1]) > 1e-2


def test_every_step_is_traced_also_where_all_heads_diverge() -> None:
    wild = [{"name": "wild", "loss": "raw_mse", "lr_scale": 1e4}]
    training = make_training(make_scenario(wild, optimizer="sgd", lr=0.1, steps=10_007))
    traces = only(LossTrace, list(training.events()))
    assert traces[0].first_step == 1
    assert traces[-1].last_step == training.step


def test_a_chunk_of_a_heavy_model_is_short() -> None:
    light = make_training(make_scenario())
    heavy = make_training(make_scenario(model={"backbone": "mlp", "hidden": [512, 512]}, seeds=20))
    assert heavy.chunk_steps < light.chunk_steps


def test_a_training_ends_where_every_member_has_diverged() -> None:
    wild = [{"name": "wild", "loss": "raw_mse", "lr_scale": 1e4}]
    training = make_training(make_scenario(wild, optimizer="sgd", lr=0.1, steps=10_000))
    frames = scheduled(training)
    assert training.diverged
    assert frames[-1].step < 10_000
    assert frames[-1].diverged.all()


@pytest.mark.parametrize("cut", in_part([37, 1, 99], usual=1))
@pytest.mark.parametrize(
    "train",
    [
        {"lr": 0.01},
        {"optimizer": "sgd", "momentum": 0.9, "clip_norm": 0.5},
        {"balance": 0.3, "ema": 0.9, "hard_negatives": 2.0, "normalise": "positives"},
    ],
)
def test_a_restored_checkpoint_goes_on_to_the_same_bits(train: Any, cut: int) -> None:
    scenario = make_scenario(model=MLP, seeds=2, eval_every=1, schedule="cosine", **train)
    if "clip_norm" in train:
        scenario = make_scenario(TWINS[:1], MLP, seeds=2, eval_every=1, **train)
    whole = list(make_training(scenario).events())

    first = make_training(scenario)
    before = list(itertools.takewhile(lambda event: not at_frame(event, cut), first.events()))
    data = first.checkpoint()
    second = make_training(scenario)
    second.restore(data)
    after = list(second.events())

    frames = [event for event in whole if isinstance(event, Frame)]
    assert_same_frames([f for f in frames if f.step > cut], only(Frame, after))
    traces = only(LossTrace, before) + only(LossTrace, after)
    for ours, expected in zip(traces, only(LossTrace, whole), strict=True):
        assert (ours.first_step, ours.last_step) == (expected.first_step, expected.last_step)
        np.testing.assert_array_equal(ours.mean, expected.mean)


def at_frame(event: object, step: int) -> bool:
    return isinstance(event, Frame) and event.step == step


def only(kind: type, events: list[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other"])
def test_a_damaged_or_foreign_checkpoint_is_a_value_error(damage: str) -> None:
    training = make_training(make_scenario())
    data = bytearray(training.checkpoint())
    if damage == "empty":
        data = bytearray()
    elif damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[3] ^= 0xFF
    else:
        data = bytearray(make_training(make_scenario(seeds=2)).checkpoint())
    with pytest.raises(ValueError, match="checkpoint"):
        training.restore(bytes(data))


def test_live_frames_come_by_the_clock_and_change_no_scheduled_one() -> None:
    class FastClock:
        """A clock on which every look takes 50 ms."""

        now = 0.0

        def __call__(self) -> float:
            self.now += 0.05
            return self.now

    scenario = make_scenario(steps=3000, eval_every=1000)
    plain = scheduled(make_training(scenario))
    dataset = Dataset(make_rows(), None)
    training = Training(scenario, dataset, torch.device("cpu"), torch.float64, FastClock())
    events = list(training.events())
    frames = only(Frame, events)
    assert [frame.step for frame in frames if frame.scheduled] == [0, 1000, 2000, 3000]
    assert_same_frames([frame for frame in frames if frame.scheduled], plain)
    assert only(Progress, events)


def test_soft_targets_are_scored_against_themselves_and_ranked_by_class() -> None:
    rows = make_rows()
    soft = tensor_rows(rows.features, rows.targets * 0.7, rows.positive)
    frame = scheduled(make_training(make_scenario(steps=5), soft))[-1]
    entropy = -(0.7 * np.log(0.7) + 0.3 * np.log(0.3)) * float(rows.positive.double().mean())
    np.testing.assert_allclose(frame.score("loss_floor")[0], entropy, rtol=1e-9)
    np.testing.assert_allclose(frame.score("loss")[0], frame.score("nll")[0], rtol=1e-12)
    np.testing.assert_allclose(
        frame.score("excess"), frame.score("loss") - frame.score("loss_floor"), rtol=1e-9
    )
    assert np.isfinite(frame.score("auc")).all()


def test_reported_slopes_are_those_of_the_losses() -> None:
    """At p = prior every positive's slope is 1 − prior and every negative's is prior."""
    heads = [{"name": "bce", "loss": "bce", "prior": 0.2}, {"name": "mse", "loss": "mse"}]
    frame = scheduled(make_training(make_scenario(heads, steps=1)))[0]
    np.testing.assert_allclose(frame.score("grad_pos")[0], 0.8, rtol=1e-12)
    np.testing.assert_allclose(frame.score("grad_neg")[0], 0.2, rtol=1e-12)
    share = 1 - float(make_rows().positive.double().mean())
    np.testing.assert_allclose(
        frame.score("grad_share_neg")[0], 0.2 * share / (0.2 * share + 0.8 * (1 - share))
    )
