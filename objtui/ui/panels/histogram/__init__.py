"""Histogram panels: objects above one shared axis, background below it.

Each is a function from a view, a moment and a scale to the lines of a framed panel. Heights are on
one scale for all heads (`common_tops`), so panels compare.
"""

from objtui.ui.panels.histogram.difference import difference_histogram
from objtui.ui.panels.histogram.panel import head_histogram, overlay_histogram
from objtui.ui.panels.histogram.view import HistogramView, common_tops

__all__ = [
    "HistogramView",
    "common_tops",
    "difference_histogram",
    "head_histogram",
    "overlay_histogram",
]
