"""The whole of a run on one page: histograms, a curve, the scores and the claims."""

from __future__ import annotations

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

_CURVE_INCHES = 2.1


def draw_whole(figure: FigureBase, subject: Subject) -> None:
    """Histograms at the left, a curve and the scores at the right, claims below."""
    width = inches_of(figure)
    claims = claim_lines(subject, claim_letters(width))
    upper, below = upper_inches(subject), _claim_inches(len(claims))
    header = subject.history.header
    figure.suptitle(
        f"{printable(header.title)}, {subject.at_step}", x=0.01, ha="left", fontweight="bold"
    )
    names = score_rows(subject, few=True)
    parts = figure.subfigures(
        2 if claims else 1, 1, squeeze=False, height_ratios=[upper, below][: 2 if claims else 1]
    )
    left, right = parts[0, 0].subfigures(1, 2)
    draw_histograms(left, subject)
    table = ROW_INCHES * table_rows(subject, names)
    top, bottom = right.subfigures(2, 1, height_ratios=[max(upper - table, 1.0), table])
    draw_curve(top.subplots(), subject, chosen_score(subject))
    draw_score_table(bottom.subplots(), subject, names, inches_of(right))
    if claims:
        draw_claim_list(parts[1, 0].subplots(), subject, claims)


def whole_inches(subject: Subject, width: float) -> float:
    """The height of the page."""
    claims = claim_lines(subject, claim_letters(width))
    return 0.3 + upper_inches(subject) + (_claim_inches(len(claims)) if claims else 0.0)


def head_inches(subject: Subject) -> float:
    """Down, of the histogram of a head: less where there are many."""
    return HEAD_INCHES if len(subject.heads) <= MAX_HEADS_ACROSS else MANY_HEAD_INCHES


def upper_inches(subject: Subject) -> float:
    """The height of all but the claims."""
    table = ROW_INCHES * (table_rows(subject, score_rows(subject, few=True)) + 1)
    return max(head_inches(subject) * len(subject.heads) + 0.4, _CURVE_INCHES + table)


def _claim_inches(lines: int) -> float:
    return 0.1 + 0.14 * lines
