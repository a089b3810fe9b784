"""A detector's worst mistakes over all evaluation pictures, each as a crop of its picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from objtui.errors import UsageError
from objtui.figures.charts.axes import message
from objtui.figures.charts.pictures import KINDS, box_patches
from objtui.figures.subject import Subject
from objtui.figures.words import number
from objtui.measures.mistakes import AT_THE_END, HEADINGS, MAX_MISTAKES, MISTAKE_KINDS, Mistake
from objtui.measures.working_points import probability
from objtui.text.numbers import grouped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase, SubFigure

LINE_INCHES = 0.3
"""Down, of what is said in the place of crops."""

_NONE_PART = 0.1  # of the height of a row of crops, of one without any
_LEAST, _MOST = 0.005, 0.995  # p beyond which it is said in digits


def draw_mistakes(figure: FigureBase, subject: Subject) -> None:
    """A row of crops a kind: the surest false alarms, below them what is missed most.

    Of the first seed, each with its p: of a missed object that of the best detection that would
    hit it. UsageError of a run without pictures.
    """
    shown = [head for head in subject.heads if subject.history.run_of(head)[0].header.pictures]
    if not shown:
        raise UsageError(
            'a run without pictures: only detectors (model.backbone = "conv") have mistakes'
        )
    parts = figure.subfigures(len(shown), 1, squeeze=False)[:, 0]
    for part, head in zip(parts, shown, strict=True):
        _draw_head(part, subject, head)


def mistakes_inches(subject: Subject, width: float) -> float:
    """The natural height: rows of crops by head and kind, a line where there are none."""
    crop = width / MAX_MISTAKES + 0.35
    inches = 0.0
    for head in subject.heads:
        run, position = subject.history.run_of(head)
        moment = run.moment_up_to(subject.moment.step)
        recorded = None if moment is None else moment.mistakes
        kinds = {each.kind for each in recorded.of_head(position)} if recorded else set()
        rows = len(MISTAKE_KINDS) if recorded else 1
        inches += 0.25 + len(kinds) * crop + (rows - len(kinds)) * LINE_INCHES
    return inches


def _draw_head(figure: SubFigure, subject: Subject, head: int) -> None:
    run, position = subject.history.run_of(head)
    moment = run.moment_up_to(subject.moment.step)
    look = subject.head_look(head)
    figure.suptitle(
        f"{subject.name(head)}, step {grouped(moment.step if moment else 0)}, first seed",
        x=0.01,
        ha="left",
        color=look.colour,
        fontweight="bold",
        fontsize="medium",
    )
    if moment is None or moment.mistakes is None:
        message(figure.subplots(), AT_THE_END, subject.look.ink)
        return
    mistakes = moment.mistakes.of_head(position)
    by_kind = {kind: [each for each in mistakes if each.kind == kind] for kind in MISTAKE_KINDS}
    grid = figure.subplots(
        len(by_kind),
        MAX_MISTAKES,
        squeeze=False,
        height_ratios=[1.0 if of_kind else _NONE_PART for of_kind in by_kind.values()],
    )
    for row, (kind, of_kind) in zip(grid, by_kind.items(), strict=True):
        row[0].set_title(HEADINGS[kind] if of_kind else f"{HEADINGS[kind]}: none")
        for axes in row[max(len(of_kind), 0) :]:
            axes.set_axis_off()
        for axes, mistake in zip(row, of_kind, strict=False):
            _draw_crop(axes, mistake)


def _draw_crop(axes: Axes, mistake: Mistake) -> None:
    left, top, width, height = mistake.region
    axes.imshow(
        mistake.crop,
        extent=(left, left + width, top + height, top),
        interpolation="nearest",
    )
    _, colour, dash = next(each for each in KINDS if each[0] == mistake.kind)
    for patch in box_patches(mistake.box, colour, dash):
        axes.add_patch(patch)
    axes.set(xlim=(left, left + width), ylim=(top + height, top), xticks=[], yticks=[])
    axes.set_xlabel(said(mistake), fontsize="small", labelpad=1.5)


def said(mistake: Mistake) -> str:
    """The p of a mistake; of what no detection would hit, that there is none."""
    if math.isnan(mistake.logit):
        return "no box"
    p = probability(mistake.logit)
    if p < _LEAST or p > _MOST:
        return f"p {'<' if p < 0.5 else '>'} {_LEAST if p < 0.5 else _MOST:g}"
    return f"p = {number(p, 2)}"
