"""How honest p = sigmoid(z) is: expected calibration error and temperature."""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.ranking import cumulated
from objtui.scores import ECE_BINS

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 1e-3, 1e3
"""Bounds of the search: at either, no finite positive T is best."""

_BISECTIONS = 24  # from a range of 1e6 to one part in a million
_NEWTON_STEPS = 4  # each squares the error that the cells left


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
    return seen, cumulated(p).gather(1, seen)


def best_temperature(logits: Tensor, target: Tensor, counts: Tensor, sums: Tensor) -> Tensor:
    """The T that minimises the mean log loss of z / T (Guo et al., 2017).

    The log loss is convex in s = 1 / T, so the sign of its slope tells on which
    side of the best s one stands. Bisection on the histogram comes near it, and
    Newton's method on the logits themselves does the rest. Each cell stands for
    its rows by their mean, so that the slope is exact for very small and very
    large s, which decides whether there is a best s between.

    Args:
        logits: (members, rows).
        target: (rows,).
        counts, sums: (members, CELLS), rows and summed logits of each cell.
    Returns:
        (members,), within LOWEST_TEMPERATURE … HIGHEST_TEMPERATURE.
    """
    rows = logits.shape[1]
    means = (sums / counts.clamp_min(1)).to(logits.dtype)
    weight = sums.to(logits.dtype) / rows
    drift = logits @ target.to(logits.dtype) / rows  # mean of t z, (members,)
    low = torch.full_like(drift, 1 / HIGHEST_TEMPERATURE)
    high = torch.full_like(drift, 1 / LOWEST_TEMPERATURE)
    # Where classes are separated the slope only tends to 0; rounding must not pass for an end.
    rounding = 8 * torch.finfo(logits.dtype).eps * weight.abs().sum(-1)
    for _ in range(_BISECTIONS):
        s = (low * high).sqrt()
        slope = (weight * (s[:, None] * means).sigmoid_()).sum(-1) - drift
        falling = slope <= rounding
        low, high = s.where(falling, low), high.where(falling, s)
    s = (low * high).sqrt()
    for _ in range(_NEWTON_STEPS):
        weighted = (s[:, None] * logits).sigmoid_()  # p of z / T, (members, rows)
        variance = weighted.addcmul(weighted, weighted, value=-1)
        slope = (weighted.mul_(logits)).mean(-1) - drift
        curvature = variance.mul_(logits).mul_(logits).mean(-1)
        newton = (s - slope / curvature).clamp(s / 2, s * 2)
        s = newton.where(curvature > 0, s)
    return (1 / s).clamp(LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE)
