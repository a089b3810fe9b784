"""What the heads of a detector detect on every evaluation picture, as a run keeps it once: at its
end, or at a stop.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.measures.pictures import MAX_PLACE

MAX_BYTES = 64 * 2**20
"""Of all of it, unpacked."""

MAX_TEXT = 4096
"""Of the name of a picture or category."""

_LENGTHS = struct.Struct("<II")  # of the packed description, of the numbers unpacked

_DETECTION_BYTES = 4 * 4 + 8  # box, logit

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Category:
    """What a source calls the kind of its objects; its own id where it has some."""

    id: int | str = 1
    name: str = "object"


OBJECT = Category()
"""That of a source which names none."""


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """A picture: its id where its source gives it one, else its number from 1, and its size."""

    id: int | str
    name: str
    width: int
    height: int


@dataclass(frozen=True, eq=False, slots=True)
class PictureBoxes:
    """Boxes on every picture, those of the first picture first.

    Attributes:
        counts: of each picture, (pictures,).
        corners: left, top, right, bottom in pixels of the picture, (boxes, 4).
    """

    counts: Counts
    corners: Floats

    @classmethod
    def of(cls, pictures: Sequence[Floats]) -> PictureBoxes:
        """Those of each picture, (boxes, 4)."""
        counts = np.array([len(each) for each in pictures], np.int64)
        return cls(counts, np.concatenate([np.empty((0, 4)), *pictures]))

    @property
    def pictures(self) -> npt.NDArray[np.int64]:
        """Of each box the position of its picture: (boxes,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


@dataclass(frozen=True, eq=False, slots=True)
class MemberDetections:
    """Those of a head and seed: on each picture the best first.

    Attributes:
        boxes: rounded to float32.
        logits: (boxes,).
    """

    boxes: PictureBoxes
    logits: Floats

    def best(self, most: int) -> MemberDetections:
        """The best so many of each picture."""
        counts = self.boxes.counts
        starts = np.cumsum(counts) - counts
        rank = np.arange(len(self.logits)) - np.repeat(starts, counts)
        some = rank < most
        kept = PictureBoxes(np.minimum(counts, most), self.boxes.corners[some])
        return MemberDetections(kept, self.logits[some])


@dataclass(frozen=True, eq=False, slots=True)
class AllDetections:
    """Of all members, and what the pictures truly hold.

    Attributes:
        members: by head, then by seed.
        most: detections of a picture that are kept, where room was too small for all; else None.
    """

    category: Category
    pictures: tuple[PictureRecord, ...]
    objects: PictureBoxes
    crowds: PictureBoxes
    members: tuple[tuple[MemberDetections, ...], ...]
    most: int | None = None

    def of_seeds(self, places: slice) -> AllDetections:
        """The same of some seeds."""
        return replace(self, members=tuple(of_head[places] for of_head in self.members))

    @classmethod
    def merged(cls, parts: Sequence[AllDetections]) -> AllDetections:
        """Those of all seeds, from those of some seeds each, in the order of the seeds.

        Where some are not all there were, of every seed no more of a picture are kept.
        """
        by_head = zip(*(part.members for part in parts), strict=True)
        members = tuple(tuple(each for part in head for each in part) for head in by_head)
        most = min((part.most for part in parts if part.most is not None), default=None)
        if most is not None:
            members = tuple(tuple(each.best(most) for each in of_head) for of_head in members)
        return replace(parts[0], members=members, most=most)

    def within(self, limit: int) -> AllDetections | None:
        """All, or the best of each picture by each member, that take no more than so many bytes;
        None where not even the best one does.
        """
        every = self._members_in_turn()
        counts = np.concatenate([each.boxes.counts for each in every])
        room = (min(limit, MAX_BYTES) - self._fixed_bytes()) // _DETECTION_BYTES
        if counts.sum() <= room:
            return self
        low, high = 0, int(counts.max())  # low fits, unless it is 0
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (middle, high) if np.minimum(counts, middle).sum() <= room else (low, middle)
            )
        if low == 0:
            return None
        members = tuple(tuple(each.best(low) for each in of_head) for of_head in self.members)
        return replace(self, members=members, most=low)

    def to_bytes(self) -> bytes:
        """A description, and behind it all counts, boxes and logits, little-endian; compressed."""
        description = zlib.compress(json.dumps(self._description()).encode())
        body = b"".join(part.tobytes() for part in self._parts())
        return _LENGTHS.pack(len(description), len(body)) + description + zlib.compress(body, 6)

    @classmethod
    def from_bytes(cls, data: bytes, heads: int, seeds: int) -> AllDetections:
        """What `to_bytes` gave of so many members; ValueError where it is none."""
        try:
            length, size = _LENGTHS.unpack_from(data)
            if size > MAX_BYTES or length > len(data):
                raise ValueError("the detections are larger than they can be")
            start = _LENGTHS.size
            described = json.loads(_unpacked(data[start : start + length], MAX_BYTES // 4))
            body = _unpacked(data[start + length :], size)
            if len(body) != size:
                raise ValueError("the detections have another length than they say")
            return cls._read(described, _Numbers(body), heads, seeds)
        except (struct.error, zlib.error, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"no detections: {error}") from error

    @classmethod
    def _read(cls, described: Any, numbers: _Numbers, heads: int, seeds: int) -> AllDetections:
        pictures = tuple(PictureRecord(*each) for each in described["pictures"])
        category = Category(*described["category"])
        most = described["most"]
        if not (all(map(_is_picture, pictures)) and _is_named(category.id, category.name)):
            raise ValueError("a picture of the detections is none")
        if most is not None and not _is_length(most):
            raise ValueError("the detections are none")
        count = len(pictures)
        objects, crowds = numbers.boxes(count, "<f8"), numbers.boxes(count, "<f8")
        members = tuple(
            tuple(numbers.detections(count) for _ in range(seeds)) for _ in range(heads)
        )
        numbers.require_end()
        return cls(category, pictures, objects, crowds, members, most)

    def _description(self) -> dict[str, Any]:
        return {
            "category": [self.category.id, self.category.name[:MAX_TEXT]],
            "pictures": [
                [each.id, each.name[:MAX_TEXT], each.width, each.height] for each in self.pictures
            ],
            "most": self.most,
        }

    def _members_in_turn(self) -> list[MemberDetections]:
        return [each for of_head in self.members for each in of_head]

    def _fixed_bytes(self) -> int:
        """What all but the detections themselves takes."""
        members = len(self._members_in_turn())
        boxes = len(self.objects.corners) + len(self.crowds.corners)
        described = len(json.dumps(self._description()))
        return described + 4 * len(self.pictures) * (2 + members) + 32 * boxes

    def _parts(self) -> Iterator[npt.NDArray[Any]]:
        for truth in (self.objects, self.crowds):
            yield truth.counts.astype("<u4")
            yield truth.corners.astype("<f8")
        for each in self._members_in_turn():
            yield each.boxes.counts.astype("<u4")
            yield each.boxes.corners.astype("<f4")
            yield each.logits.astype("<f8")


class _Numbers:
    """Arrays that are taken one after another; ValueError where there are no more."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def boxes(self, pictures: int, dtype: str) -> PictureBoxes:
        counts = self._take("<u4", pictures).astype(np.int64)
        corners = self._take(dtype, 4 * int(counts.sum())).astype(np.float64).reshape(-1, 4)
        if not (np.abs(corners) <= MAX_PLACE).all() or (corners[:, 2:] < corners[:, :2]).any():
            raise ValueError("a box of the detections is none")
        return PictureBoxes(counts, corners)

    def detections(self, pictures: int) -> MemberDetections:
        boxes = self.boxes(pictures, "<f4")
        logits = self._take("<f8", len(boxes.corners)).astype(np.float64)
        if not np.isfinite(logits).all():
            raise ValueError("a logit of the detections is none")
        return MemberDetections(boxes, logits)

    def require_end(self) -> None:
        if self._at != len(self._data):
            raise ValueError("there is more behind the detections")

    def _take(self, dtype: str, count: int) -> npt.NDArray[Any]:
        start, self._at = self._at, self._at + count * np.dtype(dtype).itemsize
        if self._at > len(self._data):
            raise ValueError("the detections are cut short")
        return np.frombuffer(self._data, dtype, count, start)


def scores_of(logits: Floats) -> Floats:
    """p of each, float64, in the very order of the logits, equal ones in theirs: (detections,).

    Where p rounds unequal logits to one value, as it does from about 20 on, or logits are equal,
    each is below the one before it by float64's last digit. So whatever ranks by p, in whatever
    order it comes by the pictures, ranks as the run did.
    """
    falling = np.argsort(-logits, kind="stable")
    z = logits[falling]
    with np.errstate(over="ignore"):
        p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)))
        p = np.where(z >= 0, p, p / (1 + p)).tolist()
    lowered: list[float] = []
    for own in p:
        lowered.append(min(own, math.nextafter(lowered[-1], 0.0)) if lowered else own)
    scores = np.empty(len(logits))
    scores[falling] = lowered
    return scores


def _unpacked(data: bytes, limit: int) -> bytes:
    unpacking = zlib.decompressobj()
    body = unpacking.decompress(data, limit + 1)
    if len(body) > limit or not unpacking.eof or unpacking.unused_data:
        raise ValueError("the detections have another length than they say")
    return body


def _is_length(value: object) -> bool:
    return type(value) is int and 1 <= value <= MAX_PLACE


def _is_named(identity: object, name: object) -> bool:
    """Whether an id is one, as COCO files have them, and a name a text."""
    is_id = (type(identity) is int and -(2**63) <= identity < 2**63) or (
        isinstance(identity, str) and len(identity) <= MAX_TEXT
    )
    return is_id and isinstance(name, str) and len(name) <= MAX_TEXT


def _is_picture(picture: PictureRecord) -> bool:
    sides = _is_length(picture.width) and _is_length(picture.height)
    return sides and _is_named(picture.id, picture.name)
