"""Objects without a label, and images without an object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from objtui.engine.data import build_dataset
from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.pictures import Picture, Pictures
from objtui.engine.data.missing import pictures_with_missing, with_background
from objtui.errors import DataError
from objtui.scenario.schema import GaussiansData, PointsData, ScenesData

SCENES = {"source": "scenes", "train_images": 2, "val_images": 1, "size": 96, "objects": 4}


def gaussians(**keys: Any) -> Dataset:
    data = GaussiansData.model_validate({"source": "gaussians", "train_rows": 101, **keys})
    return build_dataset(data, Path(), torch.float32)


def scenes(*, whole: bool = False, **keys: Any) -> Dataset:
    return build_dataset(
        ScenesData.model_validate(SCENES | keys), Path(), torch.float32, whole=whole
    )


def test_a_share_of_the_training_objects_turns_background_and_no_evaluation_row() -> None:
    whole, some, fewer = gaussians(), gaussians(missing=0.3), gaussians(missing=0.1)
    objects = int(whole.train.positive.sum())
    lost = whole.train.positive & ~some.train.positive
    assert int(lost.sum()) == round(0.3 * objects)
    assert (some.train.targets[lost] == 0).all()
    assert torch.equal(some.train.targets[~lost], whole.train.targets[~lost])
    assert torch.equal(some.train.features, whole.train.features)
    assert some.val is not None
    assert whole.val is not None
    assert torch.equal(some.val.targets, whole.val.targets)
    assert not (whole.train.positive & ~fewer.train.positive & ~lost).any()  # nested
    assert any(notice.startswith(f"{round(0.3 * objects)} of") for notice in some.notices)


def test_another_seed_draws_others_and_the_same_one_the_same() -> None:
    flags = [
        gaussians(missing=0.3, val_rows=0).train.positive,
        gaussians(missing=0.3, val_rows=0).train.positive,
        gaussians(missing=0.3, val_rows=0, seed=1).train.positive,
    ]
    assert torch.equal(flags[0], flags[1])
    assert not torch.equal(flags[0], flags[2])


def test_training_rows_that_are_evaluated_keep_their_labels_there() -> None:
    data = PointsData.model_validate(
        {"source": "points", "features": [[0.0]] * 10, "targets": [1.0] * 10, "missing": 0.3}
    )
    dataset = build_dataset(data, Path(), torch.float64)
    assert int(dataset.train.positive.sum()) == 7
    assert int(dataset.evaluation.positive.sum()) == 10


def test_all_of_them_is_refused_with_the_key() -> None:
    with pytest.raises(DataError, match=r"data\.missing: 0\.9 of the 4 .* rounds to all"):
        gaussians(train_rows=8, missing=0.9)


@pytest.mark.parametrize("whole", [False, True], ids=["crops", "images"])
def test_images_lose_whole_boxes_whose_anchors_are_background_then(whole: bool) -> None:
    all_labelled, some = scenes(whole=whole), scenes(whole=whole, missing=0.25)
    assert 0 < int(some.train.positive.sum()) < int(all_labelled.train.positive.sum())
    assert len(some.train) >= len(all_labelled.train)  # what was left out for a box counts now
    assert some.val is not None
    assert all_labelled.val is not None
    assert torch.equal(some.val.positive, all_labelled.val.positive)
    if whole:
        assert some.images is not None
        assert sum(len(image.boxes) for image in some.images.train) == 6
        assert [len(image.boxes) for image in some.images.evaluation] == [4]


def test_background_scenes_come_behind_the_same_others() -> None:
    few, many = scenes(), scenes(background_images=2)
    rows = len(few.train)
    assert torch.equal(many.train.positive[:rows], few.train.positive)
    assert len(many.train) > rows
    assert not many.train.positive[rows:].any()


def pictures(*boxes: int) -> Pictures:
    """Pictures of which each holds so many boxes; no pixels are ever asked for."""
    train = [
        Picture(9, 9, 1, np.ones((count, 4)), np.empty((0, 4)), _no_pixels, str(place))
        for place, count in enumerate(boxes)
    ]
    return Pictures(train, None)


def _no_pixels(dtype: Any) -> Any:
    raise AssertionError("not asked for")


def test_at_most_so_many_images_without_an_object_are_used() -> None:
    given = pictures(0, 2, 0, 0, 1, 0)
    assert with_background(given, None, 0) is given
    assert with_background(given, 4, 0) is given
    some = with_background(given, 1, 0)
    assert [len(each.boxes) for each in some.train].count(0) == 1
    assert [each.name for each in some.train if len(each.boxes)] == ["1", "4"]
    assert some.notices == (
        "1 of 4 training images without an object are used (data.background_images)",
    )
    assert len(with_background(given, 0, 0).train) == 2


def test_training_pictures_that_are_evaluated_keep_their_boxes_there() -> None:
    some = pictures_with_missing(pictures(3, 0, 1), 0.5, 0)
    assert sum(len(each.boxes) for each in some.train) == 2
    assert some.val is not None
    assert [len(each.boxes) for each in some.val] == [3, 0, 1]


@pytest.mark.parametrize("whole", [False, True], ids=["crops", "images"])
def test_a_power_of_the_overlap_is_the_target_of_what_is_positive_anyway(whole: bool) -> None:
    one, root = (
        scenes(whole=whole, objectness="iou"),
        scenes(whole=whole, objectness="iou", iou_power=0.5),
    )
    assert torch.equal(one.train.positive, root.train.positive)
    torch.testing.assert_close(root.train.targets, one.train.targets.sqrt())
