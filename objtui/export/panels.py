"""Every panel and view of the dashboard by name, and the chart that shows the same on paper.

The dashboard draws them in cells and `objtui.figures` as charts; neither knows the other, and both
go by this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PanelName:
    """A panel or view of the dashboard.

    Attributes:
        name: in the dashboard, and for `objtui export --panel`.
        chart: the chart that shows it.
        key: the dashboard's key that shows it first, which names it too; empty for none.
    """

    name: str
    chart: str
    key: str = ""


PANEL_NAMES = (
    PanelName("head", "histograms"),
    PanelName("ridges", "histograms"),
    PanelName("curves", "curves"),
    PanelName("scores", "scores"),
    PanelName("claims", "claims"),
    PanelName("history", "history", "h"),
    PanelName("bands", "bands"),
    PanelName("pictures", "pictures", "v"),
    PanelName("mistakes", "mistakes"),
    PanelName("reliability", "reliability", "c"),
    PanelName("gradient", "gradient", "g"),
    PanelName("threshold", "threshold", "t"),
    PanelName("precision-recall", "precision-recall", "T"),
)


def panels_of(chart: str) -> frozenset[str]:
    """What a chart is called by the panels that it shows: their names and keys."""
    shown = [panel for panel in PANEL_NAMES if panel.chart == chart]
    return frozenset(name for panel in shown for name in (panel.name, panel.key) if name)
