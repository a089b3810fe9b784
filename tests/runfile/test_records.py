"""The header of a run: what it may lack, and what no run is without."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from objtui.runfile.records import NO_DEVICE, RowCounts, RunHeader, SamplePicture

MakeHeader = Callable[..., RunHeader]

A_PICTURE = {"name": "a.png", "width": 64, "height": 48}


def read_back(header: RunHeader) -> RunHeader:
    return RunHeader.from_json(json.loads(json.dumps(header.to_json())))


@pytest.mark.parametrize(
    ("train", "val", "evaluated"),
    [
        (RowCounts(9, 4), RowCounts(5, 2), RowCounts(5, 2)),
        (RowCounts(9, 4), None, RowCounts(9, 4)),
        (None, RowCounts(5, 2), RowCounts(5, 2)),
    ],
)
def test_the_rows_that_are_evaluated_are_those_of_validation_else_of_training(
    train: RowCounts | None, val: RowCounts | None, evaluated: RowCounts, header: MakeHeader
) -> None:
    recorded = header(train=train, val=val)
    assert read_back(recorded) == recorded
    assert recorded.evaluated == evaluated


def test_pictures_come_back_and_are_left_out_where_there_are_none(header: MakeHeader) -> None:
    assert "pictures" not in header().to_json()
    pictures = SamplePicture("a.png", 64, 48), SamplePicture("b.png", 1, 2)
    assert read_back(header(pictures=pictures)).pictures == pictures


@pytest.mark.parametrize(
    "pictures", [[{"name": 3, "width": 1, "height": 1}], [{"name": "a"}], [7], 7, [A_PICTURE] * 5]
)
def test_a_header_with_other_pictures_is_none(header: MakeHeader, pictures: Any) -> None:
    value = {**header().to_json(), "pictures": pictures}
    with pytest.raises((KeyError, TypeError, ValueError)):
        RunHeader.from_json(json.loads(json.dumps(value)))


def test_a_header_without_any_rows_is_none(header: MakeHeader) -> None:
    with pytest.raises(ValueError, match="it has no rows"):
        read_back(header(train=None, val=None))


def test_a_run_of_no_device_was_measured(header: MakeHeader) -> None:
    assert header(device=NO_DEVICE).measured
    assert not header(device="cpu").measured
