"""Small runs, and the whole dashboard driven by keys on one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from textual.pilot import Pilot

from objtui.measures.frames import Frame
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.dashboard.exit import Exit
from objtui.ui.theme import Theme
from tests.ui.recorded import reached, settled

MakeRun = Callable[..., RunWriter]
MakeFrame = Callable[..., Frame]


def record(kind: str, new_run: MakeRun, frame: MakeFrame) -> Path:
    """A run file of a kind, its run ended."""
    writer = new_run(claims=(("It learns", "bce.nll < 10"),))
    steps = {"empty": [], "one frame": [0]}.get(kind, [0, 10, 20, 40])
    for step in steps:
        made = frame(step)
        if kind == "diverged" and step > 10:
            flags = made.diverged.copy()
            flags[0, 0] = True
            scores = made.scores.copy()
            scores[0, 0] = np.nan
            made = replace(made, diverged=flags, scores=scores)
        writer.append_frame(made)
    writer.finish("finished", RunSummary(40, 1.0, 0.5, 0.4, 0.1), "the log\n")
    return writer.path


def drive(
    path: Path,
    script: Callable[[Pilot[Exit], DashboardApp], Awaitable[None]],
    size: tuple[int, int] = (120, 40),
    theme: Theme | None = None,
) -> DashboardApp:
    """Run the real app on a run file and a script of keys."""
    source = RunSource(path)
    runs = Comparison([source])
    app = DashboardApp(lambda: runs, theme or Theme(), title="A title", owns_training=True, fps=20)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await reached(pilot, lambda: source.history is not None and not source.behind)
            await settled(pilot)
            await script(pilot, app)

    asyncio.run(run())
    source.close()
    return app


def screen_text(app: DashboardApp) -> str:
    """What the panels show."""
    panels = app.screen.query(LinePanel)
    return "\n".join(line.plain for panel in panels if panel.display for line in panel.lines)
