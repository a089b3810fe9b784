"""When it is said how far a building of data is."""

from __future__ import annotations

from objtui.engine.data.parallel import Progress


def heard(steps: list[tuple[float, int]]) -> list[tuple[str, float]]:
    """What is heard of 200 rows, of which so many are done at such a second."""
    said: list[tuple[str, float]] = []
    times = iter([0.0, *(second for second, _ in steps)])
    building = Progress(
        "rows", 200, lambda what, share: said.append((what, share)), clock=lambda: next(times)
    )
    for _, count in steps:
        building.done(count)
    return said


def test_what_is_built_within_a_second_is_not_spoken_of() -> None:
    assert heard([(0.2, 50), (0.9, 200)]) == []


def test_it_is_said_each_second_at_most_and_for_a_twentieth_at_least() -> None:
    steps = [(1.1, 9), (1.2, 40), (1.9, 80), (2.3, 81), (2.4, 200)]
    assert heard(steps) == [("rows", 0.2), ("rows", 0.405)]


def test_slow_work_is_not_silent_for_more_than_a_minute() -> None:
    assert heard([(59.0, 1), (61.0, 2), (100.0, 3)]) == [("rows", 0.01)]
