"""Cells as pixels."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from objtui.ui.pictures.png import CELL_HEIGHT, CELL_WIDTH, png_of
from objtui.ui.theme import ASCII_MARKS, MARKS

BACKGROUND = tuple(SVG_EXPORT_THEME.background_color)


def drawn(*lines: Text | str) -> Image.Image:
    texts = [Text(line) if isinstance(line, str) else line for line in lines]
    return Image.open(io.BytesIO(png_of(texts))).convert("RGB")


def cell(image: Image.Image, column: int, row: int) -> Image.Image:
    """The pixels of a cell, without the margin."""
    x, y = (column + 1) * CELL_WIDTH, (row + 1) * CELL_HEIGHT
    return image.crop((x, y, x + CELL_WIDTH, y + CELL_HEIGHT))


def inked(image: Image.Image) -> float:
    """The share of pixels that are not the background."""
    counts = image.getcolors(image.width * image.height) or []
    clear = sum(count for count, colour in counts if colour == BACKGROUND)
    return 1 - clear / (image.width * image.height)


def test_letters_stay_in_their_cells_however_long_the_line() -> None:
    image = drawn("x " * 100)
    for column in range(200):
        share = inked(cell(image, column, 0))
        assert share > 0.1 if column % 2 == 0 else share == 0


@pytest.mark.parametrize("letter", [*MARKS, *ASCII_MARKS, *"▁▂▃▄▅▆▇█▀▔─│╭╮╰╯┬┴┼┊✓✗±−–·‹›⣿⠁"])
def test_every_glyph_of_the_dashboard_is_drawn(letter: str) -> None:
    missing = drawn("\U0001fbff")  # the box that a font draws for what it lacks
    image = drawn(letter)
    assert inked(cell(image, 0, 0)) > 0
    assert image.tobytes() != missing.tobytes()


def test_frames_and_bars_have_no_gaps_between_cells() -> None:
    image = drawn("│██", "│██")
    across = [image.getpixel((x, CELL_HEIGHT * 3 // 2)) for x in range(30, 44)]
    assert BACKGROUND not in across
    for x in (CELL_WIDTH + CELL_WIDTH // 2, 2 * CELL_WIDTH + 3):
        down = [image.getpixel((x, y)) for y in range(CELL_HEIGHT + 2, 3 * CELL_HEIGHT - 2)]
        assert BACKGROUND not in down


@pytest.mark.parametrize("bits", [0, 1, 8, 0x40, 0x80, 0xFF])
def test_a_braille_letter_has_a_dot_a_bit(bits: int) -> None:
    image = cell(drawn(chr(0x2800 + bits)), 0, 0)
    places = {0x01: (0, 0), 0x08: (1, 0), 0x40: (0, 3), 0x80: (1, 3)}
    for bit, (column, row) in places.items():
        x, y = column * CELL_WIDTH // 2, row * CELL_HEIGHT // 4
        dot = image.crop((x, y, x + CELL_WIDTH // 2, y + CELL_HEIGHT // 4))
        assert (inked(dot) > 0.3) == bool(bits & bit)


def test_colours_are_those_of_the_style() -> None:
    image = drawn(Text("█", "#ff0000"), Text(" ", "on #00ff00"), Text(" ", "#0000ff reverse"))
    for row, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        assert cell(image, 0, row).getpixel((CELL_WIDTH // 2, CELL_HEIGHT // 2)) == colour


def test_dim_is_nearer_to_the_background_and_bold_has_more_ink() -> None:
    plain, dim, bold = (cell(drawn(Text("m", style)), 0, 0) for style in ("", "dim", "bold"))
    assert max(max(c) for _, c in dim.getcolors(999) or []) < max(
        max(c) for _, c in plain.getcolors(999) or []
    )
    assert inked(bold) > inked(plain)
