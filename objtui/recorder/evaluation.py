"""An evaluation of a training loop of the user's own: batches added up, then one frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from objtui.measures.scores import SCORE_NAMES
from objtui.measures.sums import Sums
from objtui.recorder.counting import Counter, number_format
from objtui.recorder.lifetime import Lifetime
from objtui.recorder.settings import Settings

State = dict[str, dict[str, npt.NDArray[Any]]]
"""By head, two vectors that any collective may add up over processes."""


class Evaluation:
    """Counts the batches of one evaluation; one that is inert counts nothing."""

    def __init__(self, settings: Settings, *, inert: bool = False) -> None:
        self._settings = settings
        self.is_inert = inert
        self._counters: dict[int, Counter] = {}
        self._merged: dict[int, Sums] = {}
        self._number_format = ""

    def update(
        self, logits: Any, targets: Any, *, head: str | None = None, ignore: Any = None
    ) -> None:
        """Add a batch of a head.

        Args:
            logits: (…), or (…, 2: background, object) of a head of two neurons; arrays, tensors
                on any device, or anything with `__array__`.
            targets: (…), from 0 to 1.
            head: its name; not needed where there is one.
            ignore: (…), rows of neither class.

        Raises ValueError where shapes differ, or there is no such head.
        """
        if self.is_inert:
            return
        place = self._settings.place_of(head)
        counter = self._counters.get(place)
        if counter is None:
            counter = self._counters[place] = Counter(self._settings.positive)
        counter.add(logits, targets, ignore)
        self._number_format = self._number_format or number_format(logits)

    def compute(self, head: str | None = None) -> dict[str, float]:
        """The scores of a head so far, by name; NaN without a row. Waits for the device."""
        place = self._settings.place_of(head)
        sums = {} if self.is_inert else self.sums()
        scores = sums[place].scores(self._number_format) if place in sums else {}
        return {name: scores.get(name, float("nan")) for name in SCORE_NAMES}

    def state(self) -> State:
        """What has been counted, to be added up over processes."""
        names = self._settings.head_names
        return {names[place]: sums.to_arrays() for place, sums in self.sums().items()}

    def merge(self, state: Mapping[str, Mapping[str, npt.NDArray[Any]]]) -> None:
        """Add what another process has counted; ValueError where it is no such state."""
        if self.is_inert:
            return
        for head, arrays in state.items():
            place = self._settings.place_of(head)
            earlier, sums = self._merged.get(place), Sums.from_arrays(arrays)
            self._merged[place] = sums if earlier is None else earlier.merged(sums)

    def hold(self, sums: Mapping[int, Sums]) -> None:
        """From here on be these, by position of a head."""
        self._counters, self._merged = {}, dict(sums)

    def sums(self) -> dict[int, Sums]:
        """By position of a head, all that has been counted."""
        sums = {place: counter.wait() for place, counter in self._counters.items()}
        for place, merged in self._merged.items():
            sums[place] = sums[place].merged(merged) if place in sums else merged
        return sums


class GuardedEvaluation(Evaluation):
    """An evaluation whose failures end the recording, not the training."""

    def __init__(self, settings: Settings, lifetime: Lifetime, *, inert: bool) -> None:
        super().__init__(settings, inert=inert)
        self._lifetime = lifetime

    def update(
        self, logits: Any, targets: Any, *, head: str | None = None, ignore: Any = None
    ) -> None:
        """As of `Evaluation`; ValueError for shapes at the first call of a head alone."""
        if self.is_inert or self._lifetime.is_over:
            return
        with self._lifetime.guarded(head):
            super().update(logits, targets, head=head, ignore=ignore)
            self._lifetime.head_recorded(self._settings.place_of(head))

    def take(self, head: str | None, logits: Any, targets: Any, ignore: Any) -> None:
        """As `update`, for taps."""
        self.update(logits, targets, head=head, ignore=ignore)

    def sums(self) -> dict[int, Sums]:
        """As of `Evaluation`; none where a device says that they cannot be."""
        sums: dict[int, Sums] = {}
        with self._lifetime.guarded(None, raises=False):
            sums = super().sums()
        if not sums:
            self.hold({})  # it is said once
        return sums
