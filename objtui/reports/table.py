"""The table of final scores: a row a head, the spread over seeds below it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from objtui.measures.frames import Frame
from objtui.measures.intervals import Estimate
from objtui.measures.scores import score_of, summary_names
from objtui.measures.spread import Spread, spread
from objtui.reports.style import Style, number
from objtui.runfile.records import RunHeader
from objtui.text.terminal import printable

WIDTH = 80
COLUMN = 9
"""Letters of a column whose title is no longer."""


def score_table(
    header: RunHeader,
    frame: Frame,
    diverged_at: dict[str, int],
    style: Style,
    names: Sequence[str] | None = None,
) -> list[str]:
    """The lines of the table, at most 80 letters wide: as many scores as there is room for.

    `names`: of these scores; None for those that `summary_names` gives.

    Means and deviations are over the seeds that have not diverged; how many have,
    and from which frame on, is said below the row.
    """
    left = max(len("head"), *(len(head.name) for head in header.heads))
    names = summary_names(frame.score_names) if names is None else names
    columns = _columns(names, WIDTH - left)
    titles = "".join(title.rjust(width) for title, width in columns.values())
    widths = [width for _, width in columns.values()]
    lines = [style.paint(f"{'head':{left}}{titles}", "strong")]
    for position, head in enumerate(header.heads):
        kept = ~frame.diverged[position]
        step = diverged_at.get(head.name, frame.step)
        if not kept.any():
            words = style.paint(f"diverged at step {step}", "bad")
            lines.append(f"{head.name:{left}}  {words}")
            continue
        spreads = [spread(frame.score(name)[position, kept]) for name in columns]
        lines.append(f"{head.name:{left}}{_means(spreads, widths, style)}")
        if kept.sum() > 1:
            lines.append(style.paint(" " * left + _deviations(spreads, widths, style), "faint"))
        diverged = int(np.sum(~kept))
        if diverged:
            seeds = f"{diverged} of {kept.size} seeds diverged, the first at step {step}; left out"
            lines.append(f"{'':{left}}  {style.paint(seeds, 'bad')}")
    return lines


Compare = Callable[[str], Estimate]
"""Gives the difference of a score by its name."""


def difference_table(
    heading: str, rows: Sequence[tuple[str, Compare]], names: Sequence[str], style: Style, how: str
) -> list[str]:
    """By how much heads differ from others: a row a difference, half of its interval below it.

    Args:
        heading: what stands over the labels of the rows.
        names: the scores there are; as many are shown as there is room for.
        how: how seeds were compared.
    """
    left = max(len(heading), *(len(label) for label, _ in rows))
    columns = _columns(summary_names(names), WIDTH - left, least=COLUMN + 1)
    widths = [width for _, width in columns.values()]
    titles = "".join(title.rjust(width) for title, width in columns.values())
    lines = [style.paint(f"{heading:{left}}{titles}", "strong")]
    seeds = 0
    for label, compare in rows:
        estimates = [compare(name) for name in columns]
        seeds = max([seeds, *(each.seeds for each in estimates)])
        means = [_signed(each, style) for each in estimates]
        lines.append(f"{label:{left}}" + _to_the_right(means, widths))
        halves = ["" if math.isnan(each.half) else _half(each, style) for each in estimates]
        if any(halves):
            lines.append(style.paint(" " * left + _to_the_right(halves, widths), "faint"))
    if seeds < 2:
        return [*lines, style.paint("one seed: the interval of a difference needs two", "faint")]
    alike, sd = noise_mark(style), style.plus_minus
    words = f"{sd} half of the 95 % interval, {how}; {alike} inside the noise: it contains 0"
    return [*lines, style.paint(words, "faint")]


def noise_mark(style: Style) -> str:
    """Stands before a difference that is inside the noise."""
    return "≈" if style.unicode else "~"


def _signed(each: Estimate, style: Style) -> str:
    sign = "+" if each.mean > 0 else ""
    return f"{noise_mark(style) if each.inside_noise else ''}{sign}{number(each.mean, style)}"


def _half(each: Estimate, style: Style) -> str:
    return deviation_text(Spread(each.mean, each.half), style)


def _to_the_right(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _columns(names: Sequence[str], room: int, least: int = COLUMN) -> dict[str, tuple[str, int]]:
    """By score of the table its title, and the letters that its column takes."""
    columns: dict[str, tuple[str, int]] = {}
    for name in names:
        title = printable(score_of(name).label)
        width = max(least, len(title) + 1)
        room -= width
        if room < 0:
            break
        columns[name] = title, width
    return columns


def _means(spreads: list[Spread], widths: list[int], style: Style) -> str:
    means = [number(entry.mean, style) for entry in spreads]
    return "".join(mean.rjust(width) for mean, width in zip(means, widths, strict=True))


def _deviations(spreads: list[Spread], widths: list[int], style: Style) -> str:
    deviations = ["" if math.isnan(entry.sd) else deviation_text(entry, style) for entry in spreads]
    return "".join(text.rjust(width) for text, width in zip(deviations, widths, strict=True))


def deviation_text(entry: Spread, style: Style) -> str:
    """±, and the deviation in the decimals of its mean where a digit of it is left there."""
    mean = number(entry.mean, style)
    decimals = len(mean.partition(".")[2])
    if "e" not in mean and decimals and 0.1**decimals <= entry.sd < 1:
        return f"{style.plus_minus}{entry.sd:.{decimals}f}"
    return style.plus_minus + number(entry.sd, style)
