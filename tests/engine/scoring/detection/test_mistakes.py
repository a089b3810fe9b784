"""The worst mistakes over all evaluation images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.engine.scoring.detection.matching import match
from objtui.engine.scoring.detection.mistakes import best_logits
from objtui.engine.scoring.detection.pictures import picture_contents
from objtui.measures.frames import Frame
from objtui.measures.mistakes import CROP_SIDE, MAX_MISTAKES, MistakeKind
from objtui.measures.pictures import Outcome, PictureContent, outcomes
from tests.engine.detector_cases import detector_data, detector_scenario, detector_training

HEADS = [{"name": loss, "loss": loss, "positive_weight": 8.0} for loss in ("mse", "bce")]


@pytest.fixture(scope="module")
def run() -> tuple[list[Frame], tuple[PictureContent, ...]]:
    """The scheduled frames of a short training, and what its four images show."""
    scenario = detector_scenario(HEADS, data={"val_images": 4}, steps=60, seeds=2, lr=0.02)
    images = detector_data(scenario).images
    assert images is not None
    events = detector_training(scenario).events()
    frames = [each for each in events if isinstance(each, Frame) and each.scheduled]
    return frames, picture_contents(images)


def test_the_last_frame_alone_has_them(run: tuple[list[Frame], object]) -> None:
    frames, _ = run
    assert [frame.mistakes is not None for frame in frames] == [False] * (len(frames) - 1) + [True]


@pytest.mark.parametrize("head", [0, 1])
def test_they_are_the_worst_of_what_the_frame_detects(
    run: tuple[list[Frame], tuple[PictureContent, ...]], head: int
) -> None:
    frames, contents = run
    last = frames[-1]
    assert last.detections is not None
    assert last.mistakes is not None
    said = [
        outcomes(last.detections.of(head, number), content)
        for number, content in enumerate(contents)
    ]
    assert all(each.complete for each in said)

    def of(kind: MistakeKind) -> list[Outcome]:
        return [outcome for each in said for outcome in each.of(kind)]

    kept = last.mistakes.of_head(head)
    alarms = [each.logit for each in kept if each.kind == "false alarm"]
    surest = sorted((each.logit for each in of("false alarm")), reverse=True)[:MAX_MISTAKES]
    assert alarms == pytest.approx(surest, rel=1e-6)
    objects = [tuple(map(round, each.box)) for each in of("missed")]
    missed = [each.box for each in kept if each.kind == "missed"]
    assert set(missed) <= set(objects)
    assert len(missed) == min(len(objects), MAX_MISTAKES)
    for each in kept:
        assert each.crop.shape == (CROP_SIDE, CROP_SIDE, 3)
        left, top, width, height = each.box
        column, row, side, _ = each.region
        assert column <= left
        assert row <= top
        assert left + width <= column + side + 1
        assert top + height <= row + side + 1


places = st.integers(0, 12).map(float)


@given(
    st.lists(st.tuples(places, places), min_size=1, max_size=8),
    st.lists(st.tuples(places, places), max_size=5),
)
def test_an_object_is_taken_by_the_detection_that_the_matching_gives_it(
    found: list[tuple[float, float]], there: list[tuple[float, float]]
) -> None:
    boxes, objects = (
        np.array([[x, y, x + 8, y + 8] for x, y in some]).reshape(-1, 4) for some in (found, there)
    )
    logits = np.arange(len(boxes), 0, -1.0)
    hit = match(boxes[None], objects, np.empty((0, 4)), np.array([0.5])).hit[0, 0]
    best = best_logits(boxes, logits, objects)
    assert sorted(best[np.isfinite(best)]) == sorted(logits[hit])
