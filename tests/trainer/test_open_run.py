"""What a person is told as a run begins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from objtui.runfile.records import RowCounts
from objtui.trainer.open_run import class_notices

BOTH = RowCounts(10, 3)


@pytest.mark.parametrize(
    ("train", "val", "notices"),
    [
        (BOTH, BOTH, ()),
        (BOTH, None, ()),
        (
            RowCounts(10, 0),
            RowCounts(5, 5),
            (
                "no training row is an object: scores by class are undefined",
                "no validation row is background: scores by class are undefined",
            ),
        ),
    ],
)
def test_rows_of_one_class_alone_are_told(
    train: RowCounts, val: RowCounts | None, notices: tuple[str, ...]
) -> None:
    session = cast(Any, SimpleNamespace(train_rows=train, val_rows=val))
    table = cast(Any, SimpleNamespace(data=SimpleNamespace(lists_rows=False)))
    points = cast(Any, SimpleNamespace(data=SimpleNamespace(lists_rows=True)))
    assert class_notices(table, session) == notices
    assert class_notices(points, session) == ()
