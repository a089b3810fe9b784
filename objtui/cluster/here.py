"""A pool that trains parts in this process, one after another: a run in parts without a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from objtui.cluster.parts import Failed, Lost, Piece
from objtui.cluster.worker import Wishes, train_part

if TYPE_CHECKING:
    from objtui.engine.data.dataset import Dataset
    from objtui.scenario.schema import Scenario


class PoolHere:
    """Parts take turns: whose piece is taken works for it."""

    def __init__(self, scenario: Scenario, dataset: Dataset) -> None:
        self._scenario, self._dataset = scenario, dataset
        self._parts: dict[int, Iterator[Piece]] = {}
        self._wanted: set[int] = set()
        self._last_steps: dict[int, int] = {}
        self._turns: list[int] = []

    def begin(self, place: int, held: range, state: bytes | None) -> None:
        """Train these seeds here, from their checkpoint or from the start."""

        def wishes() -> Wishes:
            wanted = place in self._wanted
            self._wanted.discard(place)
            return Wishes(wanted, self._last_steps.get(place))

        self._wanted.discard(place)
        self._last_steps.pop(place, None)
        self._parts[place] = train_part(self._scenario, self._dataset, held, state, wishes, None)
        self._turns = sorted(self._parts)

    def take(self, places: Collection[int], timeout_s: float) -> tuple[int, Piece | Lost | Failed]:
        """The next piece of the part among these whose turn it is."""
        place = next(each for each in self._turns if each in places)
        self._turns.remove(place)
        self._turns.append(place)
        return place, next(self._parts[place])

    def ask_state(self, place: int) -> None:
        """Let the next piece of the part have its state."""
        self._wanted.add(place)

    def ask_end(self, place: int, step: int) -> None:
        """Let the part measure its end at a step."""
        self._last_steps[place] = step

    def end(self) -> None:
        """Train no part any more."""
        self._parts.clear()
