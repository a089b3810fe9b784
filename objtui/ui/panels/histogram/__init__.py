"""Histogram panels: objects above one shared axis, background below it.

Each is a function from a view, a moment and a scale to the lines of a framed panel. Heights are on
one scale for all heads (`common_tops`), so panels compare.
"""

from objtui.ui.panels.histogram.difference import difference_histogram
from objtui.ui.panels.histogram.heights import common_tops
from objtui.ui.panels.histogram.one_head import head_histogram
from objtui.ui.panels.histogram.overlay import overlay_histogram
from objtui.ui.panels.histogram.view import HistogramView

__all__ = [
    "HistogramView",
    "common_tops",
    "difference_histogram",
    "head_histogram",
    "overlay_histogram",
]
