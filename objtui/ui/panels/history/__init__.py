"""A head's histograms over the steps: as a heat map, and as percentile bands by class."""

from objtui.ui.panels.history.bands import bands_panel
from objtui.ui.panels.history.frame import history_axis
from objtui.ui.panels.history.heat_map import heat_map_panel

__all__ = ["bands_panel", "heat_map_panel", "history_axis"]
