"""Where a head is cut at p = .5 and where F1 is best, with what is gained and lost there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from objtui.measures.working_points import WorkingPoint, working_points
from objtui.ui.charts.numbers import short_number
from objtui.ui.panels.head_moment import HeadMoment
from objtui.ui.theme import STRONG, GlyphLevel, Theme

_GAP = "   "


@dataclass(frozen=True, slots=True)
class MarkedPoint(WorkingPoint):
    """A working point as a panel shows it.

    Attributes:
        name: what it is, in a word.
        mark: the character that stands where it is.
    """

    name: str
    mark: str


def point_marks(glyphs: GlyphLevel) -> tuple[str, str]:
    """What stands at p = .5, and at the threshold of the best F1."""
    return ("o", "^") if glyphs == "ascii" else ("○", "▲")


def marked_points(head: HeadMoment, theme: Theme) -> tuple[MarkedPoint, MarkedPoint]:
    """That of p = .5, and that of the lowest threshold of the best F1."""
    half, best = working_points(head.counts)
    at_half, at_best = point_marks(theme.glyphs)
    return _with_mark(half, "at", at_half), _with_mark(best, "best F1 at", at_best)


def _with_mark(point: WorkingPoint, name: str, mark: str) -> MarkedPoint:
    return MarkedPoint(point.logit, point.precision, point.recall, point.f1, name, mark)


def point_lines(
    points: Sequence[MarkedPoint], style: str, theme: Theme, width: int, most: int
) -> list[Text]:
    """What the points give, in at most so many lines of `width` cells; none without room."""
    for written in (_long, _short, _shortest):
        words = [written(point, theme) for point in points]
        for lines in ([_GAP.join(words)], words):
            if len(lines) <= most and all(len(line) <= width for line in lines):
                return [_marked(line, points, style) for line in lines]
    return []


def _long(point: MarkedPoint, theme: Theme) -> str:
    p, precision, recall, f1 = _numbers(point, theme)
    return f"{point.mark} {point.name} p = {p}: precision {precision}, recall {recall}, F1 {f1}"


def _short(point: MarkedPoint, theme: Theme) -> str:
    p, precision, recall, f1 = _numbers(point, theme)
    name = point.name.split()[0]
    return f"{point.mark} {name} {p}: P {precision} R {recall} F1 {f1}"


def _shortest(point: MarkedPoint, theme: Theme) -> str:
    p, precision, recall, _ = _numbers(point, theme)
    return f"{point.mark} {p}: P {precision} R {recall}"


def _numbers(point: MarkedPoint, theme: Theme) -> tuple[str, ...]:
    values = (point.p, point.precision, point.recall, point.f1)
    return tuple(_share(value, theme) for value in values)


def _share(value: float, theme: Theme) -> str:
    """A share in two digits, or as many as a small one needs."""
    if math.isnan(value) or 0 < value < 0.01:
        return short_number(value, 6, theme)
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0.") else text


def _marked(line: str, points: Sequence[MarkedPoint], style: str) -> Text:
    text = Text(line)
    for point in points:
        at = line.find(point.mark)
        if at >= 0:
            text.stylize(style or STRONG, at, at + len(point.mark))
    return text
