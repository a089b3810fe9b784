"""How honest p = sigmoid(z) is: expected calibration error and temperature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

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

CHUNK = 64
"""Values that are summed as one on the way to the sums below every edge."""


@dataclass(frozen=True, eq=False, slots=True)
class BinSums:
    """Below each edge of the bins of p, 0 and 1 included: (members, ECE_BINS + 1) each.

    Attributes:
        seen: how many rows.
        p_sum: the sum of their p.
    """

    seen: Tensor
    p_sum: Tensor


def bin_sums(p: Tensor) -> BinSums:
    """Rows and sums of p over equal bins of p, bin floor(15 p), p = 1 in the last.

    Args:
        p: each row ascending, (members, rows).
    """
    edges = torch.tensor(_bin_edges(p.dtype), device=p.device, dtype=p.dtype)
    inner = torch.searchsorted(p, edges.expand(len(p), -1).contiguous())
    ends = inner.new_tensor([0, p.shape[1]]).expand(len(p), -1)
    seen = torch.cat([ends[:, :1], inner, ends[:, 1:]], dim=-1)
    wide = wide_dtype(p)
    whole = p.shape[1] // CHUNK
    chunks = p.new_empty((len(p), whole), dtype=wide)
    for block in column_blocks(len(p) * CHUNK, whole):
        values = p[:, block.start * CHUNK : block.stop * CHUNK]
        torch.sum(values.reshape(len(p), -1, CHUNK), -1, dtype=wide, out=chunks[:, block])
    before = torch.nn.functional.pad(chunks.cumsum(-1), (1, 0))  # (members, chunks + 1)
    first = seen // CHUNK
    place = torch.arange(CHUNK, device=p.device)
    at = (first[..., None] * CHUNK + place).clamp_max_(max(0, p.shape[1] - 1))
    rest = p.gather(1, at.flatten(1)).view(at.shape) if p.shape[1] else at.to(p.dtype)
    rest = rest.where(place < (seen % CHUNK)[..., None], rest.new_zeros(()))
    return BinSums(seen, before.gather(1, first) + rest.sum(-1, dtype=wide))


@cache
def _bin_edges(dtype: torch.dtype) -> tuple[float, ...]:
    """The least p of each bin but the first: that whose product with ECE_BINS rounds so far."""
    numbers = torch.arange(1, ECE_BINS, dtype=dtype)
    edges = numbers / ECE_BINS
    for _ in range(2):  # a division is off by one digit at most
        edges = edges.where(edges * ECE_BINS >= numbers, edges.nextafter(numbers))
        lower = edges.nextafter(torch.zeros_like(edges))
        edges = lower.where(lower * ECE_BINS >= numbers, edges)
    return tuple(edges.tolist())


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
