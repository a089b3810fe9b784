"""Matching of detections with objects, case by case."""

from __future__ import annotations

import numpy as np

from objtui.engine.scoring.detection.matching import Matches, match, overlaps

SQUARE = [0.0, 0.0, 10.0, 10.0]
NONE = np.empty((0, 4))


def matched(
    detections: list[list[float]],
    objects: list[list[float]],
    crowds: list[list[float]] | None = None,
) -> Matches:
    return match(
        np.array([detections]),
        np.array(objects).reshape(-1, 4),
        np.array(crowds or []).reshape(-1, 4),
        np.array([0.5, 0.75]),
    )


def test_an_object_is_taken_once_and_what_reaches_it_then_is_a_duplicate() -> None:
    matches = matched([SQUARE, [0, 0, 10, 9], [20, 0, 30, 10]], [SQUARE])
    assert matches.hit[0, 0].tolist() == [True, False, False]
    assert matches.duplicate[0, 0].tolist() == [False, True, False]
    assert not matches.ignored.any()


def test_an_iou_of_just_the_threshold_hits() -> None:
    assert matched([[0, 0, 10, 5]], [SQUARE]).hit[:, 0, 0].tolist() == [True, False]
    assert matched([[0, 0, 10, 7.5]], [SQUARE]).hit[:, 0, 0].tolist() == [True, True]


def test_a_detection_takes_the_best_object_that_is_free_even_if_a_taken_one_is_better() -> None:
    objects = [[0.0, 0, 10, 8], SQUARE]
    matches = matched([SQUARE, SQUARE, SQUARE], objects)
    assert matches.hit[0, 0].tolist() == [True, True, False]
    assert matches.taken[0, 0].tolist() == [1, 0, -1]


def test_in_a_crowd_a_detection_is_ignored_by_the_share_of_its_own_area() -> None:
    crowd = [0.0, 0, 100, 100]
    matches = matched([[0, 0, 10, 10], [95, 0, 105, 10], [96, 0, 106, 10]], [], [crowd])
    assert matches.ignored[:, 0].tolist() == [[True, True, False], [True, False, False]]
    assert not matches.hit.any()
    assert not matches.duplicate.any()


def test_an_object_in_a_crowd_is_hit_all_the_same() -> None:
    matches = matched([SQUARE, SQUARE], [SQUARE], [[0, 0, 100, 100]])
    assert matches.hit[0, 0].tolist() == [True, False]
    assert matches.ignored[0, 0].tolist() == [False, True]


def test_boxes_without_an_area_overlap_nothing() -> None:
    flat = np.array([[3.0, 0, 3, 10]])
    assert overlaps(flat, flat).tolist() == [[0]]
    assert overlaps(flat, np.array([SQUARE]), of_crowds=True).tolist() == [[0]]


def test_every_member_is_matched_by_itself() -> None:
    detections = np.array([[SQUARE, SQUARE], [[50.0, 0, 60, 10], SQUARE]])
    matches = match(detections, np.array([SQUARE]), NONE, np.array([0.5]))
    assert matches.hit[0].tolist() == [[True, False], [False, True]]
