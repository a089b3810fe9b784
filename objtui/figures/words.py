"""Numbers as figures write them."""

from __future__ import annotations

import math

from objtui.measures.spread import Spread

MINUS = "−"


def number(value: float, digits: int = 3) -> str:
    """A value in so many digits: 0.0315, 6.72, 2.6e−7; – where there is none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return f"{value:.{digits}g}".replace("-", MINUS).replace("e+0", "e").replace("e−0", "e−")


def apart(low: float, high: float) -> tuple[str, str]:
    """Two values that differ, in three digits, or in as many as tell them apart."""
    for digits in range(3, 8):
        texts = number(low, digits), number(high, digits)
        if texts[0] != texts[1]:
            break
    return texts


def percent(share: float) -> str:
    """A share in percent, in two digits: 0.34 %, 7.5 %, 100 %."""
    return f"{number(100 * share, 3 if share >= 0.995 else 2)} %"


def with_deviation(entry: Spread) -> str:
    """Mean ± deviation, the latter in two digits, the mean in as many decimals: 0.947 ± 0.012."""
    mean, sd = entry.mean, entry.sd
    if not math.isfinite(mean) or not math.isfinite(sd):
        return number(mean)
    if sd == 0:
        return f"{number(mean)} ± 0"
    decimals = 1 - math.floor(math.log10(sd))
    if abs(mean) < 1e-3 or abs(mean) >= 1e5 or decimals > 6:
        return f"{number(mean)} ± {number(sd, 2)}"
    decimals = max(decimals, 0)
    return f"{mean:.{decimals}f} ± {sd:.{decimals}f}".replace("-", MINUS)


def with_last_digits(entry: Spread) -> str:
    """Mean and deviation in little room: 0.947(12) is 0.947 ± 0.012, 2.4(24)e−7 alike.

    The notation of NIST's Guide to the SI, 7.10.3.
    """
    mean, sd = entry.mean, entry.sd
    if not math.isfinite(mean) or not math.isfinite(sd) or sd == 0:
        return number(mean)
    size = max(abs(mean), sd)
    power = math.floor(math.log10(size))
    scale = power if power < -3 or power > 4 else 0
    mean, sd = mean / 10.0**scale, sd / 10.0**scale
    decimals = 1 - math.floor(math.log10(sd))
    if decimals > 6:
        return number(entry.mean)
    decimals = max(decimals, 0)
    digits = round(sd * 10**decimals)
    exponent = f"e{scale}" if scale else ""
    return f"{mean:.{decimals}f}({digits}){exponent}".replace("-", MINUS)
