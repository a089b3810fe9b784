"""The chart of a sweep: what its number of factors asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rich.text import Text

from objtui.sweep.views import Drawing, drawing_for
from objtui.ui.sweep.heat_map import map_panel
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.parallel import lines_panel
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.sweep.strip import strip_panel
from objtui.ui.theme import Theme

Draw: TypeAlias = Callable[[SweepMoment, Order, str, Theme, int, int], list[Text]]

DRAWN: dict[Drawing, Draw] = {"strip": strip_panel, "map": map_panel, "lines": lines_panel}


def chart_panel(
    moment: SweepMoment, order: Order, cell: str, theme: Theme, width: int, height: int
) -> list[Text]:
    """How the score that orders the cells goes over the factors, `width` × `height` cells.

    `cell`: the id of the one under the cursor.
    """
    draw = DRAWN[drawing_for(moment.record.factors)]
    return draw(moment, order, cell, theme, width, height)
