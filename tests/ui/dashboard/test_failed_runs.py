"""What the dashboard says of a run that failed, crashed or diverged: why, and what to do."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.errors import DataError, ObjtuiError, TrainingError
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.trainer.launch import begin_launch
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.theme import Theme
from tests.runs_for_tests import NUCLEI_SEEDS, MakeRun, a_summary, record_nuclei
from tests.ui.driving import drive, reached, screen_lines, settled, show, shows

if TYPE_CHECKING:
    from conftest import Trainers

SIZES = [(80, 24), (120, 40), (200, 60)]
FAKE_TRAINER = (sys.executable, str(Path(__file__).parents[2] / "fake_trainer.py"))
EVERY_SEED = {400: {"mse": NUCLEI_SEEDS}}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs, where `objtui` would look for it."""
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    return Path("runs")


def screen_of(path: Path, size: tuple[int, int] = (120, 40), *keys: str) -> list[str]:
    """What a person sees of a run, after some keys."""
    lines: list[str] = []

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press(*keys)
        await settled(pilot)
        lines.extend(screen_lines(app))

    show(path, steps, size)
    assert len(lines) == size[1]
    return lines


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_failed_run_says_why_and_what_to_do_above_the_footer(
    size: tuple[int, int], new_run: MakeRun, runs: Path
) -> None:
    reason = "ZeroDivisionError: a made-up failure"
    lines = screen_of(record_nuclei(new_run, runs, state="failed", message=reason).path, size)
    assert "failed" in lines[0]
    assert lines[-3].strip() == f"failed at step 1 240: {reason}"
    assert lines[-2].strip() == (
        "l shows the log. Put it right, then: objtui resume runs/nuclei-1.objtui"
    )
    assert "q quit" in lines[-1]


def test_a_long_reason_is_cut_and_what_to_do_is_not(new_run: MakeRun, runs: Path) -> None:
    path = record_nuclei(new_run, runs, state="failed", message="a reason " * 100).path
    lines = screen_of(path, (80, 24))
    assert lines[-3].endswith("…")
    assert "objtui resume runs/nuclei-1.objtui" in lines[-2]
    assert "● bce" in "\n".join(lines)


def test_the_reason_stays_while_a_panel_is_zoomed(new_run: MakeRun, runs: Path) -> None:
    path = record_nuclei(new_run, runs, state="failed", message="a reason").path
    lines = screen_of(path, (80, 24), "tab", "enter")
    assert lines[-3].strip() == "failed at step 1 240: a reason"
    assert lines[1].startswith("┏ ▲ ce")
    assert lines[-4].startswith("┗")


def test_a_training_that_fails_meanwhile_says_so_at_once(
    new_run: MakeRun, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objtui.runfile.writer.CLOSE_TIMEOUT_S", 0.0)
    writer = record_nuclei(new_run, runs, state="running")

    async def fail(pilot: Pilot[Any], app: App[Any]) -> None:
        assert "resume" not in "\n".join(screen_lines(app))
        writer.finish("failed", a_summary(1240), "", "ValueError: no more rows")
        lines = await shows(pilot, "failed at step 1 240: ValueError: no more rows")
        assert "failed" in lines[0]
        assert app.return_value is None

    show(writer.path, fail)


def test_a_run_that_failed_before_its_first_frame_waits_for_none(
    new_run: MakeRun, runs: Path
) -> None:
    reason = "DataError: rows.csv: no such file"
    path = record_nuclei(new_run, runs, state="failed", message=reason, steps=()).path
    text = "\n".join(screen_of(path))
    assert f"failed at step 0: {reason}" in text
    assert text.count("no frame was recorded") == 5  # three heads, curves and scores
    assert "waiting" not in text


def test_a_run_that_failed_without_a_word_points_to_its_log(new_run: MakeRun, runs: Path) -> None:
    path = record_nuclei(new_run, runs, state="failed", steps=(0,)).path
    assert "failed at step 0: its log says why" in "\n".join(screen_of(path))


def test_a_killed_trainer_shows_as_crashed_with_the_way_on(trainers: Trainers) -> None:
    launched = trainers.start()
    trainers.wait_for(launched.path, lambda status: status.step > 10)

    async def kill(pilot: Pilot[Any], app: App[Any]) -> None:
        os.kill(launched.pid, signal.SIGKILL)
        lines = await shows(pilot, "crashed at step", f"process {launched.pid}")
        assert "crashed" in lines[0]
        assert "l shows the log. To go on: objtui resume" in "\n".join(lines).replace("\n ", " ")

    show(launched.path, kill, (200, 60), trains=True)


def test_a_run_in_which_every_head_diverged_says_what_may_help(
    new_run: MakeRun, runs: Path
) -> None:
    lost = {400: dict.fromkeys(("bce", "ce", "mse"), NUCLEI_SEEDS)}
    lines = screen_of(record_nuclei(new_run, runs, state="diverged", diverged=lost).path, (80, 24))
    assert [line.strip() for line in lines[-4:-1]] == [
        "every head diverged by step 1 240: a logit or parameter is no longer finite",
        "A smaller learning rate may help:",
        "objtui run scenarios/nuclei.toml --set train.lr=...",
    ]


@pytest.mark.parametrize("state", ["running", "finished", "stopped"])
def test_a_run_that_is_well_says_nothing(state: str, new_run: MakeRun, runs: Path) -> None:
    text = "\n".join(screen_of(record_nuclei(new_run, runs, state=state).path))
    assert "objtui resume" not in text


def panels(lines: list[str]) -> tuple[str, str]:
    """The upper borders of the histograms, and the lines from the scores' on."""
    scores = next(row for row, line in enumerate(lines) if "scores at" in line or "step" in line)
    return lines[1], "\n".join(lines[max(scores, 2) :])


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_a_diverged_head_stays_and_bears_the_step(
    size: tuple[int, int], new_run: MakeRun, runs: Path
) -> None:
    title, below = panels(screen_of(record_nuclei(new_run, runs, diverged=EVERY_SEED).path, size))
    assert "■ mse" in title
    assert "■ mse diverged at step 400" in below


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((80, 24), "mse: 1/5 diverged at step 400"),
        ((120, 40), "mse: 1 of 5 seeds left out: diverged from step 400 on"),
    ],
    ids=str,
)
def test_a_head_of_which_a_seed_diverged_bears_the_step(
    size: tuple[int, int], words: str, new_run: MakeRun, runs: Path
) -> None:
    lines = screen_of(record_nuclei(new_run, runs, diverged={400: {"mse": (3,)}}).path, size)
    title, below = panels(lines)
    assert "■ mse" in title
    assert "■ mse !1" in below
    assert words in below


@pytest.mark.parametrize("lost", [(3,), NUCLEI_SEEDS], ids=["one seed", "every seed"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_title_of_a_diverged_head_bears_the_step(
    size: tuple[int, int], lost: tuple[int, ...], new_run: MakeRun, runs: Path
) -> None:
    path = record_nuclei(new_run, runs, diverged={400: {"mse": lost}}).path
    title = screen_of(path, size)[1].rpartition("■ mse")[2]
    assert "diverged" in title
    assert "400" in title


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("wrong data", DataError, "rows.csv: no such file"),
        ("breaks early", TrainingError, "a made-up fault"),
        ("dies early", TrainingError, "before the run began"),
    ],
)
def test_a_trainer_that_fails_before_its_run_begins_closes_the_dashboard_with_its_reason(
    kind: str, error: type[ObjtuiError], words: str, trainers: Trainers
) -> None:
    starting = begin_launch(trainers.request(), trainers.runs, program=(*FAKE_TRAINER, kind))

    runs = Comparison([RunSource(trainer=starting)])
    app = DashboardApp(lambda: runs, Theme(), title="A title", owns_training=True, fps=20)

    async def wait(pilot: Pilot[Any], app: App[Any]) -> None:
        await reached(pilot, lambda: app.return_value is not None)

    drive(app, wait, (80, 24))
    leaving = app.return_value
    assert leaving is not None
    assert isinstance(leaving.error, error)
    assert words in "\n".join(leaving.error.lines())
