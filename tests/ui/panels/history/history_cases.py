"""A drifting head and readings of its history."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.ui.panels.history import HistoryView
from objtui.ui.theme import Theme
from tests.ui.panels.diagram_cases import a_series

_SPREAD = np.linspace(-1.0, 1.0, 41)

DRIFT = a_series(
    {
        step: ((_SPREAD - 9 * step / 1000).tolist(), (_SPREAD + 9 * step / 1000).tolist())
        for step in range(0, 1001, 50)
    }
)
"""Objects go from 0 to 9, background to −9, in 1000 steps."""


def a_view(theme: Theme, width: int = 60, height: int = 24, **chosen) -> HistoryView:
    values = {"ends": (-12.0, 12.0), "steps": 1000, "dtype": "float64", "focused": False, **chosen}
    return HistoryView(
        name="bce", of=theme.head(0), theme=theme, width=width, height=height, **values
    )


def plot_rows(lines: list[Text]) -> list[str]:
    """The lines of the diagram without border, numbers and axis."""
    return [line.plain[7:-1] for line in lines[1:-2]]
