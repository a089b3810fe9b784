"""The frame of a diagram: numbers at its left side, an axis below it, numbers in its border."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from objtui.text.numbers import grouped
from objtui.ui.charts.bars import layered
from objtui.ui.charts.dots import DOTS, cell_of
from objtui.ui.charts.frame import framed
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.line_labels import with_axis_name
from objtui.ui.charts.numbers import short_count
from objtui.ui.charts.scale import Scale
from objtui.ui.charts.words import between
from objtui.ui.theme import FAINT, STRONG, Theme

TICK_CELLS = 9
"""Cells from tick to tick at least."""

Mark = tuple[float, str, str]
"""(place from 0 to 1, character, style) of what stands on the horizontal axis."""


def canvas_rows(height: int) -> int:
    """Lines of a diagram in a panel of such a height: the axis has one where there is room."""
    return max(height - 3 if height >= 5 else height - 2, 0)


def row_labels(scale: Scale, rows: int, theme: Theme) -> list[str]:
    """A label for every line of the diagram, empty between ticks."""
    labels = [""] * rows
    for value in scale.ticks:
        row = rows - 1 - cell_of(float(scale.place(value)), rows, DOTS[theme.glyphs][1])
        if not 0 <= row < rows:
            continue
        around = labels[max(row - 1, 0) : row + 2] if rows > 2 else [labels[row]]
        if not any(around):
            labels[row] = scale.label(value).replace("-", theme.minus)
    return labels


@dataclass(frozen=True, slots=True)
class PlotFrame:
    """The frame of one diagram.

    Attributes:
        labels: of its lines, from the top.
        gutter: cells that they need.
        width, height: of the panel with its border.
    """

    labels: tuple[str, ...]
    gutter: int
    theme: Theme
    width: int
    height: int

    @classmethod
    def of(
        cls, labels: Sequence[str], theme: Theme, width: int, height: int, gutter: int = 0
    ) -> PlotFrame:
        """The frame of a diagram with as many lines as `labels`; a gutter of at least so many."""
        widest = max([gutter, *(len(label) for label in labels)])
        return cls(tuple(labels), min(widest, max(width - 4, 0)), theme, width, height)

    @property
    def cells(self) -> int:
        """Cells of a line of the diagram."""
        return max(self.width - 3 - self.gutter, 0)

    def panel(
        self,
        title: Text,
        canvas: list[Text],
        horizontal: Scale,
        marks: Sequence[Mark] = (),
        unit: str = "",
        name: str = "",
        across: str = "",
    ) -> list[Text]:
        """The whole panel: `height` lines of `width` cells.

        A unit stands behind every number, a name of the vertical axis in the corner of both, that
        of the horizontal one, `across`, in its widest gap.
        """
        side, tick = "|+" if self.theme.glyphs == "ascii" else "│┤"
        lines = [
            Text.assemble((label.rjust(self.gutter) + (tick if label else side), FAINT), row)
            for label, row in zip(self.labels, canvas, strict=True)
        ]
        if self.height >= 5:
            lines.append(self._axis_line(horizontal, marks, name))
        panel = framed(title, lines, self.width, self.height, self.theme)
        panel[-1] = self._border(panel[-1].plain, horizontal, unit)
        return with_axis_name(panel, across, self.theme) if across else panel

    def _axis_line(self, scale: Scale, marks: Sequence[Mark], name: str) -> Text:
        rule, tick, corner = "-++" if self.theme.glyphs == "ascii" else "─┬└"
        line = [rule] * self.cells
        for value in (*scale.ticks, *([scale.high] if scale.log else [])):
            self._put(line, float(scale.place(value)), tick)
        layers = []
        for place, char, style in marks:
            marked = [" "] * self.cells
            self._put(marked, place, char)
            layers.append(("".join(marked), style))
        layers.append(("".join(line), FAINT))
        beside = name[: self.gutter].rjust(self.gutter)
        return Text.assemble((beside + corner, FAINT), layered(layers))

    def _put(self, line: list[str], place: float, char: str) -> None:
        cell = self.cell(place)
        if 0 <= cell < len(line):
            line[cell] = char

    def cell(self, place: float) -> int:
        """The cell of a line of the diagram that holds a place from 0 to 1."""
        return cell_of(place, self.cells, DOTS[self.theme.glyphs][0])

    def _border(self, border: str, scale: Scale, unit: str) -> Text:
        """The lower border with the numbers of the ticks below them."""
        line = list(border)
        start = self.gutter + 2
        occupied = [False] * len(line)
        # Where a logarithmic axis ends is between its ticks: it goes before the last of them.
        ends = [scale.high] if scale.log and scale.high not in scale.ticks else []
        for value in (*ends, *scale.ticks):
            behind = f" {unit}" if unit and value else ""
            label = f" {_number(value, scale, self.theme)}{behind} "
            at = start + self.cell(float(scale.place(value))) - len(label) // 2
            at = min(max(at, 1), len(line) - 1 - len(label))
            room = slice(max(at - 1, 0), at + len(label))
            if at > 0 and not any(occupied[room]):
                line[at : at + len(label)] = label
                occupied[at : at + len(label)] = [True] * len(label)
        return Text("".join(line))


def _number(value: float, scale: Scale, theme: Theme) -> str:
    """A tick of steps, or of a scale that is no steps: 10 000, 200k, .5."""
    if value >= 1e5:
        return short_count(value)
    whole = value == int(value) and value >= 0
    return grouped(value) if whole else scale.label(value).replace("-", theme.minus)


def with_parts(title: Text, parts: Sequence[tuple[str, str]], room: int, theme: Theme) -> Text:
    """A title and as many (words, style) parts, in turn, as there is room for."""
    title = title.copy()
    for words, style in parts:
        if words and title.cell_len + len(between(theme)) + len(words) <= room:
            title.append(between(theme)).append(words, style)
    return title


def beside(panels: Sequence[list[Text]]) -> list[Text]:
    """Panels of one height side by side."""
    return [Text.assemble(*lines) for lines in zip(*panels, strict=True)]


def shares(whole: int, parts: int) -> list[int]:
    """A length shared out as evenly as whole cells allow."""
    return [whole * (i + 1) // parts - whole * i // parts for i in range(parts)]


def message_panel(title: Text, words: str, theme: Theme, width: int, height: int) -> list[Text]:
    """A panel that has nothing to draw and says why."""
    lines = [Text() for _ in range(max(height - 2, 0))]
    said = wrapped(words, width - 2)[: len(lines)]
    for row, line in enumerate(said, (len(lines) - len(said) + 1) // 2):
        lines[row] = Text(line.center(width - 2), FAINT)
    return framed(title, lines, width, height, theme)


def cursor_mark(cursor: int | None, scale: Scale, theme: Theme) -> list[Mark]:
    """The step cursor on an axis of steps; nothing where there is none or no place for it."""
    if cursor is None or (scale.log and cursor <= 0):
        return []
    place = float(scale.place(min(max(cursor, scale.low), scale.high)))
    return [(place, "^" if theme.glyphs == "ascii" else "▲", STRONG)]
