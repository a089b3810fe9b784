"""Frames that have everything a frame can have, and whether two values are alike in all of it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from objtui.measures.calibrators import FrameCalibration, Temperature
from objtui.measures.detections import MAX_OBJECTS, MAX_SHOWN, PictureDetections
from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS
from tests.detections_everywhere import all_detections_of
from tests.picture_runs import mistakes_of

NAMES = ("nll", "ap50")
"""The scores of these frames."""


@st.composite
def whole_frames(draw: st.DrawFn, seeds: int, pictures: int = 2, heads: int = 2) -> Frame:
    """Frames of which every part that one may lack is there or not."""
    some = np.random.default_rng(draw(st.integers(0, 99)))

    def integers(*shape: int) -> np.ndarray:
        return some.integers(0, 2**40, (heads, seeds, *shape))

    parts: dict[str, st.SearchStrategy[Any]] = {
        "step": st.integers(0, 2**40),
        "elapsed_s": st.floats(0, 1e9),
        "scheduled": st.booleans(),
        "diverged": arrays.arrays(np.bool_, (heads, seeds)),
        "scores": arrays.arrays(
            np.float64,
            (heads, seeds, len(NAMES)),
            elements=st.floats(allow_nan=True, allow_infinity=True),
        ),
        "counts": st.just(integers(2, CELLS)),
        "score_names": st.just(NAMES),
        "fit_counts": st.none() | st.just(integers(2, CELLS)),
        "nan_counts": st.none() | st.just(integers(2)),
        "of_training": st.booleans(),
        "detections": st.none()
        | st.sampled_from(["", "totals", "objects"]).map(
            lambda more: some_detections(heads, pictures, more)
        ),
        "calibration": st.none() | st.just(some_calibration(heads, seeds)),
        "mistakes": st.none() | st.just(mistakes_of(heads)),
        "every_detection": st.none() | st.just(all_detections_of(heads, seeds)),
    }
    lacking = {each.name for each in fields(Frame)} - set(parts)
    assert not lacking, f"these frames have no {lacking}"
    return Frame(**draw(st.fixed_dictionaries(parts)))


def some_detections(heads: int, pictures: int, more: str = "") -> PictureDetections:
    """Three to each picture of each head; with "totals", or with those and "objects"."""
    shape = heads, pictures, MAX_SHOWN
    numbers = np.arange(np.prod(shape)).reshape(shape)
    logits = np.where(np.arange(MAX_SHOWN) < 3, -numbers / 8, np.nan).astype(np.float32)
    boxes = np.stack([numbers, numbers + 1, numbers + 2, numbers + 3], axis=-1).astype(np.int16)
    detections = PictureDetections(boxes, logits, numbers % 2 == 0)
    if not more:
        return detections
    totals = np.arange(2 * heads * pictures, dtype=np.int32).reshape(heads, pictures, 2)
    objects = np.arange(heads * pictures * MAX_OBJECTS).reshape(heads, pictures, -1) % 3 == 0
    return replace(detections, totals=totals, objects=objects if more == "objects" else None)


def some_calibration(heads: int, seeds: int) -> FrameCalibration:
    """A temperature of every member's own, but for one that has none."""
    members = [[Temperature(1 + head + seed / 8) for seed in range(seeds)] for head in range(heads)]
    own = tuple(tuple(of_head) for of_head in members)
    return FrameCalibration("temperature", 30, 40, ((None, *own[0][1:]), *own[1:]))


def assert_alike(one: Any, other: Any, *but: str) -> None:
    """Equal in every field, those of fields too; `but` are not looked at."""
    assert type(one) is type(other)
    if is_dataclass(one):
        for each in fields(one):
            if each.name not in but:
                assert_alike(getattr(one, each.name), getattr(other, each.name))
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for mine, its in zip(one, other, strict=True):
            assert_alike(mine, its)
    else:
        assert one == other


def of_seeds(value: Any, seeds: slice) -> Any:
    """A frame, or what it has of every member, of some seeds; what else it has is of the first."""
    if isinstance(value, Frame):
        parts = {each.name: of_seeds(getattr(value, each.name), seeds) for each in fields(value)}
        return Frame(**parts)
    if isinstance(value, np.ndarray):
        return value[:, seeds]
    return value.of_seeds(seeds) if hasattr(value, "of_seeds") else value
