"""Recorded runs that are the same on every machine, and the whole screen that shows them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.segment import Segment
from textual.app import App
from textual.pilot import Pilot

from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS, LOGIT_EDGES
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.records import HeadInfo, RowCounts, RunSummary
from objtui.runfile.writer import RunWriter
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.theme import Theme
from tests.patience import GIVE_UP_S

MakeRun = Callable[..., RunWriter]

LOOKS_AT_REST = 3
"""A layout, its messages and the drawing by it come one after the other."""

Script = Callable[[Pilot[Any], App[Any]], Awaitable[None]]

RECORDED_AT = 1_750_000_000.0
STEPS = 2000
SCHEDULE = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 800, 1000, 1240)
TITLE = "Nuclei: one kind of object, three losses"
SEEDS = (0, 1, 2, 3, 4)
HEADS = (
    HeadInfo("bce", "bce", 1, "bce"),
    HeadInfo("ce", "ce", 2, "bce"),
    HeadInfo("mse", "mse", 1, "bce"),
)
CLAIMS = (
    ("Two neurons with softmax give the same scores as one with a sigmoid", "ce.gap < 1e-2"),
    ("Most background is saturated", "bce.saturated_neg > 0.9"),
    ("Squared error ranks as well", "mse.ap >= bce.ap"),
)
ROWS = {0: 4627, 1: 182}  # background, objects
SUMMARY = RunSummary(1240, 12.0, 0.5, 10.0, 1.0)

_FINAL = {  # mean logits of background and objects, and their sd, at the end
    "bce": (-8.0, 3.0, 2.6),
    "ce": (-8.0, 3.0, 2.6),
    "mse": (-6.0, 4.5, 2.0),
}


def a_frame(
    step: int,
    *,
    heads: Sequence[HeadInfo] = HEADS,
    seeds: Sequence[int] = SEEDS,
    diverged: dict[str, Sequence[int]] | None = None,
) -> Frame:
    """The frame of a step; `diverged` holds by head the seeds that have by then."""
    shape = (len(heads), len(seeds))
    flags = np.zeros(shape, dtype=bool)
    scores = np.full((*shape, len(SCORE_NAMES)), 0.25)
    counts = np.zeros((*shape, 2, CELLS), dtype=np.int64)
    done = 1 - math.exp(-step / 250)
    for i, head in enumerate(heads):
        background, objects, sd = _FINAL.get(head.loss, _FINAL["bce"])
        for seed in range(len(seeds)):
            wobble = 0.1 * math.sin(1 + seed + 3 * (head.loss == "mse"))
            means = (background * done + wobble, objects * done + wobble)
            width = 0.3 + sd * done
            for of_class, mean in enumerate(means):
                counts[i, seed, of_class] = _counted(ROWS[of_class], mean, width)
            scores[i, seed] = _scores(head, means, width, done, wobble, scores[i, seed])
            if seed in (diverged or {}).get(head.name, ()):
                flags[i, seed] = True
                scores[i, seed] = np.nan
                counts[i, seed] = 0
    return Frame(step, step / 100, True, flags, scores, counts)


def _counted(rows: int, mean: float, width: float) -> np.ndarray:
    """Rows of a normal distribution, by cell."""
    below = [0.5 * math.erfc((mean - edge) / width / math.sqrt(2)) for edge in LOGIT_EDGES]
    return np.diff(np.rint(np.multiply(rows, [0.0, *below, 1.0])).astype(np.int64))


def _scores(
    head: HeadInfo,
    means: tuple[float, float],
    width: float,
    done: float,
    wobble: float,
    values: np.ndarray,
) -> np.ndarray:
    def beyond(mean: float, logit: float) -> float:
        return 0.5 * math.erfc((logit - mean) / width / math.sqrt(2))

    far = 4.59512
    sat_neg, sat_pos = (beyond(mean, far) + 1 - beyond(mean, -far) for mean in means)
    known = {
        "nll": 0.693 - 0.66 * done + 0.02 * abs(wobble) + 0.004 * (head.loss == "mse"),
        "loss": 0.693 - 0.66 * done,
        "brier": 0.25 - 0.242 * done + 0.01 * abs(wobble),
        "ap": 0.04 + 0.9 * done + 0.03 * wobble - 0.03 * (head.loss == "mse"),
        "auc": 0.5 + 0.49 * done + 0.005 * wobble,
        "ece": 0.45 - 0.44 * done + 0.02 * abs(wobble),
        "temperature": 1 + 0.4 * done + 0.1 * wobble,
        "saturated_pos": sat_pos,
        "saturated_neg": sat_neg,
        "gap": 0.0 if head.name == "bce" else 1e-5 if head.name == "ce" else 3.2 * done,
    }
    filled = values.copy()
    for name, value in known.items():
        filled[SCORE_NAMES.index(name)] = value
    return filled


def record(
    new_run: MakeRun,
    folder: Path,
    *,
    name: str = "nuclei-1",
    state: str = "finished",
    steps: Sequence[int] = SCHEDULE,
    diverged: dict[int, dict[str, Sequence[int]]] | None = None,
    message: str = "",
    log: str = "the log\n",
    **header: Any,
) -> RunWriter:
    """A run file.

    Args:
        state: how the run ends; "starting" and "running" leave it there.
        diverged: from a step on, by head the seeds that have diverged.
    """
    values = {
        "title": TITLE,
        "scenario": "scenarios/nuclei.toml",
        "question": "Does the loss decide how extreme objectness gets?",
        "steps": STEPS,
        "seeds": SEEDS,
        "heads": HEADS,
        "train": RowCounts(4631, 260),
        "val": RowCounts(sum(ROWS.values()), ROWS[1]),
        "claims": CLAIMS,
        "created_at": RECORDED_AT,
    }
    writer = new_run(name, folder, **{**values, **header})
    lost: dict[str, Sequence[int]] = {}
    for step in steps:
        lost = (diverged or {}).get(step, lost)
        frame = a_frame(
            step,
            heads=header.get("heads", HEADS),
            seeds=header.get("seeds", SEEDS),
            diverged=lost,
        )
        writer.append_frame(frame)
    if state == "running":
        writer.set_status(state="running", steps_per_s=481.2, elapsed_s=12.4)
    elif state != "starting":
        last = max(steps, default=0)
        summary = RunSummary(last, 12.0, 0.5, 10.0, 1.0)
        writer.finish(state, summary, log, message)
    return writer


def show(
    paths: Path | Sequence[Path],
    script: Script,
    size: tuple[int, int] = (120, 40),
    theme: Theme | None = None,
    *,
    trains: bool = False,
) -> DashboardApp:
    """Open the real dashboard on runs, wait until it has read them, run a script of keys.

    `trains`: a trainer works on a run meanwhile, so that the screen never comes to rest.
    """
    paths = [paths] if isinstance(paths, Path) else paths
    runs = Comparison([RunSource(path) for path in paths])
    app = DashboardApp(
        lambda: runs, theme or Theme(), title=TITLE, owns_training=len(paths) == 1, fps=20
    )

    async def whole(pilot: Pilot[Any], app: App[Any]) -> None:
        def is_read() -> bool:
            known = runs.history is not None and (trains or not runs.behind)
            return app.return_value is not None or known

        await reached(pilot, is_read)
        assert app.return_value is None, app.return_value
        if not trains:
            await settled(pilot)
        await script(pilot, app)

    drive(app, whole, size)
    runs.close()
    return app


def drive(app: App[Any], script: Script, size: tuple[int, int]) -> None:
    """Run an application without a terminal, and a script on it."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await script(pilot, app)

    asyncio.run(run())


async def reached(pilot: Pilot[Any], condition: Callable[[], Any], say: str = "") -> None:
    """Wait until a condition holds; every message is dealt with between two looks at it."""
    deadline = time.monotonic() + GIVE_UP_S
    while not condition():
        if time.monotonic() > deadline:
            screen = "\n".join(screen_lines(pilot.app))
            raise AssertionError(f"{say or 'it'} did not come:\n{screen}")
        await pilot.pause(0.01)


async def shows(pilot: Pilot[Any], *words: str) -> list[str]:
    """The screen, once all of the words are on it."""
    lines: list[str] = []

    def are_there() -> bool:
        lines[:] = screen_lines(pilot.app)
        return all(word in "\n".join(lines) for word in words)

    await reached(pilot, are_there, repr(words))
    return lines


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until the screen stays as it is, for a few looks in a row.

    What a thread or a timer has still to bring is not waited for: see `shows`.
    """
    before: list[str] = []
    same = 0

    def is_at_rest() -> bool:
        nonlocal before, same
        now = screen_lines(pilot.app)
        same = same + 1 if now and now == before else 0
        before = now
        return same >= LOOKS_AT_REST

    await reached(pilot, is_at_rest, "rest")


def screen_segments(app: App[Any]) -> list[list[Segment]]:
    """What the terminal gets, row by row; screens that lie below show where the top one does."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    return [[segment for strip in row for segment in strip] for row in update.strips]


def screen_lines(app: App[Any]) -> list[str]:
    """The screen as text, without blanks at the ends of lines."""
    return ["".join(part.text for part in row).rstrip() for row in screen_segments(app)]
