"""A sample picture with what every head detects on it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from objtui.errors import UsageError
from objtui.figures.charts.axes import message
from objtui.figures.charts.tables import inches_of
from objtui.figures.subject import Subject
from objtui.measures.detections import MAX_SHOWN
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

LINE_INCHES = 0.12
"""Down, of a line below a picture."""

_LETTERS, _MIN_LETTERS = 19, 16  # of an inch, and of a line


def draw_pictures(figure: FigureBase, subject: Subject) -> None:
    """The picture once a head: detections at p ≥ 0.5 and objects that are missed, of one seed."""
    number = _number(subject)
    shown = _shown(subject)
    if not shown:
        raise UsageError(
            'a run without pictures: only detectors (model.backbone = "conv") have some'
        )
    grid = figure.subplots(1, len(shown), squeeze=False)[0]
    for axes, head in zip(grid, shown, strict=True):
        _draw(axes, subject, head, number, inches_of(figure) / len(shown))
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, linestyle=dash, label=kind, linewidth=1.4)
        for kind, colour, dash in KINDS
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)


def pictures_inches(subject: Subject, width: float) -> float:
    """The natural height at a width, both in inches."""
    pictures, shown = subject.history.header.pictures, _shown(subject)
    tallest = max((picture.height / max(picture.width, 1) for picture in pictures), default=1.0)
    across = width / max(len(shown), 1)
    number = _number(subject)
    results = [_outcomes(subject, head, number) for head in shown]
    lines = max((len(_note(result, across)) for result in results if result), default=0)
    return min(tallest, 3.0) * across + 0.75 + LINE_INCHES * lines


def _shown(subject: Subject) -> list[int]:
    return [head for head in subject.heads if subject.history.run_of(head)[0].contents]


def _outcomes(subject: Subject, head: int, number: int) -> Outcomes | None:
    """What a head makes of the picture; None where that is not known, or there is no such one."""
    run, position = subject.history.run_of(head)
    moment = run.moment_up_to(subject.moment.step)
    if number >= len(run.contents) or moment is None or moment.detections is None:
        return None
    return outcomes_on(moment.detections, position, number, run.contents[number])


def _note(result: Outcomes, width: float) -> list[str]:
    """Which boxes are drawn, where not all are, in lines of so many inches."""
    return textwrap.wrap(drawn_words(result), max(int(width * _LETTERS), _MIN_LETTERS))


def drawn_words(result: Outcomes) -> str:
    """Which of the boxes are drawn; empty where all are."""
    if result.complete:
        return ""
    if result.counts is None:
        return f"the {MAX_SHOWN} best boxes drawn; others may hit what is missed"
    boxes = result.count("hit") + result.count("false alarm")
    words = f"{MAX_SHOWN} best of {boxes} boxes drawn"
    if result.hits_not_kept:
        return f"{words}; objects hit by others are marked"
    if others := result.hit_by_others:
        are = "is" if others == 1 else "are"
        return f"{words}; {others} drawn as missed {are} hit by others"
    return words


def _draw(axes: Axes, subject: Subject, head: int, number: int, width: float) -> None:
    run, _ = subject.history.run_of(head)
    axes.set_title(subject.name(head), color=subject.head_look(head).colour, fontweight="bold")
    if number >= len(run.contents):
        raise UsageError(f"there is no picture {number + 1}; the run has {len(run.contents)}")
    result = _outcomes(subject, head, number)
    if result is None:
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
    for kind, colour, dash in KINDS:
        for outcome in result.each:
            if outcome.kind != kind:
                continue
            for patch in box_patches(outcome.box, colour, dash):
                axes.add_patch(patch)
    axes.set_xticks([])
    axes.set_yticks([])
    counts = [result.count(kind) for kind, *_ in KINDS]
    at_most = "≤ " if counts[2] and not result.complete and result.counts is None else ""
    lines = [
        printable(picture.name)[-28:],
        f"{counts[0]} hit, {counts[1]} false, {at_most}{counts[2]} missed",
        *_note(result, width),
    ]
    axes.set_xlabel("\n".join(lines), fontsize="small")


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
