"""Where a head is cut at p = .5 and where F1 is best, with what is gained and lost there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from objtui.measures.thresholds import threshold_sweep
from objtui.ui.charts.numbers import short_number
from objtui.ui.panels.head_moment import HeadMoment
from objtui.ui.theme import STRONG, GlyphLevel, Theme

_GAP = "   "


@dataclass(frozen=True, slots=True)
class WorkingPoint:
    """A threshold, and what it gives over the rows of all seeds.

    Attributes:
        name: what it is, in a word.
        mark: the character that stands where it is.
        logit: the threshold, an edge of the histograms.
        precision: NaN where nothing reaches it.
    """

    name: str
    mark: str
    logit: float
    precision: float
    recall: float
    f1: float

    @property
    def p(self) -> float:
        """The threshold as a probability."""
        return 1 / (1 + math.exp(-self.logit)) if self.logit > -700 else 0.0


def point_marks(glyphs: GlyphLevel) -> tuple[str, str]:
    """What stands at p = .5, and at the threshold of the best F1."""
    return ("o", "^") if glyphs == "ascii" else ("○", "▲")


def working_points(head: HeadMoment, theme: Theme) -> tuple[WorkingPoint, WorkingPoint]:
    """That of p = .5, and that of the lowest threshold of the best F1."""
    at_half, best = point_marks(theme.glyphs)
    half = threshold_sweep(head.counts, [0.0])
    sweep = threshold_sweep(head.counts)
    place = int(sweep.best)
    return (
        WorkingPoint(
            "at",
            at_half,
            0.0,
            float(half.precision[0]),
            float(half.recall[0]),
            float(half.f1[0]),
        ),
        WorkingPoint(
            "best F1 at",
            best,
            float(sweep.logits[place]),
            float(sweep.precision[place]),
            float(sweep.recall[place]),
            float(sweep.f1[place]),
        ),
    )


def point_lines(
    points: Sequence[WorkingPoint], style: str, theme: Theme, width: int, most: int
) -> list[Text]:
    """What the points give, in at most so many lines of `width` cells; none without room."""
    for written in (_long, _short, _shortest):
        words = [written(point, theme) for point in points]
        for lines in ([_GAP.join(words)], words):
            if len(lines) <= most and all(len(line) <= width for line in lines):
                return [_marked(line, points, style) for line in lines]
    return []


def _long(point: WorkingPoint, theme: Theme) -> str:
    p, precision, recall, f1 = _numbers(point, theme)
    return f"{point.mark} {point.name} p = {p}: precision {precision}, recall {recall}, F1 {f1}"


def _short(point: WorkingPoint, theme: Theme) -> str:
    p, precision, recall, f1 = _numbers(point, theme)
    name = point.name.split()[0]
    return f"{point.mark} {name} {p}: P {precision} R {recall} F1 {f1}"


def _shortest(point: WorkingPoint, theme: Theme) -> str:
    p, precision, recall, _ = _numbers(point, theme)
    return f"{point.mark} {p}: P {precision} R {recall}"


def _numbers(point: WorkingPoint, theme: Theme) -> tuple[str, ...]:
    values = (point.p, point.precision, point.recall, point.f1)
    return tuple(_share(value, theme) for value in values)


def _share(value: float, theme: Theme) -> str:
    """A share in two digits, or as many as a small one needs."""
    if math.isnan(value) or 0 < value < 0.01:
        return short_number(value, 6, theme)
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0.") else text


def _marked(line: str, points: Sequence[WorkingPoint], style: str) -> Text:
    text = Text(line)
    for point in points:
        at = line.find(point.mark)
        if at >= 0:
            text.stylize(f"{style} {STRONG}".strip(), at, at + len(point.mark))
    return text
