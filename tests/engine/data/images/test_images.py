"""Image files of every kind, as numbers from 0 to 1."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from objtui.engine.data.images.images import image_pixels, image_shape
from objtui.errors import DataError

F64 = np.dtype(np.float64)
GREY = np.arange(20, dtype=np.uint8).reshape(4, 5) * 12
COLOUR = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)


def test_grey_pixels_are_their_values_over_255(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png")
    shape = image_shape(tmp_path / "a.png")
    assert (shape.width, shape.height, shape.channels) == (5, 4, 1)
    assert np.array_equal(image_pixels(tmp_path / "a.png", F64)[..., 0], GREY / 255)


def test_16_bit_grey_is_scaled_to_0_to_1(tmp_path: Path) -> None:
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / "a.png")
    assert np.array_equal(image_pixels(tmp_path / "a.png", F64)[..., 0], GREY.astype(float) / 255)
    assert image_shape(tmp_path / "a.png").channels == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_colour_of_any_kind_has_three_channels(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(COLOUR).convert(mode)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    image.save(path)
    assert image_shape(path).channels == 3
    expected = np.asarray(image.convert("RGB")) / 255
    assert np.array_equal(image_pixels(path, F64), expected)


@pytest.mark.parametrize("mode", ["1", "LA"])
def test_grey_of_any_kind_has_one_channel(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(GREY).convert(mode)
    image.save(tmp_path / "a.png")
    assert image_shape(tmp_path / "a.png").channels == 1
    expected = np.asarray(image.convert("L")) / 255
    assert np.array_equal(image_pixels(tmp_path / "a.png", F64)[..., 0], expected)


def test_a_palette_with_transparency_is_read_without_a_warning(tmp_path: Path) -> None:
    image = Image.fromarray(COLOUR).convert("P")
    image.save(tmp_path / "a.png", transparency=bytes(range(256)))
    assert image_pixels(tmp_path / "a.png", F64).shape == (4, 5, 3)


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    Image.fromarray(GREY.astype(np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match="has pixels of mode F; save it as"):
        image_shape(tmp_path / "a.tif")


def test_grey_values_beyond_16_bits_are_refused(tmp_path: Path) -> None:
    Image.fromarray(GREY.astype(np.int32) * 10**6).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match="grey values outside"):
        image_pixels(tmp_path / "a.tif", F64)


def test_a_decompression_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9)
    with pytest.raises(DataError, match=r"a\.png: cannot be read as an image: .*bomb"):
        image_shape(tmp_path / "a.png")


def test_a_file_that_would_start_another_program_is_not_opened(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "a.eps")
    with pytest.raises(DataError, match="cannot be read as an image"):
        image_shape(tmp_path / "a.eps")


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "gif", "bmp", "webp"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cuts=st.data())
def test_damage_anywhere_is_a_data_error_or_none(
    kind: str, cuts: st.DataObject, tmp_path: Path
) -> None:
    buffer = io.BytesIO()
    Image.fromarray(COLOUR).save(buffer, kind)
    raw = bytearray(buffer.getvalue())
    for _ in range(cuts.draw(st.integers(1, 4))):
        raw[cuts.draw(st.integers(0, len(raw) - 1))] = cuts.draw(st.integers(0, 255))
    path = tmp_path / "a.img"
    path.write_bytes(raw[: cuts.draw(st.integers(len(raw) // 2, len(raw)))])
    with contextlib.suppress(DataError):  # every other error fails
        shape = image_shape(path)
        if shape.width * shape.height < 10**6:
            image_pixels(path, F64)
