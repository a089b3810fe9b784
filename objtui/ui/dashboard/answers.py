"""What is answered of the runs on the screen, computed seldom enough not to be felt."""

from __future__ import annotations

import time
from collections.abc import Callable

from objtui.advice.advise import advice_at
from objtui.advice.answers import Answer, RunFacts, answers, facts_of
from objtui.advice.evidence import frame_row
from objtui.runs.comparison import Comparison
from objtui.runs.history import RunHistory
from objtui.runs.source import RunSource
from objtui.ui.view_state import ViewState

LIVE_S = 1.0
"""Least time between two computations for frames that come while a run goes on."""

MANY_MEMBERS = 60
"""Of more members it takes so long that it waits in the same way for a cursor that moves."""

MAX_KEPT = 256
"""Frames of which the facts are kept, so that a cursor that goes to and fro costs nothing."""


class AnswerLines:
    """What is asked first of the runs on the screen, and what to do, an answer a line.

    Frames of the run in focus that a cursor stands on, and the last one of a run that has ended,
    are judged at once; new ones of runs that go on, and those of other runs at the cursor, at most
    every `LIVE_S`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, still: bool = False) -> None:
        """`clock` gives seconds from any start.

        `still`: for a picture, which may not say what was so a moment ago, and names no key.
        """
        self._still = still
        self._clock = clock
        self._kept: dict[tuple[int, int, bool], RunFacts | None] = {}
        self._histories: dict[int, RunHistory] = {}  # so that no other gets the id of one
        self._last: dict[int, RunFacts | None] = {}  # of every run, by the id of its history
        self._judged_at = float("-inf")
        self._behind = False

    def answers(self, runs: Comparison, state: ViewState) -> tuple[Answer, ...]:
        """The answers; empty before the first frame, and while runs are read."""
        self._behind = False
        if runs.behind or runs.history is None:
            return ()
        labels = runs.labels if runs.several else [""]
        focus = runs.source_of(state.focus)
        self._facts(focus, state.cursor)  # the first to be judged, since others may wait for it
        facts: dict[str, RunFacts] = {}
        for label, source in zip(labels, runs.sources, strict=True):
            of_run = self._facts(source, state.cursor, elsewhere=source is not focus)
            if of_run is not None:
                facts[label] = of_run
        return answers(facts, labels[runs.sources.index(focus)])

    @property
    def is_due(self) -> bool:
        """Whether what was given last is of an earlier frame, and may be judged again by now."""
        return self._behind and self._clock() - self._judged_at >= LIVE_S

    def _facts(
        self, source: RunSource, cursor: int | None, *, elsewhere: bool = False
    ) -> RunFacts | None:
        """What is said of a run; None before its first frame, and where it waits.

        `elsewhere`: whether the focus is on another run, so that it waits for a cursor that moves.
        """
        history = source.history
        place = None if history is None else frame_row(history.columns, cursor)
        if history is None or place is None:
            return None
        run = id(history)
        key = run, place[1], history.ended  # one that has ended may be told to train longer
        self._histories.setdefault(run, history)
        if key in self._kept:
            return self._kept[key]
        goes_on = cursor is None and not history.ended
        many = len(history.header.heads) * len(history.header.seeds) > MANY_MEMBERS
        recent = self._clock() - self._judged_at < LIVE_S
        if not self._still and recent and (goes_on or many or (elsewhere and cursor is not None)):
            self._behind = True
            return self._last.get(run) if goes_on else None
        evidence, said = advice_at(source, cursor)
        facts = facts_of(evidence, said) if evidence is not None and said else None
        self._judged_at = self._clock()
        self._last[run] = self._kept[key] = facts
        if len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        return facts
