"""Lines of cells as PNG, the same on every machine: the font comes with objtui."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color import Color, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME as THEME
from rich.text import Text

FONTS = Path(__file__).with_name("fonts")

FONT_SIZE = 20
CELL_WIDTH, CELL_HEIGHT, BASELINE = 12, 23, 19
"""Pixels of a cell, and from its top to the baseline: what DejaVu Sans Mono has at that size."""

DIM = 0.4
"""Share of the background in a dim colour, as Rich's SVG has it."""

# Bits of a braille letter, by column and row of its dots: Unicode's block U+2800.
_BRAILLE = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_DOT = 4  # pixels a dot is wide and high


@dataclass(frozen=True, slots=True)
class Cell:
    """A letter at a column and row, with its colours; `fill` is None on the background."""

    letter: str
    column: int
    row: int
    ink: ColorTriplet
    fill: ColorTriplet | None
    bold: bool


def png_bytes(lines: Sequence[Text], title: str) -> bytes:
    """The content of a PNG file, which has no place for a title."""
    return png_of(lines)


def png_of(lines: Sequence[Text]) -> bytes:
    """Lines of text as the bytes of a PNG file, with a margin of one cell."""
    width = max((line.cell_len for line in lines), default=1)
    size = ((width + 2) * CELL_WIDTH, (len(lines) + 2) * CELL_HEIGHT)
    image = Image.new("RGB", size, tuple(THEME.background_color))
    draw = ImageDraw.Draw(image)
    cells = list(cells_of(lines))
    for cell in cells:
        if cell.fill is not None:
            x, y = corner(cell)
            right = x + CELL_WIDTH * cell_len(cell.letter) - 1
            draw.rectangle((x, y, right, y + CELL_HEIGHT - 1), fill=tuple(cell.fill))
    fonts = {bold: _font(bold) for bold in (False, True)}
    for cell in cells:
        if "\u2800" <= cell.letter <= "\u28ff":
            _draw_braille(draw, cell)  # which the font lacks
        elif cell.letter != " ":
            x, y = corner(cell)
            place = (x, y + BASELINE)
            draw.text(place, cell.letter, fill=tuple(cell.ink), font=fonts[cell.bold], anchor="ls")
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()


def cells_of(lines: Sequence[Text]) -> Iterator[Cell]:
    """Every cell of lines of text, in the colours of Rich's SVG."""
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="truecolor", no_color=False
    )
    for row, line in enumerate(lines):
        column = 0
        for text, style, _ in Text().append_text(line).render(console, end=""):
            ink, fill = _colours(style or Style.null())
            for letter in text:
                yield Cell(letter, column, row, ink, fill, bool(style and style.bold))
                column += cell_len(letter)


def corner(cell: Cell) -> tuple[int, int]:
    """The upper left pixel of a cell."""
    return (cell.column + 1) * CELL_WIDTH, (cell.row + 1) * CELL_HEIGHT


def _colours(style: Style) -> tuple[ColorTriplet, ColorTriplet | None]:
    """The colours of a style: of letters, and behind them where it is not the background."""
    ink = _triplet(style.color, foreground=True)
    fill = _triplet(style.bgcolor, foreground=False)
    if style.reverse:
        ink, fill = fill, ink
    if style.dim:
        ink = blend_rgb(ink, fill, DIM)
    return ink, None if fill == THEME.background_color else fill


def _triplet(colour: Color | None, *, foreground: bool) -> ColorTriplet:
    if colour is None:
        return THEME.foreground_color if foreground else THEME.background_color
    return colour.get_truecolor(THEME, foreground=foreground)


def _draw_braille(draw: ImageDraw.ImageDraw, cell: Cell) -> None:
    left, top = corner(cell)
    bits = ord(cell.letter) - 0x2800
    for column, rows in enumerate(_BRAILLE):
        for row, bit in enumerate(rows):
            if bits & bit:
                x = left + column * CELL_WIDTH // 2 + 1
                y = top + row * CELL_HEIGHT // 4 + 1
                draw.rectangle((x, y, x + _DOT - 1, y + _DOT - 1), fill=tuple(cell.ink))


def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"
    return ImageFont.truetype(FONTS / name, FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)
