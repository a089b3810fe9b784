"""How to read the dashboard, in ten short lines for somebody who sees it for the first time."""

from __future__ import annotations

from objtui.measures.scores import SATURATED_LOGIT, SATURATED_P
from objtui.ui.key import KeyHelp
from objtui.ui.theme import Theme

HISTOGRAMS, NUMBERS = "Histograms", "Titles, scores and curves"


def how_to_read(theme: Theme) -> list[KeyHelp]:
    """What is seen, and what it means, by where it is seen."""
    mark, low = f"{SATURATED_LOGIT:.1f}", f"{SATURATED_P:g}"[1:]
    high = f"{1 - SATURATED_P:g}"[1:]
    minus, sd = theme.minus, theme.plus_minus
    left, right = "<>" if theme.glyphs == "ascii" else "‹›"
    rows = [
        (
            "z",
            "the logit, the one number that a head gives a candidate box; with two "
            f"neurons object {minus} background. p = 1 / (1 + exp({minus}z))",
            HISTOGRAMS,
        ),
        (
            "up, down",
            "objects stand above the line, background hangs below it, both counted by z",
            HISTOGRAMS,
        ),
        ("height", "the logarithm of the count, on one scale for all heads", HISTOGRAMS),
        (
            f"{sd}{mark}",
            f"from these marks outwards a box is saturated: p < {low} or p > {high}",
            HISTOGRAMS,
        ),
        (
            "rows",
            "heads without room side by side have a row each: background left, objects right",
            HISTOGRAMS,
        ),
        ("16.6", "in float32 p is rounded to exactly 1 from there on", HISTOGRAMS),
        (
            f"{left}9% 9%{right}",
            "boxes beyond this end of the axis: a bar, in a heat map (h) a line of their own. "
            "The axis is the same at every step, and beyond 40 a log scale far from 0",
            HISTOGRAMS,
        ),
        ("AP .947", "average precision: how well objects rank above background", NUMBERS),
        (
            f"sat + {minus}",
            f"the share of objects (+) and of background ({minus}) that is saturated",
            NUMBERS,
        ),
        (
            f".0188{sd}2",
            f"mean over seeds and its deviation in the last digit: .0188 {sd} .0002",
            NUMBERS,
        ),
        ("shade", "from the lowest to the highest seed, behind the mean", NUMBERS),
    ]
    return [KeyHelp(*row) for row in rows]
