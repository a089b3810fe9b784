"""Runs, looks and readings for the tests of panels."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.style import Style
from rich.text import Text

from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.records import HeadInfo, RowCounts, RunHeader, RunStatus
from objtui.runs.comparison import Comparison
from objtui.runs.history import Moment, RunHistory
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

ASCII, BLOCK, BRAILLE = Theme("ascii"), Theme("block"), Theme("braille")
GREY = Theme("braille", colours=False)
NO_FILES = Comparison(())
"""What panels that draw from a history alone have for the run files behind it."""

THEMES = (ASCII, BLOCK, BRAILLE, GREY, Theme("ascii", colours=False))


def a_history(
    values: dict[int, Any] | None = None,
    *,
    score: str = "nll",
    names: tuple[str, ...] = ("bce", "ce"),
    seeds: int = 2,
    diverged: dict[int, list[tuple[int, int]]] | None = None,
    status: dict[str, Any] | None = None,
    **header: Any,
) -> RunHistory:
    """A run; `values` are by step the (heads, seeds) of one score, every other score is 0.5.

    `diverged` holds by step the (head, seed) that have diverged by then.
    """
    fields: dict[str, Any] = {
        "run": "a-run",
        "scenario": "a.toml",
        "title": "Nuclei: one kind of object, three losses",
        "question": "",
        "device": "cpu",
        "dtype": "float32",
        "threads": 1,
        "steps": 2000,
        "seeds": tuple(range(seeds)),
        "heads": tuple(HeadInfo(name, "bce", 1, names[0]) for name in names),
        "train": RowCounts(100, 10),
        "val": None,
        "features": 2,
        "claims": (),
        "score_names": SCORE_NAMES,
        "versions": {},
        "created_at": 0.0,
    }
    status_fields: dict[str, Any] = {
        "state": "running",
        "step": max(values, default=0) if values else 0,
        "elapsed_s": 31.0,
        "steps_per_s": 0.0,
        "heartbeat_at": 1000.0,
        "pid": 1,
        "pid_started": 0.0,
        "host": "here",
    }
    history = RunHistory(
        RunHeader(**{**fields, **header}), RunStatus(**{**status_fields, **(status or {})})
    )
    for step, of_members in (values or {}).items():
        scores = np.full((len(names), seeds, len(SCORE_NAMES)), 0.5)
        scores[:, :, SCORE_NAMES.index(score)] = of_members
        flags = np.zeros((len(names), seeds), dtype=bool)
        for member in (diverged or {}).get(step, []):
            flags[member] = True
        counts = np.zeros((len(names), seeds, 2, CELLS), dtype=np.int64)
        history.add(Frame(step, step / 10, True, flags, scores, counts))
    return history


def a_scene(
    history: RunHistory,
    theme: Theme = BRAILLE,
    *,
    moment: Moment | None = None,
    ends: tuple[float, float] = (-20.0, 20.0),
    reading: bool = False,
    row: tuple[int, ...] = (),
    row_width: int = 0,
    **state: Any,
) -> Scene:
    """A run as panels see it, at its latest moment unless another is given."""
    return Scene(
        runs=NO_FILES,
        history=history,
        moment=moment or history.last,
        state=ViewState(len(history.header.heads), **state),
        theme=theme,
        ends=ends,
        reading=reading,
        row=row,
        row_width=row_width,
    )


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def styles(lines: list[Text]) -> list[Style]:
    found = [line.style for line in lines] + [span.style for line in lines for span in line.spans]
    return [style if isinstance(style, Style) else Style.parse(style) for style in found]


def styles_at(line: Text, words: str) -> str:
    """The styles on the words of a line, as Rich writes them."""
    at = line.plain.index(words)
    parsed = [
        span.style if isinstance(span.style, Style) else Style.parse(span.style)
        for span in line.spans
        if span.start <= at and span.end >= at + len(words)
    ]
    return str(Style.combine(parsed)) if parsed else ""


def check_form(lines: list[Text], theme: Theme, width: int, height: int) -> None:
    """Exact size, no hues where none are wanted, ASCII alone where nothing else is."""
    assert [line.cell_len for line in lines] == [width] * height
    assert "\n" not in "".join(line.plain for line in lines)
    if theme.glyphs == "ascii":
        assert plain(lines).isascii()
    if not theme.colours:
        assert all(style.color is None and style.bgcolor is None for style in styles(lines))
