"""The pixels that a terminal shows, from what was written to it: sixels, and kitty's images.

Both are read here by the descriptions of their formats, not by what writes them.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyte
from PIL import Image

Bytes = npt.NDArray[np.uint8]

GRAPHICS = re.compile(r"(\x1bP[0-9;]*q.*?\x1b\\|\x1b_G.*?\x1b\\)", re.DOTALL)


def sixel_pixels(sequence: str) -> Bytes:
    """Red, green, blue and opacity, (height, width, 4), of a sequence with raster attributes."""
    body = sequence[sequence.index("q") + 1 : -2]
    raster = re.match(r'"(\d+);(\d+);(\d+);(\d+)', body)
    assert raster, body[:40]
    width, height = int(raster[3]), int(raster[4])
    pixels = np.zeros((height + 6, width, 4), np.uint8)
    colours: dict[int, tuple[int, ...]] = {}
    colour, x, y = 0, 0, 0
    for token in re.finditer(
        r"#(\d+)((?:;\d+)*)|!(\d+)([?-~])|([?-~])|([$-])", body[raster.end() :]
    ):
        if token[1]:
            colour = int(token[1])
            if token[2]:
                kind, *shares = map(int, token[2][1:].split(";"))
                assert kind == 2, "red, green and blue"
                colours[colour] = tuple(round(share * 2.55) for share in shares)
        elif token[6]:
            x, y = 0, y + (6 if token[6] == "-" else 0)
        else:
            times, sixel = (int(token[3]), token[4]) if token[3] else (1, token[5])
            for bit in range(6):
                if (ord(sixel) - 63) >> bit & 1:
                    pixels[y + bit, x : x + times] = *colours[colour], 255
            x += times
    assert not pixels[height:].any()
    return pixels[:height]


class _Cells(pyte.Screen):
    """A screen of text that takes away the pixels under what is written."""

    canvas: Bytes
    cell: tuple[int, int]

    def draw(self, data: str) -> None:
        for letter in data:
            super().draw(letter)
            self._blank(self.cursor.x - 1, self.cursor.x)

    def erase_characters(self, count: int | None = None) -> None:
        super().erase_characters(count)
        self._blank(self.cursor.x, self.cursor.x + (count or 1))

    def _blank(self, start: int, stop: int) -> None:
        wide, high = self.cell
        row = self.cursor.y
        self.canvas[row * high : (row + 1) * high, max(start, 0) * wide : stop * wide] = 0


@dataclass
class PixelTerminal:
    """Takes what was written to a terminal of so many columns and rows, each cell so large."""

    columns: int
    rows: int
    cell: tuple[int, int] = (10, 20)
    sent: dict[int, bytes] = field(default_factory=dict)
    """Files of images by number, as far as they have come."""
    placed: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    """By number of image and place: column, row, columns, rows, layer."""
    sequences: int = 0

    def __post_init__(self) -> None:
        self.screen: Any = _Cells(self.columns, self.rows)
        self.screen.cell = self.cell
        size = self.rows * self.cell[1], self.columns * self.cell[0], 4
        self.screen.canvas = np.zeros(size, np.uint8)
        self._stream = pyte.Stream(self.screen)
        self._sending = 0

    def feed(self, written: str) -> PixelTerminal:
        """Take whole sequences and text."""
        for part in GRAPHICS.split(written):
            if part.startswith("\x1bP"):
                self._draw(part)
            elif part.startswith("\x1b_G"):
                self._do(part[3:-2])
            else:
                self._stream.feed(part)
        return self

    @property
    def pixels(self) -> Bytes:
        """What is to be seen of pictures, clear where there is text: (height, width, 4)."""
        shown = Image.fromarray(self.screen.canvas.copy())
        for (number, _), place in sorted(self.placed.items(), key=lambda each: each[1][-1]):
            column, row, columns, rows, layer = place
            assert layer >= 0, "it would lie under the text"
            image = Image.open(io.BytesIO(self.sent[number])).convert("RGBA")
            image = image.resize((columns * self.cell[0], rows * self.cell[1]))
            shown.alpha_composite(image, (column * self.cell[0], row * self.cell[1]))
        return np.asarray(shown)

    def _draw(self, sequence: str) -> None:
        self.sequences += 1
        pixels = sixel_pixels(sequence)
        x, y = self.screen.cursor.x * self.cell[0], self.screen.cursor.y * self.cell[1]
        height, width = pixels.shape[:2]
        assert y + height <= (self.rows - 1) * self.cell[1], "the terminal would scroll"
        under = self.screen.canvas[y : y + height, x : x + width]
        assert under.shape == pixels.shape, "it does not fit on the screen"
        np.copyto(under, pixels, where=pixels[..., 3:] > 0)

    def _do(self, command: str) -> None:
        self.sequences += 1
        keys, _, payload = command.partition(";")
        values = dict(pair.split("=") for pair in keys.split(","))
        assert len(payload) <= 4096
        action = values.get("a", "t")
        if action == "q":
            return
        assert values["q"] == "2", "an answer would be typed"
        if action == "p":
            number, place = int(values["i"]), int(values["p"])
            assert number in self.sent
            assert values["C"] == "1"
            cells = int(values["c"]), int(values["r"])
            at = self.screen.cursor.x, self.screen.cursor.y
            self.placed[number, place] = *at, *cells, int(values["z"])
        elif action == "d":
            number = int(values["i"])
            gone = [key for key in self.placed if key[0] == number]
            if values["d"] == "i":
                gone = [(number, int(values["p"]))]
            else:
                self.sent.pop(number, None)
            for key in gone:
                del self.placed[key]
        else:
            if "i" in values:
                self._sending = int(values["i"])
                self.sent[self._sending] = b""
            self.sent[self._sending] += base64.standard_b64decode(payload)
