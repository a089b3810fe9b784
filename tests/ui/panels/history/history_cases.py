"""A drifting head and readings of its history."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.text import Text

from objtui.runs.histogram_store import HistogramSeries
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from tests.runs_for_tests import a_history, a_series
from tests.ui.panels.panel_cases import a_scene

_SPREAD = np.linspace(-1.0, 1.0, 41)

DRIFT = a_series(
    {
        step: ((_SPREAD - 9 * step / 1000).tolist(), (_SPREAD + 9 * step / 1000).tolist())
        for step in range(0, 1001, 50)
    }
)
"""Objects go from 0 to 9, background to −9, in 1000 steps."""


def a_past(
    series: HistogramSeries,
    theme: Theme,
    *,
    steps: int = 1000,
    diverged_at: int | None = None,
    **shown: Any,
) -> Scene:
    """One head of which these histograms are kept."""
    history = a_history(names=("bce",), steps=steps, dtype="float64")
    for step, counts in zip(series.steps.tolist(), series.counts, strict=True):
        history.histograms.add(step, counts[None])
    if diverged_at is not None:
        history.diverged_at["bce"] = diverged_at
    return a_scene(history, theme, **{"ends": (-12.0, 12.0), **shown})


def plot_rows(lines: list[Text]) -> list[str]:
    """The lines of the diagram without border, numbers and axis."""
    return [line.plain[7:-1] for line in lines[1:-2]]
