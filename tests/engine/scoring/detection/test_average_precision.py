"""Average precision, to the last digit that of pycocotools, which is given the same boxes."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from objtui.engine.scoring.detection.average_precision import average_precision
from objtui.engine.scoring.detection.matching import match

THRESHOLDS = np.array([0.5, 0.75])
Array = np.ndarray[Any, Any]


@dataclass
class Picture:
    """Objects, crowds, and detections with their scores, best first."""

    objects: Array
    crowds: Array
    detections: Array
    logits: Array


def ours(pictures: list[Picture]) -> list[float]:
    """AP at each of THRESHOLDS."""
    matches = [
        match(each.detections[None], each.objects, each.crowds, THRESHOLDS) for each in pictures
    ]
    values = average_precision(
        np.concatenate([each.hit for each in matches], -1),
        np.concatenate([each.ignored for each in matches], -1),
        np.concatenate([each.logits for each in pictures])[None],
        sum(len(each.objects) for each in pictures),
    )
    return [float(value) for value in values[:, 0]]


def of_pycocotools(pictures: list[Picture], most: int = 100) -> list[float]:
    """The same by the evaluation that COCO itself uses."""
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, each in enumerate(pictures, start=1):
        for boxes, crowd in ((each.objects, 0), (each.crowds, 1)):
            for box in boxes:
                annotations.append(
                    of_box(box, number) | {"id": len(annotations) + 1, "iscrowd": crowd}
                )
        for box, logit in zip(each.detections, each.logits, strict=True):
            results.append(of_box(box, number) | {"score": float(logit)})
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": number + 1} for number in range(len(pictures))],
        "categories": [{"id": 1}],
        "annotations": annotations,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results) if results else COCO(), "bbox")
        evaluation.params.iouThrs = THRESHOLDS
        evaluation.params.maxDets = [most]
        evaluation.evaluate()
        evaluation.accumulate()
    values = []
    for precision in evaluation.eval["precision"][:, :, 0, 0, 0]:
        kept = precision[precision > -1]
        values.append(float(np.mean(kept)) if len(kept) else np.nan)
    return values


def of_box(box: Array, image: int) -> dict[str, Any]:
    left, top, right, bottom = (float(each) for each in box)
    sides = [right - left, bottom - top]
    return {
        "image_id": image,
        "category_id": 1,
        "bbox": [left, top, *sides],
        "area": sides[0] * sides[1],
    }


def drawn(rng: np.random.Generator, count: int, side: int) -> Array:
    """Boxes on a coarse grid, so that equal ones and equal IoUs come often."""
    corner, sides = rng.integers(0, side, (count, 2)), rng.integers(1, 8, (count, 2))
    return np.concatenate([corner, corner + sides], -1) / 4.0


def drawn_picture(rng: np.random.Generator) -> Picture:
    side = int(rng.choice([6, 12, 40]))
    objects = drawn(rng, int(rng.choice([0, 1, 5, 20, 120], p=[0.2, 0.2, 0.3, 0.2, 0.1])), side)
    crowds = drawn(rng, int(rng.choice([0, 1, 3])), side)
    count = int(rng.choice([0, 1, 10, 60, 100]))
    near = rng.random(count) < 0.6
    detections = drawn(rng, count, side)
    if len(objects):
        jitter = rng.integers(-1, 2, (count, 4)) / 4.0 * (rng.random((count, 1)) < 0.7)
        moved = objects[rng.integers(0, len(objects), count)] + jitter
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 0.25)
        detections[near] = moved[near]
    logits = np.sort(rng.integers(-6, 7, count).astype(float))[::-1]
    return Picture(objects, crowds, detections, logits)


@pytest.mark.parametrize("seed", range(200))
def test_it_is_that_of_pycocotools_to_the_last_digit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pictures = [drawn_picture(rng) for _ in range(rng.integers(1, 6))]
    np.testing.assert_array_equal(ours(pictures), of_pycocotools(pictures))


def ranked(hits: str, objects: int) -> float:
    """AP of a ranking as "T F T": right and wrong detections, best first."""
    hit = np.array([[each == "T" for each in hits.split()]])
    logits = -np.arange(hit.shape[1], dtype=np.float64)[None]
    return float(average_precision(hit, np.zeros_like(hit), logits, objects)[0])


@pytest.mark.parametrize(
    ("hits", "objects", "value"),
    [("T F T T", 4, 0.628713), ("T T F T F F T", 5, 0.667610), ("T T", 4, 0.504950)],
)
def test_it_is_the_mean_over_101_recalls(hits: str, objects: int, value: float) -> None:
    assert ranked(hits, objects) == pytest.approx(value, abs=5e-7)


def test_of_150_objects_100_detections_find_two_thirds() -> None:
    corner = np.arange(150.0)[:, None] * np.array([20.0, 0.0])
    objects = np.concatenate([corner, corner + 10], -1)
    logits = -np.arange(150.0)
    none = np.empty((0, 4))
    assert ours([Picture(objects, none, objects, logits)]) == [1, 1]
    values = ours([Picture(objects, none, objects[:100], logits[:100])])
    assert values == pytest.approx([0.6634, 0.6634], abs=5e-5)
    assert values == of_pycocotools([Picture(objects, none, objects, logits)])


def test_equal_scores_stand_in_their_order() -> None:
    hit = np.arange(10) == np.array([[0], [9]])
    values = average_precision(hit, np.zeros_like(hit), np.ones(hit.shape), 1)
    assert values.tolist() == pytest.approx([1.0, 0.1])


def test_a_duplicate_above_a_right_one_costs_precision() -> None:
    assert ranked("T F T", 2) == pytest.approx(0.835, abs=5e-4)


def test_without_objects_there_is_none_and_without_detections_it_is_0() -> None:
    nothing = np.zeros((2, 3, 0), np.bool_)
    logits = np.zeros((3, 0))
    assert np.isnan(average_precision(nothing, nothing, logits, 0)).all()
    assert (average_precision(nothing, nothing, logits, 4) == 0).all()
