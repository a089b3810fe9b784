"""Help: every key and what it does, from the one key table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from objtui.ui.key_help import KeyHelp
from objtui.ui.look import FAINT, STRONG, Look
from objtui.ui.screens.letters import drawable, fitted, wrapped
from objtui.ui.screens.pager import Pager

TWO_COLUMNS = 96
"""Cells from which keys stand in two columns."""

MARGIN, GAP = 1, 2


class HelpScreen(Screen[None]):
    """Shows the keys by group; escape, ? or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q", "close")]

    def __init__(self, keys: Sequence[KeyHelp], look: Look) -> None:
        """Show these keys, in their order; those of a group stand together."""
        super().__init__()
        self._keys, self._look = tuple(keys), look

    def compose(self) -> ComposeResult:
        """The keys, and how to scroll and close."""
        yield Pager("keys", self._look, id="help")
        yield Static(Text(" up down scroll   esc close", FAINT), id="keys")

    def on_mount(self) -> None:
        """Show the keys."""
        pager = self.query_one(Pager)
        pager.set_lines(lambda width: help_lines(self._keys, width, self._look))
        pager.focus()

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def help_lines(keys: Sequence[KeyHelp], width: int, look: Look) -> list[Text]:
    """The keys in lines of at most `width` cells, in two columns where it is wide enough."""
    keys_width = max((len(drawable(key.keys, look)) for key in keys), default=0)
    columns = 2 if width >= TWO_COLUMNS else 1
    column_width = (width - MARGIN - GAP * (columns - 1)) // columns
    blocks = [
        _block(group, list(members), keys_width, column_width, look)
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


def _block(group: str, keys: list[KeyHelp], keys_width: int, width: int, look: Look) -> list[Text]:
    lines = [Text(drawable(group, look), STRONG)]
    for key in keys:
        names = fitted(Text(drawable(key.keys, look), STRONG), keys_width, look)
        texts = wrapped(drawable(key.text, look), max(1, width - GAP - keys_width - GAP))
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
