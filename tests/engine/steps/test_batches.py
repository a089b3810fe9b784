"""Batches: their order, a function of seed and step, and their making ahead on a thread."""

from __future__ import annotations

import threading

import pytest
import torch

from objtui.engine.steps.batches import CHUNK_BYTES, ROWS_AHEAD, Batches, Prefetcher
from tests.engine.cases import tensor_rows

ROWS = 50


def make_batches(batch: int, seeds: tuple[int, ...] = (0, 1), *, classes: bool = True) -> Batches:
    """Batches whose features and targets name their row."""
    number = torch.arange(ROWS, dtype=torch.float64)
    rows = tensor_rows(number[:, None], number / ROWS, number >= ROWS / 2)
    return Batches(rows.table, rows, batch, seeds, classes=classes)


def rows_of(batches: Batches, step: int, steps: int) -> torch.Tensor:
    """Row numbers that a chunk goes through: (steps, seeds, rows)."""
    features = [part[..., 0].clone() for part in batches.take(step, steps).features]
    return torch.stack(features)


def test_every_epoch_of_a_seed_goes_through_every_row_once() -> None:
    batches = make_batches(10)
    for epoch in range(3):
        rows = rows_of(batches, 5 * epoch, 5)
        for seed in range(2):
            assert sorted(rows[:, seed].flatten().tolist()) == list(range(ROWS))


def test_balanced_batches_have_so_many_of_each_class_and_each_goes_through_its_rows() -> None:
    number = torch.arange(ROWS, dtype=torch.float64)
    rows = tensor_rows(number[:, None], number / ROWS, number >= 40)
    batches = Batches(rows.table, rows, 8, (0, 1), classes=True, positives=5)
    chunk = batches.take(0, 20)
    assert (chunk.positive.sum(-1) == 5).all()
    taken = chunk.features[..., 0]
    assert not torch.equal(taken[:, 0], taken[:, 1])
    for seed in range(2):
        objects = taken[:, seed][chunk.positive[:, seed, 0]].tolist()
        others = taken[:, seed][~chunk.positive[:, seed, 0]].tolist()
        assert sorted(objects[:10]) == sorted(objects[10:20]) == list(range(40, 50))
        assert sorted(others[:40]) == list(range(40))
    again = Batches(rows.table, rows, 8, (0, 1), classes=True, positives=5)
    assert torch.equal(again.take(17, 3).features, chunk.features[17:])


def test_batches_are_full_across_the_end_of_an_epoch() -> None:
    rows = rows_of(make_batches(16), 0, 50).flatten(2)
    assert rows.shape == (50, 2, 16)
    stream = rows[:, 0].flatten()
    assert sorted(stream[:ROWS].tolist()) == sorted(stream[ROWS : 2 * ROWS].tolist())


def test_seeds_and_epochs_have_orders_of_their_own() -> None:
    rows = rows_of(make_batches(50), 0, 2)
    orders = {tuple(rows[epoch, seed].tolist()) for epoch in range(2) for seed in range(2)}
    assert len(orders) == 4


def test_a_batch_does_not_depend_on_what_was_asked_before() -> None:
    whole = rows_of(make_batches(16), 0, 40)
    pieces = make_batches(16)
    for step, steps in ((37, 3), (0, 1), (12, 20)):
        assert torch.equal(rows_of(pieces, step, steps), whole[step : step + steps])


def test_chunks_gathered_ahead_are_those_gathered_when_asked() -> None:
    ahead, asked = make_batches(16), make_batches(16)
    steps = ahead.chunk_steps
    for chunk in range(4):
        whole = rows_of(ahead, chunk * steps, steps)
        # two parts across the chunk's middle, taken from the end to the start
        for first in (chunk * steps + steps // 2, chunk * steps):
            part = rows_of(asked, first, steps // 2)
            assert torch.equal(part, whole[first % steps :][: steps // 2])


def test_a_chunk_that_others_overlap_is_gathered_for_itself() -> None:
    batches = make_batches(16)
    before = rows_of(batches, 0, batches.chunk_steps)
    across = rows_of(batches, 10, batches.chunk_steps)
    assert torch.equal(across[: batches.chunk_steps - 10], before[10:])


def test_the_features_of_a_chunk_stay_within_their_bytes() -> None:
    features = torch.zeros(4096, 1024)
    rows = tensor_rows(features, features[:, 0], features[:, 0] > 0)
    batches = Batches(rows.table, rows, 256, (0, 1), classes=False)
    chunk = batches.take(0, batches.chunk_steps)
    assert sum(part.nbytes for part in chunk.features) <= CHUNK_BYTES
    assert batches.chunk_steps == 4


def test_a_seed_has_the_same_order_whatever_other_seeds_are_there() -> None:
    alone, among = make_batches(16, (7,)), make_batches(16, (3, 7, 1))
    assert torch.equal(rows_of(alone, 0, 9)[:, 0], rows_of(among, 0, 9)[:, 1])


def test_targets_and_flags_belong_to_the_features() -> None:
    batches = make_batches(16)
    chunk = batches.take(4, 3)
    rows = torch.stack([part[..., 0].clone() for part in chunk.features])[:, :, None]
    assert torch.equal(chunk.targets, rows / ROWS)
    assert torch.equal(chunk.positive, rows >= ROWS / 2)


def test_all_rows_are_one_batch_that_every_seed_shares() -> None:
    batches = make_batches(0)
    assert (batches.groups, batches.rows) == (1, ROWS)
    assert rows_of(batches, 5, 2).tolist() == [[list(range(ROWS))]] * 2


def test_rows_that_are_not_gathered_are_those_of_the_batches() -> None:
    batches = make_batches(16)
    drawn_at_once = ROWS_AHEAD // (batches.groups * batches.rows)
    for step, steps in ((0, 5), (5, 3), (batches.chunk_steps, 9), (2, 1), (drawn_at_once - 3, 7)):
        rows = batches.take_rows(step, steps)
        assert torch.equal(rows.double(), rows_of(batches, step, steps))
        features, targets, positive = batches.tables
        assert torch.equal(features[rows], batches.take(step, steps).features)
        assert torch.equal(targets[rows][:, :, None], batches.take(step, steps).targets)
        assert torch.equal(positive[rows][:, :, None], batches.take(step, steps).positive)
    assert torch.equal(make_batches(0).take_rows(3, 2), torch.arange(ROWS).expand(2, 1, ROWS))


def test_every_number_gives_its_own_value_in_any_order() -> None:
    ahead = Prefetcher(lambda number: number * number)
    for number in (0, 1, 2, 2, 7, 8, 3, 0):
        assert ahead.get(number) == number * number


def test_the_next_value_is_made_while_one_is_used() -> None:
    made = {number: threading.Event() for number in range(3)}

    def make(number: int) -> int:
        made[number].set()
        return number

    ahead = Prefetcher(make)
    ahead.get(0)
    assert made[1].wait(30)
    assert not made[2].is_set()


def test_a_value_that_the_thread_has_not_begun_is_made_by_the_one_who_asks() -> None:
    busy, go_on, makers = threading.Event(), threading.Event(), {}

    def make(number: int) -> int:
        makers[number] = threading.current_thread()
        return number

    def wait() -> None:
        busy.set()
        go_on.wait(30)

    ahead = Prefetcher(make)
    ahead._thread.submit(wait)
    assert busy.wait(30)
    assert [ahead.get(0), ahead.get(1)] == [0, 1]
    assert makers[1] is threading.current_thread()
    go_on.set()


def test_calls_never_overlap_wherever_one_jumps() -> None:
    one_at_a_time = threading.Lock()

    def make(number: int) -> int:
        assert one_at_a_time.acquire(blocking=False)
        sum(range(20_000))
        one_at_a_time.release()
        return number

    ahead = Prefetcher(make)
    assert [ahead.get(number) for number in [5, 6, 1, 2, 9] * 40] == [5, 6, 1, 2, 9] * 40


def test_what_goes_wrong_on_the_thread_is_raised_where_the_value_is_asked() -> None:
    begun = threading.Event()

    def make(number: int) -> int:
        if number == 1:
            begun.set()
            raise ZeroDivisionError("number 1")
        return number

    ahead = Prefetcher(make)
    ahead.get(0)
    assert begun.wait(30)
    with pytest.raises(ZeroDivisionError, match="number 1"):
        ahead.get(1)


def test_a_1_stands_behind_the_features_of_gathered_rows_where_it_is_asked_for() -> None:
    number = torch.arange(ROWS, dtype=torch.float64)
    rows = tensor_rows(number[:, None], number / ROWS, number >= ROWS / 2)
    plain = make_batches(16)
    joint = Batches(rows.table, rows, 16, (0, 1), classes=True, ones=True)
    for step, steps in ((0, 3), (joint.chunk_steps, 2), (joint.chunk_steps - 1, 2)):
        chunk = joint.take(step, steps)
        assert torch.equal(chunk.features[..., :1], plain.take(step, steps).features)
        assert (chunk.features[..., 1] == 1).all()
    whole = Batches(rows.table, rows, 0, (0, 1), classes=True, ones=True).take(0, 1)
    assert whole.features.shape[-1] == 1  # all rows are used as they are
