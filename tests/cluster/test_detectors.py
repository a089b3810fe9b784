"""Detectors in parts: pictures, detections and mistakes are merged and kept, too."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objtui.cluster import sharded
from objtui.cluster.container import decode_container
from objtui.cluster.here import PoolHere
from objtui.cluster.parts import Failed, Lost, Piece
from objtui.cluster.prepare import DETECTOR_NOTICE, Room, prepare_parts
from objtui.engine.data.dataset import Dataset
from objtui.engine.part import prepare_part
from objtui.measures.frames import Frame, encode_frame
from objtui.measures.merging import merge_frames
from objtui.scenario.schema import Scenario
from objtui.session import MeasuresEnd, Session, no_listener
from tests.engine.cases import scheduled
from tests.engine.detector_cases import (
    TWINS,
    detector_data,
    detector_scenario,
    detector_training,
)
from tests.every_field import assert_alike

SCENARIO = detector_scenario(TWINS[::2], seeds=16, steps=4, eval_every=2, dtype="float32", batch=4)
UNMEASURED = "the worst mistakes are not measured at this stop"
STEPS = 12
LONGER = SCENARIO.model_copy(
    update={"train": SCENARIO.train.model_copy(update={"steps": STEPS, "eval_every": 1})}
)


def in_parts(
    parts: int,
    scenario: Scenario = SCENARIO,
    kind: type[PoolHere] = PoolHere,
    say: Callable[[str], None] = lambda line: None,
) -> Session:
    def room(dataset: Dataset) -> Room:
        return Room(kind(scenario, dataset), parts)

    return prepare_parts(scenario, Path(), no_listener, room, max_parts=parts, say=say)


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


class Unequal(PoolHere):
    """Gives the second part's pieces only where no others are to be had."""

    def take(self, places: Collection[int], timeout_s: float) -> tuple[int, Piece | Lost | Failed]:
        return super().take([0] if 0 in places else places, timeout_s)


class LostAtTheEnd(PoolHere):
    """Loses a part that is to measure its end."""

    asked = False
    instead: Lost | Failed = Lost("killed")

    def ask_end(self, place: int, step: int) -> None:
        self.asked = True

    def take(self, places: Collection[int], timeout_s: float) -> tuple[int, Piece | Lost | Failed]:
        return (1, self.instead) if self.asked else super().take(places, timeout_s)


class FailsAtTheEnd(LostAtTheEnd):
    """Has a part that fails as it measures its end."""

    instead = Failed("out of memory")


def stopped(kind: type[PoolHere], say: Callable[[str], None]) -> Session:
    """In two parts, stopped behind a frame and its checkpoint."""
    session = in_parts(2, LONGER, kind, say)
    frames_of(session, last=2)
    session.training.checkpoint()
    return session


def end_of(session: Session) -> Frame | None:
    assert isinstance(session.training, MeasuresEnd)
    return session.training.measure_end()


def test_at_a_stop_all_parts_are_measured_where_the_furthest_is() -> None:
    session = in_parts(2, LONGER, Unequal)
    frames_of(session, last=2)
    data = session.training.checkpoint()
    container = decode_container(
        data, len(LONGER.heads), 16, LONGER.score_names, len(session.pictures)
    )
    first, second = (part.step for part in container.parts)
    assert STEPS > first > second

    end = end_of(session)
    assert end is not None
    assert end.mistakes is not None
    assert end.mistakes.of_head(0)
    dataset, alone = detector_data(LONGER), []
    for part in container.parts:
        training = prepare_part(LONGER, dataset, part.held)
        training.advance(first)
        frame = training.measure_end()
        assert frame is not None
        alone.append(frame)
    assert_alike(replace(end, elapsed_s=0.0), replace(merge_frames(alone), elapsed_s=0.0))
    assert end.every_detection is not None
    assert [len(of_head) for of_head in end.every_detection.members] == [16, 16]


def test_a_single_part_measures_its_end_where_it_stands() -> None:
    session = in_parts(1, LONGER)
    frames_of(session, last=2)
    session.training.checkpoint()
    end = end_of(session)
    assert end is not None
    assert end.mistakes is not None
    assert 2 <= end.step <= 3


@pytest.mark.parametrize(
    ("kind", "why"),
    [(LostAtTheEnd, "are lost (killed)"), (FailsAtTheEnd, "failed: out of memory")],
)
def test_at_a_stop_nothing_is_measured_where_a_part_is_lost_or_fails(
    kind: type[PoolHere], why: str
) -> None:
    lines: list[str] = []
    assert end_of(stopped(kind, lines.append)) is None
    assert lines == [f"{UNMEASURED}: seeds 9 to 16 of 16 {why}"]


def test_at_a_stop_nothing_is_measured_where_a_part_is_too_far_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[str] = []
    session = stopped(Unequal, lines.append)
    monkeypatch.setattr(sharded, "END_S", 0.0)
    assert end_of(session) is None
    assert re.fullmatch(rf"{UNMEASURED}: seeds 9 to 16 of 16 are \d+ s behind", *lines)


@pytest.mark.parametrize("sent", [None, (0, Piece(3))], ids=["nothing", "no end"])
def test_at_a_stop_no_part_is_waited_for_that_does_not_measure(sent: Any) -> None:
    class GoesOn(LostAtTheEnd):
        def take(self, places: Collection[int], timeout_s: float) -> Any:
            return sent if self.asked else super().take(places, timeout_s)

    lines: list[str] = []
    session = stopped(GoesOn, lines.append)
    training = session.training
    assert isinstance(training, sharded.ShardedTraining)
    times = iter(range(0, 1000, 2))
    training._clock = lambda: float(next(times))
    assert end_of(session) is None
    assert lines == [f"{UNMEASURED}: seeds 1 to 8 of 16 have not answered for 5 s"]


def test_at_a_stop_nothing_is_measured_where_a_part_has_ended() -> None:
    lines: list[str] = []
    session = in_parts(2, say=lines.append)
    frames_of(session)
    session.training.checkpoint()
    assert end_of(session) is None
    assert lines == [f"{UNMEASURED}: seeds 1 to 8 of 16 have ended already"]


def test_a_checkpoint_keeps_all_detections_of_a_last_frame_that_waits_for_others() -> None:
    first, second = in_parts(2, kind=Unequal), in_parts(2)
    frames_of(first, last=0)
    second.training.restore(first.training.checkpoint())
    (last,) = (frame for frame in frames_of(second) if frame.step == 4)
    assert last.every_detection is not None
    assert [len(of_head) for of_head in last.every_detection.members] == [16, 16]
