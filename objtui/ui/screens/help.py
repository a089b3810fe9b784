"""Help: every key and what it does, from the one key table; how to read what is shown; words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from objtui.ui.charts.letters import fitted, wrapped
from objtui.ui.charts.words import legible
from objtui.ui.key import KeyHelp
from objtui.ui.screens.pager import Pager
from objtui.ui.screens.reading import how_to_read
from objtui.ui.screens.words import words_and_scores
from objtui.ui.terminal.closing import close
from objtui.ui.theme import FAINT, STRONG, Theme

TWO_COLUMNS = 96
"""Cells from which keys stand in two columns."""

MARGIN, GAP = 1, 2


class HelpScreen(Screen[None]):
    """Shows the keys by group, how to read the panels, and every word; escape, ? or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close"),
        Binding("tab", "turn_page(1)", priority=True),
        Binding("shift+tab", "turn_page(-1)", priority=True),
    ]

    def __init__(self, keys: Sequence[KeyHelp], theme: Theme) -> None:
        """Show these keys, in their order; those of a group stand together."""
        super().__init__()
        self._theme = theme
        self._pages = (
            ("keys", tuple(keys)),
            ("how to read this", tuple(how_to_read(theme))),
            ("words and scores", tuple(words_and_scores())),
        )
        self._page = 0

    def compose(self) -> ComposeResult:
        """The page, and how to turn it, scroll and close."""
        yield Pager("", self._theme, id="help")
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Show the keys."""
        self._show()
        self.query_one(Pager).focus()

    def action_turn_page(self, by: int) -> None:
        """The next page, or the one before."""
        self._page = (self._page + by) % len(self._pages)
        self._show()

    def action_close(self) -> None:
        """Go back."""
        close(self)

    def _show(self) -> None:
        title, rows = self._pages[self._page]
        following = self._pages[(self._page + 1) % len(self._pages)][0]
        pager = self.query_one(Pager)
        pager.set_lines(lambda width: help_lines(rows, width, self._theme), title)
        pager.action_to_start()
        line = Text(f" tab {following}   up down scroll   esc close", FAINT)
        self.query_one("#keys", Static).update(line)


def help_lines(keys: Sequence[KeyHelp], width: int, theme: Theme) -> list[Text]:
    """Rows in lines of at most `width` cells, in two columns where it is wide enough."""
    keys_width = max((len(legible(key.keys, theme)) for key in keys), default=0)
    columns = 2 if width >= TWO_COLUMNS else 1
    column_width = (width - MARGIN - GAP * (columns - 1)) // columns
    blocks = [
        _block(group, list(members), keys_width, column_width, theme)
        for group, members in groupby(keys, key=lambda key: key.group)
    ]
    split = _split(blocks) if columns == 2 else len(blocks)
    left, right = (_stacked(part) for part in (blocks[:split], blocks[split:]))
    lines = []
    for first, second in zip_longest(left, right, fillvalue=Text()):
        line = Text.assemble(" " * MARGIN, first)
        if second.plain:
            line.pad_right(MARGIN + column_width + GAP - line.cell_len)
            line.append_text(second)
        lines.append(line)
    return lines


def _block(
    group: str, keys: list[KeyHelp], keys_width: int, width: int, theme: Theme
) -> list[Text]:
    lines = [Text(legible(group, theme), STRONG)]
    for key in keys:
        names = fitted(Text(legible(key.keys, theme), STRONG), keys_width, theme)
        texts = wrapped(legible(key.text, theme), max(1, width - GAP - keys_width - GAP))
        for at, text in enumerate(texts):
            start = names if at == 0 else Text(" " * keys_width)
            lines.append(Text.assemble(" " * GAP, start, " " * GAP, text))
    return lines


def _split(blocks: list[list[Text]]) -> int:
    """After how many groups the second column begins, so that the longer one is shortest."""
    return min(
        range(len(blocks) + 1),
        key=lambda at: max(len(_stacked(blocks[:at])), len(_stacked(blocks[at:]))),
    )


def _stacked(blocks: list[list[Text]]) -> list[Text]:
    """Groups under each other, an empty line between two."""
    return [line for at, block in enumerate(blocks) for line in ([Text(), *block] if at else block)]
