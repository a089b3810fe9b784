"""The whole of a run on one page: histograms, a curve, the scores and the claims."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from objtui.figures.charts.curves import chosen_score, draw_curve
from objtui.figures.charts.histograms import draw_histograms
from objtui.figures.charts.tables import (
    MAX_HEADS_ACROSS,
    ROW_INCHES,
    claim_letters,
    claim_lines,
    draw_claim_list,
    draw_score_table,
    inches_of,
    score_rows,
    table_rows,
)
from objtui.figures.subject import Subject
from objtui.text.terminal import printable

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

HEAD_INCHES = 1.15
"""Down, of the histogram of a head."""

MANY_HEAD_INCHES = 0.7

MIN_BESIDE = 5.0
"""Inches across from which charts stand beside one another."""

_CURVE_INCHES = 2.1
_TITLE_LETTERS = 14  # bold ones of an inch


def draw_whole(figure: FigureBase, subject: Subject) -> None:
    """Histograms at the left, a curve and the scores at the right, claims below.

    Of less than MIN_BESIDE inches all of it below one another.
    """
    width = inches_of(figure)
    heights = _heights(subject, width)
    title = textwrap.wrap(_title(subject), round(width * _TITLE_LETTERS))
    figure.suptitle("\n".join(title), x=0.01, ha="left", fontweight="bold")
    if width < MIN_BESIDE:
        tall = [height for height in heights if height]
        parts = figure.subfigures(len(tall), 1, squeeze=False, height_ratios=tall)[:, 0]
        histograms, curve, scores, claims = (*parts, None)[:4]
    else:
        histograms_inches, curve_inches, table, below = heights
        upper = max(histograms_inches, curve_inches + table)
        tall = [upper, below] if below else [upper]
        parts = figure.subfigures(len(tall), 1, squeeze=False, height_ratios=tall)[:, 0]
        histograms, right = parts[0].subfigures(1, 2)
        curve, scores = right.subfigures(2, 1, height_ratios=[max(upper - table, 1.0), table])
        claims = parts[1] if below else None
    draw_histograms(histograms, subject)
    draw_curve(curve.subplots(), subject, chosen_score(subject))
    names = score_rows(subject, few=True)
    draw_score_table(scores.subplots(), subject, names, inches_of(scores))
    if claims is not None:
        draw_claim_list(claims.subplots(), subject, claim_lines(subject, claim_letters(width)))


def whole_inches(subject: Subject, width: float) -> float:
    """The height of the page."""
    histograms, curve, scores, claims = _heights(subject, width)
    lines = len(textwrap.wrap(_title(subject), round(width * _TITLE_LETTERS)))
    beside = width >= MIN_BESIDE
    upper = max(histograms, curve + scores) if beside else histograms + curve + scores
    return 0.16 + 0.14 * lines + upper + claims


def _heights(subject: Subject, width: float) -> tuple[float, float, float, float]:
    """Down, of histograms, curve, scores and claims; 0 of claims where there are none."""
    claims = claim_lines(subject, claim_letters(width))
    return (
        head_inches(subject) * len(subject.heads) + 0.4,
        _CURVE_INCHES,
        ROW_INCHES * (table_rows(subject, score_rows(subject, few=True)) + 1),
        _claim_inches(len(claims)) if claims else 0.0,
    )


def _title(subject: Subject) -> str:
    return f"{printable(subject.history.header.title)}, {subject.at_step}"


def head_inches(subject: Subject) -> float:
    """Down, of the histogram of a head: less where there are many."""
    return HEAD_INCHES if len(subject.heads) <= MAX_HEADS_ACROSS else MANY_HEAD_INCHES


def _claim_inches(lines: int) -> float:
    return 0.1 + 0.14 * lines
