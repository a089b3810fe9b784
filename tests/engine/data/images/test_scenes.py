"""Source `scenes`: synthetic images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.neural_network import MLPClassifier

from objtui.engine.data import Rows, build_dataset
from objtui.engine.data.images.scene_objects import place_objects
from objtui.engine.data.images.scene_painting import paint_scene
from objtui.errors import DataError
from objtui.scenario.schema import ScenesData

HERE = Path()


def scenes(**keys: object) -> ScenesData:
    small = {"source": "scenes", "train_images": 2, "val_images": 2, "size": 96, "objects": 3}
    return ScenesData.model_validate(small | keys)


def build(**keys: object) -> Rows:
    return build_dataset(scenes(**keys), HERE, torch.float32).train


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    first, second, other = build(), build(), build(seed=1)
    assert torch.equal(first.features, second.features)
    assert torch.equal(first.targets, second.targets)
    assert len(first) != len(other) or not torch.equal(first.features, other.features)


def test_an_image_does_not_depend_on_how_many_follow() -> None:
    few, many = (build(train_images=n, val_images=0) for n in (1, 3))
    assert torch.equal(few.positive, many.positive[: len(few)])


def test_scenes_without_objects_leave_nothing_to_train_on() -> None:
    with pytest.raises(DataError, match=r"data\.objects: .* 528 training rows .* use at least 1"):
        build(objects=0)


def test_objects_lie_inside_and_their_inner_parts_apart() -> None:
    boxes = place_objects(np.random.default_rng(0), 200, 30, [(16.0, 16.0), (32.0, 24.0)])
    assert boxes.shape == (30, 4)
    assert boxes.min() >= 0
    assert boxes.max() <= 200
    sides = boxes[:, 2:] - boxes[:, :2]
    assert sides.min() > 6
    assert sides.max() < 64
    shared = np.minimum(boxes[:, None, 2:], boxes[:, 2:]) - np.maximum(
        boxes[:, None, :2], boxes[:, :2]
    )
    areas = sides.prod(axis=1)
    overlap = np.maximum(shared, 0).prod(axis=2) / np.minimum(areas[:, None], areas)
    np.fill_diagonal(overlap, 0)
    assert overlap.max() < 0.5


def test_pixels_are_those_of_an_8_bit_image_and_noise_is_added() -> None:
    boxes = np.array([[20.0, 20, 44, 44]])
    clear, noisy = (paint_scene(np.random.default_rng(0), 64, boxes, sd) for sd in (0, 0.1))
    assert clear.min() >= 0
    assert clear.max() <= 1
    np.testing.assert_allclose(clear * 255, np.rint(clear * 255), atol=1e-9)
    inside = (clear > 0) & (clear < 1) & (noisy > 0) & (noisy < 1)
    assert (noisy - clear)[inside].std() == pytest.approx(0.1, abs=0.02)


def test_an_object_is_brighter_than_the_same_scene_without_it() -> None:
    box = np.array([[20.0, 20, 44, 44]])
    without = paint_scene(np.random.default_rng(3), 64, box[:0], 0)
    difference = paint_scene(np.random.default_rng(3), 64, box, 0) - without
    assert difference[21:43, 21:43].mean() > 0.05
    assert np.abs(difference[:, 50:]).max() == 0


def test_a_linear_head_finds_objects_but_hidden_layers_find_more() -> None:
    data = ScenesData(source="scenes", train_images=6, val_images=4)
    dataset = build_dataset(data, HERE, torch.float32)
    train, val = dataset.train, dataset.evaluation
    base = val.positive.float().mean().item()
    assert 0.005 < base < 0.05
    linear = LogisticRegression(C=0.01, max_iter=300)
    hidden = MLPClassifier((32,), random_state=0)
    linear.fit(train.features.numpy(), train.positive.numpy())
    for _ in range(12):  # epochs
        hidden.partial_fit(train.features.numpy(), train.positive.numpy(), classes=[False, True])
    p = [model.predict_proba(val.features.numpy())[:, 1] for model in (linear, hidden)]
    found = [average_precision_score(val.positive, each) for each in p]
    assert 5 * base < found[0] < 0.6
    assert found[1] > found[0]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"train_images": 10**9}, r"1,000,000,002 scenes .* needs about"),
        ({"val_images": 10**30}, r"about 10.30 scenes .* needs about"),
        ({"size": 10**9}, "needs about"),
        ({"objects": 10**9}, r"needs about|objects do not fit"),
        ({"objects": 500}, r"data\.objects: 500 objects do not fit in a scene of 96 × 96"),
        ({"objects": 60}, r"data\.objects: 60 objects do not fit in a scene of 96 × 96"),
        ({"anchors": {"sizes": [97.0]}}, r"data\.anchors\.sizes: no anchor lies whole"),
        (
            {"anchors": {"sizes": [96.0], "stride": 7}},
            r"data\.anchors\.sizes: no anchor lies whole inside",
        ),
        ({"crop": 10**6}, "needs about"),
        ({"crop": 10**200}, "needs about"),
        ({"anchors": {"stride": 10**400}}, r"data\.anchors\.sizes: no anchor lies whole inside"),
        (
            {"anchors": {"sizes": [1e308, [1e-308, 1e308]]}},
            r"data\.anchors\.sizes: no anchor lies whole",
        ),
    ],
)
@pytest.mark.filterwarnings("error")
def test_scenes_that_cannot_be_made_are_refused_at_once(
    keys: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        build(**keys)
