"""A list of rows that a cursor moves through, with a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from objtui.ui.charts.frame import framed
from objtui.ui.charts.letters import column_widths, table_row, wrapped
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.charts.words import legible
from objtui.ui.picker.choices import Choice, Row
from objtui.ui.theme import FAINT, STRONG, Theme

Cells = tuple[Text, ...]

BORDERS, MIN_ROWS = 2, 4


class RowList(LinePanel, can_focus=True):
    """Shows the rows that match the filter; those without a choice are shown all the same."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)"),
        Binding("down,j", "move(1)"),
        Binding("pageup", "page(-1)"),
        Binding("pagedown", "page(1)"),
        Binding("home", "go_to(0)"),
        Binding("end", "go_to(-1)"),
        Binding("enter", "choose"),
        Binding("space", "mark"),
    ]

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    class Moved(Message):
        """Another row may be under the cursor."""

    def __init__(
        self, title: str, wide: int, theme: Theme, *, id: str, several: bool = False
    ) -> None:
        """Show rows.

        Args:
            wide: the column that takes what the others leave; -1 for the last.
            several: whether rows can be marked, to be chosen together.
        """
        super().__init__(id=id)
        self._several = several
        self._marked: dict[str, None] = {}  # keys of rows, in the order of marking
        self._title, self._wide, self._theme = title, wide, theme
        self._rows: Sequence[Row] = ()
        self._heading: Row | None = None
        self._words = ""
        self._empty = ""
        self._cursor = self._top = 0
        self._awaited = ""  # the key of a row that the cursor is to stand on

    @property
    def matching(self) -> list[Row]:
        """The rows that the filter lets through."""
        return [row for row in self._rows if row.matches(self._words)]

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        rows = self.matching
        return rows[self._cursor] if rows else None

    @property
    def at_first(self) -> bool:
        """Whether the cursor is on the first row."""
        return self._cursor == 0

    def set_rows(self, rows: Sequence[Row], empty: str, heading: Row | None = None) -> None:
        """Replace the rows; the cursor stays on its row.

        Args:
            empty: what stands where there is none.
            heading: a row above the others, of which it stays the first.
        """
        self._replace(rows, self._words)
        self._empty, self._heading = empty, heading
        self.refresh(layout=True)
        self._paint()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Room for every row, filtered out or not, so that typing a filter moves nothing."""
        return max(MIN_ROWS, len(self._rows)) + self._above + BORDERS

    @property
    def _headings(self) -> list[Row]:
        return [] if self._heading is None else [self._heading]

    @property
    def _above(self) -> int:
        """Lines above the rows."""
        return len(self._headings)

    def point_to(self, key: str) -> None:
        """Put the cursor on the row of that key, as soon as it is there."""
        self._awaited = key
        self._replace(self._rows, self._words)
        self._paint()

    @property
    def words(self) -> str:
        """What a row has to hold to be shown."""
        return self._words

    def unmark(self) -> None:
        """Take every mark away."""
        self._marked.clear()
        self._paint()

    def set_filter(self, words: str) -> None:
        """Show only rows that hold every one of the words."""
        self._replace(self._rows, words)
        self._paint()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.action_go_to(min(max(0, self._cursor + by), len(self.matching) - 1))

    def action_page(self, direction: int) -> None:
        """Move the cursor by as many rows as are in sight."""
        self.action_move(direction * max(1, self.size.height - BORDERS - self._above))

    def action_go_to(self, row: int) -> None:
        """Put the cursor on a row; -1 for the last one."""
        count = len(self.matching)
        self._cursor = row % count if count else 0
        self._paint()

    def action_choose(self) -> None:
        """Choose the row under the cursor, if it can be."""
        marked = self.marked
        if marked:
            others = tuple(choice.value for choice in marked[1:])
            self.post_message(self.Chosen(replace(marked[0], others=others)))
        elif self.row is not None and self.row.choice is not None:
            self.post_message(self.Chosen(self.row.choice))

    @property
    def marked(self) -> list[Choice]:
        """The choices of the marked rows that are there, in the order of marking."""
        choices = {row.key: row.choice for row in self._rows}
        return [choice for key in self._marked if (choice := choices.get(key)) is not None]

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and move on."""
        row = self.row
        if not self._several or row is None or row.choice is None or row.choice.kind != "run":
            return
        if row.key in self._marked:
            del self._marked[row.key]
        else:
            self._marked[row.key] = None
        self.action_move(1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; a second click chooses it."""
        row = self._top + event.y - 1 - self._above
        in_frame = 1 + self._above <= event.y <= self.size.height - BORDERS
        if in_frame and row < len(self.matching):
            self.action_go_to(row)
            if event.chain > 1:
                self.action_choose()

    def on_mouse_scroll_up(self) -> None:
        """Move up."""
        self.action_move(-1)

    def on_mouse_scroll_down(self) -> None:
        """Move down."""
        self.action_move(1)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show or hide the cursor."""
        super().watch_has_focus(has_focus)
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the lines."""
        self._paint()

    def _replace(self, rows: Sequence[Row], words: str) -> None:
        before = self.row
        self._rows, self._words = rows, words
        keys = [row.key for row in self.matching]
        if self._awaited in keys:
            self._cursor, self._awaited = keys.index(self._awaited), ""
        elif before is not None and before.key in keys:
            self._cursor = keys.index(before.key)
        else:
            self._cursor = min(self._cursor, max(0, len(keys) - 1))

    def _paint(self) -> None:
        width, height = self.size
        if width > BORDERS and height > BORDERS:
            title = Text(self._title_words(), STRONG if self.has_focus else FAINT)
            body = self._body(width - BORDERS, height - BORDERS)
            self.show(framed(title, body, width, height, self._theme))
        self.post_message(self.Moved())

    def _title_words(self) -> str:
        matching, count = len(self.matching), len(self._rows)
        words = (
            f"{self._title} ({matching} of {count})" if self._words else f"{self._title} ({count})"
        )
        marked = len(self.marked)
        return f"{words}  {marked} marked: enter opens them together" if marked else words

    def _columns(self, rows: Sequence[Row], width: int) -> tuple[list[Cells], list[int]]:
        """The cells of every row, with as many extra columns as leave the wide one whole.

        An extra column that no row fills is left out.
        """
        most = max(len(row.extras) for row in rows)
        filled = [p for p in range(most) if any(row.extras and row.extras[p] for row in rows)]
        for count in range(len(filled), -1, -1):
            places = filled[:count]
            cells = [
                (*row.cells, *(row.extras[place] for place in places)) if row.extras else row.cells
                for row in rows
            ]
            widths = column_widths(cells, width, self._wide)
            columns = len(widths)
            whole = max(
                (row[self._wide].cell_len for row in cells if len(row) == columns), default=0
            )
            if not places or widths[self._wide] >= whole:
                break
        return cells, widths

    def _body(self, width: int, height: int) -> list[Text]:
        rows = self.matching
        if not rows:
            text = f"nothing here matches {self._words!r}" if self._rows else self._empty
            texts = wrapped(legible(text, self._theme), max(1, width - 2))
            return [Text(f" {text}", FAINT) for text in texts]
        height = max(1, height - self._above)
        self._top = min(max(self._top, self._cursor - height + 1), self._cursor)
        self._top = max(0, min(self._top, len(rows) - height))
        cells_of, widths = self._columns([*self._headings, *rows], width - 2)
        lines = [
            Text.assemble(" ", table_row(cells, widths, width - 2, self._theme), " ")
            for cells in cells_of[: self._above]
        ]
        cells_of = cells_of[self._above :]
        for at, row in enumerate(rows[self._top : self._top + height], self._top):
            pointed = self.has_focus and at == self._cursor
            cells = table_row(cells_of[at], widths, width - 2, self._theme)
            mark = "*" if row.key in self._marked else ">" if pointed else " "
            line = Text.assemble(mark, cells, " ")
            # Colours are picked for the background and may be unreadable where it is reversed.
            lines.append(Text(line.plain, "reverse") if pointed else line)
        return lines
