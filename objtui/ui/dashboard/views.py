"""Views that take the place of a head's histogram or of the curves, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.text import Text

from objtui.runs.comparison import Comparison
from objtui.runs.heads import HeadHistory
from objtui.runs.histogram_store import HistogramSeries
from objtui.runs.history import Moment
from objtui.runs.score_columns import ScoreColumns
from objtui.ui.panels.gradient.lines import head_gradient
from objtui.ui.panels.gradient.panel import GradientView, gradient_panel
from objtui.ui.panels.head_moment import HeadMoment
from objtui.ui.panels.history import HistoryView, bands_panel, heat_map_panel
from objtui.ui.panels.reliability import reliability_panel
from objtui.ui.panels.threshold import threshold_panel
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState


@dataclass(frozen=True, slots=True)
class Viewed:
    """What a view is drawn from.

    Attributes:
        runs: the runs behind it.
        history: their heads over time.
        moment: the last of every run up to the cursor, or the latest.
        ends: the logits at both ends of the axis that all heads share.
        head: the head that it is of, or the one in focus where it is of all.
        width, height: of the panel with its frame, in cells.
    """

    runs: Comparison
    history: HeadHistory
    moment: Moment | None
    state: ViewState
    theme: Theme
    ends: tuple[float, float]
    head: int
    width: int
    height: int


def heat_map(viewed: Viewed) -> list[Text]:
    """A head's histogram over the steps, as a heat map."""
    return heat_map_panel(_series(viewed, viewed.head), _history_view(viewed))


def bands(viewed: Viewed) -> list[Text]:
    """Percentiles of a head's logits over the steps, by class."""
    return bands_panel(_series(viewed, viewed.head), _history_view(viewed))


def reliability(viewed: Viewed) -> list[Text]:
    """Share of objects against p."""
    overlay = viewed.state.overlay
    return reliability_panel(
        _heads(viewed), viewed.theme, viewed.width, viewed.height, overlay=overlay
    )


def threshold(viewed: Viewed) -> list[Text]:
    """Precision, recall and F1 against the threshold: on p where that is the axis, else on z."""
    return threshold_panel(
        _heads(viewed),
        viewed.theme,
        viewed.width,
        viewed.height,
        overlay=viewed.state.overlay,
        ends=None if viewed.state.probability else viewed.ends,
    )


def gradient(viewed: Viewed) -> list[Text]:
    """Sizes of dL/dz by class over the steps."""
    header, state = viewed.history.header, viewed.state
    heads = []
    for head in state.shown:
        columns, position = viewed.history.columns_of(head)
        run = viewed.runs.source_of(head)
        heads.append(
            head_gradient(
                columns,
                _series(viewed, head),
                position,
                header.heads[head].name,
                viewed.theme.head(head),
                formula=run.formulas[position],
                dtype=run.known.header.dtype,
                hard_targets=_has_hard_targets(columns, position),
            )
        )
    view = GradientView(
        steps=header.steps,
        dtype=header.dtype,
        theme=viewed.theme,
        width=viewed.width,
        height=viewed.height,
        log_step=state.log_step,
        cursor=state.cursor,
    )
    return gradient_panel(heads, view)


VIEWS: dict[str, Callable[[Viewed], list[Text]]] = {
    "history": heat_map,
    "bands": bands,
    "reliability": reliability,
    "threshold": threshold,
    "gradient": gradient,
}
"""By name, as `ViewState.histograms` and `ViewState.middle` have it, what draws it."""


def _history_view(viewed: Viewed) -> HistoryView:
    history, state, head = viewed.history, viewed.state, viewed.head
    name = history.header.heads[head].name
    lost = history.diverged_at.get(name)
    if lost is not None and state.cursor is not None and state.cursor < lost:
        lost = None
    return HistoryView(
        name=name,
        of=viewed.theme.head(head),
        focused=state.focus == head and len(state.shown) > 1,
        ends=viewed.ends,
        steps=history.header.steps,
        dtype=viewed.runs.source_of(head).known.header.dtype,
        theme=viewed.theme,
        width=viewed.width,
        height=viewed.height,
        probability=state.probability,
        log_step=state.log_step,
        diverged_at=lost,
        cursor=state.cursor,
    )


def _series(viewed: Viewed, head: int) -> HistogramSeries:
    _, position = viewed.history.columns_of(head)
    return viewed.runs.source_of(head).known.histograms.series(position)


def _heads(viewed: Viewed) -> list[HeadMoment]:
    moment, state = viewed.moment, viewed.state
    if moment is None:
        return []
    heads = []
    for head in state.shown:
        seeds = moment.seeds(head)
        heads.append(
            HeadMoment(
                name=viewed.history.header.heads[head].name,
                of=viewed.theme.head(head),
                focused=state.focus == head and len(state.shown) > 1,
                counts=moment.counts[head],
                scores=moment.scores[head, :seeds],
                score_names=moment.score_names,
                diverged=moment.diverged[head, :seeds],
            )
        )
    return heads


def _has_hard_targets(columns: ScoreColumns, head: int) -> bool:
    """Whether a loss of 0 can be reached: targets are 0 and 1, and nothing stands between."""
    if "loss_floor" not in columns.score_names:
        return False
    floor = columns.score("loss_floor")[:, head]  # (moments, seeds)
    return len(floor) > 0 and not np.any(floor[-1] > 0)
