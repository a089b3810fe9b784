"""What this machine could do at best: its speed of products and of memory, and a step's need."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from tests.bench.cases import FEATURES, HEADS, ROWS, Case

_SIDE = 768
"""Of the square product that measures the speed of products."""

_COPIED = 1 << 26
"""Bytes copied to measure memory: more than a cache holds."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Measured speeds with the threads that torch has now."""

    flops: float
    bytes_per_s: float

    @classmethod
    def measure(cls, device: str = "cpu") -> Machine:
        """Of float32 products, and of bytes read and written by a copy."""
        a, b, out = (torch.rand(_SIDE, _SIDE, device=device) for _ in range(3))
        source = torch.zeros(_COPIED // 4, device=device)
        target = torch.zeros_like(source)
        product_s = _least_seconds(lambda: torch.mm(a, b, out=out))
        copy_s = _least_seconds(lambda: target.copy_(source))
        return cls(2 * _SIDE**3 / product_s, 2 * _COPIED / copy_s)

    def floor_s(self, case: Case) -> float:
        """Seconds that no population step can be shorter than on this machine.

        Products: forward and gradient of every layer, 4 operations a connection and row,
        6 behind a hidden layer, a head being one function of its input. Memory: the rows
        of each batch read once; parameters and two moments, read and written.
        """
        members, first = len(HEADS) * case.seeds, case.hidden or 1
        operations = 4 * FEATURES * first + (6 * case.hidden if case.hidden else 0)
        parameters = (FEATURES + 1) * first + (case.hidden + 1 if case.hidden else 0)
        rows_read = ROWS if case.batch == ROWS else case.batch * case.seeds
        bytes_moved = 4 * FEATURES * rows_read + 24 * parameters * members
        flops = operations * members * case.batch
        return max(flops / self.flops, bytes_moved / self.bytes_per_s)


def _least_seconds(work: Callable[[], object]) -> float:
    least = float("inf")
    for _ in range(20):
        began = time.perf_counter()
        work()
        if torch.cuda.is_initialized():
            torch.cuda.synchronize()
        least = min(least, time.perf_counter() - began)
    return least
