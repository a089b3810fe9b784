"""The table of final scores: a row a head, the spread over seeds below it."""

from __future__ import annotations

import numpy as np

from objtui.measures.frames import Frame
from objtui.measures.scores import SCORE_NAMES
from objtui.measures.spread import Spread, spread
from objtui.reports.style import Style, number
from objtui.runfile.records import RunHeader

WIDTH = 80
COLUMN = 9

COLUMNS: tuple[tuple[str, str], ...] = (
    ("nll", "nll"),
    ("brier", "brier"),
    ("ap", "ap"),
    ("ece", "ece"),
    ("saturated_pos", "sat+"),
    ("saturated_neg", "sat-"),
    ("gap", "gap"),
)
"""Scores of the table and what they are called there."""


def score_table(
    header: RunHeader, frame: Frame, diverged_at: dict[str, int], style: Style
) -> list[str]:
    """The lines of the table, at most 80 letters wide.

    Means and deviations are over the seeds that have not diverged; how many have,
    and from which frame on, is said below the row.
    """
    left = max(len("head"), *(len(head.name) for head in header.heads))
    columns = COLUMNS[: (WIDTH - left) // COLUMN]
    titles = "".join(title.rjust(COLUMN) for _, title in columns)
    lines = [style.paint(f"{'head':{left}}{titles}", "strong")]
    for position, head in enumerate(header.heads):
        kept = ~frame.diverged[position]
        step = diverged_at.get(head.name, frame.step)
        if not kept.any():
            said = style.paint(f"diverged at step {step}", "bad")
            lines.append(f"{head.name:{left}}  {said}")
            continue
        spreads = [
            spread(frame.scores[position, kept, SCORE_NAMES.index(name)]) for name, _ in columns
        ]
        lines.append(f"{head.name:{left}}{_means(spreads, style)}")
        if kept.sum() > 1:
            lines.append(style.paint(" " * left + _deviations(spreads, style), "faint"))
        lost = int(np.sum(~kept))
        if lost:
            seeds = f"{lost} of {kept.size} seeds diverged, the first at step {step}; left out"
            lines.append(f"{'':{left}}  {style.paint(seeds, 'bad')}")
    return lines


def _means(spreads: list[Spread], style: Style) -> str:
    return "".join(number(entry.mean, style).rjust(COLUMN) for entry in spreads)


def _deviations(spreads: list[Spread], style: Style) -> str:
    return "".join((style.plus_minus + number(entry.sd, style)).rjust(COLUMN) for entry in spreads)
