"""Frames and loss traces as bytes: what goes in comes out, and damage is told."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from objtui.measures.frames import (
    Frame,
    LossTrace,
    decode_frame,
    decode_loss_trace,
    encode_frame,
    encode_loss_trace,
)
from objtui.measures.histogram import CELLS
from objtui.measures.scores import SCORE_NAMES
from tests.every_field import assert_alike, some_detections, whole_frames
from tests.picture_runs import mistakes_of
from tests.runs_for_tests import a_frame

shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
score_names = st.lists(st.sampled_from(SCORE_NAMES) | st.text(max_size=9), unique=True, max_size=40)
numbers = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Frames of every shape and with every number."""
    shape = draw(shapes)
    names = tuple(draw(score_names))
    cells = arrays.arrays(
        np.int64, (*shape, 2, CELLS), elements=st.integers(0, 2**63 - 1), fill=st.just(0)
    )
    return Frame(
        step=draw(st.integers(0, 2**63 - 1)),
        elapsed_s=draw(st.floats(0, 1e9)),
        scheduled=draw(st.booleans()),
        diverged=draw(arrays.arrays(np.bool_, shape)),
        scores=draw(arrays.arrays(np.float64, (*shape, len(names)), elements=numbers)),
        counts=draw(cells),
        score_names=names,
        fit_counts=draw(st.none() | cells),
    )


@settings(deadline=None)
@given(frames())
def test_a_frame_comes_back_as_it_was_nan_and_inf_too(frame: Frame) -> None:
    assert_alike(decode_frame(encode_frame(frame), frame.score_names), frame)


@settings(deadline=None, max_examples=40)
@given(whole_frames(seeds=2))
def test_every_field_comes_back_but_the_detections_that_are_kept_beside_frames(
    frame: Frame,
) -> None:
    again = decode_frame(encode_frame(frame), frame.score_names, frame.diverged.shape, 2)
    assert_alike(again, replace(frame, every_detection=None))


def test_a_score_is_found_by_its_name() -> None:
    frame = a_frame(3, seeds=3)
    for place, name in enumerate(SCORE_NAMES):
        assert np.array_equal(frame.score(name), frame.scores[:, :, place])


def test_a_score_that_a_run_does_not_have_is_nan_for_every_member() -> None:
    frame = a_frame(3, seeds=3)
    values = frame.with_scores(frame.score_names[1:]).score(frame.score_names[0])
    assert values.shape == (2, 3)
    assert np.isnan(values).all()


def test_a_misspelt_score_is_an_error() -> None:
    with pytest.raises(ValueError, match="no score is called 'nnl'"):
        a_frame(3, seeds=3).score("nnl")


@given(frames(), score_names)
def test_a_frame_takes_other_scores_by_their_names(frame: Frame, names: list[str]) -> None:
    other = frame.with_scores(tuple(names))
    assert other.score_names == tuple(names)
    assert other.scores.shape == (*frame.diverged.shape, len(names))
    for name in names:
        kept = name in frame.score_names
        wanted = frame.score(name) if kept else np.full(frame.diverged.shape, np.nan)
        np.testing.assert_array_equal(other.score(name), wanted)
    assert frame.with_scores(frame.score_names) is frame


@settings(deadline=None)
@given(frames(), st.integers(1, 4), st.sampled_from(["", "totals", "objects"]))
def test_detections_come_back_with_their_frame(frame: Frame, pictures: int, more: str) -> None:
    heads, seeds = frame.diverged.shape
    detections = some_detections(heads, pictures, more)
    encoded = encode_frame(replace(frame, detections=detections))
    again = decode_frame(encoded, frame.score_names, (heads, seeds), pictures)
    assert_alike(again, replace(frame, detections=detections))
    without = decode_frame(encode_frame(frame), frame.score_names, (heads, seeds), pictures)
    assert without.detections is None
    with pytest.raises(ValueError, match="not a frame"):
        decode_frame(encoded, frame.score_names)


@pytest.mark.parametrize("with_detections", [False, True])
def test_mistakes_come_back_with_their_frame(with_detections: bool) -> None:
    mistakes = mistakes_of(2)
    detections = some_detections(2, 3) if with_detections else None
    encoded = encode_frame(replace(a_frame(3), mistakes=mistakes, detections=detections))
    again = decode_frame(encoded, SCORE_NAMES, pictures=3)
    assert again.mistakes is not None
    assert again.mistakes.to_bytes() == mistakes.to_bytes()
    assert (again.detections is not None) is with_detections
    with pytest.raises(ValueError, match="not a frame"):
        decode_frame(encoded[:-9], SCORE_NAMES, pictures=3)


@given(frames(), st.integers(1, 40))
def test_a_frame_of_more_or_fewer_scores_than_names_cannot_be(frame: Frame, other: int) -> None:
    names = tuple(map(str, range(len(frame.score_names) + other)))
    with pytest.raises(ValueError, match=f"{len(frame.score_names)} scores"):
        replace(frame, score_names=names)
    with pytest.raises(ValueError, match="not a frame"):
        decode_frame(encode_frame(frame), names)


def test_a_frame_that_is_cut_short_is_no_frame() -> None:
    data = encode_frame(a_frame(3, seeds=3))
    for length in range(len(data)):
        with pytest.raises(ValueError, match="not a frame"):
            decode_frame(data[:length], SCORE_NAMES)


@given(st.binary(max_size=60))
def test_other_bytes_are_no_frame(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a frame"):
        decode_frame(data, SCORE_NAMES)


@settings(deadline=None)
@given(st.data())
def test_a_changed_byte_raises_nothing_but_a_value_error(data: st.DataObject) -> None:
    encoded = bytearray(encode_frame(a_frame(3, seeds=3)))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(ValueError):
        decode_frame(bytes(encoded), SCORE_NAMES)


@pytest.mark.parametrize("shape", [(1, 3), (2, 4), (0, 0), (65535, 65535)])
def test_a_shape_that_does_not_fit_the_bytes_is_told(shape: tuple[int, int]) -> None:
    encoded = bytearray(encode_frame(a_frame(3, seeds=3)))
    encoded[17:21] = b"".join(size.to_bytes(2, "little") for size in shape)
    with pytest.raises(ValueError, match="not a frame"):
        decode_frame(bytes(encoded), SCORE_NAMES)


@given(shapes.flatmap(lambda shape: arrays.arrays(np.float64, (3, *shape), elements=numbers)))
def test_a_loss_trace_comes_back_as_it_was(values: np.ndarray) -> None:
    trace = LossTrace(5, 9, *values)
    again = decode_loss_trace(5, 9, encode_loss_trace(trace), values.shape[1:])
    assert (again.first_step, again.last_step) == (5, 9)
    for name in ("minimum", "mean", "maximum"):
        np.testing.assert_array_equal(getattr(again, name), getattr(trace, name))


@pytest.mark.parametrize("damaged", [b"", b"123", b"\0" * 40])
def test_bytes_that_are_no_loss_trace_are_told(damaged: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode_loss_trace(1, 2, damaged, (2, 1))


@pytest.mark.parametrize("halved", [False, True])
@pytest.mark.parametrize("of_training", [False, True])
def test_rows_of_nan_and_the_kind_of_rows_come_back(halved: bool, of_training: bool) -> None:
    plain = a_frame(3)
    nan_counts = np.arange(8, dtype=np.int64).reshape(2, 2, 2)
    fit_counts = plain.counts // 2 if halved else None
    frame = replace(plain, nan_counts=nan_counts, fit_counts=fit_counts, of_training=of_training)
    again = decode_frame(encode_frame(frame), frame.score_names)
    assert again.nan_counts is not None
    assert np.array_equal(again.nan_counts, nan_counts)
    assert (again.fit_counts is not None) == halved
    assert (again.scheduled, again.of_training) == (True, of_training)
    assert np.array_equal(again.counts, plain.counts)


def test_a_head_without_any_row_was_not_measured() -> None:
    counts = a_frame(1).counts.copy()
    counts[1] = 0
    nothing = np.zeros((2, 2, 2), np.int64)
    frame = replace(a_frame(2), counts=counts, nan_counts=nothing)
    assert frame.measured.tolist() == [True, False]
    carried = frame.with_earlier(replace(a_frame(1, nll=0.25), nan_counts=nothing))
    assert carried.counts[1].sum() == a_frame(1).counts[1].sum()
    assert carried.score("nll")[:, 0].tolist() == [0.5, 0.25]
