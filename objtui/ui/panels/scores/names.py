"""What scores are called in the heads of columns, and which way they are better."""

from __future__ import annotations

import numpy as np

from objtui.runs.history import Moment
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

NAMES = {
    "saturated": "sat",
    "saturated_pos": "sat+",
    "saturated_neg": "sat-",
    "temperature": "T",
    "base_rate": "base",
    "loss_floor": "floor",
    "p_pos": "p+",
    "p_neg": "p-",
    "z_pos": "z+",
    "z_neg": "z-",
    "grad_pos": "grad+",
    "grad_neg": "grad-",
    "grad_share_neg": "grad- share",
    "weight_norm": "|w|",
    "grad_norm": "|grad|",
    "best_threshold": "best p",
}
"""What scores are called in the narrow heads of columns."""

HIGHER_IS_BETTER = ("ap", "auc", "f1", "recall")
LOWER_IS_BETTER = ("nll", "brier", "ece")


def called(name: str, theme: Theme) -> str:
    """A score in the head of its column."""
    return NAMES.get(name, name).replace("-", theme.minus)


def ordered(moment: Moment, state: ViewState) -> list[int]:
    """Positions of the heads that match the filter, in the order that the table is sorted by.

    The best is first: the least where less is better, the temperature nearest to 1, else the
    most. Heads without a value come last.
    """
    heads = [head for head in range(state.heads) if head not in state.unmatched]
    if not state.sort:
        return heads

    def key(head: int) -> tuple[bool, float]:
        value = mean_of(moment, state.sort, head)
        if state.sort == "temperature":
            value = abs(value - 1)
        elif state.sort not in LOWER_IS_BETTER:
            value = -value
        return bool(np.isnan(value)), value

    return sorted(heads, key=key)


def sort_mark(state: ViewState, theme: Theme) -> str:
    """Whether values rise or fall down the column that the table is sorted by."""
    rises = state.sort in LOWER_IS_BETTER
    return ("^" if rises else "v") if theme.glyphs == "ascii" else "▲" if rises else "▼"


def mean_of(moment: Moment, name: str, head: int) -> float:
    """The mean of a score over the seeds of a head that have not diverged; NaN without one."""
    values = moment.values(name, head)[~moment.lost(head)]
    return float(values.mean()) if len(values) else float("nan")
