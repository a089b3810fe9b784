"""Which heads are best in a score: those that cannot be told from the best by their seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from objtui.measures.scores import Score
from objtui.measures.spread import Spread


def best_of(score: Score, spreads: Sequence[Spread]) -> set[int]:
    """Places of the best, and of those within the larger of both deviations of it.

    Empty for a score without a direction, and where no head can be told from the best.
    """
    if score.direction is None:
        return set()
    candidates = {
        place: (score.shortfall(entry.mean), entry.sd)
        for place, entry in enumerate(spreads)
        if math.isfinite(entry.mean) and math.isfinite(entry.sd)
    }
    if len(candidates) < 2:
        return set()
    least, sd = min(candidates.values())
    best = {place for place, (value, own) in candidates.items() if value - least <= max(sd, own)}
    return best if len(best) < len(candidates) else set()
