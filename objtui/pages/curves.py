"""The curves on a page that are recorded apart from the moments: training loss, own numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from objtui.pages.json_number import BIGGEST, json_number
from objtui.runs.history import HeadHistory
from objtui.text.terminal import printable

MAX_POINTS = 300
"""Of a curve."""

MAX_NUMBERS = 30
"""Curves of numbers that a training loop has logged."""


def training_losses(history: HeadHistory) -> list[list[list[float | None]]]:
    """The training loss of every head: [step, mean, lowest, highest] over seeds."""
    curves = []
    for head in range(len(history.header.heads)):
        losses, position = history.losses_of(head)
        columns, _ = history.columns_of(head)
        flags = columns.diverged[:, position]
        sound = ~flags[-1] if len(flags) else np.ones(losses.means.shape[2], bool)
        places = np.unique(
            np.linspace(0, max(len(losses) - 1, 0), min(MAX_POINTS, len(losses))).round()
        ).astype(int)
        points: list[list[float | None]] = []
        for at in places if len(losses) else []:
            values = losses.means[at, position][sound]
            values = values[np.abs(values) <= BIGGEST]
            ends = (values.mean(), values.min(), values.max()) if len(values) else (math.nan,) * 3
            points.append([int(losses.steps[at]), *(json_number(float(end)) for end in ends)])
        curves.append(points)
    return curves


def logged_numbers(history: HeadHistory) -> list[dict[str, Any]]:
    """Curves of what a training loop of the user's own has logged, of the run of each."""
    curves = []
    for name in history.logged[:MAX_NUMBERS]:
        for head in range(len(history.header.heads)):
            run, position = history.run_of(head)
            if position == 0 and name in run.numbers.names:
                steps, values = run.numbers.curve(name)
                places = np.unique(
                    np.linspace(0, len(steps) - 1, min(MAX_POINTS, len(steps))).round()
                ).astype(int)
                points = [[int(steps[at]), json_number(float(values[at]))] for at in places]
                curves.append({"name": printable(name), "head": head, "points": points})
    return curves
