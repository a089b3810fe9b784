"""Asking a process that has torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from objtui.errors import DataError
from objtui.scenario.proposals.survey import ImageSurvey, RowSurvey
from objtui.trainer.engine_answers import answer_of
from objtui.trainer.surveyed import surveyed
from tests.user_data import write_coco, write_rows


def test_a_process_that_dies_is_an_error_with_its_last_words() -> None:
    with pytest.raises(DataError, match=r"the boxes cannot be read: .*No module named"):
        answer_of("no_such_module", {}, "the boxes")


def test_a_survey_comes_back_as_it_was_made(tmp_path: Path) -> None:
    write_coco(tmp_path / "train.json", tmp_path, 3)
    train = {"images": ".", "annotations": "train.json"}
    images = surveyed({"source": "coco", "train": train}, tmp_path)
    assert isinstance(images, ImageSurvey)
    assert (images.images, images.val_images, images.boxes) == (2, 1, 6)
    assert images.categories == (("cell", 3), ("dust", 3))
    assert images.smallest == images.largest == (64, 48)
    assert hash(images)

    write_rows(tmp_path / "few.npz", 12)
    rows = surveyed({"source": "table", "train": "few.npz"}, tmp_path)
    assert isinstance(rows, RowSurvey)
    assert (rows.rows, rows.val_rows, rows.val_share, rows.features) == (12, 0, None, 3)


def test_what_is_wrong_with_the_data_is_said_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,targets\n1,2\nx,0\n")
    with pytest.raises(DataError, match=r"rows\.csv:3") as caught:
        surveyed({"source": "table", "train": "rows.csv"}, tmp_path)
    assert all(line.startswith(str(tmp_path)) for line in caught.value.lines())
