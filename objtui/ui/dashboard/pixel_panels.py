"""The panels of a dashboard whose pictures lie over them in pixels."""

from __future__ import annotations

from collections.abc import Collection

from objtui.ui.dashboard.placed_panel import PlacedPanel
from objtui.ui.dashboard.renderer import Renderer
from objtui.ui.graphics.layer import PixelLayer
from objtui.ui.panels.scene import Scene


class PixelPanels:
    """Hands the pictures of panels to the layer of pixels, where there is one.

    While a training goes on they are drawn as often as there is room for on the way to the
    terminal, text and picture of the same step.
    """

    def __init__(self, layer: PixelLayer | None, renderer: Renderer) -> None:
        self._layer, self._renderer = layer, renderer
        self._holds = self._is_behind = False

    def cover(self, covered: bool) -> bool:
        """Another screen lies over the panels, or not any more: pictures are of cells meanwhile.

        True where there are pictures to be drawn so.
        """
        if self._layer is None:
            return False
        self._layer.covered = covered
        return self._layer.has_any

    @property
    def is_on(self) -> bool:
        """Whether panels may have pictures in pixels, which need the place of a panel."""
        return self._layer is not None and self._layer.cell is not None

    def resized(self) -> None:
        """The terminal has another size: panels are placed and drawn after this."""
        if self._layer is not None:
            self._layer.resized()

    def begin(self, *, live: bool) -> None:
        """Panels are to be drawn; `live`: since frames came."""
        if self._layer is None:
            return
        cell = self._layer.cell
        self._layer.live = live
        self._holds = live and cell == self._renderer.cell and self._layer.waits
        self._is_behind = False
        self._renderer.cell = cell

    def holds(self, panel: PlacedPanel) -> bool:
        """Whether a panel stays as it is for now."""
        held = self._holds and self._layer is not None and self._layer.has(panel.which.name)
        self._is_behind = self._is_behind or held
        return held

    def put(self, panel: PlacedPanel, scene: Scene | None) -> None:
        """A panel was drawn: its picture, if it has one."""
        if self._layer is not None:
            graphic = self._renderer.graphic(scene, panel.which, *panel.size)
            self._layer.put(panel.which.name, graphic, panel.region.x, panel.region.y)

    def end(self, panels: Collection[PlacedPanel]) -> None:
        """Panels were drawn; these are all that are to be seen."""
        if self._layer is not None:
            self._layer.keep({panel.which.name for panel in panels})

    def flush(self) -> None:
        """Write the pictures, once the text is painted."""
        if self._layer is not None:
            self._layer.flush()

    @property
    def is_due(self) -> bool:
        """Whether a panel that was held may be drawn by now."""
        return self._is_behind and self._layer is not None and not self._layer.waits
