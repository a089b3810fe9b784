"""Runs that an earlier version recorded: read, written out, drawn, and trained on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from objtui.cli.main import main
from objtui.export.formats import OF_EVERY_RUN
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.reader import RunReader
from objtui.ui.dashboard.offscreen import dashboard_lines
from tests.patience import GIVE_UP_S

FIXTURES = Path(__file__).parent / "fixtures"
RUNS = {"finished": [0, 15, 30, 45, 60], "stopped": [0, 15]}
"""The recorded steps of every run."""


@pytest.fixture
def old_runs(tmp_path: Path) -> Path:
    """A folder with copies of the old runs."""
    folder = tmp_path / "runs"
    shutil.copytree(FIXTURES, folder)
    return folder


def test_they_are_listed(old_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--runs", str(old_runs)]) == 0
    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert sorted(lines) == [[state, state] for state in sorted(RUNS)]


@pytest.mark.parametrize("name", RUNS)
def test_their_frames_and_verdicts_are_read(
    old_runs: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["watch", name, "--runs", str(old_runs), "--headless", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    frames = [line for line in lines if line["type"] == "frame"]
    assert [frame["step"] for frame in frames] == RUNS[name]
    for frame in frames:
        assert list(frame["heads"]) == ["bce", "ce", "mse"]
        for head in frame["heads"].values():
            assert set(head["scores"]) <= set(SCORE_NAMES)
            assert len(head["scores"]["nll"]["values"]) == 2
    claims = [line for line in lines if line["type"] == "claim"]
    assert [(claim["verdict"], claim["of"]) for claim in claims] == [("holds", 2)] * 2
    assert lines[-1]["state"] == name


@pytest.mark.parametrize("kind", [entry.name for entry in OF_EVERY_RUN])
@pytest.mark.parametrize("name", RUNS)
def test_they_are_written_out_in_every_format(old_runs: Path, name: str, kind: str) -> None:
    place = old_runs / "out"
    run = str(old_runs / f"{name}.objtui")
    assert main(["export", run, "--format", kind, "--out", str(place)]) == 0
    files = [path for path in [place, *place.rglob("*")] if path.is_file()]
    assert files
    assert all(path.stat().st_size > 0 for path in files)


@pytest.mark.parametrize("names", [["finished"], ["stopped"], ["finished", "stopped"]])
def test_they_are_drawn_alone_and_side_by_side(old_runs: Path, names: list[str]) -> None:
    paths = [old_runs / f"{name}.objtui" for name in names]
    screen = "\n".join(line.plain for line in dashboard_lines(paths, 140, 34))
    for words in ("nll", "sat+", "bce", "mse", "The heads learn"):
        assert words in screen
    assert "Traceback" not in screen


def test_one_that_was_stopped_goes_on_to_its_end(old_runs: Path) -> None:
    path = old_runs / "stopped.objtui"
    with RunReader(path) as reader:
        before = [entry.frame for entry in reader.frames_after(scheduled_only=True)]
    done = subprocess.run(
        [sys.executable, "-m", "objtui", "resume", str(path), "--headless"],
        capture_output=True,
        text=True,
        cwd=old_runs,
        timeout=GIVE_UP_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with RunReader(path) as reader:
        frames = [entry.frame for entry in reader.frames_after(scheduled_only=True)]
        assert reader.status().state == "finished"
        assert reader.loss_traces_after()[-1].trace.last_step == 60
    assert [frame.step for frame in frames] == [0, 15, 30, 45, 60]
    for first, again in zip(before, frames, strict=False):
        np.testing.assert_array_equal(again.scores, first.scores)
    for frame in frames:
        assert np.isfinite(frame.score("nll")).all()
        # (heads, seeds, classes, CELLS): every row of the evaluation is in a cell.
        assert (frame.counts.sum(axis=(2, 3)) == 400).all()
