"""Themes, scenes and readings for the tests of panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.style import Style
from rich.text import Text

from objtui.runs.comparison import Comparison
from objtui.runs.history import Moment, RunHistory
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState
from tests.runs_for_tests import HeadMoment, a_history, a_moment

ASCII, BLOCK, BRAILLE = Theme("ascii"), Theme("block"), Theme("braille")
GREY = Theme("braille", colours=False)
NO_FILES = Comparison(())
"""What panels that draw from a history alone have for the run files behind it."""

NAMES = ("bce", "ce", "mse")

THEMES = (ASCII, BLOCK, BRAILLE, GREY, Theme("ascii", colours=False))


def a_scene(
    history: RunHistory,
    theme: Theme = BRAILLE,
    *,
    moment: Moment | None = None,
    ends: tuple[float, float] = (-20.0, 20.0),
    beyond: tuple[bool, bool] = (False, False),
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
        beyond=beyond,
        reading=reading,
        row=row,
        row_width=row_width,
    )


def heads_scene(heads: Sequence[HeadMoment], theme: Theme, **shown: Any) -> Scene:
    """Heads at one moment; without any, before the first one."""
    history = a_history(names=NAMES[: max(len(heads), 1)])
    moment = a_moment(*heads, step=7) if heads else None
    return a_scene(history, theme, moment=moment, **shown)


def plain(lines: list[Text]) -> str:
    return "\n".join(rows_of(lines))


def rows_of(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def styles(lines: list[Text]) -> list[Style]:
    written = [line.style for line in lines]
    written += [span.style for line in lines for span in line.spans]
    return [style if isinstance(style, Style) else Style.parse(style) for style in written]


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
