"""A figure of runs: opened, read in, drawn and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import UsageError
from objtui.export.axes import AXES, AxisChoice
from objtui.export.place import written_whole
from objtui.figures.look import FONT_SIZE, LOOKS, ThemeName
from objtui.figures.matplotlib_room import figure_bytes, require_matplotlib, settings
from objtui.figures.subject import Subject
from objtui.figures.table import CHARTS, WHOLE, Chart, named_chart
from objtui.runs.axis_range import AxisRange
from objtui.runs.comparison import Comparison
from objtui.runs.recorded import RecordedRun
from objtui.runs.source import RunSource
from objtui.text.numbers import either

MIN_INCHES, MAX_INCHES = 1.0, 40.0
"""Of the natural height of a figure."""


PAD = 0.03  # inches about every chart


@dataclass(frozen=True, slots=True)
class FigureChoice:
    """What is to be drawn.

    Attributes:
        panel: a name as `named_chart` takes it.
        width, height: in inches; None for what is natural for the chart.
        step: at the last frame up to it; None for the end.
        probability, log_step, wall_time: the axes, as the dashboard's choices of these names.
    """

    panel: str = WHOLE
    theme: ThemeName = "light"
    width: float | None = None
    height: float | None = None
    step: int | None = None
    probability: bool = False
    log_step: bool = False
    wall_time: bool = False


def write_figure(
    kind: str, paths: Sequence[Path], choice: FigureChoice, place: Path, *, force: bool
) -> None:
    """Write a figure of run files as svg, pdf or png.

    Raises RunFileError where a run cannot be read, UsageError without matplotlib, where there is
    no such panel, nothing is recorded, or `place` cannot be written.
    """
    data = drawn_figure(kind, paths, choice)
    with written_whole(place, folder=False, force=force) as part:
        part.write_bytes(data)


def write_pdf(runs: Sequence[RecordedRun], place: Path) -> None:
    """Write the whole of recorded runs as a page in PDF, as a writer of `objtui.export.formats`."""
    place.write_bytes(drawn_figure("pdf", [run.reader.path for run in runs], FigureChoice()))


def drawn_figure(kind: str, paths: Sequence[Path], choice: FigureChoice) -> bytes:
    """A figure of run files as the content of a file of svg, pdf or png."""
    require_matplotlib()
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    look = LOOKS[choice.theme]
    with _opened(paths) as runs, settings(look.settings(), FONT_SIZE):
        history = runs.history
        step = None if choice.step is None else runs.step_up_to(choice.step)
        moment = runs.moment_at(step)
        if history is None or moment is None:
            raise UsageError(f"{paths[0]}: nothing is recorded yet")
        heads = tuple(range(len(history.header.heads)))
        axis_range = AxisRange()
        axis_range.update(history)
        axes = {axis.name: getattr(choice, axis.name) for axis in AXES}
        chart, subject = named_chart(
            choice.panel, Subject(runs, history, moment, step, heads, look, axis_range, **axes)
        )
        for axis in AXES:
            if axes[axis.name] and axis.name not in chart.choices:
                _refuse_axis(axis, chart)
        width = choice.width or chart.width(subject)
        height = choice.height or min(max(chart.inches(subject, width), MIN_INCHES), MAX_INCHES)
        figure = Figure(
            figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=PAD, h_pad=PAD)
        )
        chart.draw(figure, subject)
        return figure_bytes(figure, kind)


def _refuse_axis(axis: AxisChoice, chart: Chart) -> None:
    """Raise UsageError about a choice of axes that a chart does not have."""
    others = either((each.name for each in CHARTS if axis.name in each.choices), "and")
    raise UsageError(f"{axis.option} is not of {chart.name}; it is of {others}")


@contextmanager
def _opened(paths: Sequence[Path]) -> Iterator[Comparison]:
    """The runs of these files, read in."""
    with ExitStack() as stack:
        runs = Comparison([stack.enter_context(closing(RunSource(path))) for path in paths])
        runs.read_losses(True)
        runs.poll()
        while runs.behind:
            runs.poll()
        yield runs
