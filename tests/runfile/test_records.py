"""The header of a run: what it may lack, and what no run is without."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from objtui.runfile.records import NO_DEVICE, RowCounts, RunHeader

MakeHeader = Callable[..., RunHeader]


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


def test_a_header_without_any_rows_is_none(header: MakeHeader) -> None:
    with pytest.raises(ValueError, match="it has no rows"):
        read_back(header(train=None, val=None))


def test_a_run_of_no_device_was_measured(header: MakeHeader) -> None:
    assert header(device=NO_DEVICE).measured
    assert not header(device="cpu").measured
