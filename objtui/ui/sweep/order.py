"""By which score of which head cells are ordered, and which way round."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from objtui.measures.scores import score_of
from objtui.sweep.cells import CellResult, ranked


@dataclass(frozen=True, slots=True)
class Order:
    """A head and its score; by default the best cell comes first."""

    head: str
    score: str
    reverse: bool = False

    @classmethod
    def of(cls, sort: str) -> Order:
        """That of HEAD.SCORE."""
        head, _, score = sort.partition(".")
        return cls(head, score)

    @property
    def sort(self) -> str:
        """It as HEAD.SCORE."""
        return f"{self.head}.{self.score}"

    @property
    def words(self) -> str:
        """Which end comes first."""
        if score_of(self.score).direction is None:
            return "least first" if self.reverse else "most first"
        return "worst first" if self.reverse else "best first"

    def moved(self, heads: Sequence[str], scores: Sequence[str], head: int, score: int) -> Order:
        """That so many heads and scores further on, around the end."""
        return replace(
            self, head=_further(self.head, heads, head), score=_further(self.score, scores, score)
        )

    def of_cells(self, results: Sequence[CellResult]) -> list[CellResult]:
        """The cells in this order; those without a value behind the others either way."""
        order = ranked(results, self.sort)
        if not self.reverse:
            return order
        without = [each for each in order if math.isnan(each.spread(self.head, self.score).mean)]
        return order[: len(order) - len(without)][::-1] + without


def _further(name: str, names: Sequence[str], by: int) -> str:
    if name not in names:
        return names[0] if names else name
    return names[(names.index(name) + by) % len(names)]
