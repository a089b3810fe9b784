"""A picture and the boxes over it, in pixels of the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from objtui.measures.pictures import Outcome, OutcomeKind
from objtui.ui.charts.raster import DIMMED, ENDS, MIN_CONTRAST
from objtui.ui.graphics.graphic import Graphic
from objtui.ui.pictures.png import FONTS

Bytes = npt.NDArray[np.uint8]
Place = tuple[int, int, int, int]

CLEAR, BLACK, TARGET = 0, 1, 2
INK_OF: dict[OutcomeKind, int] = {"hit": 3, "missed": 4, "false alarm": 5}
"""In the order in which they are drawn: what is wrong stands over what is right."""

INKS = np.array(
    [(0, 0, 0), (0, 0, 0), (235, 235, 235), (0, 205, 205), (240, 200, 0), (255, 90, 255)], np.uint8
)
"""Red, green and blue by ink: cyan, yellow and magenta, as the marks of the legend."""

DASH = 4
"""Widths of a line that a dash of a missed object's outline takes, and the gap after it."""

MARK, MIN_MARK = 0.5, 5
"""Share of the smaller side of a box that its mark takes at most, and pixels at least."""

MIN_FONT = 9
LETTERS = 0.6
"""Size of a number over the height of a cell."""


def ground(pixels: Bytes) -> Bytes:
    """A picture as boxes are laid over it, stretched and dimmed as half-blocks have it.

    (height, width, channels).
    """
    low, high = (float(end) for end in np.percentile(pixels, ENDS))
    shares = np.clip((pixels.astype(np.float32) - low) / max(high - low, MIN_CONTRAST), 0, 1)
    values: Bytes = np.rint(shares * (DIMMED * 255)).astype(np.uint8)
    return values


def scaled_ground(pixels: Bytes, width: int, height: int) -> Bytes:
    """The ground in so many pixels: (height, width, channels)."""
    values = ground(pixels)
    image = Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values)
    scaled = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    return scaled.reshape(height, width, -1)


def boxes_over(graphic: Graphic, width: int, height: int) -> Bytes:
    """The ink of every pixel of its boxes, marks and numbers: (height, width).

    Hits have a solid outline and a disc, missed objects a dashed one and a ring, false alarms a
    double one and a cross: they are told apart without colours, too.
    """
    image = Image.new("P", (width, height), CLEAR)
    line = max(1, round(height / graphic.rows / 14))
    size = max(MIN_FONT, round(height / graphic.rows * LETTERS))
    pen = _Pen(ImageDraw.Draw(image), line, _font(size))
    scale = width / max(graphic.size[0], 1), height / max(graphic.size[1], 1)
    for outcome in graphic.outcomes:
        if outcome.target is not None:
            pen.dashed(_place(outcome.target, scale, width, height), TARGET, 1, 2)
    pairs = sorted(zip(graphic.outcomes, graphic.numbers, strict=True), key=_largest_first)
    for kind in INK_OF:
        for outcome, _ in pairs:
            if outcome.kind == kind:
                pen.outline(_place(outcome.box, scale, width, height), kind)
    for kind in INK_OF:
        for outcome, number in pairs:
            if outcome.kind == kind:
                pen.mark(_place(outcome.box, scale, width, height), kind, number)
    return np.asarray(image)


def _largest_first(pair: tuple[Outcome, str]) -> float:
    return -pair[0].box[2] * pair[0].box[3]


def _place(
    box: tuple[float, float, float, float], scale: tuple[float, float], width: int, height: int
) -> Place:
    """Its first and last pixels, within the picture: left, top, right and bottom."""
    left, top = box[0] * scale[0], box[1] * scale[1]
    right, bottom = (box[0] + box[2]) * scale[0] - 1, (box[1] + box[3]) * scale[1] - 1
    first = min(max(round(left), 0), width - 1), min(max(round(top), 0), height - 1)
    last = (
        min(max(round(right), first[0]), width - 1),
        min(max(round(bottom), first[1]), height - 1),
    )
    return *first, *last


@dataclass(frozen=True, slots=True)
class _Pen:
    draw: ImageDraw.ImageDraw
    line: int
    letters: ImageFont.FreeTypeFont

    def outline(self, place: Place, kind: OutcomeKind) -> None:
        line, ink = self.line, INK_OF[kind]
        if kind == "missed":
            self.dashed(place, ink, line, DASH * line)
            return
        self.draw.rectangle(place, outline=ink, width=line)
        left, top, right, bottom = place
        inner = left + 2 * line, top + 2 * line, right - 2 * line, bottom - 2 * line
        if kind == "false alarm" and inner[0] < inner[2] and inner[1] < inner[3]:
            self.draw.rectangle(inner, outline=ink, width=line)

    def dashed(self, place: Place, ink: int, line: int, dash: int) -> None:
        left, top, right, bottom = place
        for start in range(left, right + 1, 2 * dash):
            end = min(start + dash - 1, right)
            self.draw.rectangle((start, top, end, min(top + line - 1, bottom)), fill=ink)
            self.draw.rectangle((start, max(bottom - line + 1, top), end, bottom), fill=ink)
        for start in range(top, bottom + 1, 2 * dash):
            end = min(start + dash - 1, bottom)
            self.draw.rectangle((left, start, min(left + line - 1, right), end), fill=ink)
            self.draw.rectangle((max(right - line + 1, left), start, right, end), fill=ink)

    def mark(self, place: Place, kind: OutcomeKind, number: str) -> None:
        """The mark at the upper left corner and the number beside it, on a ground of their own.

        The number is left out where the box is narrower than both; the mark of a small box is
        small.
        """
        left, top, right, bottom = place
        side, line, ink = round(self.letters.size * 0.9), self.line, INK_OF[kind]
        side = max(min(side, round(min(right - left, bottom - top) * MARK)), MIN_MARK)
        wide = round(self.letters.getlength(number)) if number else 0
        says = bool(number) and side + wide + 3 * line <= right - left + 1
        end = left + side + (wide + 2 * line if says else 0)
        self.draw.rectangle((left, top, end, top + side), fill=BLACK)
        gap = max(1, side // 8)
        disc = left + gap, top + gap, left + side - gap, top + side - gap
        if kind == "hit":
            self.draw.ellipse(disc, fill=ink)
        elif kind == "missed":
            self.draw.ellipse(disc, outline=ink, width=max(1, side // 6))
        else:
            stroke = max(1, side // 5)
            self.draw.line(disc, fill=ink, width=stroke)
            self.draw.line((disc[0], disc[3], disc[2], disc[1]), fill=ink, width=stroke)
        if says:
            middle = left + side + line, top + side // 2 + 1
            self.draw.text(middle, number, fill=ink, font=self.letters, anchor="lm")


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / "DejaVuSansMono.ttf", size)
