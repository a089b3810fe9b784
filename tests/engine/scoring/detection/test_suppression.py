"""Suppression, held against one box after the other in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from objtui.engine.scoring.detection import suppression
from objtui.engine.scoring.detection.suppression import suppress
from objtui.scenario.schema import Detect


def plain_iou(a: list[float], b: list[float]) -> float:
    across = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    down = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - across * down
    return across * down / max(union, 1e-12)


def plain_suppression(boxes: list[list[float]], logits: list[float], detect: Detect) -> list[int]:
    ranked = sorted(range(len(logits)), key=lambda place: -logits[place])[: detect.candidates]
    kept: list[int] = []
    for place in ranked:
        if all(plain_iou(boxes[place], boxes[other]) <= detect.nms_iou for other in kept):
            kept.append(place)
    return kept[: detect.most]


def picks(boxes: torch.Tensor, logits: torch.Tensor, detect: Detect) -> list[list[int]]:
    places = suppress(boxes, logits, detect)
    for member in places:
        assert (member >= 0).tolist() == sorted((member >= 0).tolist(), reverse=True)
    return [member[member >= 0].tolist() for member in places]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("detect", [{}, {"nms_iou": 0.2, "candidates": 50}, {"most": 7}])
def test_it_picks_what_a_plain_loop_picks(seed: int, detect: dict[str, float]) -> None:
    rng = np.random.default_rng(seed)
    # A coarse grid: equal boxes, exact halves of IoU and boxes without an area come often.
    corner, sides = rng.integers(0, 12, (3, 120, 2)), rng.integers(0, 6, (3, 120, 2))
    boxes = torch.from_numpy(np.concatenate([corner, corner + sides], -1)).double()
    logits = torch.from_numpy(rng.integers(-9, 10, (3, 120))).double()
    settings = Detect.model_validate(detect)
    expected = [
        plain_suppression(*pair, settings)
        for pair in zip(boxes.tolist(), logits.tolist(), strict=True)
    ]
    assert picks(boxes, logits, settings) == expected


def test_several_sets_of_boxes_are_as_one_after_the_other() -> None:
    rng = np.random.default_rng(0)
    corner, sides = rng.random((2, 4, 80, 2)) * 30, rng.random((2, 4, 80, 2)) * 20
    first, second = torch.from_numpy(np.concatenate([corner, corner + sides], -1))
    logits = torch.from_numpy(rng.normal(size=(4, 80)))
    both = picks(torch.cat([first, second]), logits, Detect())
    assert both == picks(first, logits, Detect()) + picks(second, logits, Detect())


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_blocks_of_candidates_do_not_show(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    corner, sides = rng.integers(0, 30, (5, 300, 2)), rng.integers(0, 9, (5, 300, 2))
    boxes = torch.from_numpy(np.concatenate([corner, corner + sides], -1)).double()
    logits = torch.from_numpy(rng.integers(-9, 10, (5, 300))).double()
    whole = suppress(boxes, logits, Detect(most=40))
    monkeypatch.setattr(suppression, "_BLOCK", block)
    np.testing.assert_array_equal(suppress(boxes, logits, Detect(most=40)), whole)


def test_equal_logits_stay_in_their_order_whatever_their_number() -> None:
    apart = torch.arange(3000.0)[:, None] * 2 + torch.tensor([0.0, 0.0, 1.0, 1.0])
    places = suppress(apart.expand(2, -1, -1), torch.full((2, 3000), 40.0), Detect())
    assert places.tolist() == [list(range(100))] * 2


def test_what_overlaps_by_just_the_threshold_stays() -> None:
    boxes = torch.tensor([[[0.0, 0, 10, 10], [0, 0, 10, 5], [0, 0, 10, 6]]])
    assert picks(boxes, torch.tensor([[3.0, 2, 1]]), Detect()) == [[0, 1]]


def test_without_boxes_there_are_no_detections() -> None:
    assert suppress(torch.empty(2, 0, 4), torch.empty(2, 0), Detect()).shape == (2, 0)
