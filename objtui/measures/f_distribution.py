"""How likely a ratio of two mean squares is by chance: Fisher's F distribution."""

from __future__ import annotations

import math

_MAX_TERMS = 10_000
_CLOSE = 1e-15
_TINY = 1e-300


def f_tail(ratio: float, above: int, below: int) -> float:
    """The probability that F is as large as `ratio` or larger.

    Args:
        ratio: of the mean squares, at least 0; it may be infinite.
        above, below: degrees of freedom of both, at least 1.

    Abramowitz and Stegun 26.6.2, by the incomplete beta function.
    """
    if ratio <= 0:
        return 1.0
    return _beta_share(below / (below + above * ratio), below / 2, above / 2)


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function (Abramowitz and Stegun 26.5.1)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # its mirror image needs fewer terms there
        return 1 - _beta_share(1 - x, b, a)
    logarithm = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return math.exp(logarithm) / a / _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """1 + d₁/(1 + d₂/(1 + …)) of 26.5.8, by Lentz's method (Applied Optics 15, 1976)."""
    value = front = 1.0
    back = 0.0
    for term in range(1, _MAX_TERMS):
        m = term // 2
        if term % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        back = 1 / ((1 + d * back) or _TINY)
        front = (1 + d / front) or _TINY
        value *= front * back
        if abs(front * back - 1) < _CLOSE:
            break
    return value
