"""A sample picture with what every head detects on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from objtui.errors import UsageError
from objtui.figures.charts.axes import message
from objtui.figures.subject import Subject
from objtui.measures.pictures import OutcomeKind, Outcomes, outcomes_on
from objtui.text.terminal import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase
    from matplotlib.patches import Rectangle

# Seen on grey, dark and light: each box has a dark line below its own.
KINDS: tuple[tuple[OutcomeKind, str, Any], ...] = (
    ("hit", "#2fd1a2", "solid"),
    ("false alarm", "#ff7f0e", (0, (3, 1.5))),
    ("missed", "#f0e442", (0, (1, 1))),
)


def draw_pictures(figure: FigureBase, subject: Subject) -> None:
    """The picture once a head: detections at p ≥ 0.5 and objects that are missed, of one seed."""
    number = _number(subject)
    shown = [head for head in subject.heads if subject.history.run_of(head)[0].contents]
    if not shown:
        raise UsageError(
            'a run without pictures: only detectors (model.backbone = "conv") have some'
        )
    grid = figure.subplots(1, len(shown), squeeze=False)[0]
    for axes, head in zip(grid, shown, strict=True):
        _draw(axes, subject, head, number)
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, linestyle=dash, label=kind, linewidth=1.4)
        for kind, colour, dash in KINDS
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)


def _draw(axes: Axes, subject: Subject, head: int, number: int) -> None:
    run, position = subject.history.run_of(head)
    moment = run.moment_up_to(subject.moment.step)
    axes.set_title(subject.name(head), color=subject.head_look(head).colour, fontweight="bold")
    if number >= len(run.contents):
        raise UsageError(f"there is no picture {number + 1}; the run has {len(run.contents)}")
    if moment is None or moment.detections is None:
        message(axes, "no detections", subject.look.ink)
        return
    content, picture = run.contents[number], run.header.pictures[number]
    pixels = np.squeeze(content.pixels)
    axes.imshow(
        pixels,
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(0, picture.width, picture.height, 0),
        interpolation="nearest",
    )
    result: Outcomes = outcomes_on(moment.detections, position, number, content)
    for kind, colour, dash in KINDS:
        for outcome in result.each:
            if outcome.kind != kind:
                continue
            for patch in box_patches(outcome.box, colour, dash):
                axes.add_patch(patch)
    axes.set_xticks([])
    axes.set_yticks([])
    counts = [result.count(kind) for kind, *_ in KINDS]
    axes.set_xlabel(
        f"{printable(picture.name)[-28:]}\n{counts[0]} hit, {counts[1]} false, {counts[2]} missed",
        fontsize="small",
    )


def box_patches(box: Sequence[float], colour: str, dash: Any) -> list[Rectangle]:
    """A box's line, and below it a dark one."""
    from matplotlib.patches import Rectangle

    left, top, width, height = box
    lines = (("black", 1.8, "solid"), (colour, 1.0, dash))
    return [
        Rectangle(
            (left, top), width, height, fill=False, edgecolor=ink, linewidth=wide, linestyle=style
        )
        for ink, wide, style in lines
    ]


def _number(subject: Subject) -> int:
    if not subject.rest:
        return 0
    if not subject.rest.isdecimal() or len(subject.rest) > 4 or int(subject.rest) < 1:
        raise UsageError(f"expected the number of a picture, from 1 on, not {subject.rest!r}")
    return int(subject.rest) - 1
