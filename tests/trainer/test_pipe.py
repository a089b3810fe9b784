"""What comes through the pipe between a trainer and its launcher, whole or in pieces."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from objtui.errors import (
    DataError,
    DeviceError,
    ObjtuiError,
    Problem,
    RunFileError,
    RunGoneError,
    ScenarioError,
    UsageError,
)
from objtui.trainer.pipe import Building, PipeFromTrainer, PipeToLauncher, Started, encode_message

STARTED = Started("a-1", "runs/a-1.objtui", ("a notice", "of two"))


@pytest.fixture
def ends() -> Iterator[tuple[PipeFromTrainer, int]]:
    """The launcher's end, and the descriptor of the other, which the test closes."""
    reading, writing = os.pipe()
    pipe = PipeFromTrainer(reading)
    yield pipe, writing
    pipe.close()


Ends = tuple[PipeFromTrainer, int]


def test_progress_comes_before_the_start(ends: Ends) -> None:
    pipe, writing = ends
    trainer = PipeToLauncher(writing)
    assert not pipe.is_decided()
    assert pipe.building == ""
    trainer.building(Building("training anchors", 0.05))
    trainer.building(Building("validation anchors", 0.998))
    assert not pipe.is_decided()
    assert pipe.building == "building validation anchors 100 %"
    assert trainer.finish(STARTED)
    assert pipe.is_decided()
    assert pipe.outcome == STARTED


def test_a_line_in_pieces_is_one_line(ends: Ends) -> None:
    pipe, writing = ends
    line = encode_message(Building("rows", 0.5)) + encode_message(STARTED)
    for place in range(len(line)):
        assert not pipe.is_decided()
        os.write(writing, line[place : place + 1])
    assert pipe.is_decided()
    assert (pipe.building, pipe.outcome) == ("building rows 50 %", STARTED)
    os.close(writing)


def test_a_start_with_more_notices_than_a_pipe_holds_comes_whole(ends: Ends) -> None:
    pipe, writing = ends
    large = Started("a-1", "a-1.objtui", ("x" * 300_000,))
    sending = threading.Thread(target=PipeToLauncher(writing).finish, args=(large,))
    sending.start()
    while not pipe.is_decided(None):
        pass
    sending.join()
    assert pipe.outcome == large


@pytest.mark.parametrize("words", [b"", b'{"started": {"run": "a'])
def test_a_trainer_that_dies_without_a_whole_word_leaves_no_outcome(
    words: bytes, ends: Ends
) -> None:
    pipe, writing = ends
    os.write(writing, words)
    os.close(writing)
    assert pipe.is_decided()
    assert pipe.outcome is None


@pytest.mark.parametrize(
    "error",
    [
        UsageError("one"),
        DataError("one\ntwo"),
        DeviceError("no device"),
        ScenarioError([Problem("a.toml", 3, "train.lr", "must be positive")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_comes_through_as_itself(error: ObjtuiError, ends: Ends) -> None:
    pipe, writing = ends
    assert PipeToLauncher(writing).finish(error)
    assert pipe.is_decided()
    assert isinstance(pipe.outcome, type(error))
    assert pipe.outcome.lines() == error.lines()


def test_a_run_file_that_is_gone_comes_through_as_an_error_of_run_files(ends: Ends) -> None:
    pipe, writing = ends
    error = RunGoneError("a.objtui")
    assert PipeToLauncher(writing).finish(error)
    assert pipe.is_decided()
    assert isinstance(pipe.outcome, RunFileError)
    assert pipe.outcome.lines() == error.lines()


def test_a_launcher_that_does_not_read_holds_no_trainer_up(ends: Ends) -> None:
    pipe, writing = ends
    trainer = PipeToLauncher(writing)
    for row in range(10_000):  # more than any pipe takes
        trainer.building(Building("rows", row / 10_000))
    assert not pipe.is_decided()
    assert trainer.finish(STARTED)
    assert pipe.is_decided()
    assert pipe.outcome == STARTED


def test_a_launcher_that_is_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    trainer = PipeToLauncher(writing)
    trainer.building(Building("rows", 0.5))
    assert not trainer.finish(STARTED)
