"""What is said of a sweep whose score cannot be drawn, or has no shares of variance."""

from __future__ import annotations

import math

from objtui.sweep.halving import STOPPED_EARLY
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.reading import SweepMoment


def without_score(moment: SweepMoment, order: Order) -> str:
    """Why there is nothing to draw, and which key or command goes on where that is to be done."""
    if any(result.scores is not None for result in moment.results):
        return f"no cell has a value of {order.sort}; m shows another score"
    if not moment.is_over:
        return "no cell has a score yet"
    name = moment.record.name
    if moment.failed == len(moment.results):
        how = f"t, or `objtui sweep retry {name}`, trains them anew"
        return f"every cell failed before it had a score; {how}"
    how = f"c, or `objtui sweep resume {name}`, trains what is left"
    return f"{moment.state} before any cell had a score; {how}"


def no_shares(moment: SweepMoment, order: Order) -> str:
    """Why a full grid has no shares of the variance."""
    if any(each.state == STOPPED_EARLY for each in moment.results):
        return "no shares of variance: cells that were stopped early have no last score"
    if moment.done < len(moment.results):
        return "shares of variance come once every cell has a score, and they differ"
    means = [each.spread(order.head, order.score).mean for each in moment.results]
    if not all(map(math.isfinite, means)):
        return f"no shares of variance: not every cell has a value of {order.sort}"
    return f"no shares of variance: {order.sort} is the same in every cell; m shows another score"
