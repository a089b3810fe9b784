"""Pictures by the graphics protocol of kitty, which WezTerm, Ghostty and Konsole have, too.

https://sw.kovidgoyal.net/kitty/graphics-protocol/
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from objtui.ui.graphics.graphic import RESTORE, SAVE, Painted, PlacedGraphic, moved_to
from objtui.ui.graphics.painting import CLEAR, INKS, boxes_over, ground

Bytes = npt.NDArray[np.uint8]

PIECE = 4096
"""Characters of base64 that one sequence may carry."""

COMPRESSION = 6

MAX_GROUNDS = 8
"""Pictures that the terminal is to keep."""

GROUND_LAYER, BOX_LAYER = 1, 2
"""Both over the text, the boxes over the picture."""


def transmitted(image: int, png: bytes) -> str:
    """The sequences that hand a PNG file to the terminal under a number, without an answer."""
    data = base64.standard_b64encode(png).decode("ascii")
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    said = []
    for number, piece in enumerate(pieces):
        keys = f"a=t,f=100,i={image},q=2," if number == 0 else "q=2,"
        more = int(number < len(pieces) - 1)
        said.append(f"\x1b_G{keys}m={more};{piece}\x1b\\")
    return "".join(said)


def placed_image(image: int, place: int, rows: int, columns: int, layer: int) -> str:
    """The sequence that shows an image from the cursor on, scaled to so many cells, over text.

    `place` numbers where it is shown: shown again there, it moves.
    """
    keys = f"a=p,i={image},p={place},c={columns},r={rows},z={layer},C=1,q=2"
    return f"\x1b_G{keys}\x1b\\"


def hidden(image: int, place: int) -> str:
    """The sequence that shows an image no more at a place, and keeps it."""
    return f"\x1b_Ga=d,d=i,i={image},p={place},q=2\x1b\\"


def forgotten(image: int) -> str:
    """The sequence after which the terminal has an image no more."""
    return f"\x1b_Ga=d,d=I,i={image},q=2\x1b\\"


def ground_png(values: Bytes) -> bytes:
    """A PNG file of (height, width, channels)."""
    image = Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values)
    return _png(image)


def boxes_png(boxes: Bytes) -> bytes:
    """A PNG file of inks (height, width), clear where there is none."""
    image = Image.fromarray(boxes).convert("P")
    image.putpalette(INKS.tobytes())
    return _png(image, transparency=CLEAR, bits=4)


def _png(image: Image.Image, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=COMPRESSION, **options)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Shown:
    placed: PlacedGraphic
    ground: int
    boxes: int
    place: int


class KittyScreen:
    """What a terminal of the protocol shows: pictures lie over its text until they are taken away.

    A picture is handed over once, whatever its size on the screen; of a step only its boxes are.
    """

    text_replaces = False

    def __init__(self, first_number: int) -> None:
        """`first_number`: of images, so that they are not those of another program."""
        self._next = first_number
        self._grounds: dict[int, tuple[int, Bytes]] = {}  # by identity of the pixels that it keeps
        self._shown: dict[str, _Shown] = {}
        self._places: dict[str, int] = {}

    def shows(self, name: str, placed: PlacedGraphic) -> bool:
        """Whether a picture is to be seen as it should be."""
        shown = self._shown.get(name)
        return shown is not None and placed.looks_like(shown.placed)

    def drawn(self, name: str, placed: PlacedGraphic, cell: tuple[int, int]) -> list[str]:
        """The sequences that make it so, for cells of so many pixels in width and height."""
        graphic, before = placed.graphic, self._shown.get(name)
        place = self._places.setdefault(name, len(self._places) + 1)
        cells = graphic.rows, graphic.columns
        said, number = self._ground(graphic.pixels)
        boxes = boxes_over(graphic, graphic.columns * cell[0], graphic.rows * cell[1])
        image = self._new_number()
        said += transmitted(image, boxes_png(boxes))
        said += SAVE + moved_to(placed.column, placed.row)
        said += placed_image(number, place, *cells, GROUND_LAYER)
        said += placed_image(image, place, *cells, BOX_LAYER) + RESTORE
        if before is not None:  # after what replaces it, so that nothing flickers
            said += forgotten(before.boxes)
            if before.ground != number:
                said += hidden(before.ground, before.place)
        self._shown[name] = _Shown(placed, number, image, place)
        return [said + self._forgotten_grounds()]

    def taken_away(self, name: str) -> list[str]:
        """The sequences after which a picture is not to be seen."""
        shown = self._shown.pop(name, None)
        if shown is None:
            return []
        return [forgotten(shown.boxes) + hidden(shown.ground, shown.place)]

    def painted(self, spans: Sequence[Painted] | None) -> None:
        """Text lies under the pictures, and takes nothing away."""

    def given_up(self) -> str:
        """The sequences after which the terminal keeps nothing."""
        images = [number for number, _ in self._grounds.values()]
        images += [shown.boxes for shown in self._shown.values()]
        self._shown.clear()
        self._grounds.clear()
        return "".join(map(forgotten, images))

    def _ground(self, pixels: Bytes) -> tuple[str, int]:
        """What hands a picture over, where the terminal does not have it, and its number."""
        if id(pixels) in self._grounds:
            return "", self._grounds[id(pixels)][0]
        number = self._new_number()
        self._grounds[id(pixels)] = number, pixels
        return transmitted(number, ground_png(ground(pixels))), number

    def _forgotten_grounds(self) -> str:
        """What makes room, where there are too many pictures."""
        used = {shown.ground for shown in self._shown.values()}
        said = ""
        for key, (number, _) in list(self._grounds.items()):
            if len(self._grounds) > MAX_GROUNDS and number not in used:
                del self._grounds[key]
                said += forgotten(number)
        return said

    def _new_number(self) -> int:
        self._next += 1
        return self._next
