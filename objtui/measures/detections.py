"""What the heads of a detector detect on a few sample pictures, as a frame keeps it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAX_SHOWN = 20
"""Detections of a picture that a frame keeps: the best."""

MAX_OBJECTS = 512
"""Objects of a picture of which a frame keeps whether they are hit: the first."""

_BYTES = 4 * 2 + 4 + 1  # of a detection: box, logit, hit


@dataclass(frozen=True, eq=False, slots=True)
class PictureDetections:
    """The best detections of every head, of the first seed, best first.

    Attributes:
        boxes: left, top, width and height in pixels of the picture, rounded,
            (heads, pictures, MAX_SHOWN, 4) int16.
        logits: (heads, pictures, MAX_SHOWN) float32; NaN behind the last.
        hits: which hit a true box at an IoU of 0.5, (heads, pictures, MAX_SHOWN).
        totals: of all detections at p ≥ 0.5, kept or not, how many hit a true box, and how many
            nothing and lie in no crowd, (heads, pictures, 2) int32; None in earlier versions.
        objects: which objects of a picture any detection at p ≥ 0.5 hits, kept or not,
            (heads, pictures, MAX_OBJECTS); None in earlier versions. Only beside totals.
    """

    boxes: npt.NDArray[np.int16]
    logits: npt.NDArray[np.float32]
    hits: npt.NDArray[np.bool_]
    totals: npt.NDArray[np.int32] | None = None
    objects: npt.NDArray[np.bool_] | None = None

    def of(self, head: int, picture: int) -> list[tuple[list[int], float, bool]]:
        """Box, logit and hit of each detection of a head on a picture."""
        at = head, picture
        some = np.isfinite(self.logits[at])
        boxes, logits = self.boxes[at][some].tolist(), self.logits[at][some].tolist()
        return list(zip(boxes, logits, self.hits[at][some].tolist(), strict=True))

    def totals_of(self, head: int, picture: int) -> tuple[int, int] | None:
        """How many likely detections of a head on a picture hit, and how many hit nothing."""
        if self.totals is None:
            return None
        hits, alarms = self.totals[head, picture].tolist()
        return hits, alarms

    def hit_objects(self, head: int, picture: int, count: int) -> npt.NDArray[np.bool_] | None:
        """Which of the objects of a picture, so many, are hit: (count,); None where not kept."""
        if self.objects is None or count > MAX_OBJECTS:
            return None
        return self.objects[head, picture, :count]

    def to_bytes(self) -> bytes:
        """Boxes, logits, hits and, where there are some, totals and a bit of each object in turn,
        little-endian.
        """
        parts = [self.boxes.astype("<i2"), self.logits.astype("<f4"), self.hits.astype("u1")]
        if self.totals is not None:
            parts.append(self.totals.astype("<i4"))
        if self.objects is not None:
            parts.append(np.packbits(self.objects, axis=-1, bitorder="little"))
        return b"".join(part.tobytes() for part in parts)

    @classmethod
    def from_bytes(
        cls, data: bytes, heads: int, pictures: int, *, totals: bool = False, objects: bool = False
    ) -> PictureDetections:
        """What `to_bytes` gave, with totals, and objects, or without; ValueError where it has
        another length.
        """
        if len(data) != detection_bytes(heads, pictures, totals=totals, objects=objects):
            raise ValueError("the detections have another length than their shape says")
        shape = heads, pictures, MAX_SHOWN
        count = heads * pictures * MAX_SHOWN
        return cls(
            np.frombuffer(data, "<i2", 4 * count).astype(np.int16).reshape(*shape, 4),
            np.frombuffer(data, "<f4", count, 8 * count).astype(np.float32).reshape(shape),
            np.frombuffer(data, "u1", count, 12 * count).astype(bool).reshape(shape),
            _totals(data, 13 * count, heads, pictures) if totals else None,
            _objects(data, 13 * count + 8 * heads * pictures, heads, pictures) if objects else None,
        )


def detection_bytes(
    heads: int, pictures: int, *, totals: bool = False, objects: bool = False
) -> int:
    """How many bytes detections of so many heads on so many pictures take."""
    behind = 2 * 4 * totals + MAX_OBJECTS // 8 * objects
    return heads * pictures * (MAX_SHOWN * _BYTES + behind)


def _totals(data: bytes, at: int, heads: int, pictures: int) -> npt.NDArray[np.int32]:
    totals = np.frombuffer(data, "<i4", 2 * heads * pictures, at).astype(np.int32)
    return totals.reshape(heads, pictures, 2)


def _objects(data: bytes, at: int, heads: int, pictures: int) -> npt.NDArray[np.bool_]:
    bits = np.frombuffer(data, "u1", offset=at).reshape(heads, pictures, -1)
    return np.unpackbits(bits, axis=-1, bitorder="little").astype(bool)
