"""Anchor sizes fitted to the boxes of a data set: k-means on IoU.

The distance of two sizes is 1 − IoU of boxes that are centred on each other, so large boxes
count no more than small ones (Redmon and Farhadi, YOLO9000, 2017, section 2).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Sides = npt.NDArray[np.float64]
"""`(boxes, 2)`: widths and heights in pixels."""

Size = tuple[float, float]
"""Width and height in pixels."""

_STARTS = 8  # that the best fit is taken of
_MAX_ROUNDS = 100
_MAX_DISTINCT = 20_000  # sizes that are fitted to; of more as many are drawn
_MIN_SIDE = 1.0
_FINE = 10.0  # sides below are rounded to half a pixel, which a whole one would spoil


def fit_sizes(sides: Sides, count: int, seed: int = 0) -> tuple[Size, ...]:
    """At most `count` sizes that the boxes overlap as far as possible, by area.

    `sides`: `(boxes, 2)`, in any order: the same boxes and the same seed give the same sizes.
    Sides are whole pixels from 10 on, halves below, 1 at least. There are fewer sizes than
    `count` where there are fewer distinct ones, and none of no boxes.
    """
    if not len(sides):
        return ()
    generator = np.random.default_rng(seed)
    distinct, boxes = np.unique(np.maximum(sides, _MIN_SIDE), axis=0, return_counts=True)
    if len(distinct) > _MAX_DISTINCT:
        shares = boxes / boxes.sum()
        chosen = generator.choice(len(distinct), _MAX_DISTINCT, replace=False, p=shares)
        distinct, boxes = distinct[np.sort(chosen)], boxes[np.sort(chosen)]
    weights = boxes.astype(np.float64)
    starts = 1 if len(distinct) <= count else _STARTS
    best_overlap, best = -1.0, distinct
    for _ in range(starts):
        centres = distinct if starts == 1 else _start(distinct, weights, count, generator)
        overlap, centres = _refine(distinct, weights, centres)
        if overlap > best_overlap:
            best_overlap, best = overlap, centres
    rounded = {(_rounded(width), _rounded(height)) for width, height in best.tolist()}
    return tuple(sorted(rounded, key=lambda size: (size[0] * size[1], size)))


def size_iou(sides: Sides, sizes: Sides) -> Sides:
    """IoU of boxes and sizes that are centred on each other: `(boxes, sizes)`."""
    shared = np.minimum(sides[:, None, 0], sizes[None, :, 0])
    shared = shared * np.minimum(sides[:, None, 1], sizes[None, :, 1])  # (boxes, sizes)
    areas = sides.prod(axis=1)[:, None] + sizes.prod(axis=1)[None, :]
    iou: Sides = shared / (areas - shared)
    return iou


def largest_side(length: int, stride: int) -> int:
    """The largest anchor side along an image of `length` pixels; 0 where no centre lies in it.

    Centres lie at (i + ½) · stride, and an anchor whole inside the image.
    """
    # Twice the distance of a centre from the nearer edge; best is one of the middle two.
    before = max(0, (length - stride) // (2 * stride))
    centres = ((2 * i + 1) * stride for i in (before, before + 1))  # twice the centre
    return max(0, *(min(centre, 2 * length - centre) for centre in centres))


def _start(
    distinct: Sides, weights: npt.NDArray[np.float64], count: int, generator: np.random.Generator
) -> Sides:
    """Distinct sizes far from each other (k-means++, Arthur and Vassilvitskii 2007)."""
    chosen = [int(generator.choice(len(distinct), p=weights / weights.sum()))]
    nearest = 1 - size_iou(distinct, distinct[chosen])[:, 0]
    while len(chosen) < count:
        pull = weights * nearest**2
        pull[chosen] = 0  # rounding may leave a size at some distance from itself
        chosen.append(int(generator.choice(len(distinct), p=pull / pull.sum())))
        nearest = np.minimum(nearest, 1 - size_iou(distinct, distinct[chosen[-1:]])[:, 0])
    return distinct[chosen]


def _refine(
    distinct: Sides, weights: npt.NDArray[np.float64], centres: Sides
) -> tuple[float, Sides]:
    """The best mean IoU of Lloyd's rounds from these centres, and the centres that have it.

    The mean of sizes is not what minimises their distance, so a round may be worse than the
    one before.
    """
    best_overlap, best = -1.0, centres
    before = np.empty(0, np.intp)
    for _ in range(_MAX_ROUNDS):
        iou = size_iou(distinct, centres)  # (distinct, centres)
        nearest = iou.argmax(axis=1)
        overlap = float(np.average(iou.max(axis=1), weights=weights))
        if overlap > best_overlap:
            best_overlap, best = overlap, centres
        if np.array_equal(nearest, before):
            break
        before = nearest
        members = np.bincount(nearest, weights, len(centres))
        sums = [np.bincount(nearest, weights * side, len(centres)) for side in distinct.T]
        means = np.stack(sums, axis=1) / np.maximum(members, 1)[:, None]
        centres = np.where(members[:, None] > 0, means, centres)
    return best_overlap, best


def _rounded(side: float) -> float:
    step = 0.5 if side < _FINE else 1.0
    return max(_MIN_SIDE, round(side / step) * step)
