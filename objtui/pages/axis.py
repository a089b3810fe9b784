"""The axis of logits on a page, as the terminal has it."""

from __future__ import annotations

import math
from typing import Any

from objtui.measures.logit_axis import (
    BEND,
    SIGMOID_IS_ONE,
    LogitScale,
    common_ends,
    round_end,
)
from objtui.measures.scores import SATURATED_LOGIT
from objtui.pages.json_number import json_number
from objtui.runs.axis_range import AxisRange
from objtui.runs.history import HeadHistory


def axis_content(history: HeadHistory, axis_range: AxisRange) -> dict[str, Any]:
    """The axis of logits of every choice of heads, as the terminal has it.

    `reaches` are [below, above] by head. The axis of some heads is that of `scales` under the
    largest of both, as "below,above"; `marks` are logits of p = .01, .5 and .99 and, where there
    is room, that from which the sigmoid is 1.
    """
    axis_range.update(history)
    reaches = []
    for head in range(len(history.header.heads)):
        down, up = axis_range.reaches_of(history, head)
        reaches.append((round_end(down), round_end(up)))
    pairs = {(down, up) for down, _ in reaches for _, up in reaches}
    return {
        "reaches": reaches,
        "scales": {f"{down:g},{up:g}": _scale(history, (down, up)) for down, up in sorted(pairs)},
        "bend": BEND,
    }


def _scale(history: HeadHistory, reach: tuple[float, float]) -> dict[str, Any]:
    scale = LogitScale(*common_ends([reach]))
    marks = [-SATURATED_LOGIT, 0.0, SATURATED_LOGIT]
    one, _ = SIGMOID_IS_ONE.get(history.header.dtype, (math.inf, ""))
    return {
        "low": scale.low,
        "high": scale.high,
        "linear": scale.is_linear,
        "name": scale.name,
        "ticks": scale.ticks,
        "marks": [json_number(mark) for mark in [*marks, one] if mark < scale.high],
    }
