"""Detectors in parts: pictures, detections and mistakes are merged and kept, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from objtui.cluster.here import PoolHere
from objtui.cluster.prepare import DETECTOR_NOTICE, Room, prepare_parts
from objtui.engine.data.dataset import Dataset
from objtui.measures.frames import Frame, encode_frame
from objtui.session import Session, no_listener
from tests.engine.cases import scheduled
from tests.engine.detector_cases import TWINS, detector_scenario, detector_training

SCENARIO = detector_scenario(TWINS[::2], seeds=16, steps=4, eval_every=2, dtype="float32", batch=4)


def in_parts(parts: int) -> Session:
    def room(dataset: Dataset) -> Room:
        return Room(PoolHere(SCENARIO, dataset), parts)

    return prepare_parts(
        SCENARIO, Path(), no_listener, room, max_parts=parts, say=lambda line: None
    )


def frames_of(session: Session, last: int = 4) -> list[Frame]:
    frames: list[Frame] = []
    for event in session.training.events():
        if isinstance(event, Frame):
            frames.append(event)
            if event.step == last:
                break
    return frames


def bits(frame: Frame) -> bytes:
    """All but the time."""
    return encode_frame(replace(frame, elapsed_s=0.0))


def test_parts_agree_with_the_whole_and_say_how_far() -> None:
    session = in_parts(2)
    assert DETECTOR_NOTICE in session.training.notices
    whole = scheduled(detector_training(SCENARIO))
    for one, two in zip(frames_of(session), whole, strict=True):
        np.testing.assert_allclose(one.scores, two.scores, rtol=1e-3, atol=1e-5)
        assert one.detections is not None
        assert two.detections is not None


def test_a_single_part_says_nothing() -> None:
    assert DETECTOR_NOTICE not in in_parts(1).training.notices


def test_it_goes_on_from_its_checkpoint_with_the_same_bits() -> None:
    expected = frames_of(in_parts(2))
    first, second = in_parts(2), in_parts(2)
    frames = frames_of(first, last=2)
    second.training.restore(first.training.checkpoint())
    frames += frames_of(second)
    assert [bits(each) for each in frames] == [bits(each) for each in expected]
