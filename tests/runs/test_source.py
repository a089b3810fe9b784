"""A run that is read as it goes: which formula each of its heads was trained by."""

from __future__ import annotations

import json
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
