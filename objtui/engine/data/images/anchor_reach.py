"""Fitting anchors to the boxes of a data set, and which anchors would reach more of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from objtui.engine.data.images.anchor_fit import Sides, Size, fit_sizes, largest_side
from objtui.engine.data.images.anchors import anchor_grids, anchor_sides, label_grids
from objtui.engine.data.images.pictures import Scene
from objtui.errors import DataError
from objtui.scenario.schema import Anchors

LOW_CEILING = 0.9
"""Share of boxes that anchors reach, below which others are named that reach more."""

_SIZES = 3  # as many as the default has
_MAX_IMAGES = 50  # that are gone through: it is advice, which is not worth waiting for
_NO_CROWDS = np.empty((0, 4))


def fit_anchors(scenes: Sequence[Scene], anchors: Anchors, seed: int) -> tuple[Anchors, str]:
    """The anchors with sizes fitted to the boxes where they are "auto", and a notice of it.

    The notice is empty where the sizes are given. Boxes larger than any anchor that lies whole
    inside their image count as that one. Raises DataError where there is no box, or no anchor
    lies inside any image that has some.
    """
    if anchors.sizes != "auto":
        return anchors, ""
    key = ("data", "anchors", "sizes")
    some = [scene for scene in scenes if len(scene[2])]
    if not some:
        raise DataError(
            'there is no training box to fit sizes = "auto" to; list the sizes, or use images '
            "with boxes",
            key,
        )
    sizes, lost = _fitted_sizes(some, anchors, anchors.count, seed)
    if not sizes:
        raise DataError(
            f"no anchor at stride {anchors.stride} lies whole inside any image with a box (the "
            f"first is {some[0][0]} × {some[0][1]}); use a smaller data.anchors.stride",
            key,
        )
    fitted = anchors.model_copy(update={"sizes": sizes})
    boxes = sum(len(scene[2]) for scene in some)
    notice = f"anchors fitted to {boxes} boxes: {sizes_text(fitted)}"
    if lost:
        what = "1 box is" if lost == 1 else f"{lost} boxes are"
        notice += f" ({what} too large for any anchor whole inside the image)"
    return fitted, notice


def sizes_text(anchors: Anchors) -> str:
    """The sizes as people read them: `14 × 15, 22 × 20`."""
    return ", ".join(f"{w:g} × {h:g}" for w, h in anchor_sides(anchors))


def share_text(count: int, total: int) -> str:
    """A share in per cent that is 0 or 100 only where it is exactly that."""
    percent = 100 * count / total
    return f"{min(max(percent, 0.1), 99.9) if 0 < count < total else percent:.3g} %"


def reached(scenes: Sequence[Scene], anchors: Anchors) -> int:
    """Boxes that make some anchor positive: by `positive_iou`, or as `per_object` has it."""
    count = 0
    for width, height, boxes in scenes:
        grids = [grid for grid in anchor_grids(width, height, anchors) if grid.count]
        labels = label_grids(grids, boxes, _NO_CROWDS, anchors)
        if labels:
            count += int(np.any([label.matched for label in labels], axis=0).sum())
    return count


def better_anchors(scenes: Sequence[Scene], anchors: Anchors) -> str:
    """As `advice`, where those would reach more boxes than `anchors` do; else empty."""
    some = [scene for scene in scenes if len(scene[2])][:_MAX_IMAGES]
    count, chosen = _best_fitting(some, anchors)
    return _advice_text(scenes, some, chosen, anchors, count) * (count > reached(some, anchors))


def advice(scenes: Sequence[Scene], anchors: Anchors) -> str:
    """Which keys to set to what, and how many boxes would have an anchor then."""
    some = [scene for scene in scenes if len(scene[2])][:_MAX_IMAGES]
    count, chosen = _best_fitting(some, anchors)
    if not count:
        return (
            f"boxes of {_sides_text(_sides(some))} pixels in images of "
            f"{some[0][0]} × {some[0][1]} are out of reach of any size that lies whole inside an "
            f"image; lower data.anchors.positive_iou, now {anchors.positive_iou:g}, or use larger "
            "images"
        )
    return _advice_text(scenes, some, chosen, anchors, count)


def _best_fitting(some: Sequence[Scene], anchors: Anchors) -> tuple[int, Anchors]:
    """Fitted anchors, at a smaller stride where that is needed, and the boxes they reach."""
    total = sum(len(boxes) for _, _, boxes in some)
    best = (0, anchors)
    for stride in dict.fromkeys((anchors.stride, max(1, anchors.stride // 2), 4, 2, 1)):
        if stride > anchors.stride:
            continue
        tried = anchors.model_copy(update={"stride": stride})
        sizes, _ = _fitted_sizes(some, tried, _SIZES, 0)
        if sizes:
            tried = tried.model_copy(update={"sizes": sizes})
            best = max(best, (reached(some, tried), tried), key=lambda each: each[0])
        if best[0] >= LOW_CEILING * total:
            break
    return best


def _advice_text(
    scenes: Sequence[Scene], some: Sequence[Scene], chosen: Anchors, anchors: Anchors, count: int
) -> str:
    total = sum(len(boxes) for _, _, boxes in some)
    listed = ", ".join(f"[{w:g}, {h:g}]" if w != h else f"{w:g}" for w, h in anchor_sides(chosen))
    stride_too = f" and data.anchors.stride = {chosen.stride}" * (chosen.stride != anchors.stride)
    part = "" if len(some) == sum(bool(len(scene[2])) for scene in scenes) else "the first "
    return f"data.anchors.sizes = [{listed}]{stride_too} would reach {count} of {part}{total} boxes"


def _sides(scenes: Sequence[Scene]) -> Sides:
    """Width and height of every box: `(boxes, 2)`."""
    boxes = np.concatenate([boxes for _, _, boxes in scenes])
    sides: Sides = boxes[:, 2:] - boxes[:, :2]
    return sides


def _sides_text(sides: Sides) -> str:
    low, high = sides.min(axis=0), sides.max(axis=0)
    return f"{low[0]:.4g} × {low[1]:.4g} to {high[0]:.4g} × {high[1]:.4g}"


def sides_text(scenes: Sequence[Scene]) -> str:
    """The smallest and the largest width and height of the boxes, in pixels."""
    return _sides_text(_sides([scene for scene in scenes if len(scene[2])]))


def _fitted_sizes(
    scenes: Sequence[Scene], anchors: Anchors, count: int, seed: int
) -> tuple[tuple[float | Size, ...], int]:
    """Sizes fitted to the boxes, squares as a number, and how many boxes none could reach.

    No size is larger than the largest anchor that lies whole inside the image of a box.
    """
    stride = anchors.stride
    largest = [(largest_side(w, stride), largest_side(h, stride)) for w, h, _ in scenes]
    limits = np.repeat(largest, [len(boxes) for _, _, boxes in scenes], axis=0)  # (boxes, 2)
    sides = _sides(scenes)  # (boxes, 2)
    fitting = np.minimum(sides, limits)
    inside = limits.min(axis=1) >= 1
    matchable = inside & (sides.min(axis=1) >= 1)  # no anchor is as thin as the others
    sizes = fit_sizes(fitting[matchable if matchable.any() else inside], count, seed)
    overlap = fitting.prod(axis=1) / sides.prod(axis=1)  # at most, of an anchor in the box
    lost = int((overlap < anchors.positive_iou).sum())
    return tuple(w if w == h else (w, h) for w, h in sizes), lost
