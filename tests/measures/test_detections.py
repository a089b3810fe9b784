"""Detections of a frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from objtui.measures.detections import MAX_OBJECTS, MAX_SHOWN, PictureDetections, detection_bytes


def two() -> PictureDetections:
    """Two detections of the second head on the second picture, nothing else."""
    shape = 2, 3, MAX_SHOWN
    logits = np.full(shape, np.nan, np.float32)
    logits[1, 1, :2] = 2.5, -1
    boxes, hits = np.zeros((*shape, 4), np.int16), np.zeros(shape, np.bool_)
    boxes[1, 1, :2] = [[1, 2, 3, 4], [500, 6, 7, 8]]
    hits[1, 1, 0] = True
    return PictureDetections(boxes, logits, hits)


def test_those_of_a_head_on_a_picture_are_listed_best_first() -> None:
    assert two().of(1, 1) == [([1, 2, 3, 4], 2.5, True), ([500, 6, 7, 8], -1.0, False)]
    assert two().of(0, 1) == []


def test_totals_of_all_come_back_where_they_were_counted() -> None:
    totals = np.arange(12, dtype=np.int32).reshape(2, 3, 2)
    counted = replace(two(), totals=totals)
    data = counted.to_bytes()
    assert len(data) == detection_bytes(2, 3, totals=True) == detection_bytes(2, 3) + 6 * 8
    again = PictureDetections.from_bytes(data, 2, 3, totals=True)
    assert again.of(1, 1) == two().of(1, 1)
    assert again.totals_of(1, 1) == (8, 9)
    assert two().totals_of(1, 1) is None
    with pytest.raises(ValueError, match="another length"):
        PictureDetections.from_bytes(data, 2, 3)


def test_which_objects_are_hit_comes_back_where_it_was_kept() -> None:
    objects = np.random.default_rng(0).random((2, 3, MAX_OBJECTS)) < 0.5
    totals = np.zeros((2, 3, 2), np.int32)
    told = replace(two(), totals=totals, objects=objects)
    data = told.to_bytes()
    assert len(data) == detection_bytes(2, 3, totals=True, objects=True)
    again = PictureDetections.from_bytes(data, 2, 3, totals=True, objects=True)
    hit = again.hit_objects(1, 2, 40)
    assert hit is not None
    np.testing.assert_array_equal(hit, objects[1, 2, :40])
    assert again.hit_objects(1, 2, MAX_OBJECTS + 1) is None
    assert two().hit_objects(1, 2, 40) is None


def test_they_take_thirteen_bytes_each() -> None:
    data = two().to_bytes()
    assert len(data) == detection_bytes(2, 3) == 13 * 2 * 3 * MAX_SHOWN
    again = PictureDetections.from_bytes(data, 2, 3)
    assert again.of(1, 1) == two().of(1, 1)
    with pytest.raises(ValueError, match="another length"):
        PictureDetections.from_bytes(data[:-1], 2, 3)
