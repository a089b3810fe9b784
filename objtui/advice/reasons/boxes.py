"""Boxes that no anchor reaches, for which no row stands, and those that a detector mistakes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from objtui.advice.evidence import HeadEvidence, RunEvidence
from objtui.advice.reason import Reason, exactly, short
from objtui.measures.blocks import sigmoid
from objtui.measures.mistakes import Mistake, MistakeKind

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


def worst_mistakes(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A detector's surest false alarms, and the objects that it misses most."""
    if not head.mistakes:
        return None
    first = head.header.seeds[0]
    return {
        "alarms": _listed(head.mistakes, "false alarm"),
        "missed": _listed(head.mistakes, "missed"),
        "seed": exactly(first),
    }


def _listed(mistakes: Sequence[Mistake], kind: MistakeKind) -> str:
    """Objectness, middle of the box and picture of each, the worst first."""
    some = [each for each in mistakes if each.kind == kind]
    return "; ".join(map(_said, some)) or "none"


def _said(mistake: Mistake) -> str:
    left, top, width, height = mistake.box
    place = f"at {left + width // 2}, {top + height // 2} of {mistake.image}"
    if math.isnan(mistake.logit):
        return f"no box {place}"
    return f"p = {short(float(sigmoid(np.array(mistake.logit))))} {place}"
