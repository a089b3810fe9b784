"""Two heads and readings of their histogram panels."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from objtui.runfile.records import HeadInfo, RowCounts, RunHeader
from objtui.runs.history import Moment, RunHistory
from objtui.ui.panels.histogram import histogram_panel
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from tests.runs_for_tests import a_head, a_header, a_moment, a_status
from tests.ui.panels.panel_cases import BLOCK, NAMES, a_scene

WIDTH = 42  # one logit a cell

FIRST = a_head(
    [-11.5] * 90 + [-3.5] * 10,
    [8.5] * 20 + [-2.5] * 2,
    ap=(0.94, 0.944),
    saturated_pos=(0.38, 0.4),
    saturated_neg=(0.95, 0.95),
)
SECOND = a_head(
    [-9.5] * 80 + [-3.5] * 20,
    [9.5] * 15 + [-2.5] * 7,
    ap=(0.9, 0.91),
    saturated_pos=(0.5, 0.52),
    saturated_neg=(1.0, 1.0),
)
TWO = a_moment(FIRST, SECOND)


def run_header(
    rows: int, positives: int, *, heads: int, names: tuple[str, ...] = NAMES
) -> RunHeader:
    """The header of a run that is evaluated on so many rows."""
    return a_header(
        heads=tuple(HeadInfo(name, "bce", 1, "bce") for name in names[:heads]),
        val=RowCounts(rows, positives),
    )


TWO_HEADER = run_header(61, 11, heads=2)


def histogram_scene(
    moment: Moment | None = TWO,
    theme: Theme = BLOCK,
    header: RunHeader = TWO_HEADER,
    diverged_at: dict[str, int] | None = None,
    **shown: Any,
) -> Scene:
    history = RunHistory(header, a_status(), diverged_at=diverged_at or {})
    return a_scene(history, theme, moment=moment, **shown)


def panel(
    moment: Moment | None,
    theme: Theme = BLOCK,
    head: int = 0,
    width: int = WIDTH,
    height: int = 12,
    **shown: Any,
) -> list[Text]:
    return histogram_panel(histogram_scene(moment, theme, **shown), head, width, height)


def overlay(moment: Moment | None, theme: Theme = BLOCK, **shown: Any) -> list[Text]:
    return panel(moment, theme, overlay=True, **shown)


def axis_row(lines: list[str]) -> int:
    return next(row for row, line in enumerate(lines[1:-1], 1) if "┼" in line or "---" in line)
