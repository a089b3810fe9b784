"""Rows of many images, built by several workers, and when it is said how far that is."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import pytest
import torch

from objtui.engine.data import build_dataset, parallel
from objtui.engine.data.images import anchor_rows
from objtui.engine.data.parallel import Progress, in_parallel
from objtui.scenario.schema import ScenesData

SCENES = ScenesData(source="scenes", train_images=12, val_images=2, size=128)
GIVE_UP_S = 120.0


@pytest.fixture
def with_workers(monkeypatch: pytest.MonkeyPatch):
    def choose(count: int) -> None:
        for module in (parallel, anchor_rows):
            monkeypatch.setattr(module, "workers", lambda: count)

    return choose


def test_rows_are_the_same_to_the_last_bit_however_many_work(with_workers) -> None:
    built = []
    for count in (1, 2, 7):
        with_workers(count)
        built.append(build_dataset(SCENES, Path(), torch.float32))
    for other in built[1:]:
        assert torch.equal(other.train.features, built[0].train.features)
        assert torch.equal(other.evaluation.features, built[0].evaluation.features)
        assert torch.equal(other.train.targets, built[0].train.targets)


def test_results_come_in_the_order_of_the_items_whoever_is_first(with_workers) -> None:
    with_workers(2)
    second_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_done.wait(GIVE_UP_S)
        if item == 1:
            second_done.set()
        return item * item

    assert list(in_parallel(work, range(50))) == [item * item for item in range(50)]


def test_an_error_ends_the_work_on_all_others(with_workers) -> None:
    with_workers(2)
    worked: list[int] = []

    def work(item: int) -> None:
        worked.append(item)
        raise ZeroDivisionError(item)

    with pytest.raises(ZeroDivisionError):
        list(in_parallel(work, range(1000)))
    assert len(worked) < 100


def test_no_more_memory_is_taken_than_the_features_and_the_work_on_an_image_a_worker(
    with_workers,
) -> None:
    with_workers(2)
    data = SCENES.model_copy(update={"train_images": 60, "val_images": 0})
    build_dataset(SCENES, Path(), torch.float32)  # imports and caches are no part of it
    tracemalloc.start()
    try:
        base = tracemalloc.get_traced_memory()[0]
        features = build_dataset(data, Path(), torch.float32).train.features
        peak = tracemalloc.get_traced_memory()[1] - base
    finally:
        tracemalloc.stop()
    assert features.nbytes > 14e6
    assert peak < features.nbytes + 8e6


def test_it_is_told_how_far_the_building_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("objtui.engine.data.parallel.MIN_DURATION_S", 0.0)
    told: list[tuple[str, float]] = []
    build_dataset(SCENES, Path(), torch.float32, lambda what, share: told.append((what, share)))
    shares = [share for what, share in told if what == "training anchors"]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert ("validation anchors", 1.0) in told


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
