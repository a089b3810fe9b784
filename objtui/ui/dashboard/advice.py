"""The advice of the runs on the screen, computed seldom enough not to be felt."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from objtui.advice.advise import Advice, advise, evidence_of, told_apart
from objtui.advice.answers import answers
from objtui.advice.evidence import RunEvidence, frame_row
from objtui.advice.rules import NOTHING
from objtui.errors import ObjtuiError
from objtui.runs.comparison import Comparison
from objtui.runs.history import RunHistory
from objtui.runs.source import RunSource
from objtui.ui.view_state import ViewState

LIVE_S = 1.0
"""Least time between two computations for frames that come while a run goes on."""

MANY_MEMBERS = 60
"""Of more members it takes so long that it waits in the same way for a cursor that moves."""

MAX_KEPT = 256
"""Frames of which the words are kept, so that a cursor that goes to and fro costs nothing."""


class AdviceLine:
    """What most matters of the run in focus and what is asked first, a line each.

    Frames that a cursor stands on, and the last one of a run that has ended, are judged at once;
    new ones of a run that goes on at most every `LIVE_S`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, still: bool = False) -> None:
        """`clock` gives seconds from any start.

        `still`: for a picture, which may not say what was so a moment ago, and names no key.
        """
        self._still = still
        self._clock = clock
        self._kept: dict[tuple[int, int], tuple[str, ...]] = {}
        self._histories: dict[int, RunHistory] = {}  # so that no other gets the id of one
        self._last: tuple[RunHistory, tuple[str, ...]] | None = None
        self._judged_at = float("-inf")
        self._behind = False

    def lines(self, runs: Comparison, state: ViewState) -> tuple[str, ...]:
        """The most important first; empty before the first frame, and while runs are read."""
        self._behind = False
        if runs.behind or runs.history is None:
            return ()
        source = runs.source_of(state.focus)
        history = source.history
        place = None if history is None else frame_row(history.columns, state.cursor)
        if history is None or place is None:
            return ()
        key = id(history), place[1]
        self._histories.setdefault(id(history), history)
        lines = self._kept.get(key)
        if lines is None:
            label = runs.labels[runs.sources.index(source)] if runs.several else ""
            lines = self._judge(source, history, key, state.cursor, label)
        return lines

    @property
    def is_due(self) -> bool:
        """Whether what was given last is of an earlier frame, and may be judged again by now."""
        return self._behind and self._clock() - self._judged_at >= LIVE_S

    def _judge(
        self,
        source: RunSource,
        history: RunHistory,
        key: tuple[int, int],
        cursor: int | None,
        label: str,
    ) -> tuple[str, ...]:
        goes_on = cursor is None and not history.ended
        many = len(history.header.heads) * len(history.header.seeds) > MANY_MEMBERS
        recent = self._clock() - self._judged_at < LIVE_S
        if not self._still and recent and (goes_on or many):
            self._behind = True
            same = self._last is not None and self._last[0] is history and goes_on
            return self._last[1] if same and self._last else ()
        run, said = advice_at(source, cursor)
        lines: tuple[str, ...] = ()
        if run is not None and said:
            words = in_brief(said)
            advice = f"{label}: {words}" if label else words
            before = "advice" if self._still else "a"
            lines = (f"{before}: {advice}", *answers(run, said, label))
        self._judged_at = self._clock()
        self._last = history, lines
        self._kept[key] = lines
        if len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        return lines


def in_brief(said: Sequence[Advice]) -> str:
    """The most important piece of advice, and how much more needs mending, or that nothing does."""
    if not said:
        return ""
    more = sum(each.level == "mend" for each in told_apart(said)) - 1
    if more < 0:
        others = [each.brief for each in said[:1] if each.rule != NOTHING.name]
        return "; ".join([NOTHING.brief, *others])
    return f"{said[0].brief}; {more} more to mend" if more > 0 else said[0].brief


def advice_at(source: RunSource, step: int | None) -> tuple[RunEvidence | None, tuple[Advice, ...]]:
    """What a run shows up to a step, and the advice; none where its file cannot be read.

    What is wrong with the file is said where it is polled.
    """
    try:
        run = evidence_of(source, step)
    except ObjtuiError:
        run = None
    return run, () if run is None else advise(run)
