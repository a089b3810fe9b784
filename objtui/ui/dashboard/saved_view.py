"""How a run was looked at, as values that outlast the dashboard, and taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from objtui.measures.scores import column_names, curve_names
from objtui.runs.history import HeadHistory
from objtui.runs.logged_names import curves_of
from objtui.ui.dashboard.renderer import first_state
from objtui.ui.panels import table
from objtui.ui.view_state import SMOOTHINGS, ViewPlace, ViewState

FLAGS = (
    "overlay",
    "difference",
    "probability",
    "log_counts",
    "log_value",
    "log_step",
    "wall_time",
)
"""Choices that are either so or not."""

PLACES: tuple[ViewPlace, ...] = ("histograms", "curves")


def saved(state: ViewState, history: HeadHistory) -> dict[str, Any]:
    """The choices that are kept, heads by their names; empty where all are as at first.

    The step cursor, the filter, the focus and the zoom are of the moment.
    """
    names = [head.name for head in history.header.heads]
    first = first_state(history)
    view: dict[str, Any] = {name: getattr(state, name) for name in (*FLAGS, "score", "smoothing")}
    view |= {"sort": state.sort, "reference": names[state.reference]}
    view |= {"hidden": [names[head] for head in sorted(state.hidden)]}
    view |= {place: state.view_at(place) for place in PLACES}
    taken = taken_up(view, history)
    return {} if taken == first else view


def taken_up(view: Mapping[str, Any], history: HeadHistory) -> ViewState:
    """The choices of a view as far as they can be had of a run; the first ones for all others."""
    state, header = first_state(history), history.header
    changes: dict[str, Any] = {}
    for name in FLAGS:
        if isinstance(view.get(name), bool):
            changes[name] = view[name]
    curves = (*curve_names(header.score_names), *curves_of(history.logged))
    offered: dict[str, tuple[Any, ...]] = {
        "score": curves,
        "smoothing": SMOOTHINGS,
        "sort": ("", *column_names(header.score_names)),
    }
    for name, values in offered.items():
        if isinstance(view.get(name), str | float) and view[name] in values:
            changes[name] = view[name]
    if "score" not in changes:
        changes.pop("log_value", None)  # which goes with the score
    positions = {head.name: at for at, head in enumerate(header.heads)}
    hidden = view.get("hidden")
    if isinstance(hidden, list):
        heads = frozenset(
            positions[name] for name in hidden if isinstance(name, str) and name in positions
        )
        if len(heads) < len(positions):
            changes["hidden"] = heads
    reference = view.get("reference")
    if isinstance(reference, str) and reference in positions:
        changes["reference"] = positions[reference]
    state = replace(state, **changes)
    for place in PLACES:
        if _can_be_shown(view.get(place), place, history):
            state = state.with_view(place, view[place])
    return replace(state, focus=state.shown[0])


def _can_be_shown(name: object, place: ViewPlace, history: HeadHistory) -> bool:
    """Whether there is a view of that name there, and of a detector if it shows pictures."""
    for view in table.VIEWS:
        if view.name == name and view.place == place:
            shows_pictures = view.reads is not None and "picture" in view.reads
            return bool(history.header.pictures) or not shows_pictures
    return False
