"""Scores of detections, worked out again anchor by anchor and box by box."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from objtui.engine.data.images.image_set import AnchorImage
from objtui.engine.scoring.detection.detections import detect_objects
from objtui.engine.scoring.detection.pictures import sample_pictures
from objtui.engine.scoring.detection.scores import detection_scores, score_image
from objtui.engine.scoring.detection.truth import ImageTruth
from objtui.engine.scoring.image_outputs import ImageOutputs
from objtui.engine.training import Training
from objtui.measures.scores import DETECTION_SCORES, DETECTOR_SCORE_NAMES, SCORE_NAMES
from objtui.scenario.schema import Detect, Scenario
from tests.engine.detector_cases import detector_data, detector_scenario, detector_training
from tests.engine.scoring.detection.test_average_precision import Picture, of_pycocotools
from tests.engine.scoring.detection.test_suppression import plain_iou, plain_suppression

NAMES = tuple(score.name for score in DETECTION_SCORES)
SETTINGS = {"most": 30, "candidates": 120, "nms_iou": 0.4}


def trained(model: dict[str, Any] | None = None, steps: int = 120, **data: Any) -> Training:
    scenario = detector_scenario(seeds=2, steps=steps, model=model, data={"size": 70} | data)
    scenario = scenario.model_copy(update={"detect": Detect.model_validate(SETTINGS)})
    training = detector_training(scenario)
    while training.step < steps:
        training.advance(min(training.chunk_steps, steps - training.step))
    return training


def scores(training: Training) -> dict[str, np.ndarray[Any, Any]]:
    """Those of detections, (heads, seeds) each."""
    measured = training._evaluator.measure()
    return {
        name: measured.scores[..., DETECTOR_SCORE_NAMES.index(name)]
        for name in DETECTOR_SCORE_NAMES
    }


class PlainScores:
    """Of one member, by loops."""

    def __init__(self, outputs: ImageOutputs, seed: int, head: int) -> None:
        settings = Detect.model_validate(SETTINGS)
        self.decoded: list[Picture] = []
        self.undecoded: list[Picture] = []
        self.reached, self.objects = 0, 0
        ious: list[float] = []
        losses: list[float] = []
        for each, truth in zip(outputs.passes(), outputs._truths, strict=True):
            inside = torch.from_numpy(each.inside)
            z = each.outputs[seed, head][inside].tolist()
            boxes = each.boxes().expand(2, 3, *each.inside.shape, 4)[seed, head][inside].tolist()
            centres = each.dense.boxes(each.inside)
            own = [[x - w / 2, y - h / 2, x + w / 2, y + h / 2] for x, y, w, h in centres.tolist()]
            for pictures, given in ((self.decoded, boxes), (self.undecoded, own)):
                kept = plain_suppression(given, z, settings)
                pictures.append(
                    Picture(
                        truth.objects,
                        truth.crowds,
                        np.array([given[place] for place in kept]),
                        np.array([z[place] for place in kept]),
                    )
                )
            for target in truth.objects.tolist():
                self.objects += 1
                self.reached += any(plain_iou(box, target) >= 0.5 for box in boxes)
            for place, anchor in enumerate(own):
                overlaps = [plain_iou(anchor, target) for target in truth.objects.tolist()]
                if max(overlaps, default=0) >= 0.5:
                    target = truth.objects[int(np.argmax(overlaps))]
                    ious.append(plain_iou(boxes[place], target.tolist()))
                    if each.offsets is not None:
                        offsets = each.offsets[seed, head].movedim(1, -1)[inside][place]
                        goal = torch.tensor(offsets_to(anchor, target.tolist())).double()
                        loss = functional.smooth_l1_loss(offsets, goal, beta=0.1, reduction="sum")
                        losses.append(float(loss))
        self.box_iou = float(np.mean(ious))
        self.box_loss = float(np.mean(losses)) if losses else math.nan

    def values(self) -> dict[str, float]:
        hits = duplicates = likely = 0
        for each in self.decoded:
            free = [True] * len(each.objects)
            for box, z in zip(each.detections.tolist(), each.logits, strict=True):
                if z < 0:
                    continue
                likely += 1
                overlaps = [plain_iou(box, target) for target in each.objects.tolist()]
                open_to = [o if f else -1.0 for o, f in zip(overlaps, free, strict=True)]
                if max(open_to, default=-1) >= 0.5:
                    free[len(free) - 1 - int(np.argmax(open_to[::-1]))] = False
                    hits += 1
                elif max(overlaps, default=0) >= 0.5:
                    duplicates += 1
        ap50, ap75 = of_pycocotools(self.decoded)
        return {
            "ap50": ap50,
            "ap75": ap75,
            "ap50_anchors": of_pycocotools(self.undecoded)[0],
            "recall50": hits / self.objects,
            "duplicates": duplicates / max(likely, 1),
            "box_iou": self.box_iou,
            "box_loss": self.box_loss,
            "reach": self.reached / self.objects,
        }


def offsets_to(anchor: list[float], target: list[float]) -> list[float]:
    w, h = anchor[2] - anchor[0], anchor[3] - anchor[1]
    return [
        (target[0] + target[2] - anchor[0] - anchor[2]) / 2 / w,
        (target[1] + target[3] - anchor[1] - anchor[3]) / 2 / h,
        math.log((target[2] - target[0]) / w),
        math.log((target[3] - target[1]) / h),
    ]


@pytest.mark.parametrize("boxes", ["joint", "none"])
def test_every_score_is_that_of_plain_loops(boxes: str) -> None:
    training = trained({"boxes": boxes}, objects=6)
    outputs = training._evaluator._source
    assert isinstance(outputs, ImageOutputs)
    training._population.object[1].add_(3)  # some have p ≥ 0.5
    measured = scores(training)
    order = training._population.order
    for seed in range(2):
        for head in range(3):
            expected = PlainScores(outputs, seed, head).values()
            for name in NAMES:
                value = measured[name][order[head], seed]
                np.testing.assert_allclose(value, expected[name], atol=1e-12, err_msg=name)
    assert (measured["ap50"] > 0).all()
    assert (measured["recall50"] > 0).any()
    assert (measured["duplicates"] > 0).any()


def test_a_frame_keeps_the_best_of_the_first_seed_on_the_first_pictures() -> None:
    training = trained({"boxes": "joint"}, steps=20, val_images=6, objects=5)
    outputs = training._evaluator._source
    assert isinstance(outputs, ImageOutputs)
    training._population.object[1].add_(0.5)
    shown = training._evaluator.measure().detections
    assert shown is not None
    assert shown.boxes.shape == (3, 4, 20, 4)
    hits = 0
    for position, head in enumerate(training._population.order):
        plain = PlainScores(outputs, 0, position)
        for number, picture in enumerate(plain.decoded[:4]):
            kept = shown.of(head, number)
            assert len(kept) == min(20, len(picture.logits))
            for (box, z, hit), corners, logit in zip(
                kept, picture.detections.tolist(), picture.logits, strict=False
            ):
                left, top, width, height = box
                np.testing.assert_allclose([left, top, left + width, top + height], corners, atol=1)
                assert z == pytest.approx(logit, rel=1e-6)
                hits += hit
    assert hits > 0


def test_a_run_names_the_pictures_that_its_frames_are_of() -> None:
    images = detector_data(detector_scenario(data={"val_images": 6})).images
    assert images is not None
    pictures = sample_pictures(images)
    assert [(each.name, each.width, each.height) for each in pictures] == [
        (str(number), 72, 72) for number in (1, 2, 3, 4)
    ]


def test_a_mirrored_head_has_those_of_its_reference_to_the_last_bit() -> None:
    measured = scores(trained())
    for name in NAMES:
        np.testing.assert_array_equal(measured[name][1], measured[name][0])


def test_without_boxes_decoded_ones_are_the_anchors() -> None:
    measured = scores(trained({"boxes": "none"}, steps=20))
    np.testing.assert_array_equal(measured["ap50"], measured["ap50_anchors"])
    assert np.isnan(measured["box_loss"]).all()


def test_a_member_that_diverges_has_none_and_leaves_others_theirs() -> None:
    heads = [{"name": "lost", "loss": "bce", "lr_scale": 1e30}, {"name": "bce", "loss": "bce"}]
    training = detector_training(detector_scenario(heads, seeds=2, dtype="float32"))
    training.advance(5)
    for block in training._population.backbone_parameters:
        block[1].fill_(torch.nan)
    measured = training._evaluator.measure()
    assert measured.diverged.tolist() == [[True, True], [False, True]]
    assert np.isnan(measured.scores[0]).all()
    values = dict(zip(DETECTOR_SCORE_NAMES, measured.scores[1].T, strict=True))
    for name in NAMES:
        assert np.isfinite(values[name]).tolist() == [True, False], name
    assert measured.detections is not None
    assert measured.detections.of(0, 0) == []
    assert measured.detections.of(1, 0)


def test_runs_on_rows_have_none_of_them() -> None:
    rows = Scenario.model_validate(
        {"title": "a", "data": {"source": "gaussians"}, "heads": [{"name": "a", "loss": "bce"}]}
    )
    assert rows.model.score_names == SCORE_NAMES
    assert detector_scenario().model.score_names == (*SCORE_NAMES, *NAMES)


def truth_of(objects: list[list[float]]) -> ImageTruth:
    """An image with these objects and three anchors in a row, the first of which is positive."""
    image = AnchorImage(
        np.zeros((1, 16, 48), np.uint8),
        np.array(objects).reshape(-1, 4),
        np.empty((0, 4)),
        np.arange(3),
    )
    anchors = detector_scenario(data={"anchors": {"stride": 16, "sizes": [16.0]}}).data.anchors
    return ImageTruth.of(image, anchors)


def test_without_objects_they_are_undefined_and_without_detections_0() -> None:
    z = torch.tensor([[3.0, 2.0, 1.0]])
    nothing = truth_of([])
    boxes = nothing.own[None]
    empty = detection_scores(
        [nothing], [score_image(nothing, z, boxes, torch.zeros(1, 3, 4), Detect())]
    )
    assert all(bool(value.isnan().all()) for value in empty.values())
    truth = truth_of([[0.0, 0, 16, 16]])
    far = torch.tensor([[[30.0, 0, 46, 16]] * 3])
    values = detection_scores(
        [truth], [score_image(truth, -z, far, torch.zeros(1, 3, 4), Detect())]
    )
    for name in ("ap50", "recall50", "duplicates", "reach", "box_iou", "box_loss"):
        assert values[name].tolist() == [0], name
    assert values["ap50_anchors"].tolist() == pytest.approx([1 / 3])


def test_a_member_with_fewer_detections_has_no_misses_behind_them() -> None:
    truth = truth_of([[0.0, 0, 16, 16]])
    same = truth.own[:1].expand(3, -1)
    z = torch.tensor([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    detections = detect_objects(torch.stack([same, truth.own]), z, truth, Detect())
    assert detections.logits.tolist() == [[3, -np.inf, -np.inf], [3, 2, 1]]
    assert detections.matches.ignored[0].tolist() == [[False, True, True], [False] * 3]
    assert detections.likely.tolist() == [[True, False, False], [True] * 3]
