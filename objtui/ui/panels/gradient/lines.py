"""What the gradient panel draws of a head: sizes of dL/dz, shares, and rows that have none left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from objtui.losses import Formula
from objtui.measures.vanishing import vanished_share
from objtui.runs.columns import ScoreColumns
from objtui.runs.histogram_store import HistogramSeries
from objtui.ui.charts.step_columns import LARGEST, SMALLEST, Floats, Ints
from objtui.ui.theme import HeadStyle


@dataclass(frozen=True, eq=False, slots=True)
class GradientLine:
    """One value over steps.

    Attributes:
        steps: (moments,), ascending.
        mean, low, high: (moments,), over seeds; NaN where there is nothing to draw.
    """

    steps: Ints
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False, slots=True)
class HeadGradient:
    """A head's dL/dz over steps.

    Attributes:
        name: what it is called here, with its run where there are several.
        style: its colour and mark.
        objects, background: mean size of a row's dL/dz, by class.
        share: the background's share of the summed size.
        vanished_objects, vanished_background: share of rows whose dL/dz is exactly 0; None where
            that is not known.
        diverged: whether a seed has diverged.
    """

    name: str
    style: HeadStyle
    objects: GradientLine
    background: GradientLine
    share: GradientLine
    vanished_objects: GradientLine | None
    vanished_background: GradientLine | None
    diverged: bool


def head_gradient(
    columns: ScoreColumns,
    series: HistogramSeries,
    head: int,
    name: str,
    style: HeadStyle,
    *,
    formula: Formula | None,
    dtype: str,
    hard_targets: bool = True,
) -> HeadGradient:
    """The gradient of a head of a run.

    Args:
        columns, series: scores of the run and histograms of the head.
        formula: of the head's loss; None where that is not one of ours.
        dtype: of the run's numbers.
        hard_targets: whether targets are 0 and 1. Where they are soft or smoothed, or a second
            sigmoid lies between, the histogram does not tell where dL/dz is 0.
    """
    diverged = columns.diverged[:, head]  # (moments, seeds)
    objects, background, share = (
        _line(columns.steps, columns.score(score)[:, head], diverged)
        for score in ("grad_pos", "grad_neg", "grad_share_neg")
    )
    vanished: list[GradientLine | None] = [None, None]
    if hard_targets:
        by_class = vanished_share(series.counts, formula, dtype)  # (moments, 2)
        if not len(series.steps) or not np.isnan(by_class).all():
            vanished = [GradientLine(series.steps, *[by_class[:, i]] * 3) for i in (0, 1)]
    return HeadGradient(
        name=name,
        style=style,
        objects=objects,
        background=background,
        share=share,
        vanished_background=vanished[0],
        vanished_objects=vanished[1],
        diverged=bool(diverged.any()),
    )


def _line(steps: Ints, values: Floats, diverged: np.ndarray) -> GradientLine:
    """The line of (moments, seeds) values, over the seeds that have not diverged."""
    values = np.ascontiguousarray(values.T)  # (seeds, moments), along which sums are fast
    size = np.abs(values)
    defined = ~diverged.T & (size <= LARGEST)  # which NaN is not
    values = np.where(defined & (size >= SMALLEST), values, 0.0)
    count = defined.sum(axis=0)
    some = count > 0
    mean = np.full(len(steps), np.nan)
    np.divide(values.sum(axis=0), count, out=mean, where=some)
    if len(values) == 1:
        return GradientLine(steps, mean, mean, mean)
    low = np.where(defined, values, np.inf).min(axis=0)
    high = np.where(defined, values, -np.inf).max(axis=0)
    return GradientLine(steps, mean, np.where(some, low, np.nan), np.where(some, high, np.nan))
