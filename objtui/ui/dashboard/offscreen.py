"""The dashboard, or one panel of it, drawn at any size without a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.text import Text

from objtui.errors import UsageError
from objtui.runs.comparison import Comparison
from objtui.runs.history import HeadHistory
from objtui.runs.source import RunSource
from objtui.ui.charts.words import NOTHING_YET
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.layout import PanelId, panels_at
from objtui.ui.dashboard.renderer import Renderer, first_state
from objtui.ui.dashboard.still import still_lines
from objtui.ui.panels import table
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

NO_CHOICE: Mapping[str, bool] = {}
"""Axes as they are at first."""

MIN_PANEL = (30, 8)
"""Columns and rows below which a panel by itself cannot be read."""


def dashboard_lines(
    paths: Sequence[Path],
    width: int,
    height: int,
    step: int | None = None,
    axes: Mapping[str, bool] = NO_CHOICE,
) -> list[Text]:
    """Header and panels of run files, of so many cells, as they stand now or were at a step.

    `axes`: whether a choice of ViewState is made, by its name.

    Raises RunFileError, or UsageError where a run is named twice or the dashboard needs
    more room.
    """
    _require_size((width, height), (layouts.MIN_WIDTH, layouts.MIN_HEIGHT), "the dashboard")
    with _opened(paths) as runs:
        if runs.history is None:
            raise UsageError(f"{paths[0]}: {NOTHING_YET}")
        state = _seen(first_state(runs.history), runs, step, axes)
        return still_lines(runs, state, Theme(), (width, height))


def panel_lines(
    paths: Sequence[Path],
    panel: str,
    width: int,
    height: int,
    step: int | None = None,
    axes: Mapping[str, bool] = NO_CHOICE,
) -> list[Text]:
    """One panel on run files, by itself, of so many cells, as they stand now or were at a step.

    `panel` is a name as `named_panel` takes it. Raises RunFileError, or UsageError where a run is
    named twice, there is no such panel or it needs more room.
    """
    _require_size((width, height), MIN_PANEL, "a panel")
    with _opened(paths) as runs:
        if runs.history is None:
            raise UsageError(f"{paths[0]}: {NOTHING_YET}")
        which, state = named_panel(runs.history, panel)
        state = _seen(state, runs, step, axes)
        renderer = Renderer(Theme(), runs.history.header.title, still=True)
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
    """The runs of these files, read in and open meanwhile."""
    with ExitStack() as stack:
        runs = Comparison([stack.enter_context(closing(RunSource(path))) for path in paths])
        while runs.behind:
            runs.poll()
        yield runs


def _seen(
    state: ViewState, runs: Comparison, step: int | None, axes: Mapping[str, bool]
) -> ViewState:
    """Other choices than before of the axes, and the cursor at a step."""
    cursor = None if step is None else runs.step_up_to(step)
    chosen: dict[str, Any] = {name: True for name, is_chosen in axes.items() if is_chosen}
    return replace(state, cursor=cursor, **chosen)


def _require_size(size: tuple[int, int], least: tuple[int, int], what: str) -> None:
    if size[0] < least[0] or size[1] < least[1]:
        raise UsageError(
            f"{size[0]}x{size[1]} cells are too few: {what} needs {least[0]}x{least[1]}"
        )
