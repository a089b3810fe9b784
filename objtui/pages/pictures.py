"""Pictures on a page: the samples of a detector, what it finds on them, its worst mistakes."""

from __future__ import annotations

import base64
import math
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.measures.pictures import outcomes_on
from objtui.measures.working_points import probability
from objtui.pages.json_number import json_number
from objtui.runs.history import HeadHistory, Moment
from objtui.text.terminal import printable


def sample_pictures(history: HeadHistory) -> list[list[dict[str, Any]]]:
    """By head the sample pictures of its run; those that another head has are numbers of heads."""
    drawn: dict[int, int] = {}
    of_heads: list[Any] = []
    for head in range(len(history.header.heads)):
        run, _ = history.run_of(head)
        if id(run) in drawn:
            of_heads.append(drawn[id(run)])
            continue
        drawn[id(run)] = head
        of_heads.append(
            [
                {
                    "name": printable(picture.name),
                    "width": picture.width,
                    "height": picture.height,
                    "source": _data_address(content.pixels),
                }
                for picture, content in zip(run.header.pictures, run.contents, strict=False)
            ]
        )
    return of_heads


def detected_boxes(history: HeadHistory, moment: Moment, head: int) -> list[list[list[Any]]]:
    """What a head detects on each sample picture of its run."""
    run, position = history.run_of(head)
    then = run.moment_up_to(moment.step) if run.contents else None
    if then is None or then.detections is None:
        return []
    return [
        [
            [each.kind, *(round(side) for side in each.box), json_number(each.logit)]
            for each in outcomes_on(then.detections, position, number, content).each
        ]
        for number, content in enumerate(run.contents)
    ]


def worst_mistakes(history: HeadHistory, head: int) -> list[list[Any]]:
    """A head's worst mistakes: [kind, p, box, crop], the box as shares of the crop's sides."""
    run, position = history.run_of(head)
    moment = run.last if run.header.pictures else None
    if moment is None or moment.mistakes is None:
        return []
    return [
        [
            each.kind,
            None if math.isnan(each.logit) else json_number(probability(each.logit)),
            [
                (each.box[0] - each.region[0]) / each.region[2],
                (each.box[1] - each.region[1]) / each.region[3],
                each.box[2] / each.region[2],
                each.box[3] / each.region[3],
            ],
            _data_address(each.crop),
        ]
        for each in moment.mistakes.of_head(position)
        if min(each.region[2:]) > 0
    ]


def _data_address(pixels: npt.NDArray[np.uint8]) -> str:
    from PIL import Image

    out = BytesIO()
    Image.fromarray(np.squeeze(pixels)).save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
