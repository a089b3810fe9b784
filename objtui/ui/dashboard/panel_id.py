"""Which panel of the screen: its entry in the table, and its head where every head has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from objtui.runfile.records import RunHeader
from objtui.ui.panels import table
from objtui.ui.view_state import ViewState


@dataclass(frozen=True, slots=True)
class PanelId:
    """A panel on the screen; `head` is None for one that is of all heads."""

    panel: table.Panel
    head: int | None = None

    @property
    def name(self) -> str:
        """Its name among the panels of the screen, which is the id of its widget."""
        return self.panel.name if self.head is None else f"{self.panel.name}{self.head}"


def panels_at(place: str) -> list[table.Panel]:
    """The panels of a place, in their order."""
    return [panel for panel in table.PANELS if panel.place == place]


def head_panels(state: ViewState, most: int) -> list[PanelId]:
    """Panels of heads: one a shown head, at most `most`; or one for all in an overlay.

    Where there are more, the head in focus is among them.
    """
    shown = state.shown
    if state.overlay:
        shown = shown[:1]
    focus = shown.index(state.focus) if state.focus in shown else 0
    first = max(0, min(focus - most + 1, len(shown) - most))
    heads = shown[first : first + most]
    return [PanelId(panel, head) for head in heads for panel in panels_at("heads")]


def focus_order(state: ViewState, header: RunHeader | None) -> Sequence[PanelId]:
    """Panels that the focus goes through, also those without room on the screen."""
    ids = head_panels(state, state.heads)
    ids += [PanelId(panel) for panel in panels_at("middle")]
    ids += [PanelId(panel) for panel in panels_at("own") if header and panel.rows(header)]
    return [each for each in ids if each.panel.focusable]
