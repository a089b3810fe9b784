"""All detections of the last frame, as a run file keeps them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from objtui.errors import RunFileError
from objtui.measures.frames import Frame
from objtui.runfile import detections as detections_module
from objtui.runfile.copying import copy_run
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from tests.detections_everywhere import all_detections_of, same
from tests.every_field import NAMES, assert_alike, whole_frames
from tests.picture_runs import PICTURES, contents
from tests.runs_for_tests import a_frame, a_header, a_summary

EVERY = all_detections_of()


@pytest.fixture
def begun(tmp_path: Path) -> RunWriter:
    path = tmp_path / "a.objtui"
    path.touch()
    writer = RunWriter(path, a_header(pictures=PICTURES), "", "{}", contents())
    writer.set_checkpoint(0, b"x" * 100)
    writer.append_frame(a_frame(10))
    writer.append_frame(replace(a_frame(20), every_detection=EVERY))
    return writer


@pytest.fixture
def path(begun: RunWriter) -> Path:
    begun.finish("stopped", a_summary(20), "")
    return begun.path


def test_they_are_read_as_they_were_written_also_from_a_copy(path: Path, tmp_path: Path) -> None:
    with RunReader(path) as reader:
        copy_run(reader, tmp_path / "copy.objtui")
        assert all(entry.frame.every_detection is None for entry in reader.frames_after())
    for each in (path, tmp_path / "copy.objtui"):
        with RunReader(each) as reader:
            stored = reader.all_detections()
        assert stored is not None
        assert stored.step == 20
        assert same(stored.detections, EVERY)


@settings(deadline=None, max_examples=12)
@given(whole_frames(seeds=2))
def test_every_field_of_a_frame_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, frame: Frame
) -> None:
    path = tmp_path_factory.mktemp("whole") / "a.objtui"
    path.touch()
    header = a_header(pictures=PICTURES, score_names=NAMES)
    with RunWriter(path, header, "", "{}", contents()) as writer, RunReader(path) as reader:
        writer.append_frame(frame)
        (entry,) = reader.frames_after()
        stored = reader.all_detections()
    assert_alike(entry.frame, replace(frame, every_detection=None))
    assert_alike(None if stored is None else stored.detections, frame.every_detection)


def test_a_run_that_goes_on_has_none_until_it_ends_again(path: Path) -> None:
    with RunReader(path) as reader:
        seen = reader.sure_status()
    with RunWriter.resume(path, seen, lambda checkpoint: None) as writer, RunReader(path) as reader:
        assert reader.all_detections() is None
        writer.append_frame(replace(a_frame(40), every_detection=EVERY))
        stored = reader.all_detections()
    assert stored is not None
    assert stored.step == 40


def test_the_last_ones_are_kept_alone(begun: RunWriter) -> None:
    begun.append_frame(replace(a_frame(30), every_detection=EVERY))
    begun.close()
    with RunReader(begun.path) as reader:
        stored = reader.all_detections()
    assert stored is not None
    assert stored.step == 30


def test_a_file_without_room_keeps_the_best_or_none(
    begun: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, kept = all_detections_of(each=5000), []
    begun.set_checkpoint(20, bytes(5 * 10**6))  # which counts nowhere
    for room in (300_000, 0):
        monkeypatch.setattr(detections_module, "MAX_BYTES", detections_module.SPARE_BYTES + room)
        begun.append_frame(replace(a_frame(30), every_detection=many))
        with RunReader(begun.path) as reader:
            kept.append(reader.all_detections())
    begun.close()
    assert kept[0] is not None
    assert 100 < (kept[0].detections.most or 0) < 5000
    assert kept[1] is None


DAMAGE = [
    "UPDATE all_detections SET payload = substr(payload, 2)",
    "UPDATE all_detections SET payload = 'text'",
    "UPDATE all_detections SET payload = 7",
    "UPDATE all_detections SET step = 'text'",
    "UPDATE all_detections SET step = -1",
    "INSERT INTO all_detections SELECT step, payload FROM all_detections",
]


@pytest.mark.parametrize("statement", DAMAGE)
def test_others_are_refused_in_a_line(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with RunReader(path) as reader, pytest.raises(RunFileError) as caught:
        reader.all_detections()
    (line,) = caught.value.lines()
    assert line.startswith(f"{path}: damaged: ")


def test_a_file_of_format_3_has_none_and_goes_on_without(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE all_detections")
        connection.execute("PRAGMA user_version = 3")
    with RunReader(path) as reader:
        assert not reader.can_keep_detections
        assert reader.all_detections() is None
        seen = reader.sure_status()
    with RunWriter.resume(path, seen, lambda checkpoint: None) as writer:
        writer.append_frame(replace(a_frame(40), every_detection=EVERY))
    with RunReader(path) as reader:
        assert reader.all_detections() is None
        assert len(reader.frames_after()) == 1
