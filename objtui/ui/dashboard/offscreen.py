"""The dashboard, or one panel of it, drawn at any size without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from rich.text import Text
from textual.geometry import Region
from textual.pilot import Pilot

from objtui.errors import UsageError
from objtui.runs.comparison import Comparison
from objtui.runs.history import HeadHistory
from objtui.runs.source import RunSource
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.dashboard.exit import Exit
from objtui.ui.dashboard.layout import PanelId, panels_at
from objtui.ui.dashboard.placed_panel import PlacedPanel
from objtui.ui.dashboard.renderer import Renderer, first_state
from objtui.ui.panels import table
from objtui.ui.pictures.picture import picture_title, screen_lines
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

SETTLE_POLL_S = 0.05
"""Between two looks at whether a dashboard has read its runs and placed its panels."""

MIN_PANEL = (30, 8)
"""Columns and rows below which a panel by itself cannot be read."""


def dashboard_lines(
    paths: Sequence[Path], width: int, height: int, step: int | None = None
) -> list[Text]:
    """The dashboard on run files, of so many cells, as they stand now or were at a step.

    Raises RunFileError, or UsageError where a run is named twice or the dashboard needs
    more room.
    """
    _require_size((width, height), (layouts.MIN_WIDTH, layouts.MIN_HEIGHT), "the dashboard")
    with _opened(paths) as runs:
        app = DashboardApp(lambda: runs, Theme(), title=picture_title(paths), owns_training=False)

        async def draw() -> list[Text]:
            async with app.run_test(size=(width, height)) as pilot:
                await _laid_out(pilot, app, runs)
                if app.return_value is not None:
                    return []
                app.dashboard.renderer.advice.waits = False
                app.dashboard.renderer.marks_focus = False  # in a picture no key can move it
                app.dashboard.show_at(None if step is None else runs.step_up_to(step))
                app.dashboard.draw()  # every panel at once, in the place that it has by now
                for panel in app.dashboard.query(PlacedPanel):
                    panel.set_focused(False)
                return screen_lines(app.dashboard)

        lines = asyncio.run(draw())
    if app.return_value is not None and app.return_value.error is not None:
        raise app.return_value.error
    return lines


def panel_lines(
    paths: Sequence[Path], panel: str, width: int, height: int, step: int | None = None
) -> list[Text]:
    """One panel on run files, by itself, of so many cells, as they stand now or were at a step.

    `panel` is a name as `named_panel` takes it. Raises RunFileError, or UsageError where a run is
    named twice, there is no such panel or it needs more room.
    """
    _require_size((width, height), MIN_PANEL, "a panel")
    with _opened(paths) as runs:
        while runs.behind:
            runs.poll()
        if runs.history is None:
            raise UsageError(f"{paths[0]}: nothing is recorded yet")
        which, state = named_panel(runs.history, panel)
        if step is not None:
            state = replace(state, cursor=runs.step_up_to(step))
        renderer = Renderer(Theme(), runs.history.header.title)
        renderer.advice.waits = False
        renderer.marks_focus = False
        return renderer.panel(renderer.scene(runs, state), which, width, height)


def named_panel(history: HeadHistory, name: str) -> tuple[PanelId, ViewState]:
    """A panel by its name for people, and the choices by which it stands there.

    Panels of heads go by the heads' names, of several runs as `run:head`; a view that stands in
    the place of one is that of the first head, or of the head in `view:head`; one of pictures
    shows the first of them, or that in `view:number` and `view:head:number`. UsageError where
    there is none of that name.
    """
    state, header = first_state(history), history.header
    heads = {head.name: at for at, head in enumerate(header.heads)}
    panels = [panel for panel in table.PANELS if panel.place != "heads" and panel.rows(header)]
    named: dict[str, tuple[PanelId, ViewState]] = {}
    for view in table.VIEWS:
        shown = state.with_view(view.place, view.name)
        under = next(panel for panel in table.PANELS if panel.view_place == view.place)
        if under.place == "heads":
            named[view.name] = PanelId(under, 0), shown
            named |= {
                f"{view.name}:{head}": (PanelId(under, at), shown) for head, at in heads.items()
            }
            if view.reads is not None and "picture" in view.reads:
                named |= _by_picture(named, view, len(header.pictures))
        else:
            named[view.name] = PanelId(under), shown
    named |= {panel.name: (PanelId(panel), state) for panel in panels}
    named |= {head: (PanelId(panels_at("heads")[0], at), state) for head, at in heads.items()}
    if name not in named:
        listed = [*heads, *(panel.name for panel in panels), *(view.name for view in table.VIEWS)]
        raise UsageError(f"there is no panel {name!r}; panels: {', '.join(listed)}")
    return named[name]


def _by_picture(
    named: Mapping[str, tuple[PanelId, ViewState]], view: table.View, pictures: int
) -> dict[str, tuple[PanelId, ViewState]]:
    """The panels of a view once for each picture, whose number ends their names."""
    return {
        f"{name}:{number + 1}": (which, replace(state, picture=number))
        for name, (which, state) in named.items()
        if name.split(":")[0] == view.name
        for number in range(pictures)
    }


@contextmanager
def _opened(paths: Sequence[Path]) -> Iterator[Comparison]:
    """The runs of these files, open meanwhile."""
    with ExitStack() as stack:
        sources = [stack.enter_context(closing(RunSource(path))) for path in paths]
        yield Comparison(sources)


async def _laid_out(pilot: Pilot[Exit], app: DashboardApp, runs: Comparison) -> None:
    """Wait until a dashboard has read its runs and its panels stay where they are, or it ends."""
    before: list[Region] = []
    while app.return_value is None:
        await pilot.pause(SETTLE_POLL_S)
        read = runs.history is not None and not runs.behind
        places = [panel.region for panel in app.dashboard.query(LinePanel)] if read else []
        if any(region.area for region in places) and places == before:
            return
        before = places


def _require_size(size: tuple[int, int], least: tuple[int, int], what: str) -> None:
    if size[0] < least[0] or size[1] < least[1]:
        raise UsageError(
            f"{size[0]}x{size[1]} cells are too few: {what} needs {least[0]}x{least[1]}"
        )
