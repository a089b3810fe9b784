"""A sample picture as its run keeps it, small, and what a detector makes of it."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from objtui.measures.detections import MAX_SHOWN, PictureDetections

MAX_SIDE = 256
"""Pixels of the longer side as it is kept."""

MAX_BOXES = 5_000
"""True boxes and crowds of a picture that are kept, each."""

MAX_PLACE = 2**24
"""No picture is longer in pixels, so no box lies further out."""

CROWDED = 0.5
"""Share of a detection within a crowd from which on it counts neither way, as COCO has it."""

_HEADER = struct.Struct("<HHBII")  # rows, columns, channels, boxes, crowds

Boxes = npt.NDArray[np.float32]

OutcomeKind = Literal["hit", "false alarm", "missed"]


@dataclass(frozen=True, eq=False, slots=True)
class PictureContent:
    """What a sample picture shows.

    Attributes:
        pixels: 8-bit, (rows, columns, channels), grey or red, green and blue; scaled down to
            MAX_SIDE where the picture is larger.
        boxes, crowds: objects, and regions of many; left, top, width and height in pixels of the
            picture as it was, (boxes, 4).
    """

    pixels: npt.NDArray[np.uint8]
    boxes: Boxes
    crowds: Boxes

    def to_bytes(self) -> bytes:
        """The content in few bytes; ValueError where it is larger than what is read."""
        rows, columns, channels = self.pixels.shape
        shape = rows, columns, channels, len(self.boxes), len(self.crowds)
        _require_shape(*shape)
        places = np.vstack([self.boxes, self.crowds]).astype("<f4")
        body = self.pixels.tobytes() + places.tobytes()
        return _HEADER.pack(*shape) + zlib.compress(body, level=9)

    @classmethod
    def from_bytes(cls, data: bytes) -> PictureContent:
        """What `to_bytes` gave; ValueError where it is none, which unpacks to no more than that."""
        try:
            rows, columns, channels, boxes, crowds = _HEADER.unpack_from(data)
            _require_shape(rows, columns, channels, boxes, crowds)
            pixels = rows * columns * channels
            size = pixels + 16 * (boxes + crowds)
            unpacking = zlib.decompressobj()
            body = unpacking.decompress(data[_HEADER.size :], size + 1)
        except (struct.error, zlib.error, TypeError) as error:
            raise ValueError(f"not a picture: {error}") from error
        if len(body) != size or not unpacking.eof or unpacking.unused_data:
            raise ValueError("not a picture: it has another length than its shape says")
        places = np.frombuffer(body[pixels:], "<f4").astype(np.float32).reshape(-1, 4)
        if not (np.abs(places) <= MAX_PLACE).all() or (places[:, 2:] < 0).any():
            raise ValueError("not a picture: a box in it is none")
        shown = np.frombuffer(body, "u1", pixels).reshape(rows, columns, channels)
        return cls(shown, places[:boxes], places[boxes:])


@dataclass(frozen=True, slots=True)
class Outcome:
    """A detection at p ≥ 0.5, or an object that none of them hits.

    Attributes:
        box: of the detection, or of the object that is missed; left, top, width, height. Of a hit
            whose detection was not kept that of the object.
        logit: of the detection, NaN where it was not kept; of a missed object that of the less
            likely detection that would hit it, NaN where none does.
        target: the object that a hit hits; None of others.
    """

    kind: OutcomeKind
    box: tuple[float, float, float, float]
    logit: float
    target: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a head makes of a picture.

    Attributes:
        each: the detections best first, then objects that others hit, then the missed ones.
        complete: whether every likely detection was kept. Else objects that stand here as missed
            may be hit by those that were not, where it was not kept either which are hit.
        counts: how many there are of each kind, of detections that were not kept too; None where
            nobody counted them.
    """

    each: tuple[Outcome, ...]
    complete: bool
    counts: dict[OutcomeKind, int] | None = None

    def of(self, kind: OutcomeKind) -> list[Outcome]:
        """Those of one kind."""
        return [outcome for outcome in self.each if outcome.kind == kind]

    def count(self, kind: OutcomeKind) -> int:
        """How many there are of a kind; of missed ones at most, where nobody counted all."""
        return len(self.of(kind)) if self.counts is None else self.counts[kind]

    @property
    def hits_not_kept(self) -> int:
        """Objects that are known to be hit by detections that were not kept."""
        return sum(math.isnan(outcome.logit) for outcome in self.of("hit"))

    @property
    def hit_by_others(self) -> int:
        """Objects that stand here as missed, but are hit by detections that were not kept."""
        return len(self.of("missed")) - self.count("missed")

    @property
    def knows_missed(self) -> bool:
        """Whether the objects that stand here as missed are those that are."""
        return self.complete or (self.counts is not None and self.hit_by_others == 0)


def outcomes_on(
    detections: PictureDetections, head: int, picture: int, content: PictureContent
) -> Outcomes:
    """What a head makes of a picture, by all that a frame keeps of it."""
    return outcomes(
        detections.of(head, picture),
        content,
        detections.totals_of(head, picture),
        detections.hit_objects(head, picture, len(content.boxes)),
    )


def outcomes(
    detections: list[tuple[list[int], float, bool]],
    content: PictureContent,
    totals: tuple[int, int] | None = None,
    hit_objects: npt.NDArray[np.bool_] | None = None,
) -> Outcomes:
    """Tell hits, false alarms and missed objects apart.

    Whether a detection hits was settled in the evaluation, by the rule of COCO; it then hits the
    object with the largest overlap of those that no better one has hit. One that lies in a crowd
    is left out.

    Args:
        detections: box, logit and hit of each, best first, as `PictureDetections.of` gives them.
        totals: as `PictureDetections.totals_of` gives them.
        hit_objects: as `PictureDetections.hit_objects` gives them.
    """
    free = np.ones(len(content.boxes), dtype=bool)
    unlikely = np.full(len(content.boxes), np.nan)
    likely: list[Outcome] = []
    objects = [(box[0], box[1], box[2], box[3]) for box in content.boxes.tolist()]
    for box, logit, hit in detections:
        left, top, width, height = map(float, box)
        place = left, top, width, height
        target = None
        if hit and free.any():
            taken = free if hit_objects is None or logit < 0 else free & hit_objects
            overlaps = np.where(taken, _overlaps(place, content.boxes), -1.0)
            best = int(overlaps.argmax())
            if logit >= 0:
                free[best] = False
                target = objects[best]
            elif np.isnan(unlikely[best]):
                unlikely[best] = logit
        if logit < 0:
            continue
        if hit:
            likely.append(Outcome("hit", place, logit, target))
        elif not _is_crowded(place, content.crowds):
            likely.append(Outcome("false alarm", place, logit))
    complete = len(detections) < MAX_SHOWN or detections[-1][1] < 0
    if hit_objects is not None and not complete:
        for at in np.flatnonzero(free & hit_objects).tolist():
            likely.append(Outcome("hit", objects[at], math.nan))
        free &= ~hit_objects
    missed = [
        Outcome("missed", box, float(unlikely[at])) for at, box in enumerate(objects) if free[at]
    ]
    counts: dict[OutcomeKind, int] | None = None
    if totals is not None and not complete:
        hits, alarms = totals
        counts = {"hit": hits, "false alarm": alarms, "missed": max(len(objects) - hits, 0)}
    return Outcomes((*likely, *missed), complete, counts)


def _overlaps(place: tuple[float, ...], boxes: Boxes) -> npt.NDArray[np.float64]:
    """Intersection over union with each box: (boxes,)."""
    shared = _shared(place, boxes)
    areas = boxes[:, 2].astype(np.float64) * boxes[:, 3] + place[2] * place[3]
    ratios: npt.NDArray[np.float64] = shared / np.maximum(areas - shared, 1e-9)
    return ratios


def _is_crowded(place: tuple[float, ...], crowds: Boxes) -> bool:
    area = place[2] * place[3]
    return bool(len(crowds) and area and _shared(place, crowds).max() / area >= CROWDED)


def _shared(place: tuple[float, ...], boxes: Boxes) -> npt.NDArray[np.float64]:
    """Pixels that a box shares with each of others: (boxes,)."""
    starts = boxes[:, :2].astype(np.float64)
    own = np.array(place, dtype=np.float64)
    ends = np.minimum(starts + boxes[:, 2:], own[:2] + own[2:])
    sides = np.clip(ends - np.maximum(starts, own[:2]), 0, None)
    pixels: npt.NDArray[np.float64] = sides.prod(axis=1)
    return pixels


def _require_shape(rows: int, columns: int, channels: int, boxes: int, crowds: int) -> None:
    sides = min(rows, columns) >= 1 and max(rows, columns) <= MAX_SIDE
    if not sides or channels not in (1, 3) or max(boxes, crowds) > MAX_BOXES:
        raise ValueError("not a picture: it has a size of none")
