"""How honest p = sigmoid(z) is: expected calibration error and temperature."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.blocks import column_blocks, wide_dtype
from objtui.measures.calibration import (
    BISECTIONS,
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    MAX_NEWTON_STEPS,
    PRECISION,
)
from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.scores import ECE_BINS


@dataclass(frozen=True, eq=False, slots=True)
class BinSums:
    """Below each edge of the bins of p, 0 and 1 included: (members, ECE_BINS + 1) each.

    Attributes:
        seen: how many rows.
        p_sum: the sum of their p.
    """

    seen: Tensor
    p_sum: Tensor


def bin_sums(ascending: Tensor) -> BinSums:
    """Rows and sums of p = sigmoid(z) over equal bins of p, bin floor(15 p), p = 1 in the last.

    Args:
        ascending: logits, each row ascending, (members, rows).
    """
    members, rows = ascending.shape
    edges = torch.arange(1, ECE_BINS, device=ascending.device, dtype=ascending.dtype)
    edges = edges.expand(members, -1).contiguous()
    seen = torch.zeros(members, ECE_BINS + 1, device=ascending.device, dtype=torch.int64)
    p_sum = torch.zeros_like(seen, dtype=wide_dtype(ascending))
    for block in column_blocks(members, rows):
        p = ascending[:, block].sigmoid()
        sums = p.cumsum(-1, dtype=p_sum.dtype)
        below = torch.searchsorted(p.mul_(ECE_BINS), edges)
        inner = sums.gather(1, (below - 1).clamp_min_(0))
        seen[:, 1:-1] += below
        seen[:, -1] += p.shape[1]
        p_sum[:, 1:-1] += inner.where(below > 0, inner.new_zeros(()))
        p_sum[:, -1] += sums[:, -1]
    return BinSums(seen, p_sum)


def calibration_error(negatives: BinSums, positives: BinSums) -> Tensor:
    """Positive-class ECE: (members,).

    The mean over rows of |share of positives − mean p| of a row's bin (Naeini
    et al., 2015, on the probability of the positive class).
    """
    surplus = positives.seen - (negatives.p_sum + positives.p_sum)  # below each edge
    rows = negatives.seen[:, -1] + positives.seen[:, -1]
    error: Tensor = surplus.diff(dim=-1).abs().sum(-1) / rows
    return error


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
        (members,): inf where the log loss still falls at HIGHEST_TEMPERATURE, since z says
        nothing of the target, or the contrary; 0 where it still falls at LOWEST_TEMPERATURE,
        since z tells the targets apart without an error; NaN where every logit is 0, so that
        every T is as good.
    """
    moments = _Moments.of(logits, target)
    drift, size = moments.drift, moments.size
    low = torch.full_like(drift, 1 / HIGHEST_TEMPERATURE)
    high = torch.full_like(drift, 1 / LOWEST_TEMPERATURE)
    # Where classes are separated the slope only tends to 0; rounding must not pass for an end.
    rounding = 8 * torch.finfo(logits.dtype).eps * size
    settled = ~size.isfinite()
    endless, hopeless = moments.slope_at_least(high) <= rounding, moments.slope_at_most(low) >= 0
    if bool((endless & ~settled).any()):  # not surely within the bounds: look at the rows
        endless &= _slopes(high, logits, drift)[0] <= rounding
    if bool((hopeless & ~settled).any()):
        hopeless &= _slopes(low, logits, drift)[0] >= 0

    share = counts.to(drift.dtype) / logits.shape[1]
    s = _binned_guess(low, high, share, drift)
    settled = endless | hopeless | settled
    near = torch.zeros_like(settled)
    for _ in range(MAX_NEWTON_STEPS):
        slope, curvature = _slopes(s, logits, drift)
        low, high = s.where(slope < 0, low), s.where(slope > 0, high)
        newton = s - slope / curvature
        inside = (newton > low) & (newton < high)
        following = newton.where(inside, (low * high).sqrt())
        is_last = (following - s).abs() <= PRECISION * s
        s = s.where(near, following)  # one that is near waits for the others: its T is its own
        near |= is_last
        if bool((near | settled).all()):
            break
    best = s.new_zeros(()).where(endless, 1 / s)
    best = best.new_full((), torch.inf).where(hopeless, best)
    return best.new_full((), torch.nan).where(size == 0, best)


@dataclass(frozen=True, eq=False, slots=True)
class _Moments:
    """Means over rows, (members,) each: of z, |z|, z² and t z."""

    mean: Tensor
    size: Tensor
    square: Tensor
    drift: Tensor

    @classmethod
    def of(cls, logits: Tensor, target: Tensor) -> _Moments:
        members, rows = logits.shape
        sums = torch.zeros(4, members, device=logits.device, dtype=wide_dtype(logits))
        for block in column_blocks(members, rows):
            z = logits[:, block]
            sums[0] += z.sum(-1)
            sums[1] += z.abs().sum(-1)
            sums[2] += torch.linalg.vecdot(z, z)
            sums[3] += z @ target[block]
        return cls(*(sums / rows))

    def slope_at_least(self, s: Tensor) -> Tensor:
        """No more than the slope of the log loss of s z: z sigmoid(s z) ≥ max(z, 0) − 0.2785 / s.

        The maximum of x sigmoid(−x) is W(1/e) = 0.27846…
        """
        return (self.size + self.mean) / 2 - 0.2785 / s - self.drift

    def slope_at_most(self, s: Tensor) -> Tensor:
        """No less than the slope: z sigmoid(s z) ≤ z / 2 + s z² / 4, its Taylor expansion."""
        return self.mean / 2 + s * self.square / 4 - self.drift


def _slopes(s: Tensor, logits: Tensor, drift: Tensor) -> tuple[Tensor, Tensor]:
    """First and second derivative by s of the mean log loss of s z: (members,) each."""
    members, rows = logits.shape
    sums = torch.zeros(2, members, device=logits.device, dtype=drift.dtype)
    factor = s.to(logits.dtype)[:, None]
    for block in column_blocks(members, rows):
        z = logits[:, block]
        p = (factor * z).sigmoid_()  # (members, block)
        pz = p * z
        sums[0] += pz.sum(-1)
        sums[1] += torch.linalg.vecdot(pz.addcmul_(p, pz, value=-1), z)
    return sums[0] / rows - drift, sums[1] / rows


def _binned_guess(low: Tensor, high: Tensor, share: Tensor, drift: Tensor) -> Tensor:
    """The best s if every logit stood at the middle of its bin: (members,)."""
    edges = torch.tensor(LOGIT_EDGES, device=share.device, dtype=share.dtype)
    middles = (edges[1:] + edges[:-1]) / 2
    weight = share * middles  # (members, bins)
    for _ in range(BISECTIONS):
        s = (low * high).sqrt()
        slope = (weight * (s[:, None] * middles).sigmoid_()).sum(-1) - drift
        low, high = s.where(slope < 0, low), high.where(slope < 0, s)
    return (low * high).sqrt()
