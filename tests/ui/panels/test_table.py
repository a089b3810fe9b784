"""The tables of panels and views: their names, and the choices that change what they draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from objtui.export.panels import PANEL_NAMES
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.dashboard.panel_grid import PLACING
from objtui.ui.dashboard.renderer import Renderer, first_state
from objtui.ui.keys import KEYS
from objtui.ui.panels.table import PANELS, VIEWS, Panel, View
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState
from tests.picture_runs import record_pictures
from tests.runs_for_tests import MakeRun

OTHER: dict[str, Any] = {
    "hidden": frozenset({1}),
    "focus": 1,
    "overlay": True,
    "difference": True,
    "reference": 1,
    "probability": True,
    "log_counts": False,
    "log_value": False,
    "log_step": True,
    "score": "ap",
    "smoothing": 0.9,
    "wall_time": True,
    "words": "ce",
    "unmatched": frozenset({2}),
    "sort": "ap",
    "cursor": 100,
    "picture": 1,
}
"""By choice, another one than the first."""

OF_PLACES = {"heads", "score_names", "histogram_view", "curve_view"}
"""What is the run's own, and which views stand where."""

OF_ROWS = {"head": {"sort"}}
"""By panel, what changes it alone where the overlay of many heads, without colours, has rows."""

BASES: list[dict[str, Any]] = [{}, {"overlay": True}, {"difference": True}, {"cursor": 600}]
SIZE = (60, 16)


@pytest.fixture
def runs(new_run: MakeRun, tmp_path: Path) -> Iterator[Comparison]:
    """A run that has been read."""
    runs = Comparison([RunSource(record_pictures(new_run, tmp_path).path)])
    while runs.behind or runs.history is None:
        runs.poll()
    yield runs
    runs.close()


def test_every_choice_is_tried_here() -> None:
    assert set(OTHER) | OF_PLACES == {field.name for field in fields(ViewState)}
    assert set(PLACING) <= {field.name for field in fields(ViewState)}


@pytest.mark.parametrize("entry", [*PANELS, *VIEWS], ids=lambda entry: entry.name)
def test_no_choice_but_those_it_reads_changes_a_panel(
    entry: Panel | View, runs: Comparison
) -> None:
    assert runs.history is not None
    assert entry.reads is not None
    renderer, first = Renderer(Theme(), ""), first_state(runs.history)

    def drawn(state: ViewState) -> list[Any]:
        scene = renderer.scene(runs, state)
        assert scene is not None
        return [(line.plain, line.spans) for line in entry.draw(scene, 0, *SIZE)]

    read_by_none = set(entry.reads)
    for base in BASES:
        before = replace(first, **base)
        for name, value in OTHER.items():
            changes = drawn(replace(before, **{name: value})) != drawn(before)
            assert not changes or name in entry.reads, (name, base)
            read_by_none -= {name} if changes else set()
    # Hidden heads may change the axis of the others; these here do not.
    others = OF_PLACES | set(PLACING) | OF_ROWS.get(entry.name, set())
    assert read_by_none <= others, "it names a choice that changes nothing"


def test_names_and_letters_differ() -> None:
    names = [entry.name for entry in (*PANELS, *VIEWS)]
    assert len(set(names)) == len(names)
    assert not [name for name in names if name[-1].isdigit()]  # which are those of heads
    letters = [letter for key in KEYS for letter in key.keys]
    assert len(set(letters)) == len(letters)


def test_every_view_has_a_place_and_a_key_that_says_something() -> None:
    assert {view.place for view in VIEWS} <= {panel.view_place for panel in PANELS}
    texts = {key.shown: key.text for key in KEYS}
    assert all(texts[view.key] for view in VIEWS)


def test_every_panel_and_view_is_in_the_table_of_names_that_charts_go_by() -> None:
    names = {each.name: each.key for each in PANEL_NAMES}
    assert list(names) == [entry.name for entry in (*PANELS, *VIEWS)]
    first = {(view.place, view.key): view.name for view in reversed(VIEWS)}
    keys = {name: key for (_, key), name in first.items()}
    assert names == {name: keys.get(name, "") for name in names}
