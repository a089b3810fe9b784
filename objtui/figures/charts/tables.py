"""Scores and claims as tables, in text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from objtui.figures.charts.axes import message
from objtui.figures.look import COLUMN_INCHES, FONT_SIZE
from objtui.figures.subject import Subject
from objtui.figures.words import number, with_deviation, with_last_digits
from objtui.measures.best import best_of
from objtui.measures.scores import column_names, score_of
from objtui.measures.spread import Spread
from objtui.runs.differences import score_difference
from objtui.text.terminal import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

ROW_INCHES = 0.15
HEAD_INCHES = 0.85
"""Across, of a column of a head."""

DIFFERENCE_INCHES = 1.4
"""Likewise, of a difference with its interval."""

MIN_SHRUNK = 0.72
"""To what part of their size values are drawn smaller where columns are narrow: to 5 points."""

MAX_HEADS_ACROSS = 5
"""More heads than these are lines of the table."""

_LABEL_INCHES = 0.8
_SCORE_INCHES = 0.75


def score_rows(subject: Subject, *, few: bool = False) -> list[str]:
    """The scores that any head has; with `few`, those that a narrow table begins with."""
    names = column_names(subject.history.header.score_names)
    return [
        name
        for name in names
        if (score_of(name).first is not None or score_of(name).summary is not None or not few)
        and any(np.isfinite(subject.score(name, head).mean) for head in subject.heads)
    ]


def table_rows(subject: Subject, names: Sequence[str]) -> int:
    """The lines of a table of scores, with those above it."""
    return 2 + (len(subject.heads) if turned(subject) else len(names))


def turned(subject: Subject) -> bool:
    """Whether heads are lines of the table, as where they are too many for columns."""
    return len(subject.heads) > MAX_HEADS_ACROSS


def scores_width(subject: Subject) -> float:
    """The natural width of a table of scores, in inches."""
    columns = len(subject.heads)
    column = DIFFERENCE_INCHES if subject.rest else HEAD_INCHES
    return max(COLUMN_INCHES, _LABEL_INCHES + column * columns) if not turned(subject) else 7.0


def draw_scores(figure: FigureBase, subject: Subject) -> None:
    """Every score, a line each, with a column a head: mean and sample deviation over seeds.

    The best heads are bold, by the rule of `best_of`. Where `subject.rest` names a head, the values
    are those less that head's, with half of their 95 % intervals; "≈" and faint where 0 is inside.

    Of many heads each is a line, and the scores are columns, as many as there is room for.
    """
    draw_score_table(figure.subplots(), subject, score_rows(subject), inches_of(figure))


def inches_of(figure: FigureBase) -> float:
    """The width of a figure or a part of one."""
    box: Any = figure.get_figure(root=False)
    return float(box.bbox.width / box.dpi_scale_trans.to_values()[0])


def draw_score_table(axes: Axes, subject: Subject, names: Sequence[str], width: float) -> None:
    """A table of these scores, in so many inches."""
    axes.set_axis_off()
    if not names:
        message(axes, "no score is defined", subject.look.ink)
        return
    heads = [(subject.name(head), subject.head_look(head).colour) for head in subject.heads]
    scores = [(printable(name), subject.look.ink) for name in names]
    brief = bool(subject.rest) and width < scores_width(subject)
    cells = [_cells(subject, name, brief=brief) for name in names]
    label = _LABEL_INCHES
    if turned(subject):
        label = max(_LABEL_INCHES, 0.065 * max(len(name) for name, _ in heads))
        most = max(int((width - label) / _SCORE_INCHES), 1)
        rows = heads
        columns = [(printable(score_of(name).label), subject.look.ink) for name in names[:most]]
        cells = [list(row) for row in zip(*cells[:most], strict=True)]
    else:
        rows, columns = scores, heads
    axes.set(xlim=(0, 1), ylim=(len(rows) + 2, 0))
    left = label / max(width, label + 0.5)
    room = (1 - left) * width / len(columns)  # inches of a column
    size = FONT_SIZE * min(max(room / HEAD_INCHES, MIN_SHRUNK), 1.0)
    rights = left + (1 - left) * (np.arange(len(columns)) + 1) / len(columns)
    seeds = max(subject.moment.seeds(head) for head in subject.heads)
    caption = f"{subject.at_step}; {_caption(subject, seeds, brief=brief)}"
    if turned(subject) and len(columns) < len(names):
        caption += f"; {len(columns)} of {len(names)} scores"
    axes.text(0, 0.45, caption, fontsize="small", va="center")
    for right, (name, colour) in zip(rights, columns, strict=True):
        axes.text(right, 1.45, name, ha="right", va="center", fontweight="bold", color=colour)
    axes.plot([0, 1], [1.95, 1.95], color=subject.look.ink, linewidth=0.6)
    for at, ((name, colour), values) in enumerate(zip(rows, cells, strict=True)):
        axes.text(0, at + 2.5, name, va="center", color=colour)
        for right, value in zip(rights, values, strict=True):
            axes.text(
                right,
                at + 2.5,
                value.text,
                ha="right",
                va="center",
                fontsize=size,
                fontweight="bold" if value.bold else "normal",
                alpha=0.6 if value.faint else 1.0,
            )


@dataclass(frozen=True, slots=True)
class _Cell:
    """A value of the table, and how it is written."""

    text: str
    bold: bool = False
    faint: bool = False


def _caption(subject: Subject, seeds: int, *, brief: bool) -> str:
    """What the values are."""
    over = f"{seeds} seeds" if seeds > 1 else "one seed"
    if subject.rest:
        interval = " (half of 95 % in last digits)" if brief else " ± half of the 95 % interval"
        return f"less {printable(subject.rest)}{interval if seeds > 1 else ''}, {over}"
    return f"mean(sd in its last digits), {over}" if seeds > 1 else over


def _cells(subject: Subject, name: str, *, brief: bool) -> list[_Cell]:
    """A score of every shown head, or by how much it differs; `brief` where room is scarce."""
    reference = subject.reference if subject.rest else None
    if reference is not None:
        return [_difference(subject, name, head, reference, brief) for head in subject.heads]
    spreads = [subject.score(name, head) for head in subject.heads]
    best = best_of(score_of(name), spreads) if subject.runs.same_data else set()
    return [_Cell(with_last_digits(each), at in best) for at, each in enumerate(spreads)]


def _difference(subject: Subject, name: str, head: int, reference: int, brief: bool) -> _Cell:
    if head == reference:
        return _Cell(number(subject.score(name, head).mean))
    runs, history, moment = subject.runs, subject.history, subject.moment
    entry = score_difference(runs, history, moment, name, head, reference)
    sign = "+" if entry.mean > 0 else ""
    noise = "≈ " if entry.inside_noise else ""
    write = with_last_digits if brief else with_deviation
    written = write(Spread(entry.mean, entry.half))
    return _Cell(f"{noise}{sign}{written}", faint=entry.inside_noise)


CLAIM_INCHES = 0.14
"""Down, of a line of a claim."""


def claim_letters(width: float) -> int:
    """Letters of a line of a claim at so many inches."""
    return max(int((width - 0.7) * 19), 24)


def claim_lines(subject: Subject, letters: int) -> list[tuple[str, str, str]]:
    """Lines of claims: what the run says, the text, and the test with what was measured."""
    lines: list[tuple[str, str, str]] = []
    verdicts = {(each.text, each.test): each for each in subject.runs.verdicts_at(subject.step)}
    for text, test in subject.history.header.claims:
        verdict = verdicts.get((text, test))
        label = verdict.label if verdict else "waiting"
        words = textwrap.wrap(printable(text), letters) or [""]
        measured = f"{test}: {verdict.measured}" if verdict and verdict.measured else test
        under = textwrap.wrap(printable(measured), round(letters * 1.12))
        lines.append((label, words[0], "text"))
        lines += [("", line, "text") for line in words[1:]]
        lines += [("", line, "test") for line in under]
    return lines


def draw_claims(figure: FigureBase, subject: Subject) -> None:
    """Every claim, with what the run says about it and what was measured."""
    lines = claim_lines(subject, claim_letters(inches_of(figure)))
    draw_claim_list(figure.subplots(), subject, lines)


def draw_claim_list(axes: Axes, subject: Subject, lines: Sequence[tuple[str, str, str]]) -> None:
    """Lines of claims in a chart's place."""
    axes.set_axis_off()
    if not lines:
        message(axes, "the scenario makes no claims", subject.look.ink)
        return
    axes.set(xlim=(0, 1), ylim=(len(lines), 0))
    look = subject.look
    for row, (label, words, kind) in enumerate(lines):
        colour = look.good if label == "holds" else look.bad if label == "fails" else look.warn
        axes.text(0, row + 0.5, label, color=colour, fontweight="bold", va="center")
        axes.annotate(
            words,
            (0, row + 0.5),
            xytext=(42, 0),
            textcoords="offset points",
            va="center",
            fontsize="small" if kind == "test" else None,
            alpha=0.8 if kind == "test" else 1.0,
        )
