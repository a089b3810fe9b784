"""[detect]: how a detector's outputs become detections."""

from __future__ import annotations

from objtui.scenario.schema.table import PositiveInt, Share, Table


class Detect(Table):
    """How the outputs of backbone "conv" become detections."""

    nms_iou: Share = 0.5
    """Non-maximum suppression drops a box that overlaps a better one by more than this IoU."""
    candidates: PositiveInt = 1000
    """Best boxes of an image that suppression looks at."""
    most: PositiveInt = 100
    """Most detections of an image."""
