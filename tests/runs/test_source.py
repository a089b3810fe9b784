"""A run that is read as it goes: the formulas of its heads, and the clock of its trainer."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from objtui.losses import CrossEntropy, Focal
from objtui.runfile.records import HeadInfo
from objtui.runfile.writer import RunWriter
from objtui.runs.source import RunSource
from tests.runs_for_tests import a_header

HEADS = (HeadInfo("a", "bce", 1, "a"), HeadInfo("b", "focal", 1, "a"), HeadInfo("c", "own", 1, "a"))
ASKED = {"scenario": {"heads": [{"gamma": 2.0}, {"gamma": 0.5, "prior": None}, {}]}}


@pytest.mark.parametrize(
    ("request_line", "gamma"),
    [
        (json.dumps(ASKED), 0.5),
        (json.dumps({"scenario": {"heads": [{}, {"gamma": "0.5"}, {}]}}), 2.0),
        (json.dumps({"scenario": {"heads": [1, 2, 3]}}), 2.0),
        ("{}", 2.0),  # of a training loop of one's own
    ],
)
def test_formulas_have_the_options_that_the_trainer_was_asked_for(
    tmp_path: Path, request_line: str, gamma: float
) -> None:
    path = tmp_path / "a.objtui"
    with RunWriter(path, a_header("a", heads=HEADS), "", request_line):
        source = RunSource(path)
        source.poll()
        assert source.formulas == (CrossEntropy(), Focal(gamma), None)
        source.close()


@pytest.mark.parametrize("ahead_s", [-3600.0, 3600.0])
def test_a_trainer_whose_clock_differs_is_not_silent_for_that(
    tmp_path: Path, ahead_s: float
) -> None:
    path = tmp_path / "a.objtui"
    with RunWriter(path, a_header("a"), "", "{}"):
        heartbeat_at = time.time() + ahead_s
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "UPDATE status SET host = 'other', heartbeat_at = ?", (heartbeat_at,)
            )
        source = RunSource(path)
        source.poll()
        assert heartbeat_at <= source.trainer_time() < heartbeat_at + 3600
        source.close()


def test_a_trainer_on_this_machine_has_our_clock(tmp_path: Path) -> None:
    path = tmp_path / "a.objtui"
    with RunWriter(path, a_header("a"), "", "{}"):
        source = RunSource(path)
        source.poll()
        before = time.time()
        assert before <= source.trainer_time() <= time.time()
        source.close()
