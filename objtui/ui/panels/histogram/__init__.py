"""Histogram panels: objects above one shared axis, background below it.

Heights are on one scale for all heads (`common_tops`), so panels compare.
"""

from objtui.ui.panels.histogram.panel import head_at_line, histogram_panel

__all__ = ["head_at_line", "histogram_panel"]
