"""How honest p = sigmoid(z) is: expected calibration error and temperature."""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.ranking import sums_below
from objtui.histogram import LOGIT_EDGES
from objtui.scores import ECE_BINS

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 1e-3, 1e3
"""Bounds of the search: at either, no finite positive T is best."""

_BISECTIONS = 20  # from a range of 1e6 to one part in 1e5, finer than the bins
_MOST_NEWTON_STEPS = 50  # far more than are needed
_PRECISION = 1e-5  # of s, before a last Newton step that squares it


def calibration_error(positives: Tensor, negatives: Tensor) -> Tensor:
    """Positive-class ECE over equal bins of p, bin floor(15 p), p = 1 in the last.

    The mean over rows of |share of positives − mean p| of a row's bin (Naeini
    et al., 2015, on the probability of the positive class).

    Args:
        positives, negatives: p of each class, ascending, (members, rows of it).
    Returns:
        (members,).
    """
    rows = positives.shape[1] + negatives.shape[1]
    bins = [_cumulated_bins(p) for p in (positives, negatives)]
    seen, p_sum = bins[0][0], bins[0][1] + bins[1][1]
    surplus = seen.to(p_sum.dtype) - p_sum  # (members, bins + 1), below each edge
    error: Tensor = surplus.diff(dim=-1).abs().sum(-1) / rows
    return error


def _cumulated_bins(p: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and sum of p below each bin edge: (members, bins + 1), from ascending p."""
    edges = torch.arange(1, ECE_BINS, device=p.device, dtype=p.dtype)
    inner = torch.searchsorted(p * ECE_BINS, edges.expand(len(p), -1).contiguous())
    first, last = torch.zeros_like(inner[:, :1]), torch.full_like(inner[:, :1], p.shape[1])
    seen = torch.cat([first, inner, last], dim=-1)
    return seen, sums_below(p, seen)


def best_temperature(logits: Tensor, target: Tensor, counts: Tensor) -> Tensor:
    """The T that minimises the mean log loss of z / T (Guo et al., 2017).

    The log loss is convex in s = 1 / T: its slope tells on which side of the
    best s one stands. Bisection on the histogram comes near it, and Newton's
    method on the logits themselves, kept inside a shrinking bracket, does the
    rest.

    Args:
        logits: (members, rows).
        target: (rows,).
        counts: (members, bins), the inner cells of their histogram over both classes.
    Returns:
        (members,), within LOWEST_TEMPERATURE … HIGHEST_TEMPERATURE; 1 where every logit is 0.
    """
    drift = logits @ target / logits.shape[1]  # mean of t z, (members,)
    low = torch.full_like(drift, 1 / HIGHEST_TEMPERATURE)
    high = torch.full_like(drift, 1 / LOWEST_TEMPERATURE)
    size = logits.abs().mean(-1)
    # Where classes are separated the slope only tends to 0; rounding must not pass for an end.
    rounding = 8 * torch.finfo(logits.dtype).eps * size
    endless = _slope(high, logits, drift) <= rounding
    hopeless = _slope(low, logits, drift) >= 0

    s = _binned_guess(low, high, counts.to(logits.dtype) / logits.shape[1], drift)
    settled = endless | hopeless | ~size.isfinite()
    for _ in range(_MOST_NEWTON_STEPS):
        p = (s[:, None] * logits).sigmoid_()  # (members, rows)
        slope = (p * logits).mean(-1) - drift
        curvature = p.addcmul_(p, p, value=-1).mul_(logits).mul_(logits).mean(-1)
        low, high = s.where(slope < 0, low), s.where(slope > 0, high)
        newton = s - slope / curvature
        inside = (newton > low) & (newton < high)
        following = newton.where(inside, (low * high).sqrt())
        near = (following - s).abs() <= _PRECISION * s
        s = following
        if bool((near | settled).all()):
            break
    s = high.new_full((), 1 / LOWEST_TEMPERATURE).where(endless, s)
    s = s.new_full((), 1 / HIGHEST_TEMPERATURE).where(hopeless, s)
    return 1 / torch.ones_like(s).where(size == 0, s)


def _slope(s: Tensor, logits: Tensor, drift: Tensor) -> Tensor:
    """Slope of the mean log loss of s z in s: (members,)."""
    return (s[:, None] * logits).sigmoid_().mul_(logits).mean(-1) - drift


def _binned_guess(low: Tensor, high: Tensor, share: Tensor, drift: Tensor) -> Tensor:
    """The best s if every logit stood at the middle of its bin: (members,)."""
    edges = torch.tensor(LOGIT_EDGES, device=share.device, dtype=share.dtype)
    middles = (edges[1:] + edges[:-1]) / 2
    weight = share * middles  # (members, bins)
    for _ in range(_BISECTIONS):
        s = (low * high).sqrt()
        slope = (weight * (s[:, None] * middles).sigmoid_()).sum(-1) - drift
        low, high = s.where(slope < 0, low), high.where(slope < 0, s)
    return (low * high).sqrt()
