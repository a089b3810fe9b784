"""Logit histograms: the edges that never change, counting logits, and rebinning counts.

Bins are finest at 0 and grow in proportion to |z| away from it, as the inverse
hyperbolic sine does. They reach past the logit at which the sigmoid is exactly
0 in float64 (−745). What lies outside is counted below and above, so counts
always add up to the rows, over seeds and over machines.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Edges = npt.NDArray[np.float64]

BINS_PER_SIDE = 224
"""Bins on either side of 0; both sides together are the bins of a histogram."""

BINS = 2 * BINS_PER_SIDE

CELLS = BINS + 2
"""Counters of one histogram: below, the bins in ascending order, above."""

GROWTH = 1 / 32
"""A bin's width over |z|, far from 0."""

SCALE = 2.015
"""The |z| from which bins grow; with it, an edge falls on ln 99, the mark of saturation."""

_GRAIN = 8192  # edges are multiples of 1 / _GRAIN: exact in float32, equal on every machine


def ascending_edges(pieces: int = 1) -> Edges:
    """The edges where each bin is cut into so many: `(BINS · pieces + 1,)`, read-only.

    `pieces` is a power of 2, so that every edge of the bins is one of them, bit for bit.
    """
    above = [
        round(SCALE * math.sinh(i * GROWTH / pieces) * _GRAIN) / _GRAIN
        for i in range(1, BINS_PER_SIDE * pieces + 1)
    ]
    edges = np.array([-edge for edge in reversed(above)] + [0.0] + above)
    edges.setflags(write=False)
    return edges


LOGIT_EDGES: Edges = ascending_edges()
"""The `BINS + 1` ascending edges; a bin holds edge ≤ z < next edge."""


CELL_LOGITS: Edges = np.concatenate(
    [LOGIT_EDGES[:1], (LOGIT_EDGES[1:] + LOGIT_EDGES[:-1]) / 2, LOGIT_EDGES[-1:]]
)
"""(CELLS,), where the rows of a cell are taken to stand: in its middle, outer ones at the edge."""
CELL_LOGITS.setflags(write=False)


def count_logits(logits: npt.ArrayLike) -> Counts:
    """Count logits into the cells of one histogram: `(CELLS,)`.

    −inf is below, inf above; NaN raises ValueError, since it has no place.
    """
    z = np.asarray(logits, dtype=np.float64).ravel()
    if np.isnan(z).any():
        raise ValueError("a NaN logit has no bin")
    cell = np.searchsorted(LOGIT_EDGES, z, side="right")
    return np.bincount(cell, minlength=CELLS).astype(np.int64)


def rebin(counts: npt.ArrayLike, edges: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Spread counts over other logit edges: `(..., CELLS)` → `(..., len(edges) + 1)`.

    A bin's rows are taken as spread evenly over its width, so a result need not
    be whole, but its sum is that of `counts`. The first and last cells of the
    result hold what lies below and above `edges`, which ascend, and always the rows
    beyond LOGIT_EDGES, of which no more is known.
    """
    cells = np.asarray(counts, dtype=np.float64)
    target = np.asarray(edges, dtype=np.float64)
    cumulative = np.cumsum(cells[..., :-1], axis=-1)  # (..., BINS + 1), at LOGIT_EDGES
    at = np.clip(target, LOGIT_EDGES[0], LOGIT_EDGES[-1])
    bin_of = np.clip(np.searchsorted(LOGIT_EDGES, at, side="right") - 1, 0, BINS - 1)
    left, right = LOGIT_EDGES[bin_of], LOGIT_EDGES[bin_of + 1]
    inside = (at - left) / (right - left)
    below = cumulative[..., bin_of] * (1 - inside) + cumulative[..., bin_of + 1] * inside
    below = np.where(target < LOGIT_EDGES[0], cells[..., :1], below)
    total = cells.sum(axis=-1, keepdims=True)
    steps = [below[..., :1], np.diff(below, axis=-1), total - below[..., -1:]]
    return np.concatenate(steps, axis=-1)


def rebin_probability(counts: npt.ArrayLike, edges: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Spread counts over edges of p = sigmoid(z), which ascend within [0, 1]; else as `rebin`."""
    p = np.asarray(edges, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return rebin(counts, np.log(p) - np.log1p(-p))


def ratio(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Part over whole, `(...)` each; NaN where the whole is 0."""
    result: npt.NDArray[np.float64] = np.divide(
        part, whole, out=np.full(whole.shape, np.nan), where=whole > 0
    )
    return result
