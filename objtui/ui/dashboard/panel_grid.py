"""The panels between header and footer: which of them stand where, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.reactive import Reactive

from objtui.runs.comparison import Comparison
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.charts.scrolled import BORDERS
from objtui.ui.charts.step_axis import StepAxis
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.in_sight import USUAL_HEADS, has_ridges, row_widths, rows_in_sight
from objtui.ui.dashboard.layout import PanelId, panels_at
from objtui.ui.dashboard.pixel_panels import PixelPanels
from objtui.ui.dashboard.placed_panel import PlacedPanel
from objtui.ui.dashboard.renderer import Renderer, among, in_row, is_changed, placing_of
from objtui.ui.dashboard.zoom import Zoom
from objtui.ui.panels.scene import Scene
from objtui.ui.view_state import ViewState

PLACING = ("heads", "hidden", "unmatched", "overlay", "curve_view")
"""The choices that decide which panels stand where; others change what is in them alone."""

MIN_DRAWN = (4, 3)
"""Columns and rows below which a panel has no place yet."""


class PanelRow(Horizontal):
    """Panels side by side."""

    virtual_size = Reactive(Size(0, 0), repaint=False)
    """As that of a panel."""


class PanelGrid(Vertical):
    """Places the panels by size and choices, and draws those in sight from the runs.

    Attributes:
        zoom: the panel that has all the room, if one has.
        pixels: what pictures lie over panels in pixels.
        fits: whether the terminal is large enough for any.
    """

    def __init__(self, runs: Comparison, renderer: Renderer, pixels: PixelPanels) -> None:
        super().__init__(id="panels")
        self.zoom = Zoom()
        self.pixels = pixels
        self.fits = True
        self._runs, self._renderer = runs, renderer
        self._own = panels_at("own")
        self._room = layouts.layout(0, 0, 1, [0] * len(self._own))
        self._sizes: Mapping[PanelId, Size] = {}
        self._drawn: dict[PanelId, tuple[object, ...]] = {}
        """Size and neighbours with which those that show what is chosen by now were drawn."""

    def compose(self) -> ComposeResult:
        """A panel a head, curves beside scores, rows of their own, notice."""
        with PanelRow(id="histograms"):
            yield from self._panels_of_heads(range(USUAL_HEADS))
            for panel in panels_at("all heads"):
                yield self._placed(PanelId(panel))
        with PanelRow(id="middle"):
            for panel in panels_at("middle"):
                yield self._placed(PanelId(panel))
        for panel in self._own:
            yield self._placed(PanelId(panel))
        yield LinePanel(id="notice")

    def hold_heads(self, heads: int) -> None:
        """Have a panel for each of so many heads."""
        more = range(USUAL_HEADS, heads)
        if more:
            self.query_one("#histograms").mount(*self._panels_of_heads(more))

    # Placing.

    def give_zoom(self, which: PanelId | None) -> None:
        """Give all the room to a panel, from its first line on; None gives all their places."""
        self.zoom.give(which)
        if which is not None:
            self._drawn.pop(which, None)  # perhaps scrolled

    def place(self, size: Size, state: ViewState, notices: Sequence[str]) -> None:
        """Share a terminal of that size out.

        What is in the panels is to be drawn after that, in the sizes that they are about to have,
        so that they are painted once.
        """
        width, height = size
        self.fits = width >= layouts.MIN_WIDTH and height >= layouts.MIN_HEIGHT
        history = self._runs.history
        wanted = [panel.rows(history.header) if history else 0 for panel in self._own]
        notice = []
        if self.fits:
            notice = self._renderer.notice(self._runs, notices, width, max(2, height // 6))
        ridges = len(state.shown) if has_ridges(state, width) else 0
        self._room = layouts.layout(width, height, state.heads, wanted, len(notice), ridges)
        left = height - layouts.HEADER - layouts.FOOTER - len(notice)
        self._sizes = self._in_sight(state, Size(width, left))
        for panel in self.query(PlacedPanel):
            panel.display = panel.which in self._sizes
        said = self.query_one("#notice", LinePanel)
        said.display = bool(notice)
        said.styles.height = len(notice)
        said.show(notice)
        self._share_out(left)

    def _share_out(self, height: int) -> None:
        zoomed = self.zoom.panel is not None
        heights = {"histograms": self._room.histograms, "middle": self._room.curves}
        heights |= {panel.name: rows for panel, rows in zip(self._own, self._room.own, strict=True)}
        for name, rows in heights.items():
            self.query_one(f"#{name}").styles.height = height if zoomed else rows
        for row in self.query(PanelRow):
            row.display = any(panel.display for panel in row.children)
        self.query_one("#scores").styles.width = "1fr" if zoomed else self._room.scores_width
        self.display = self.fits

    def must_place(self, before: ViewState, state: ViewState) -> bool:
        """Whether other choices than before move a panel, or bring another into sight."""
        placing = any(getattr(before, name) != getattr(state, name) for name in PLACING)
        width, height = self.screen.size
        return placing or self._in_sight(state, Size(width, height)).keys() != self._sizes.keys()

    def holds(self, which: PanelId) -> bool:
        """Whether a panel has a place."""
        return which in self._sizes

    def measured(self) -> None:
        """Panels have other sizes than they were to have: those count from now on."""
        self._sizes = {which: self._panel(which).size for which in self._sizes}

    def _in_sight(self, state: ViewState, size: Size) -> dict[PanelId, Size]:
        """The panels that are to be seen, and their sizes; `size` is that of the whole grid."""
        if not self.fits:
            return {}
        if self.zoom.panel:
            return {self.zoom.panel: size}
        return {
            which: Size(columns, row.height)
            for row in rows_in_sight(state, self._room, size.width)
            for which, columns in zip(
                row.panels, row_widths(row, self._room, size.width), strict=True
            )
        }

    def _panels_of_heads(self, heads: range) -> list[PlacedPanel]:
        """A panel for every head, also where there are more than usual."""
        ids = [PanelId(panel, head) for head in heads for panel in panels_at("heads")]
        return [self._placed(which) for which in ids]

    def _placed(self, which: PanelId) -> PlacedPanel:
        return PlacedPanel(which, self._renderer.theme)

    # Drawing.

    def draw(
        self,
        state: ViewState,
        focused: PanelId,
        before: ViewState | None = None,
        *,
        live: bool = False,
    ) -> None:
        """Draw every panel in sight, or those whose place or other choices than before change.

        `live`: since frames came; pictures in pixels take turns then.
        """
        self.pixels.begin(live=live)
        placed = [
            panel
            for panel in self.query(PlacedPanel)
            if panel.which in self._sizes
            and self._sizes[panel.which].width >= MIN_DRAWN[0]
            and self._sizes[panel.which].height >= MIN_DRAWN[1]
        ]
        row = [panel for panel in placed if panel.which.head is not None]
        heads = [panel.which.head for panel in row if panel.which.head is not None]
        narrowest = min((self._sizes[panel.which].width for panel in row), default=0)
        scene = in_row(self._renderer.scene(self._runs, state), heads, narrowest)
        scene = among(scene, self._sizes)
        drawn, self._drawn = self._drawn, {}
        if before is not None:  # also of those out of sight, which may come back as they are
            self._drawn = {
                which: place
                for which, place in drawn.items()
                if not is_changed(which.panel, before, state)
            }
        for panel in placed:
            which, place = panel.which, (self._sizes[panel.which], *placing_of(scene, panel.which))
            if self.pixels.holds(panel):
                continue
            if self._drawn.get(which) == place:
                panel.set_focused(which == focused)
            else:
                self._put(panel, scene, focused)
                self._drawn[which] = place
        self.pixels.end(placed)

    def scroll(self, state: ViewState, focused: PanelId, by: int, *, pages: bool) -> bool:
        """Scroll the zoomed panel by lines, or pages; False where it has none out of sight."""
        if self.zoom.panel is None or not self.zoom.scrolls:
            return False
        panel = self._panel(self.zoom.panel)
        lines = by * max(self._sizes[panel.which].height - BORDERS, 1) if pages else by
        if self.zoom.scroll(lines):
            self._put(panel, self._renderer.scene(self._runs, state), focused)
        return True

    def step_axis(self, which: PanelId, state: ViewState) -> StepAxis | None:
        """Where the axis of steps of a panel lies; None where it has none."""
        scene = self._renderer.scene(self._runs, state)
        size = self._panel(which).size
        return None if scene is None else self._renderer.axis(scene, which, *size)

    def at_line(self, which: PanelId, line: int, state: ViewState) -> tuple[PanelId, int | None]:
        """What is meant by a line of a panel: of heads in rows the panel of one of them, and it.

        The rows of an overlay are one panel.
        """
        scene = self._renderer.scene(self._runs, state)
        height = self._panel(which).size.height
        head = None if scene is None else self._renderer.head_at(scene, which, height, line)
        if head is None or state.overlay:
            return which, head
        return PanelId(panels_at("heads")[0], head), head

    def is_due(self, state: ViewState) -> bool:
        """Whether a panel in sight lacks frames that may be drawn by now."""
        return self.pixels.is_due or any(
            panel.display and self._renderer.is_due(panel.which.panel, state)
            for panel in self.query(PlacedPanel)
        )

    def _panel(self, which: PanelId) -> PlacedPanel:
        return self.query_one(f"#{which.name}", PlacedPanel)

    def _put(self, panel: PlacedPanel, scene: Scene | None, focused: PanelId) -> None:
        """Draw a panel; the zoomed one whole, from the line on that it is scrolled to."""
        lines, size = [], self._sizes[panel.which]
        if panel.which == self.zoom.panel:
            content = self._renderer.content(scene, panel.which, size.width)
            lines = self.zoom.framed(content, *size, self._renderer.theme)
        if not lines:
            lines = self._renderer.panel(scene, panel.which, *size)
        panel.put(lines, focused=panel.which == focused)
        self.pixels.put(panel, scene)
