"""Whole screens, compared with those stored in the folder `snapshots`.

A stored screen is plain text, one a file, without blanks at the ends of lines. A screen that has
changed, or has no file yet, fails its test. After looking at the change, store it with

    OBJTUI_UPDATE_SNAPSHOTS=1 pytest tests/ui/test_snapshots.py

and read what git says has changed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.runfile import details
from objtui.runfile.records import HeadInfo
from objtui.scenario.bundled import Bundled
from objtui.ui.picker import choices
from objtui.ui.picker.app import PickerApp
from objtui.ui.picker.screen import PickerScreen
from objtui.ui.theme import Theme
from tests.patience import GIVE_UP_S
from tests.runs_for_tests import NUCLEI_CREATED_AT, NUCLEI_SCHEDULE, MakeRun, record_nuclei
from tests.ui.driving import drive, screen_lines, settled, show, shows

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = "OBJTUI_UPDATE_SNAPSHOTS"

SMALL, USUAL, LARGE = (80, 24), (120, 40), (200, 60)
BRAILLE, ASCII = Theme(), Theme("ascii", colours=False)


def compare(name: str, lines: list[str]) -> None:
    """The screen must be as it is stored."""
    path = SNAPSHOTS / f"{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get(UPDATE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"there is no {path.name} yet; see the docstring of {Path(__file__).name}"
    assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True)
class Shot:
    """What is shown: runs, the size of the terminal, keys that are pressed, the look."""

    size: tuple[int, int] = USUAL
    keys: tuple[str, ...] = ()
    theme: Theme = BRAILLE
    run: dict[str, Any] = field(default_factory=dict)
    beside: tuple[dict[str, Any], ...] = ()


RUNNING: dict[str, Any] = {"state": "running"}
ONE_SEED_LOST: dict[str, Any] = {"diverged": {400: {"mse": (3,)}}}
HEAD_LOST: dict[str, Any] = {"diverged": {400: {"mse": (0, 1, 2, 3, 4)}}}
FAILED: dict[str, Any] = {
    "state": "failed",
    "message": "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB; "
    "GPU 0 has 79.1 GiB in all, of which 1.02 GiB are free",
}

FEWER_SEEDS: dict[str, Any] = {
    "name": "fewer-1",
    "seeds": (0, 1),
    "heads": (HeadInfo("bce", "bce", 1, "bce"), HeadInfo("mse", "mse", 1, "bce")),
    "claims": (),
    "steps": NUCLEI_SCHEDULE[:9],
}
STOPPED_EARLY: dict[str, Any] = {
    "name": "early-1",
    "steps": NUCLEI_SCHEDULE[:7],
    "state": "stopped",
}
THREE = (FEWER_SEEDS, STOPPED_EARLY)

SHOTS = {
    "three-runs-120x40": Shot(USUAL, beside=THREE),
    "three-runs-80x24": Shot(SMALL, ("tab", "tab"), beside=THREE),
    "three-runs-ascii-80x24": Shot(SMALL, theme=ASCII, beside=THREE),
    "three-runs-difference-120x40": Shot(USUAL, ("d",), beside=THREE),
    "three-runs-overlay-ascii-80x24": Shot(SMALL, ("o", "w"), ASCII, beside=THREE),
    "parked-cursor-120x40": Shot(USUAL, ("left", "left", "left")),
    "parked-cursor-80x24": Shot(SMALL, ("left", "left", "left"), run={"state": "running"}),
    "export-80x24": Shot(SMALL, ("e", "down")),
    "filter-80x24": Shot(SMALL, ("slash", "c", "e")),
    "running-80x24": Shot(SMALL, run=RUNNING),
    "running-120x40": Shot(USUAL, run=RUNNING),
    "running-200x60": Shot(LARGE, run=RUNNING),
    "finished-120x40": Shot(USUAL),
    "starting-80x24": Shot(SMALL, run={"state": "starting", "steps": ()}),
    "ascii-80x24": Shot(SMALL, theme=ASCII, run=RUNNING),
    "block-120x40": Shot(USUAL, theme=Theme("block"), run=RUNNING),
    "zoomed-histogram-120x40": Shot(USUAL, ("tab", "enter")),
    "overlay-120x40": Shot(USUAL, ("o",)),
    "difference-120x40": Shot(USUAL, ("d",)),
    "probability-120x40": Shot(USUAL, ("z",)),
    "log-axes-120x40": Shot(USUAL, ("x", "y", "s")),
    "one-seed-diverged-80x24": Shot(SMALL, run=ONE_SEED_LOST),
    "one-seed-diverged-120x40": Shot(USUAL, run=ONE_SEED_LOST),
    "head-diverged-80x24": Shot(SMALL, run=HEAD_LOST),
    "head-diverged-120x40": Shot(USUAL, run=HEAD_LOST),
    "failed-80x24": Shot(SMALL, run=FAILED),
    "failed-120x40": Shot(USUAL, run=FAILED),
    "failed-before-a-frame-80x24": Shot(SMALL, run={**FAILED, "steps": ()}),
    "too-small-50x12": Shot((50, 12), run=RUNNING),
    "quit-80x24": Shot(SMALL, ("q",), run=RUNNING),
    "help-80x24": Shot(SMALL, ("question_mark",)),
    "log-80x24": Shot(SMALL, ("l",)),
}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs, named by a path that is the same on every machine.

    A run that is shown as at work is not silent, however long a loaded machine takes to show it.
    """
    monkeypatch.setattr("objtui.runfile.liveness.STALE_S", GIVE_UP_S)
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    return Path("runs")


@pytest.mark.parametrize("name", SHOTS)
def test_the_dashboard_looks_as_stored(name: str, new_run: MakeRun, runs: Path) -> None:
    shot = SHOTS[name]
    paths = [record_nuclei(new_run, runs, **run).path for run in (shot.run, *shot.beside)]
    lines: list[str] = []

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press(*shot.keys)
        await settled(pilot)
        lines.extend(screen_lines(app))

    show(paths, steps, shot.size, shot.theme)
    assert len(lines) == shot.size[1]
    assert max(map(len, lines)) <= shot.size[0]
    compare(name, lines)


BUNDLED = [
    Bundled("nuclei", "Nuclei: three losses", "Does the loss decide how extreme objectness gets?"),
    Bundled("plateau", "A plateau", "How long does squared error stay on the wrong side?"),
    Bundled("twins", "Twins", "Are two neurons with softmax one neuron with a sigmoid?"),
]


@pytest.mark.parametrize(
    ("size", "theme"),
    [(SMALL, Theme()), (USUAL, Theme()), (SMALL, ASCII)],
    ids=["80x24", "120x40", "ascii-80x24"],
)
def test_the_picker_looks_as_stored(
    size: tuple[int, int],
    theme: Theme,
    new_run: MakeRun,
    runs: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr(choices, "bundled_questions", lambda: BUNDLED)
    monkeypatch.setattr(details, "size_with_journal", lambda path: 123_456)  # zlib has a say in it
    Path("mine.toml").write_text('title = "Mine"\nquestion = "Is it so?"\n[data]\n[[heads]]\n')
    Path("torn.toml").write_text('title = "Torn\n')
    steps = NUCLEI_SCHEDULE[:3]
    record_nuclei(new_run, runs, steps=steps)
    record_nuclei(new_run, runs, name="nuclei-2", created_at=NUCLEI_CREATED_AT + 3000, **FAILED)
    (runs / "broken.objtui").touch()
    os.utime(runs / "broken.objtui", (0, 0))  # too old to be that of a run about to begin
    app = PickerApp(Path(), runs, theme)
    app._picker = PickerScreen(Path(), runs, theme, clock=lambda: NUCLEI_CREATED_AT + 7200)
    lines: list[str] = []

    async def open_picker(pilot: Pilot[Any], app: App[Any]) -> None:
        await shows(pilot, "nuclei-1", "nuclei-2", "broken")  # which a thread looks for
        await pilot.press("tab")
        await settled(pilot)
        lines.extend(screen_lines(app))

    drive(app, open_picker, size)
    compare(f"picker-{request.node.callspec.id}", lines)
