"""Boxes that no anchor reaches: no row stands for them, so no training finds them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from objtui.advice.evidence import HeadEvidence, RunEvidence
from objtui.advice.reason import Reason, exactly, short

_NOTICE = re.compile(r"(\d+) of (\d+) (training|validation) boxes have no ")


def unreached_boxes(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Boxes without a positive anchor."""
    parts = unreached(run.notices)
    if not parts:
        return None
    words = [f"{lost} of {boxes} {name} boxes" for name, (lost, boxes) in parts.items()]
    lost, boxes = next(iter(parts.values()))
    return {
        "what": " and ".join(words),
        "lost": exactly(lost),
        "boxes": exactly(boxes),
        "reach": exactly(1 - lost / boxes),
        "ceiling": "though decoded boxes may still hit some"
        if "reach" in run.header.score_names
        else f"and recall of boxes cannot pass {short(1 - lost / boxes)}",
    }


def unreached(notices: Sequence[str]) -> dict[str, tuple[int, int]]:
    """By part of the data, boxes without a positive anchor, of how many, as the trainer said."""
    parts: dict[str, tuple[int, int]] = {}
    for match in filter(None, map(_NOTICE.match, notices)):
        lost, boxes = int(match[1]), int(match[2])
        if 0 < lost <= boxes:
            parts[match[3]] = lost, boxes
    return dict(sorted(parts.items(), reverse=True))  # validation first
