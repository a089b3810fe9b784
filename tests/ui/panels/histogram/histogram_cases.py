"""Runs, moments and readings for the tests of histogram panels."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.measures.histogram import count_logits
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.records import HeadInfo, RowCounts, RunHeader
from objtui.runs.history import Moment, RunHistory
from objtui.ui.panels.histogram import histogram_panel
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from tests.ui.panels.panel_cases import a_history, a_scene

NAMES = ("bce", "ce", "mse")
ENDS = (-20.0, 20.0)
WIDTH = 42  # one logit a cell
ASCII, BLOCK, BRAILLE = Theme("ascii"), Theme("block"), Theme("braille")
THEMES = (ASCII, BLOCK, BRAILLE, Theme("block", colours=False))


def run_header(
    rows: int, positives: int, heads: int = 3, seeds: int = 2, names: tuple[str, ...] = NAMES
) -> RunHeader:
    return RunHeader(
        run="nuclei-1",
        scenario="nuclei",
        title="Nuclei",
        question="",
        device="cpu",
        dtype="float32",
        threads=1,
        steps=100,
        seeds=tuple(range(seeds)),
        heads=tuple(HeadInfo(name, name, 1, "bce") for name in names[:heads]),
        train=RowCounts(1000, 100),
        val=RowCounts(rows, positives),
        features=2,
        claims=(),
        score_names=SCORE_NAMES,
        versions={},
        created_at=0.0,
    )


def moment_of(counts: np.ndarray, step: int = 1240, **scores: list[list[float]]) -> Moment:
    """Counts (heads, 2, CELLS) and scores (heads, seeds); nothing has diverged."""
    heads = len(counts)
    values = np.full((heads, 2, len(SCORE_NAMES)), np.nan)
    for name, of_members in scores.items():
        values[:, :, SCORE_NAMES.index(name)] = of_members
    diverged = np.zeros((heads, 2), dtype=bool)
    return Moment(step, 1.0, True, diverged, values, np.asarray(counts, dtype=np.int32))


def counted(*heads: tuple[list[float], list[float]]) -> np.ndarray:
    """Counts of (negative, positive) logits by head."""
    return np.array([[count_logits(of_class) for of_class in head] for head in heads])


TWO_HEADS = counted(
    ([-11.5] * 90 + [-3.5] * 10, [8.5] * 20 + [-2.5] * 2),
    ([-9.5] * 80 + [-3.5] * 20, [9.5] * 15 + [-2.5] * 7),
)
TWO = moment_of(
    TWO_HEADS,
    ap=[[0.94, 0.944], [0.9, 0.91]],
    saturated_pos=[[0.38, 0.4], [0.5, 0.52]],
    saturated_neg=[[0.95, 0.95], [1.0, 1.0]],
)
TWO_HEADER = run_header(61, 11, heads=2)


def a_view(
    moment=TWO, theme=BLOCK, header=TWO_HEADER, diverged_at=None, row=(), row_width=0, **state
) -> Scene:
    history = RunHistory(header, a_history().status, diverged_at=diverged_at or {})
    beside = {"row": row, "row_width": row_width}
    return a_scene(history, theme, moment=moment, ends=ENDS, **beside, **state)


def panel(moment, theme=BLOCK, head=0, width=WIDTH, height=12, **shown) -> list[Text]:
    return histogram_panel(a_view(moment, theme, **shown), head, width, height)


def overlay(moment, theme=BLOCK, **shown) -> list[Text]:
    return panel(moment, theme, overlay=True, **shown)


def plain(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def axis_row(lines: list[str]) -> int:
    return next(row for row, line in enumerate(lines[1:-1], 1) if "┼" in line or "---" in line)
