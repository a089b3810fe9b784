"""What every panel is drawn from, and what a panel is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.text import Text

from objtui.advice.answers import Answer
from objtui.runs.comparison import Comparison
from objtui.runs.histogram_store import HistogramSeries
from objtui.runs.history import HeadHistory, Moment
from objtui.ui.charts.scrolled import Content
from objtui.ui.charts.step_axis import StepAxis
from objtui.ui.graphics.graphic import Graphic
from objtui.ui.theme import HeadStyle, Theme
from objtui.ui.view_state import ViewState


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """Runs at one moment, and how a person has chosen to see them.

    Attributes:
        runs: the runs behind it.
        history: their heads over time.
        moment: the last of every run up to the step cursor, or the latest; None before the first.
        state: what is chosen to see.
        theme: glyphs and colours.
        ends: the logits at both ends of the axis that all heads share.
        beyond: whether any row of the shown heads lies below, and above them, at any step.
        reading: whether more frames are known to be in the run files.
        answers: to what is asked first of the runs; empty for nothing.
        still: whether it is a picture, without the focus and keys, and with names of its axes.
        row: the heads whose panels stand side by side.
        row_width: the least width of their panels, in cells; 0 where a panel stands by itself.
        ridges: whether heads, with their main scores, have a row each in one panel, since they
            have no room side by side.
        claims_apart: whether claims, where there are any, have a panel of their own in sight.
        cell: width and height of a cell in pixels, where pictures are laid over the text in pixels
            and panels leave their cells blank; else None.
    """

    runs: Comparison
    history: HeadHistory
    moment: Moment | None
    state: ViewState
    theme: Theme
    ends: tuple[float, float]
    beyond: tuple[bool, bool] = (False, False)
    reading: bool = False
    answers: tuple[Answer, ...] = ()
    still: bool = False
    row: tuple[int, ...] = ()
    row_width: int = 0
    ridges: bool = False
    claims_apart: bool = True
    cell: tuple[int, int] | None = None

    def head_name(self, head: int) -> str:
        """What a head is called here, with its run where there are several."""
        return self.history.header.heads[head].name

    def axis_name(self, name: str) -> str:
        """The name of an axis of steps or of p, where it is to be said; empty elsewhere."""
        return name if self.still else ""

    def head_style(self, head: int) -> HeadStyle:
        """A head's colour and mark."""
        return self.theme.head(head)

    def is_focused(self, head: int) -> bool:
        """Whether a head has the focus among several that are shown."""
        return not self.still and self.state.focus == head and len(self.state.shown) > 1

    def series(self, head: int) -> HistogramSeries:
        """The histograms of a head over the steps."""
        run, position = self.history.run_of(head)
        return run.histograms.series(position)

    def dtype(self, head: int) -> str:
        """The number format of a head's run."""
        return self.history.run_of(head)[0].header.dtype


Draw = Callable[[Scene, int, int, int], list[Text]]
"""A panel: (scene, head, width, height) → `height` lines of `width` cells, at least 20 × 3.

`head` is the head that it is of, or the one in focus where it is of all. The same scene gives the
same lines: a panel reads no file and no clock.
"""

Whole = Callable[[Scene, int, int], Content | None]
"""All that a panel says once it is zoomed: (scene, head, cells of a line) → lines of any number.

None where it is drawn as `Draw` has it.
"""

FindAxis = Callable[[Scene, int, int, int], StepAxis | None]
"""Where the axis of steps lies in what `Draw` gives for the same arguments; None without one.
"""

FindGraphic = Callable[[Scene, int, int, int], Graphic | None]
"""The picture that is laid in pixels over what `Draw` gives for the same arguments; None: none."""

FindHead = Callable[[Scene, int, int], int | None]
"""The head in whose row a line lies: (scene, height of the panel, line from its top).

None where a head has no row of its own there.
"""
