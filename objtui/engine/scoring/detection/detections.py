"""What every member detects on an image, and what of it is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from objtui.engine.scoring.detection.matching import Flags, Floats, Matches, match
from objtui.engine.scoring.detection.suppression import suppress
from objtui.engine.scoring.detection.truth import ImageTruth
from objtui.scenario.schema import Detect

THRESHOLDS: Floats = np.array([0.5, 0.75])
"""IoU from which on a detection hits: those of AP50 and AP75."""


@dataclass(frozen=True, eq=False, slots=True)
class Detections:
    """Those of an image, best first.

    Attributes:
        boxes: left, top, right, bottom, (members, detections, 4).
        logits: (members, detections); −inf behind the last of a member that has fewer.
        matches: with the objects, at each of THRESHOLDS.
    """

    boxes: Floats
    logits: Floats
    matches: Matches

    @property
    def likely(self) -> Flags:
        """Which have p ≥ 0.5: (members, detections)."""
        likely: Flags = self.logits >= 0
        return likely

    def split(self, members: int) -> tuple[Detections, Detections]:
        """Those of so many members, and those of the others."""
        first, others = slice(members), slice(members, None)
        return self._of(first), self._of(others)

    def _of(self, members: slice) -> Detections:
        matches = self.matches
        some = Matches(
            matches.hit[:, members],
            matches.ignored[:, members],
            matches.duplicate[:, members],
            matches.taken[:, members],
        )
        return Detections(self.boxes[members], self.logits[members], some)


def detect_objects(
    boxes: Tensor, logits: Tensor, truth: ImageTruth, settings: Detect
) -> Detections:
    """The boxes that suppression leaves, matched.

    Args:
        boxes: of the anchors inside, (sets · members, anchors, 4), as of `suppress`.
        logits: (members, anchors).
    """
    places = suppress(boxes, logits, settings)
    behind = places < 0
    chosen_places = torch.from_numpy(places.clip(0)).to(boxes.device)
    chosen = boxes.gather(1, chosen_places[..., None].expand(-1, -1, 4)).cpu().double().numpy()
    chosen[behind] = 0  # a box without an area hits nothing …
    every = logits.repeat(len(boxes) // len(logits), 1)
    scores = every.gather(1, chosen_places).cpu().double().numpy()
    scores[behind] = -np.inf
    matches = match(chosen, truth.objects, truth.crowds, THRESHOLDS)
    matches.ignored[:, behind] = True  # … and is no miss
    return Detections(chosen, scores, matches)
