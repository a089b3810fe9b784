"""What a figure is of: runs at a moment, their heads, and the look they are drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from objtui.figures.look import HeadLook, Look
from objtui.figures.row_axis import RowAxis
from objtui.measures.histogram import Counts
from objtui.measures.logit_axis import LogitScale
from objtui.measures.spread import Spread, spread
from objtui.runs.axis_range import AxisRange
from objtui.runs.comparison import Comparison
from objtui.runs.histogram_store import HistogramSeries
from objtui.runs.history import HeadHistory, Moment
from objtui.text.numbers import grouped
from objtui.text.terminal import printable

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """What a figure is of.

    Attributes:
        moment: what was measured at `step`.
        step: the last frame's up to which everything is shown; None for all that is recorded.
        heads: positions of the heads that are shown.
        axis_range: of the logits that the runs have recorded.
        rest: what the name of the figure says behind its colon, such as a score.
        probability, log_step, wall_time: the axes, as the dashboard's choices of these names.
    """

    runs: Comparison
    history: HeadHistory
    moment: Moment
    step: int | None
    heads: tuple[int, ...]
    look: Look
    axis_range: AxisRange
    rest: str = ""
    probability: bool = False
    log_step: bool = False
    wall_time: bool = False

    def of(self, heads: Sequence[int], rest: str = "") -> Subject:
        """The same of these heads."""
        return replace(self, heads=tuple(heads), rest=rest)

    def name(self, head: int) -> str:
        """What a head is called, with its run where there are several."""
        return printable(self.history.header.heads[head].name)

    def head_look(self, head: int) -> HeadLook:
        """Colour, dash and marker of a head."""
        return self.look.head(head)

    def counts(self, head: int) -> Counts:
        """(2, CELLS) of a head at the moment, summed over seeds; negatives first."""
        counts: Counts = self.moment.counts[head]
        return counts

    def score(self, name: str, head: int) -> Spread:
        """A score of a head at the moment, over the seeds that have not diverged."""
        return spread(self.moment.values(name, head)[~self.moment.diverged_of(head)])

    def series(self, head: int) -> HistogramSeries:
        """The histograms of a head over the steps, up to the moment."""
        run, position = self.history.run_of(head)
        series = run.histograms.series(position)
        kept = series.steps <= self.moment.step
        return HistogramSeries(series.steps[kept], series.counts[kept])

    @property
    def reference(self) -> int:
        """The head that is named behind a colon, from which others differ; else the first."""
        names = [head.name for head in self.history.header.heads]
        return names.index(self.rest) if self.rest in names else 0

    @property
    def axis(self) -> RowAxis:
        """The axis of z, or of p, of the heads that are shown: the same at every step."""
        ends = self.axis_range.reach_of(self.history, self.heads).ends
        return RowAxis(LogitScale(*ends), self.probability)

    @property
    def first_step(self) -> int:
        """The first recorded step above 0, where an axis of log steps begins."""
        steps = self.runs.steps
        return int(min(steps[steps > 0], default=1))

    @property
    def dtype(self) -> str:
        """The runs' number format."""
        return self.history.header.dtype

    def diverged_note(self, head: int) -> str:
        """How many seeds of a head have diverged; empty where none has."""
        flags = self.moment.diverged_of(head)
        count = int(flags.sum())
        return f"{count} of {len(flags)} seeds diverged" if count else ""

    @property
    def at_step(self) -> str:
        """The moment in words."""
        return f"step {grouped(self.moment.step)}"
