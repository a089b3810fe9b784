"""Sample pictures as bytes, and what a detector makes of them."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.detections import MAX_SHOWN
from objtui.measures.pictures import MAX_BOXES, MAX_SIDE, PictureContent, outcomes

sides = st.integers(1, MAX_SIDE)
places = st.lists(
    st.tuples(*[st.floats(-100, 4000, width=32)] * 2, *[st.floats(0, 4000, width=32)] * 2),
    max_size=5,
)


def boxes_of(rows: list) -> np.ndarray:
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


def content(boxes: list, crowds: list = (), shape: tuple[int, int, int] = (8, 8, 1)):
    return PictureContent(np.zeros(shape, np.uint8), boxes_of(boxes), boxes_of(crowds))


@given(sides, sides, st.sampled_from((1, 3)), places, places)
def test_bytes_hold_all_of_a_picture(
    rows: int, columns: int, channels: int, boxes: list, crowds: list
) -> None:
    pixels = np.random.default_rng(rows).integers(0, 256, (rows, columns, channels), np.uint8)
    picture = PictureContent(pixels, boxes_of(boxes), boxes_of(crowds))
    again = PictureContent.from_bytes(picture.to_bytes())
    for name in ("pixels", "boxes", "crowds"):
        np.testing.assert_array_equal(getattr(again, name), getattr(picture, name))


@given(st.binary(max_size=60), st.integers(0, 80))
def test_other_bytes_are_no_picture(noise: bytes, at: int) -> None:
    data = content([[0, 0, 4, 4]]).to_bytes()
    for odd in (noise, data[:at] + noise + data[at + 1 :], data + b"x"):
        try:
            picture = PictureContent.from_bytes(odd)
        except ValueError:
            continue
        assert picture.pixels.shape[2] in (1, 3)
        assert np.isfinite(picture.boxes).all()


@pytest.mark.parametrize(
    "picture",
    [
        content([], shape=(MAX_SIDE + 1, 2, 1)),
        content([], shape=(2, 2, 4)),
        content([], shape=(2, 0, 3)),
        content([[0, 0, 1, 1]] * (MAX_BOXES + 1)),
    ],
    ids=["long", "four channels", "empty", "many boxes"],
)
def test_what_no_reader_would_take_is_not_written(picture: PictureContent) -> None:
    with pytest.raises(ValueError, match="size of none"):
        picture.to_bytes()


@pytest.mark.parametrize("box", [[np.nan, 0, 1, 1], [0, np.inf, 1, 1], [0, 0, -1, 1]])
def test_a_box_that_is_none_is_refused(box: list) -> None:
    with pytest.raises(ValueError, match="a box in it is none"):
        PictureContent.from_bytes(content([box]).to_bytes())


def test_no_more_is_unpacked_than_the_shape_says() -> None:
    data = content([]).to_bytes()
    with pytest.raises(ValueError, match="another length"):
        PictureContent.from_bytes(data[:13] + zlib.compress(bytes(2**26), 9))


def test_a_likely_detection_hits_the_object_that_it_overlaps_most_or_is_a_false_alarm() -> None:
    picture = content([[0, 0, 10, 10], [2, 0, 10, 10], [50, 50, 10, 10]])
    said = outcomes(
        [([2, 1, 10, 10], 3.0, True), ([0, 1, 10, 10], 2.0, True), ([30, 30, 5, 5], 1.0, False)],
        picture,
    )
    assert [each.kind for each in said.each] == ["hit", "hit", "false alarm", "missed"]
    assert [each.logit for each in said.each[:3]] == [3, 2, 1]
    assert [each.target for each in said.each] == [(2, 0, 10, 10), (0, 0, 10, 10), None, None]
    assert said.of("missed")[0].box == (50, 50, 10, 10)
    assert np.isnan(said.of("missed")[0].logit)
    assert said.complete


def test_an_object_that_only_an_unlikely_detection_would_hit_is_missed_by_so_much() -> None:
    said = outcomes(
        [([0, 0, 9, 10], -0.5, True), ([40, 40, 9, 10], -1.0, False)], content([[0, 0, 10, 10]])
    )
    assert [(each.kind, each.logit) for each in said.each] == [("missed", -0.5)]


def test_a_detection_within_a_crowd_counts_neither_way() -> None:
    crowd = [[0, 0, 100, 100]]
    said = outcomes([([5, 5, 10, 10], 2.0, False)], content([], crowd))
    assert said.each == ()
    outside = outcomes([([96, 5, 10, 10], 2.0, False)], content([], crowd))
    assert [each.kind for each in outside.each] == ["false alarm"]


def test_where_all_that_are_kept_are_likely_others_may_have_hit_what_counts_as_missed() -> None:
    kept = [([0, 0, 5, 5], 2.0, False)] * MAX_SHOWN
    assert not outcomes(kept, content([[50, 50, 5, 5]])).complete
    assert outcomes(kept[1:], content([])).complete
    assert outcomes([*kept[1:], ([0, 0, 5, 5], -0.1, False)], content([])).complete


def test_objects_that_others_than_the_kept_detections_hit_are_not_missed() -> None:
    objects = [[20 * at, 0, 10, 10] for at in range(MAX_SHOWN + 2)]
    kept = [(objects[at], 9.0 - at / 10, True) for at in range(MAX_SHOWN)]
    hit = np.ones(len(objects), bool)
    hit[-1] = False
    said = outcomes(kept, content(objects), (MAX_SHOWN + 1, 3), hit)
    assert [tuple(each.box) for each in said.of("missed")] == [tuple(objects[-1])]
    assert len(said.of("hit")) == said.count("hit") == MAX_SHOWN + 1
    assert said.hits_not_kept == 1
    assert said.hit_by_others == 0
    (other,) = [each for each in said.of("hit") if np.isnan(each.logit)]
    assert tuple(other.box) == tuple(objects[-2])
    before = outcomes(kept, content(objects), (MAX_SHOWN + 1, 3))
    assert (len(before.of("missed")), before.count("missed"), before.hit_by_others) == (2, 1, 1)
