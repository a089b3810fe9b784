"""When a softmax over two neurons is a sigmoid on one, and when it is not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.cases import TWINS, make_rows, make_scenario, make_training, scheduled

SETTINGS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd", "lr": 0.1},
    "momentum": {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True},
    "coupled decay": {"optimizer": "sgd", "lr": 0.1, "weight_decay": 0.05},
    "adam": {"optimizer": "adam", "lr": 0.01},
    "adam with coupled decay": {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.05},
    "adamw": {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.1},
    "warm-up and cosine": {"lr": 0.01, "warmup": 50, "schedule": "cosine"},
    "independent starts": {"lr": 0.01, "init": "independent"},
}
BACKBONES = {"none": {}, "mlp": {"backbone": "mlp", "hidden": [12, 7], "activation": "tanh"}}


def largest_gap(heads: Any, model: dict[str, Any] | None = None, **train: Any) -> float:
    """Largest |Δz| between the first two heads at any scheduled frame of 2 000 steps."""
    settings = {"steps": 2000, "seeds": 2, "eval_every": 500, **train}
    training = make_training(make_scenario(heads, model, **settings), make_rows(separation=1.0))
    return max(float(frame.score("gap")[1].max()) for frame in scheduled(training))


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_mirrored_head_is_the_exact_twin(setting: str, backbone: str) -> None:
    assert largest_gap(TWINS, BACKBONES[backbone], **SETTINGS[setting]) <= 1e-9


def test_a_mirrored_head_stays_the_twin_of_options_that_it_takes_over() -> None:
    reference = {
        "name": "bce",
        "loss": "bce",
        "lr_scale": 0.3,
        "weight_decay_scale": 3.0,
        "prior": 0.01,
        "label_smoothing": 0.1,
        "positive_weight": 4.0,
    }
    assert largest_gap([reference, TWINS[1]], lr=0.02) <= 1e-9


def test_a_clipped_norm_is_mapped_where_there_is_no_backbone() -> None:
    assert largest_gap(TWINS, optimizer="sgd", lr=0.1, clip_norm=0.1) <= 1e-9


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("neuron", ["zero", "frozen"])
def test_a_clipped_norm_needs_no_map_where_one_row_is_trained(neuron: str, backbone: str) -> None:
    heads = [TWINS[0], {**TWINS[1], "negative_neuron": neuron}]
    gap = largest_gap(heads, BACKBONES[backbone], optimizer="sgd", lr=0.1, clip_norm=0.1)
    assert gap <= 1e-9


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_map_can_be_written_by_hand_as_scales_of_the_last_layer(backbone: str) -> None:
    by_hand = {"name": "ce", "loss": "ce", "lr_scale": 0.5, "weight_decay_scale": 2.0}
    gap = largest_gap([TWINS[0], by_hand], BACKBONES[backbone], lr=0.01, weight_decay=0.1)
    assert gap <= 1e-9


def test_at_the_same_rate_the_softmax_runs_ahead() -> None:
    unmapped = [TWINS[0], {"name": "ce", "loss": "ce"}]
    assert largest_gap(unmapped, optimizer="sgd", lr=0.02) > 0.1


def test_at_the_same_rate_the_softmax_is_the_sigmoid_at_twice_the_rate() -> None:
    heads = [{"name": "fast", "loss": "bce", "lr_scale": 2.0}, {"name": "ce", "loss": "ce"}]
    assert largest_gap(heads, optimizer="sgd", lr=0.1) <= 1e-9


@pytest.mark.parametrize("setting", ["sgd", "adam", "adamw", "coupled decay"])
def test_a_background_neuron_pinned_at_zero_leaves_the_sigmoid(setting: str) -> None:
    pinned = [TWINS[0], {"name": "ce", "loss": "ce", "negative_neuron": "zero"}]
    assert largest_gap(pinned, **SETTINGS[setting]) <= 1e-9
    mirrored = [TWINS[0], {**TWINS[1], "negative_neuron": "zero"}]
    assert largest_gap(mirrored, **SETTINGS[setting]) <= 1e-9


def test_a_background_neuron_frozen_at_random_breaks_only_with_decay() -> None:
    frozen = [TWINS[0], {"name": "ce", "loss": "ce", "negative_neuron": "frozen"}]
    assert largest_gap(frozen, optimizer="sgd", lr=0.1) <= 1e-9
    assert largest_gap(frozen, optimizer="sgd", lr=0.1, weight_decay=0.05) > 0.1
