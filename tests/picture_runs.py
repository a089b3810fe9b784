"""Runs of a detector with two sample pictures, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from objtui.measures.detections import MAX_SHOWN, PictureDetections
from objtui.measures.mistakes import CROP_SIDE, Mistake, MistakeKind, Mistakes
from objtui.measures.pictures import PictureContent
from objtui.runfile.records import SamplePicture
from objtui.runfile.writer import RunWriter
from tests.runs_for_tests import NUCLEI, NUCLEI_SCHEDULE, MakeRun, a_summary, nuclei_frame

PICTURES = SamplePicture("first.png", 64, 48), SamplePicture("second.png", 40, 80)

OBJECTS = ([[4, 4, 24, 20], [32, 16, 28, 28]], [[8, 8, 24, 24]])
"""By picture left, top, width and height of what is there."""

NOTHING_THERE = [36, 2, 8, 8]

LEARNT = 100
"""The step from which on every object is hit and nothing else; before it the first one alone."""

Detection = tuple[Sequence[int], float, bool]


def contents() -> tuple[PictureContent, ...]:
    """Light objects on a dark ground."""
    shown = []
    for picture, objects in zip(PICTURES, OBJECTS, strict=True):
        pixels = np.full((picture.height, picture.width, 3), 40, np.uint8)
        for left, top, width, height in objects:
            pixels[top : top + height, left : left + width] = 200, 150, 220
        boxes = np.array(objects, dtype=np.float32)
        shown.append(PictureContent(pixels, boxes, np.empty((0, 4), np.float32)))
    return tuple(shown)


def detections_at(step: int, heads: int = 3) -> PictureDetections:
    """Each head's, which is surer of them than the one before."""
    of_heads: list[list[list[Detection]]] = []
    for head in range(heads):
        first, second = OBJECTS[0]
        sure = 2.0 + head + step / 1000
        of_first: list[Detection] = [(first, sure, True)]
        if step >= LEARNT:
            of_first.append((second, sure - 1, True))
        else:
            of_first += [(NOTHING_THERE, sure - 1, False), (second, -0.7, True)]
        of_heads.append([of_first, [(OBJECTS[1][0], sure, True)]])
    return detections_of(of_heads)


def detections_of(of_heads: Sequence[Sequence[Sequence[Detection]]]) -> PictureDetections:
    """Detections by head and picture, best first."""
    shape = len(of_heads), len(of_heads[0]), MAX_SHOWN
    boxes = np.zeros((*shape, 4), np.int16)
    logits, hits = np.full(shape, np.nan, np.float32), np.zeros(shape, np.bool_)
    for head, pictures in enumerate(of_heads):
        for picture, each in enumerate(pictures):
            for at, (box, logit, hit) in enumerate(each):
                boxes[head, picture, at] = box
                logits[head, picture, at], hits[head, picture, at] = logit, hit
    return PictureDetections(boxes, logits, hits)


def mistakes_of(heads: int = 3) -> Mistakes:
    """Three false alarms of each head, and two objects that it misses, the first without a box."""
    crop = np.full((CROP_SIDE, CROP_SIDE, 3), 60, np.uint8)
    crop[8:24, 8:24] = 200
    region = 10, 20, 32, 32

    def one(kind: MistakeKind, name: str, logit: float) -> Mistake:
        return Mistake(kind, name, (18, 28, 16, 16), logit, region, crop)

    return Mistakes.of(
        [
            [one("false alarm", f"alarm {number}.png", 5.0 + head - number) for number in range(3)]
            + [one("missed", "a/long/way/to/it.png", math.nan), one("missed", "b.png", -3.0)]
            for head in range(heads)
        ]
    )


def record_pictures(
    new_run: MakeRun,
    folder: Path,
    name: str = "pictures-1",
    *,
    steps: Sequence[int] = NUCLEI_SCHEDULE,
    kept: PictureDetections | None = None,
    **header: Any,
) -> RunWriter:
    """A finished run of nuclei whose heads detect on pictures; `kept`: at every step the same."""
    values = {**NUCLEI, "pictures": PICTURES, "contents": contents(), **header}
    writer = new_run(name, folder, **values)
    heads = values["heads"]
    for step in steps:
        frame = nuclei_frame(step, heads=heads, seeds=values["seeds"])
        mistakes = mistakes_of(len(heads)) if step == max(steps) else None
        detections = kept or detections_at(step, len(heads))
        writer.append_frame(replace(frame, detections=detections, mistakes=mistakes))
    writer.finish("finished", a_summary(max(steps, default=0)), "the log\n")
    return writer
