"""Reading image files: grey or colour, as numbers from 0 to 1."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from objtui.datafiles.files import data_file, reading, shown
from objtui.engine.data.images.pictures import Pixels
from objtui.errors import DataError

# Formats that Pillow decodes by itself: no other program is started for a file.
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000", "TGA")

# Pillow itself turns these upright while it decodes them.
_TURNED_BY_PILLOW = ("TIFF",)

_TURNS = {  # as PIL.ImageOps.exif_transpose
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_GREY = frozenset({"1", "L", "LA", "La"})
_GREY_16_BIT = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I"})
_COLOUR = frozenset({"RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "CMYK", "YCbCr", "HSV"})


_UPRIGHT = 1
_ORIENTATIONS = range(1, 9)
_SIDEWAYS = (5, 6, 7, 8)  # orientations that swap width and height


@dataclass(frozen=True, slots=True)
class ImageShape:
    """Size in pixels and channels (1 grey, 3 colour) of an image as viewers show it.

    `orientation` is that of EXIF, tag 0x0112 (CIPA DC-008, 4.6.4): 1 is stored upright.
    """

    width: int
    height: int
    channels: int
    orientation: int = _UPRIGHT

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height of the picture as it is stored, before it is turned upright."""
        size = self.width, self.height
        return size[::-1] if self.orientation in _SIDEWAYS else size


def image_shape(path: Path) -> ImageShape:
    """The shape of an image file, from its header; DataError where it is not one."""
    with _opened(path) as image:
        if image.mode not in _GREY | _GREY_16_BIT | _COLOUR:
            raise DataError(
                f"{shown(path)}: has pixels of mode {image.mode}; save it as 8-bit or 16-bit grey "
                "or as RGB"
            )
        channels = 3 if image.mode in _COLOUR else 1
        orientation = _orientation(image)
        width, height = image.size
        if orientation in _SIDEWAYS and not _is_upright(image):
            width, height = height, width
        return ImageShape(width, height, channels, orientation)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; upright where there is none, or damaged metadata."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    except Exception:  # of damaged metadata Pillow raises errors of every type
        return _UPRIGHT
    return orientation if orientation in _ORIENTATIONS else _UPRIGHT


def image_pixels(path: Path, dtype: np.dtype[Any]) -> Pixels:
    """The pixels `(height, width, channels)`, 8-bit over 255, 16-bit grey over 65535.

    Turned upright by the EXIF orientation; transparency is dropped. DataError where the
    file is damaged.
    """
    with _opened(path) as stored:
        image = _upright(stored)
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


def _upright(image: Image.Image) -> Image.Image:
    """The image turned by its EXIF orientation; itself where that is upright."""
    turn = _TURNS.get(_orientation(image))
    if turn is None or image.format in _TURNED_BY_PILLOW:
        return image
    return image.transpose(turn)


def _is_upright(image: Image.Image) -> bool:
    """Whether the size that Pillow gives before decoding is already that of the upright image."""
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return False
    stored = tags.get(ExifTags.Base.ImageWidth), tags.get(ExifTags.Base.ImageLength)
    return image.size != stored


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """An image file, open; whatever Pillow raises over it becomes a DataError."""
    data_file(path)
    # A file and not a path, as Pillow maps those into memory and scrambles turned TIFF then.
    with (
        reading(path, "an image"),
        path.open("rb") as file,
        Image.open(file, formats=_FORMATS) as image,
    ):
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
