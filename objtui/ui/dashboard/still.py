"""A still picture of a dashboard: header and panels, without focus, notices and keys."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from objtui.runs.comparison import Comparison
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.in_sight import Row, has_ridges, row_widths, rows_in_sight
from objtui.ui.dashboard.layout import PanelId, panels_at
from objtui.ui.dashboard.renderer import Renderer, among, in_row
from objtui.ui.dashboard.zoom import Zoom
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState


def still_lines(
    runs: Comparison,
    state: ViewState,
    theme: Theme,
    size: tuple[int, int],
    zoomed: PanelId | None = None,
) -> list[Text]:
    """What a dashboard shows of runs that are known, in so many columns and rows.

    `zoomed`: the panel that has all the room below the header.
    """
    history = runs.history
    assert history is not None
    width, height = size
    renderer = Renderer(theme, history.header.title, still=True)
    scene = renderer.scene(runs, state)
    lines = [renderer.header(runs, state, "", width)]
    if zoomed is not None:
        return lines + _zoomed(renderer, scene, zoomed, width, height - layouts.HEADER)
    own = [panel.rows(history.header) for panel in panels_at("own")]
    ridges = len(state.shown) if has_ridges(state, width) else 0
    room = layouts.layout(width, height + layouts.FOOTER, state.heads, own, ridges=ridges)
    rows = rows_in_sight(state, room, width)
    scene = among(scene, (which for row in rows for which in row.panels))
    for row in rows:
        lines += _row(renderer, scene, row, row_widths(row, room, width))
    return lines


def _zoomed(
    renderer: Renderer, scene: Scene | None, which: PanelId, width: int, height: int
) -> list[Text]:
    """A panel that says all that it has to say, as far as there is room."""
    content = renderer.content(scene, which, width)
    lines = Zoom().framed(content, width, height, renderer.theme)
    return lines or renderer.panel(scene, which, width, height)


def _row(renderer: Renderer, scene: Scene | None, row: Row, columns: Sequence[int]) -> list[Text]:
    heads = [which.head for which in row.panels if which.head is not None]
    if heads:
        scene = in_row(scene, heads, min(columns))
    panels = [
        renderer.panel(scene, which, width, row.height)
        for which, width in zip(row.panels, columns, strict=True)
    ]
    return [Text.assemble(*lines) for lines in zip(*panels, strict=True)]
