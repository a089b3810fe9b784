"""Reading image files: grey or colour, as numbers from 0 to 1."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from objtui.engine.data.files import data_file, reading, shown
from objtui.engine.data.images.anchor_rows import Pixels
from objtui.errors import DataError

# Formats that Pillow decodes by itself: no other program is started for a file.
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000", "TGA")

_GREY = frozenset({"1", "L", "LA", "La"})
_GREY_16_BIT = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I"})
_COLOUR = frozenset({"RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "CMYK", "YCbCr", "HSV"})


@dataclass(frozen=True, slots=True)
class ImageShape:
    """Size in pixels and channels (1 grey, 3 colour) of an image."""

    width: int
    height: int
    channels: int


def image_shape(path: Path) -> ImageShape:
    """The shape of an image file, from its header; DataError where it is not one."""
    with _opened(path) as image:
        if image.mode not in _GREY | _GREY_16_BIT | _COLOUR:
            raise DataError(
                f"{shown(path)}: has pixels of mode {image.mode}; save it as 8-bit or 16-bit grey "
                "or as RGB"
            )
        return ImageShape(image.width, image.height, 3 if image.mode in _COLOUR else 1)


def image_pixels(path: Path, dtype: np.dtype[Any]) -> Pixels:
    """The pixels `(height, width, channels)`, 8-bit over 255, 16-bit grey over 65535.

    Transparency is dropped. DataError where the file is damaged.
    """
    with _opened(path) as image:
        if image.mode in _GREY_16_BIT:
            values, full = np.asarray(image), 65535
            if values.min() < 0 or values.max() > full:
                raise DataError(f"{shown(path)}: has grey values outside 0…65535; save 16-bit grey")
        elif image.mode in _GREY:
            values, full = np.asarray(image.convert("L")), 255
        else:
            # Pillow drops the transparency of a palette only by way of RGBA.
            plain = image.convert("RGBA") if image.mode in {"P", "PA", "RGBa"} else image
            values, full = np.asarray(plain.convert("RGB")), 255
        pixels: Pixels = values.astype(dtype)
        pixels /= full
        return pixels.reshape(image.height, image.width, -1)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """An image file, open; whatever Pillow raises over it becomes a DataError."""
    data_file(path)
    with reading(path, "an image"), Image.open(path, formats=_FORMATS) as image:
        yield image


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """No warnings of Pillow: of large images, whose memory is checked, and of odd metadata.

    Around all work on images and in one thread only: Python keeps its filters of
    warnings for all threads together.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield
