"""What a person is told as a run begins, and what its file holds by then."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from objtui.engine.session import prepare
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RowCounts
from objtui.trainer.open_run import class_notices, open_new_run
from objtui.trainer.request import TrainRequest
from tests.engine.detector_cases import detector_data, detector_scenario

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


def test_a_detectors_run_keeps_its_sample_pictures_from_the_start_on(tmp_path: Path) -> None:
    scenario = detector_scenario()
    session = prepare(scenario, Path())
    log = tmp_path / "log"
    log.touch()
    request = TrainRequest("a.toml", "", ".", str(tmp_path))
    with (
        open_new_run(request, scenario, session, log).writer as writer,
        RunReader(writer.path) as reader,
    ):
        pictures, named = reader.pictures(), reader.header().pictures
    assert [(each.name, each.width, each.height) for each in named] == [
        ("1", 72, 72),
        ("2", 72, 72),
    ]
    images = detector_data(scenario).images
    assert images is not None
    for picture, image in zip(pictures, images.evaluation, strict=True):
        np.testing.assert_array_equal(picture.pixels, image.pixels.transpose(1, 2, 0))
        assert len(picture.boxes) == len(image.boxes) == 3
