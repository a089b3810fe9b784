"""The order of batches: one for each seed, the same for every head of it.

A seed's batches are cut from an endless row of shuffles of the training rows,
so that every batch is full and every row comes equally often; with a share of
positives asked for, from two such rows, of either class. A shuffle is a function
of seed and epoch alone: any batch can be found again without a state.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Self, TypeVar

import torch
from torch import Tensor

from objtui.engine.data.dataset import Rows
from objtui.engine.data.features import FeatureTable, NumberTable
from objtui.engine.seeding import seeded

MAX_CHUNK_STEPS = 64
"""Most steps in a chunk; more would save nothing."""

CHUNK_ROWS = 1 << 16
"""Rows that each head goes through in a chunk, all seeds together: they bound its memory."""

MAX_ROW_STEPS = 1024
"""Most steps whose rows are given by number at once: each takes but microseconds then."""

CHUNK_BYTES = 1 << 23
"""Features of a chunk, of more than one step: two chunks are to stay in a usual cache."""

ROWS_AHEAD = 1 << 18
"""Numbers of rows drawn at once, of more than one chunk, where they are not gathered: the fewer
the draws, the less their thread waits for Python's lock."""


class Batch(NamedTuple):
    """The batch of one step.

    Attributes:
        features, turned: (groups, rows, features) and (groups, features, rows), the same memory.
        targets, positive: (groups, 1, rows).
    """

    features: Tensor
    turned: Tensor
    targets: Tensor
    positive: Tensor

    def part(self, rows: slice) -> Batch:
        """Some of its rows."""
        return Batch(
            self.features[:, rows],
            self.turned[..., rows],
            self.targets[..., rows],
            self.positive[..., rows],
        )


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """Successive batches, valid until the next are taken.

    Attributes:
        features: (steps, groups, rows, features), and a 1 behind them where they are asked for.
        targets: (steps, groups, 1, rows).
        positive: the same shape; all False unless a loss asks for the classes.
        batches: views of these, by step: made with the room, as a step is as short as a few views.
    """

    features: Tensor
    targets: Tensor
    positive: Tensor
    batches: tuple[Batch, ...] = field(repr=False)

    @classmethod
    def of(cls, features: Tensor, targets: Tensor, positive: Tensor) -> Self:
        """The batches that lie in these."""
        parts = features, features.transpose(2, 3), targets, positive
        by_step = zip(*(part.unbind() for part in parts), strict=True)
        return cls(features, targets, positive, tuple(Batch(*step) for step in by_step))

    def part(self, start: int, stop: int) -> Chunk:
        """The batches start…stop of these."""
        steps = slice(start, stop)
        return Chunk(
            self.features[steps], self.targets[steps], self.positive[steps], self.batches[steps]
        )


class Batches:
    """Chunks of successive batches on the training device.

    Chunks that start at multiples of `chunk_steps` are gathered ahead, on a thread.

    Attributes:
        groups: batches of a step: one for each seed, or 1 where all rows are one batch.
        whole: whether a batch is all rows.
        rows: rows of a batch.
        chunk_steps: most steps of a chunk.
        row_steps: most steps whose rows are given by number, chunks of them.
    """

    def __init__(
        self,
        features: FeatureTable,
        rows: Rows,
        batch: int,
        seeds: tuple[int, ...],
        *,
        classes: bool,
        positives: int | None = None,
        most_steps: int = MAX_CHUNK_STEPS,
        ones: bool = False,
    ) -> None:
        """Args:
        features: (rows, features) on the device.
        batch: rows of a batch; 0 stands for all rows.
        positives: positive rows of a batch; None where they come as they do.
        classes: whether any loss asks which rows are positive.
        most_steps: bound on the steps of a chunk.
        ones: whether batches that are gathered have a 1 behind each row's features.
        """
        device = features.device
        # All rows as one batch are used as they are in every step.
        self._features = NumberTable(features.dense()) if batch == 0 else features
        self._targets = rows.targets.to(device, features.dtype).contiguous()
        self._positive = rows.positive.to(device).contiguous()
        self._streams = _streams(rows.positive, batch, positives, seeds, device)
        self.whole = batch == 0
        self.groups = 1 if self.whole else len(seeds)
        self.rows = len(rows) if self.whole else batch
        most_steps = min(most_steps, CHUNK_ROWS // (len(seeds) * self.rows))
        fitting = most_steps
        if not self.whole:
            step_bytes = self.groups * self.rows * features.shape[1] * features.dtype.itemsize
            fitting = min(fitting, CHUNK_BYTES // step_bytes)
        self.chunk_steps = max(1, min(MAX_CHUNK_STEPS, fitting))
        chunks = max(1, min(MAX_ROW_STEPS, most_steps) // self.chunk_steps)
        self.row_steps = chunks * self.chunk_steps
        self._classes = classes
        self._ones = ones
        self._rooms = [self._new_room(self.chunk_steps) for _ in range(0 if self.whole else 2)]
        self._all_rows: Chunk | None = None  # of all rows, at every step
        self._ahead = Prefetcher(self._chunk)
        drawn_rows = self.row_steps * self.groups * self.rows
        self._drawn_steps = self.row_steps * max(1, ROWS_AHEAD // drawn_rows)
        self._rows_ahead = Prefetcher(self._drawn)
        self._drawing = threading.Lock()

    @property
    def tables(self) -> tuple[Tensor, Tensor, Tensor]:
        """All training rows on the device: features, targets, and which are positive.

        Batches are gathered from these features from here on, so that they are kept but once.
        """
        features = self._features.dense()
        self._features = NumberTable(features)
        return features, self._targets, self._positive

    def take_rows(self, step: int, steps: int) -> Tensor:
        """The rows that the batches of these steps are of, by number: (steps, groups, rows).

        Not gathered, for who does so; contiguous.
        """
        parts: list[Tensor] = []
        while steps:
            number, start = divmod(step, self._drawn_steps)
            parts.append(self._rows_ahead.get(number)[start : start + steps])
            step += len(parts[-1])
            steps -= len(parts[-1])
        return parts[0].contiguous() if len(parts) == 1 else torch.cat(parts)

    def take(self, step: int, steps: int) -> Chunk:
        """The batches of `steps` ≤ `chunk_steps` steps from `step` on."""
        if self.whole:
            if self._all_rows is None:
                self._all_rows = self._whole_chunk()
            return self._all_rows.part(0, steps)
        number, start = divmod(step, self.chunk_steps)
        if start + steps > self.chunk_steps:
            return self._gather(step, steps, self._new_room(steps))
        return self._ahead.get(number).part(start, start + steps)

    def _whole_chunk(self) -> Chunk:
        """All rows as the batch of every step."""
        shape = (self.chunk_steps, 1, 1, self.rows)
        flags = self._positive if self._classes else self._positive.new_zeros(())
        features = self._features.dense().expand(self.chunk_steps, 1, -1, -1)
        return Chunk.of(features, self._targets.expand(shape), flags.expand(shape))

    def _new_room(self, steps: int) -> Chunk:
        """Room for the batches of some steps."""
        shape = (steps, self.groups, 1, self.rows)
        width = self._features.shape[1] + self._ones
        features = self._targets.new_ones(steps, self.groups, self.rows, width)
        positive = self._positive.new_zeros(shape if self._classes else ())
        return Chunk.of(features, self._targets.new_empty(shape), positive.expand(shape))

    def _chunk(self, number: int) -> Chunk:
        """The chunk of a number, all its steps, in one of two rooms that take turns."""
        return self._gather(number * self.chunk_steps, self.chunk_steps, self._rooms[number % 2])

    def _drawn(self, number: int) -> Tensor:
        """The rows of as many steps as are drawn at once, those of a number."""
        if self.whole:
            return torch.arange(self.rows).expand(self._drawn_steps, 1, -1)
        return self._index(number * self._drawn_steps, self._drawn_steps).long()

    def _index(self, step: int, steps: int) -> Tensor:
        """Rows by number, (steps, groups, rows)."""
        with self._drawing:
            parts = [
                shuffles.part(step * rows, steps * rows).view(self.groups, steps, rows)
                for shuffles, rows in self._streams
            ]
        index = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
        return index.transpose(0, 1).contiguous()

    def _gather(self, step: int, steps: int, room: Chunk) -> Chunk:
        """The batches of `steps` steps, which fill a room."""
        index = self._index(step, steps).flatten()
        rows = room.features.flatten(0, 2)  # (rows, features), and perhaps ones
        self._features.take(index, rows[:, : self._features.shape[1]])
        torch.index_select(self._targets, 0, index, out=room.targets.view(-1))
        if self._classes:
            torch.index_select(self._positive, 0, index, out=room.positive.view(-1))
        return room


def _streams(
    positive: Tensor,
    batch: int,
    positives: int | None,
    seeds: tuple[int, ...],
    device: torch.device,
) -> list[tuple[Shuffles, int]]:
    """What batches are cut from, and how many rows of each: all rows, or those of each class."""
    if positives is None:
        return [(Shuffles(len(positive), seeds, device), batch)]
    return [
        (Shuffles(int(rows.sum()), seeds, device, rows.nonzero()[:, 0], name), count)
        for rows, name, count in (
            (positive, "positives", positives),
            (~positive, "negatives", batch - positives),
        )
    ]


class Shuffles:
    """An endless row of shuffles of some rows, for each seed.

    Args:
        total: how many rows.
        rows: their numbers; 0, 1, … by default.
        name: of these rows among those that have an order of their own.
    """

    def __init__(
        self,
        total: int,
        seeds: tuple[int, ...],
        device: torch.device,
        rows: Tensor | None = None,
        name: str | None = None,
    ) -> None:
        self._total = total
        self._seeds = seeds
        self._device = device
        self._rows = None if rows is None else rows.to(device, torch.int32)
        self._purpose = ("order",) if name is None else ("order", name)
        self._epoch = -1
        self._shuffles = torch.empty(0)

    def part(self, start: int, count: int) -> Tensor:
        """Rows start…start + count of each seed's: (seeds, count)."""
        total = self._total
        pieces = []
        while count:
            epoch, offset = divmod(start, total)
            if self._epoch != epoch:
                self._shuffle(epoch)
            pieces.append(self._shuffles[:, offset : offset + count])
            taken = pieces[-1].shape[1]
            start += taken
            count -= taken
        return pieces[0].contiguous() if len(pieces) == 1 else torch.cat(pieces, dim=1)

    def _shuffle(self, epoch: int) -> None:
        """Draw an epoch's shuffle of every seed: (seeds, rows)."""
        total = self._total
        self._epoch = epoch
        shuffles = torch.empty(len(self._seeds), total, dtype=torch.int32)
        for seed, row in zip(self._seeds, shuffles, strict=True):
            torch.randperm(total, generator=seeded(*self._purpose, seed, epoch), out=row)
        on_device = shuffles.to(self._device)
        self._shuffles = on_device if self._rows is None else self._rows[on_device.long()]


T = TypeVar("T")


class Prefetcher(Generic[T]):
    """Calls `make(n)`, one call at a time, and `make(n + 1)` once n was asked for.

    What comes out depends on `make` alone, never on how far the thread has come: a
    value that it has not begun is made by the one who asks.
    """

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
        self._number: int | None = None
        self._value: T
        self._next: Future[T] | None = None

    def get(self, number: int) -> T:
        """The value of a number; that of the next is made meanwhile."""
        if number != self._number:
            self._value = self._made(number)
            self._number = number
            self._next = self._thread.submit(self._make, number + 1)
        return self._value

    def _made(self, number: int) -> T:
        ahead, self._next = self._next, None
        if ahead is None or ahead.cancel():
            return self._make(number)
        value = ahead.result()  # begun: wait for it, wanted or not
        wanted = self._number is not None and number == self._number + 1
        return value if wanted else self._make(number)
