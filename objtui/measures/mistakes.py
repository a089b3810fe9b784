"""A detector's worst mistakes over all evaluation pictures, as a run's last frame keeps them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

MAX_MISTAKES = 5
"""Of a kind and head: the worst."""

CROP_SIDE = 32
"""Pixels of a side of the square crop that shows one."""

NAME_BYTES = 120
"""Of a picture's name in UTF-8: its end, where it is longer."""

MistakeKind = Literal["false alarm", "missed"]

MISTAKE_KINDS: tuple[MistakeKind, ...] = ("false alarm", "missed")
"""In the order in which they are kept."""

HEADINGS: dict[MistakeKind, str] = {
    "false alarm": "surest false alarms",
    "missed": "missed most",
}
"""What stands over those of a kind."""

AT_THE_END = "kept at the end or most stops"
"""Stands where the frame that is shown is not the last one of its run, or the run was killed.

None are kept at a stop where an evaluation takes long, nor on a cluster where a part of the run is
far behind the others or lost."""

_BYTES = 2 * 4 * 2 + 4 + CROP_SIDE**2 * 3 + NAME_BYTES  # box, region, logit, crop, name
_SHAPE = len(MISTAKE_KINDS), MAX_MISTAKES


@dataclass(frozen=True, eq=False, slots=True)
class Mistake:
    """A false alarm or a missed object.

    Attributes:
        image: the name of its picture, or its end.
        box: of the detection, or of the object; left, top, width, height, in pixels, rounded.
        logit: of the detection; of a missed object that of the less likely detection that would
            hit it, NaN where none does.
        region: the square that `crop` shows, likewise; it may reach over the picture's edge.
        crop: red, green and blue, (CROP_SIDE, CROP_SIDE, 3).
    """

    kind: MistakeKind
    image: str
    box: tuple[int, int, int, int]
    logit: float
    region: tuple[int, int, int, int]
    crop: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False, slots=True)
class Mistakes:
    """By head those of the first seed, the worst of each of MISTAKE_KINDS first.

    The surest false alarms: the most likely detections that hit nothing. The objects missed most:
    those without a hit whose best detection is the least likely, those without any first.

    Attributes:
        boxes, regions: (heads, kinds, MAX_MISTAKES, 4) int16; a region of no width is that of
            none.
        logits: (heads, kinds, MAX_MISTAKES) float32.
        crops: (heads, kinds, MAX_MISTAKES, CROP_SIDE, CROP_SIDE, 3) uint8.
        names: (heads, kinds, MAX_MISTAKES), UTF-8, at most NAME_BYTES each.
    """

    boxes: npt.NDArray[np.int16]
    regions: npt.NDArray[np.int16]
    logits: npt.NDArray[np.float32]
    crops: npt.NDArray[np.uint8]
    names: npt.NDArray[np.bytes_]

    @classmethod
    def of(cls, heads: list[list[Mistake]]) -> Mistakes:
        """Those of each head; the first MAX_MISTAKES of a kind are kept."""
        shape = len(heads), *_SHAPE
        kept = cls(
            np.zeros((*shape, 4), np.int16),
            np.zeros((*shape, 4), np.int16),
            np.full(shape, np.nan, np.float32),
            np.zeros((*shape, CROP_SIDE, CROP_SIDE, 3), np.uint8),
            np.zeros(shape, f"S{NAME_BYTES}"),
        )
        for head, mistakes in enumerate(heads):
            for kind, name in enumerate(MISTAKE_KINDS):
                of_kind = [each for each in mistakes if each.kind == name][:MAX_MISTAKES]
                for number, each in enumerate(of_kind):
                    at = head, kind, number
                    kept.boxes[at], kept.regions[at] = each.box, each.region
                    kept.logits[at], kept.crops[at] = each.logit, each.crop
                    kept.names[at] = _end(each.image)
        return kept

    def of_head(self, head: int) -> list[Mistake]:
        """Those of a head, false alarms first."""
        return [
            Mistake(
                MISTAKE_KINDS[kind],
                self.names[at].decode(errors="replace"),
                _box(self.boxes[at]),
                float(self.logits[at]),
                _box(self.regions[at]),
                self.crops[at],
            )
            for kind, number in np.ndindex(_SHAPE)
            if self.regions[at := (head, kind, number)][2] > 0
        ]

    def to_bytes(self) -> bytes:
        """Boxes, regions, logits, crops and names in turn, little-endian."""
        parts = (
            self.boxes.astype("<i2"),
            self.regions.astype("<i2"),
            self.logits.astype("<f4"),
            self.crops,
            self.names,
        )
        return b"".join(part.tobytes() for part in parts)

    @classmethod
    def from_bytes(cls, data: bytes, heads: int) -> Mistakes:
        """What `to_bytes` gave; ValueError where it has another length."""
        if len(data) != mistake_bytes(heads):
            raise ValueError("the mistakes have another length than their shape says")
        shape = heads, *_SHAPE
        parts: list[npt.NDArray[np.generic]] = []
        at = 0
        for kind, rest in (
            ("<i2", (4,)),
            ("<i2", (4,)),
            ("<f4", ()),
            ("u1", (CROP_SIDE, CROP_SIDE, 3)),
            (f"S{NAME_BYTES}", ()),
        ):
            count = math.prod((*shape, *rest))
            part = np.frombuffer(data, kind, count, at)
            at += part.nbytes
            parts.append(part.reshape(*shape, *rest))
        boxes, regions, logits, crops, names = parts
        return cls(
            boxes.astype(np.int16),
            regions.astype(np.int16),
            logits.astype(np.float32),
            crops.astype(np.uint8),
            names.astype(f"S{NAME_BYTES}"),
        )


def mistake_bytes(heads: int) -> int:
    """How many bytes the mistakes of so many heads take."""
    return heads * math.prod(_SHAPE) * _BYTES


def _end(name: str) -> bytes:
    """The last bytes of a name, beginning with a whole letter."""
    encoded = name.encode(errors="replace")
    if len(encoded) <= NAME_BYTES:
        return encoded
    return encoded[-NAME_BYTES:].decode(errors="ignore").encode()


def _box(values: npt.NDArray[np.int16]) -> tuple[int, int, int, int]:
    left, top, width, height = values.tolist()
    return left, top, width, height
