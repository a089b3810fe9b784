"""Heads of a run, and runs, compared as text: what differs, and by how much their scores do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import Frame
from objtui.measures.intervals import Estimate, paired_difference, unpaired_difference
from objtui.reports.style import Style
from objtui.reports.table import difference_table
from objtui.runfile.records import RunHeader
from objtui.runs.differences import in_order, share_seeds
from objtui.runs.differing import RunFacts, differing_keys
from objtui.runs.follow import RunEnd
from objtui.text.terminal import printable

Floats = npt.NDArray[np.float64]

PAIRED = "paired by seed"

TO_REFERENCE = frozenset({"gap", "disagree"})
"""Scores that are differences themselves."""


def heads_compared(header: RunHeader, frame: Frame, style: Style) -> list[str]:
    """By how much heads differ from those that `gap` compares them with; none without any."""
    places = {head.name: place for place, head in enumerate(header.heads)}
    rows = []
    for place, head in enumerate(header.heads):
        other = places.get(head.reference, place)
        if other != place and not frame.diverged[[place, other]].all(axis=-1).any():
            compare = partial(_paired, frame, place, other)
            rows.append((printable(f"{head.name} less {head.reference}"), compare))
    if not rows:
        return []
    names = [name for name in frame.score_names if name not in TO_REFERENCE]
    return difference_table("difference", rows, names, style, PAIRED)


def runs_compared(
    names: Sequence[str], runs: Sequence[RunFacts], ends: Sequence[RunEnd], style: Style
) -> list[str]:
    """What differs between runs that have ended, and by how much heads of one name do.

    Every other run is compared with the first.
    """
    names = [printable(name) for name in names]
    lines = [style.paint(f"compared: {' | '.join(names)}", "strong")]
    differing = differing_keys(runs)
    lines += [f"  {printable(each.line)}" for each in differing]
    lines += [] if differing else ["  no key of the scenarios differs"]
    first = ends[0]
    for name, run, end in zip(names[1:], runs[1:], ends[1:], strict=True):
        if first.last is None or end.last is None:
            continue
        paired = share_seeds(run, runs[0])
        places = {head.name: place for place, head in enumerate(first.header.heads)}
        rows = [
            (
                printable(head.name),
                partial(_between_runs, end, place, first, places[head.name], paired),
            )
            for place, head in enumerate(end.header.heads)
            if head.name in places
        ]
        both = [
            score
            for score in end.last.score_names
            if score in first.last.score_names and score not in TO_REFERENCE
        ]
        if rows and both:
            how = PAIRED if paired else "unpaired, since seeds or data differ"
            lines += ["", f"{name} less {names[0]}, by head"]
            lines += difference_table("head", rows, both, style, how)
    return lines


def _paired(frame: Frame, head: int, other: int, name: str) -> Estimate:
    return paired_difference(_sound(frame, head, name), _sound(frame, other, name))


def _between_runs(
    end: RunEnd, head: int, first: RunEnd, other: int, paired: bool, name: str
) -> Estimate:
    assert end.last is not None
    assert first.last is not None
    here, there = _sound(end.last, head, name), _sound(first.last, other, name)
    if not paired:
        return unpaired_difference(here, there)
    return paired_difference(in_order(here, end.header.seeds, first.header.seeds), there)


def _sound(frame: Frame, head: int, name: str) -> Floats:
    """A score by seed, NaN where it has diverged: (seeds,)."""
    return np.where(frame.diverged[head], np.nan, frame.score(name)[head])
