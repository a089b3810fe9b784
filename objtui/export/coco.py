"""A detector's last detections as COCO results, which pycocotools takes as they are.

A folder: `HEAD-SEED.json` with the results of each head and seed, `[{"image_id", "category_id",
"bbox", "score"}, …]`, and `truth.json` with pictures and true boxes, as they were evaluated, as
COCO annotations. Boxes are x, y, width and height in pixels of the upright picture.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from objtui.errors import UsageError
from objtui.measures.all_detections import AllDetections, Floats, MemberDetections, scores_of
from objtui.runfile.reader import StoredDetections
from objtui.runs.recorded import RecordedRun

_GO_ON = ("stopped", "failed", "crashed")
"""States of a run that can be resumed."""


def write_coco_folder(runs: Sequence[RecordedRun], place: Path) -> None:
    """Make the folder with those of the first run, the only one of this format.

    Raises UsageError where the run keeps none.
    """
    run = runs[0]
    stored = run.reader.all_detections()
    if stored is None:
        raise UsageError(_why_none(run))
    place.mkdir()
    every = stored.detections
    _write(place / "truth.json", truth_values(run, stored))
    for head, of_seeds in zip(run.header.heads, every.members, strict=True):
        for seed, member in zip(run.header.seeds, of_seeds, strict=True):
            _write(place / f"{head.name}-{seed}.json", result_values(every, member))


def result_values(every: AllDetections, member: MemberDetections) -> list[dict[str, Any]]:
    """The results of a head and seed, the most likely first; equal ones by their pictures."""
    boxes, scores = member.boxes, scores_of(member.logits)
    sides = _sides(boxes.corners)
    order = np.argsort(-scores, kind="stable")
    rows = zip(
        boxes.pictures[order].tolist(), sides[order].tolist(), scores[order].tolist(), strict=True
    )
    return [
        {
            "image_id": every.pictures[picture].id,
            "category_id": every.category.id,
            "bbox": box,
            "score": score,
        }
        for picture, box, score in rows
    ]


def truth_values(run: RecordedRun, stored: StoredDetections) -> dict[str, Any]:
    """Pictures and true boxes as a COCO file has them; crowds are those with `iscrowd` 1."""
    every = stored.detections
    kept = "all" if every.most is None else f"the best {every.most} of each picture"
    return {
        "info": {
            "description": f"objtui run {run.header.run}, step {stored.step}",
            "detections": kept + ("" if every.most is None else ": the run file had no more room"),
        },
        "categories": [{"id": every.category.id, "name": every.category.name}],
        "images": [
            {"id": each.id, "file_name": each.name, "width": each.width, "height": each.height}
            for each in every.pictures
        ],
        "annotations": [
            {"id": number, **each} for number, each in enumerate(_annotations(every), start=1)
        ],
    }


def _annotations(every: AllDetections) -> Iterator[dict[str, Any]]:
    for boxes, crowd in ((every.objects, 0), (every.crowds, 1)):
        sides = _sides(boxes.corners).tolist()
        for picture, box in zip(boxes.pictures.tolist(), sides, strict=True):
            yield {
                "image_id": every.pictures[picture].id,
                "category_id": every.category.id,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": crowd,
            }


def _sides(corners: Floats) -> Floats:
    """Left, top, width and height."""
    return np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])


def _write(place: Path, values: object) -> None:
    place.write_text(json.dumps(values, allow_nan=False) + "\n", encoding="ascii", newline="\n")


def _why_none(run: RecordedRun) -> str:
    name = run.name
    if not run.header.pictures:
        return f'the run {name} detects nothing: only a run with model.backbone = "conv" does'
    if not run.reader.can_keep_detections:
        return (
            f"the run {name} is of an earlier version of objtui, whose files keep no detections of "
            "every picture; `objtui run` trains it anew"
        )
    state = run.reader.status().state
    then = "; `objtui resume` goes on to there" if state in _GO_ON else ""
    return (
        f"the run {name} ({state}) keeps no detections of every picture: they are written after "
        f"the last step or at a stop, where its file has room{then}"
    )
