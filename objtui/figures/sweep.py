"""A figure of a sweep: drawn and written."""

from __future__ import annotations

from objtui.figures.charts.sweeps import SweepSubject, draw_sweep, sweep_inches, sweep_width
from objtui.figures.look import COLUMN_INCHES, FONT_SIZE, PAGE_INCHES
from objtui.figures.matplotlib_room import figure_bytes, require_matplotlib, settings
from objtui.figures.write import MAX_INCHES, MIN_INCHES, PAD


def drawn_sweep(
    kind: str, subject: SweepSubject, width: float | None = None, height: float | None = None
) -> bytes:
    """A figure of a sweep as the content of a file of svg, pdf or png; sizes are in inches.

    UsageError where matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with settings(subject.look.settings(), FONT_SIZE):
        width = width or sweep_width(subject, COLUMN_INCHES, PAGE_INCHES)
        height = height or min(max(sweep_inches(subject, width), MIN_INCHES), MAX_INCHES)
        figure = Figure(
            figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=PAD, h_pad=PAD)
        )
        draw_sweep(figure, subject)
        return figure_bytes(figure, kind)
