"""All detections of a run of two heads and two seeds on two pictures, made by hand."""

from __future__ import annotations

import numpy as np

from objtui.measures.all_detections import (
    AllDetections,
    Category,
    MemberDetections,
    PictureBoxes,
    PictureRecord,
)


def all_detections_of(heads: int = 2, seeds: int = 2, each: int = 3) -> AllDetections:
    """So many on the first picture by each member, best first, and one on the second."""
    rng = np.random.default_rng(0)

    def member() -> MemberDetections:
        corners = rng.integers(0, 20, (each + 1, 4)).astype(np.float64)
        corners[:, 2:] += corners[:, :2]
        logits = np.sort(rng.normal(size=each + 1))[::-1].copy()
        return MemberDetections(PictureBoxes(np.array([each, 1]), corners), logits)

    return AllDetections(
        Category(7, "nucleus"),
        (PictureRecord(3, "first.png", 64, 48), PictureRecord("b", "sécond.png", 40, 80)),
        PictureBoxes.of([np.array([[4.0, 4, 28, 24]]), np.empty((0, 4))]),
        PictureBoxes.of([np.empty((0, 4)), np.array([[1.0, 2, 3, 4]])]),
        tuple(tuple(member() for _ in range(seeds)) for _ in range(heads)),
    )


def same(one: AllDetections, other: AllDetections) -> bool:
    """Whether both hold the same."""
    return one.to_bytes() == other.to_bytes()
