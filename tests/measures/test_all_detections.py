"""All detections of a last frame as bytes, and scores that rank as their logits do."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from objtui.measures import all_detections
from objtui.measures.all_detections import AllDetections, scores_of
from tests.detections_everywhere import all_detections_of, same


def test_they_come_back_from_their_bytes() -> None:
    every = all_detections_of()
    again = AllDetections.from_bytes(every.to_bytes(), 2, 2)
    assert same(every, again)
    assert (again.category, again.pictures, again.most) == (every.category, every.pictures, None)
    np.testing.assert_array_equal(again.members[1][0].logits, every.members[1][0].logits)


def test_those_of_some_seeds_are_merged_again() -> None:
    every = all_detections_of(seeds=5)
    parts = [every.of_seeds(slice(0, 2)), every.of_seeds(slice(2, 5))]
    assert same(AllDetections.merged(parts), every)


def test_where_a_part_has_not_all_of_a_picture_the_whole_has_no_more_of_any_seed() -> None:
    every = all_detections_of(seeds=3, each=9)
    parts = [every.of_seeds(slice(0, 1)), every.of_seeds(slice(1, 3))]
    bytes_of_all = len(zlib.decompress(parts[1].to_bytes()[8 + _description_length(parts[1]) :]))
    cut = parts[1].within(bytes_of_all)
    assert cut is not None
    assert cut.most is not None
    merged = AllDetections.merged([parts[0], cut])
    assert merged.most == cut.most
    assert {each.boxes.counts.max() for head in merged.members for each in head} == {cut.most}


def test_where_room_is_small_the_best_of_each_picture_are_kept() -> None:
    every = all_detections_of(each=100)
    assert every.within(2**30) is every
    size = len(zlib.decompress(every.to_bytes()[8 + _description_length(every) :]))
    for share in (0.9, 0.5, 0.2):
        kept = every.within(int(size * share))
        assert kept is not None
        assert kept.most is not None
        assert len(kept.to_bytes()) < size * share
        of_first = kept.members[0][0]
        assert of_first.boxes.counts.tolist() == [kept.most, 1]
        best = every.members[0][0]
        np.testing.assert_array_equal(of_first.logits[:-1], best.logits[: kept.most])
        np.testing.assert_array_equal(of_first.boxes.corners[-1], best.boxes.corners[-1])
        one_more = [each.best(kept.most + 1) for head in every.members for each in head]
        more = sum(len(each.logits) for each in one_more)
        assert more * 24 > size * share - every._fixed_bytes()
    assert every.within(10) is None


def _description_length(every: AllDetections) -> int:
    return int(struct.unpack_from("<II", every.to_bytes())[0])


def test_more_than_can_be_read_is_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_detections, "MAX_BYTES", 3000)
    every = all_detections_of(each=100).within(2**40)
    assert every is not None
    assert same(AllDetections.from_bytes(every.to_bytes(), 2, 2), every)


LOGITS = st.floats(-700, 700) | st.floats(15, 60) | st.sampled_from([0.0, 1.0, 40.0, 800.0])


@given(st.lists(LOGITS, max_size=60))
def test_scores_are_p_and_rank_as_the_logits_do(values: list[float]) -> None:
    logits = np.array(values)
    scores = scores_of(logits)
    np.testing.assert_allclose(scores, expit(logits), rtol=1e-13, atol=1e-300)
    order = np.argsort(-scores, kind="stable")
    np.testing.assert_array_equal(order, np.argsort(-logits, kind="stable"))
    assert (np.diff(scores[order]) < 0).all()
    assert (scores <= 1).all()


def described(**changes: Any) -> bytes:
    every = all_detections_of()
    data = every.to_bytes()
    length, size = struct.unpack_from("<II", data)
    values = json.loads(zlib.decompress(data[8 : 8 + length])) | changes
    text = zlib.compress(json.dumps(values).encode())
    return struct.pack("<II", len(text), size) + text + data[8 + length :]


ODD: list[Any] = [None, 7, -1, 0.5, [[1]], [[1, "a", 0, 5], [2, "b", 5, 5]], [None, None], [1, 2]]


@pytest.mark.parametrize("key", ["pictures", "category", "most"])
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_description_of_anything_else_is_refused(key: str, odd: Any) -> None:
    AllDetections.from_bytes(described(), 2, 2)
    if key == "most" and odd in (None, 7):
        return
    with pytest.raises(ValueError, match=r"."):
        AllDetections.from_bytes(described(**{key: odd}), 2, 2)


@pytest.mark.parametrize(("heads", "seeds"), [(1, 2), (2, 3), (3, 2)])
def test_those_of_other_members_are_refused(heads: int, seeds: int) -> None:
    with pytest.raises(ValueError, match="detections"):
        AllDetections.from_bytes(all_detections_of().to_bytes(), heads, seeds)


@pytest.mark.parametrize("value", [np.nan, 2.0**25])
def test_boxes_and_logits_that_are_none_are_refused(value: float) -> None:
    every = all_detections_of()
    first = every.members[0][0]
    wide = replace(first, boxes=replace(first.boxes, corners=first.boxes.corners * value))
    members = ((wide, every.members[0][1]), every.members[1])
    with pytest.raises(ValueError, match="a box"):
        AllDetections.from_bytes(replace(every, members=members).to_bytes(), 2, 2)
    if np.isfinite(value):
        return
    odd = replace(first, logits=first.logits * value)
    members = ((odd, every.members[0][1]), every.members[1])
    with pytest.raises(ValueError, match="a logit"):
        AllDetections.from_bytes(replace(every, members=members).to_bytes(), 2, 2)


@given(st.binary(max_size=80))
def test_bytes_of_others_are_refused(data: bytes) -> None:
    whole = all_detections_of().to_bytes()
    for each in (data, whole[: len(data)], whole + data[:1], struct.pack("<II", 9, 99) + data):
        if each == whole:
            continue
        with pytest.raises(ValueError, match="detections"):
            AllDetections.from_bytes(each, 2, 2)


def test_what_would_unpack_to_more_than_it_says_is_refused() -> None:
    text = zlib.compress(b"{}")
    data = struct.pack("<II", len(text), 10) + text + zlib.compress(bytes(10**8))
    with pytest.raises(ValueError, match="another length"):
        AllDetections.from_bytes(data, 1, 1)
