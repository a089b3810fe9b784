"""The checkpoint of all parts: a round trip, and refusals of what is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.cluster.container import Container, PartState, decode_container
from objtui.cluster.parts import Measured
from objtui.measures.frames import Frame, LossTrace, encode_frame, encode_loss_trace
from tests.detections_everywhere import all_detections_of
from tests.every_field import NAMES as TWO_NAMES
from tests.every_field import assert_alike, whole_frames
from tests.runs_for_tests import a_frame

FRAME = a_frame(4)
HEADS, SEEDS = FRAME.diverged.shape
NAMES = FRAME.score_names
ONES = np.ones((HEADS, SEEDS))
TRACE = LossTrace(1, 4, 0 * ONES, ONES, 2 * ONES)
PARTS = (
    PartState(
        range(SEEDS), 5, False, 1.5, 0.5, b"one", (Measured(TRACE), Measured(FRAME, (TRACE,)))
    ),
    PartState(range(SEEDS, 2 * SEEDS), 3, True, 1.0, 0.25, b"two"),
)
CONTAINER = Container(3, 2.5, PARTS)


def decoded(data: bytes) -> Container:
    return decode_container(data, HEADS, 2 * SEEDS, NAMES, 0)


def test_what_is_decoded_is_what_was_encoded() -> None:
    container = decoded(CONTAINER.encode())
    assert (container.step, container.elapsed_s) == (3, 2.5)
    for part, other in zip(container.parts, PARTS, strict=True):
        for name in ("held", "step", "ended", "train_s", "eval_s", "state"):
            assert getattr(part, name) == getattr(other, name)
    trace, frame = container.parts[0].waiting
    assert isinstance(trace.event, LossTrace)
    assert encode_loss_trace(trace.event) == encode_loss_trace(TRACE)
    assert (trace.event.first_step, trace.event.last_step, trace.last) == (1, 4, ())
    assert encode_frame(frame.event) == encode_frame(FRAME)  # type: ignore[arg-type]
    assert encode_loss_trace(frame.last[0]) == encode_loss_trace(TRACE)


@settings(deadline=None, max_examples=40)
@given(whole_frames(SEEDS))
def test_every_field_of_a_frame_comes_back(frame: Frame) -> None:
    part = replace(PARTS[0], waiting=(Measured(frame), Measured(TRACE)))
    data = Container(3, 2.5, (part,)).encode()
    first, second = decode_container(data, HEADS, SEEDS, TWO_NAMES, 2).parts[0].waiting
    assert_alike(first.event, frame)
    assert_alike(second.event, TRACE)


def test_of_more_detections_than_can_be_read_again_the_best_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = all_detections_of(HEADS, SEEDS, each=50)
    part = replace(PARTS[0], waiting=(Measured(replace(FRAME, every_detection=every)),))
    monkeypatch.setattr("objtui.cluster.container.MAX_BYTES", len(every.to_bytes()) // 2)
    data = Container(3, 2.5, (part,)).encode()
    (again,) = decode_container(data, HEADS, SEEDS, NAMES, 0).parts[0].waiting
    assert isinstance(again.event, Frame)
    assert again.event.every_detection is not None
    most = again.event.every_detection.most
    assert most is not None
    assert 1 <= most < 50


@pytest.mark.parametrize(
    "parts", [(), PARTS[:1], PARTS[1:], PARTS[::-1], (PARTS[0], *PARTS)], ids=range(5)
)
def test_parts_that_are_not_all_seeds_in_their_order_are_refused(
    parts: tuple[PartState, ...],
) -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        decoded(Container(3, 2.5, parts).encode())


@given(st.data())
def test_damaged_bytes_are_a_value_error_or_are_not_noticed(data: st.DataObject) -> None:
    good = CONTAINER.encode()
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255))
    cut = data.draw(st.booleans())
    bad = good[:at] if cut else good[:at] + bytes([byte]) + good[at + 1 :]
    try:
        container = decoded(bad)
    except ValueError:
        return
    assert not cut
    assert [part.held for part in container.parts] == [part.held for part in PARTS]


def test_a_part_that_is_behind_the_run_is_refused() -> None:
    with pytest.raises(ValueError, match="behind"):
        decoded(Container(4, 2.5, PARTS).encode())
