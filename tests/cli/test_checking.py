"""Checks of several scenarios at once: told in their order, whichever ends first."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from objtui.cli.checking import in_turn
from objtui.errors import TrainingError
from objtui.runs.together import TrainingEvent
from tests.runs_for_tests import a_header


def told(place: int, last: bool) -> TrainingEvent:
    """An event of a training: its header, or an error in the place of its end."""
    return TrainingEvent(place, TrainingError(str(place)) if last else a_header(f"run-{place}"))


@given(
    st.lists(st.integers(1, 4), max_size=6).flatmap(
        lambda counts: st.permutations([i for i, count in enumerate(counts) for _ in range(count)])
    )
)
def test_each_training_is_told_whole_and_behind_those_before_it(order: list[int]) -> None:
    left = {place: order.count(place) for place in order}
    events = []
    for place in order:
        left[place] -= 1
        events.append(told(place, last=left[place] == 0))
    expected = sorted(events, key=lambda event: event.place)
    assert [id(event) for event in in_turn(events)] == [id(event) for event in expected]


def test_the_first_that_has_not_ended_is_told_at_once() -> None:
    came: list[int] = []

    def watched() -> Iterator[TrainingEvent]:
        for place, last in ((1, False), (0, False), (1, True), (0, True)):
            came.append(place)
            yield told(place, last)

    turns = in_turn(watched())
    assert next(turns).place == 0
    assert came == [1, 0]
    assert [event.place for event in turns] == [0, 1, 1]


def test_one_that_was_stopped_before_its_run_began_keeps_back_no_other() -> None:
    events = [told(1, last=False), told(2, last=True), told(1, last=True)]
    assert [event.place for event in in_turn(events)] == [1, 1, 2]
