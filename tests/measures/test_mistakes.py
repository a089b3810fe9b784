"""The worst mistakes that a frame keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from objtui.measures.mistakes import (
    CROP_SIDE,
    MAX_MISTAKES,
    NAME_BYTES,
    Mistake,
    Mistakes,
    mistake_bytes,
)

CROP = (np.arange(CROP_SIDE**2 * 3) % 251).astype(np.uint8).reshape(CROP_SIDE, CROP_SIDE, 3)
ALARM = Mistake("false alarm", "a.png", (-3, 4, 5, 6), 2.5, (-8, -7, 30, 30), CROP)
MISSED = Mistake("missed", "b.png", (300, 4, 5, 6), float("nan"), (290, 0, 16, 16), CROP)


def described(mistake: Mistake) -> tuple[object, ...]:
    return (mistake.kind, mistake.image, mistake.box, mistake.region, str(mistake.logit))


def test_those_of_a_head_are_listed_false_alarms_first() -> None:
    kept = Mistakes.of([[MISSED, ALARM], []])
    assert list(map(described, kept.of_head(0))) == list(map(described, [ALARM, MISSED]))
    np.testing.assert_array_equal(kept.of_head(0)[0].crop, CROP)
    assert kept.of_head(1) == []


def test_the_first_of_a_kind_are_kept() -> None:
    many = [replace(ALARM, logit=float(number)) for number in range(MAX_MISTAKES + 3)]
    kept = Mistakes.of([many]).of_head(0)
    assert [each.logit for each in kept] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["", "a", "x" * 500 + "/é.png", "é" * 500, "\ud800.png"])
def test_of_a_long_name_the_end_is_kept(name: str) -> None:
    (kept,) = Mistakes.of([[replace(ALARM, image=name)]]).of_head(0)
    whole = name.encode(errors="replace").decode()
    assert len(kept.image.encode()) <= NAME_BYTES
    assert whole.endswith(kept.image)
    if len(name) < 10:
        assert kept.image == whole


def test_they_come_back_from_their_bytes() -> None:
    kept = Mistakes.of([[MISSED, ALARM], [ALARM]])
    data = kept.to_bytes()
    assert len(data) == mistake_bytes(2)
    again = Mistakes.from_bytes(data, 2)
    assert list(map(described, again.of_head(0))) == list(map(described, kept.of_head(0)))
    assert again.to_bytes() == data
    with pytest.raises(ValueError, match="another length"):
        Mistakes.from_bytes(data, 3)
