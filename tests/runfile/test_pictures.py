"""The sample pictures that a run file keeps."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from objtui.errors import RunFileError
from objtui.runfile.copying import copy_run
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from tests.picture_runs import PICTURES, contents, record_pictures
from tests.runs_for_tests import MakeRun, a_header

FORMAT_2 = Path(__file__).parent / "fixtures" / "finished.objtui"


@pytest.fixture
def path(new_run: MakeRun, tmp_path: Path) -> Path:
    return record_pictures(new_run, tmp_path, steps=(0, 10)).path


def test_they_are_read_as_they_were_written_also_from_a_copy(path: Path, tmp_path: Path) -> None:
    with RunReader(path) as reader:
        copy_run(reader, tmp_path / "copy.objtui")
    for each in (path, tmp_path / "copy.objtui"):
        with RunReader(each) as reader:
            pictures = reader.pictures()
        assert len(pictures) == len(PICTURES)
        for picture, written in zip(pictures, contents(), strict=True):
            np.testing.assert_array_equal(picture.pixels, written.pixels)
            np.testing.assert_array_equal(picture.boxes, written.boxes)


def test_runs_without_them_have_none(new_run: MakeRun, tmp_path: Path) -> None:
    shutil.copyfile(FORMAT_2, tmp_path / "old.objtui")
    named_alone = new_run("named-alone", pictures=PICTURES)
    for each in (tmp_path / "old.objtui", new_run().path, named_alone.path):
        with RunReader(each) as reader:
            assert reader.pictures() == ()


def test_more_or_fewer_than_the_header_names_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="not those of its header"):
        RunWriter(tmp_path / "a.objtui", a_header(pictures=PICTURES[:1]), "", "{}", contents())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM pictures WHERE number = 1",
        "UPDATE pictures SET number = 7 WHERE number = 0",
        "UPDATE pictures SET payload = substr(payload, 2)",
        "UPDATE pictures SET payload = 'text'",
        "UPDATE pictures SET payload = 7",
        "INSERT INTO pictures SELECT number + 2, payload FROM pictures",
    ],
)
def test_others_are_refused_in_a_line(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with RunReader(path) as reader, pytest.raises(RunFileError) as caught:
        reader.pictures()
    (line,) = caught.value.lines()
    assert line.startswith(f"{path}: damaged: ")
