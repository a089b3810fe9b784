"""Counting of batches: whatever carries them, and without torch where they are arrays."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
import torch

from objtui.measures.sums import Sums
from objtui.recorder.counting import Counter

Z = np.array([-3.0, -1.0, 0.5, 2.0], np.float32)
T = np.array([0.0, 0.0, 1.0, 1.0])


class Wrapped:
    """What other libraries hand over."""

    def __init__(self, values: npt.NDArray[np.floating]) -> None:
        self._values = values

    def __array__(self, dtype: object = None, copy: object = None) -> npt.NDArray[np.floating]:
        return self._values


def counted(logits: object, targets: object, ignore: object = None) -> Sums:
    counter = Counter()
    counter.add(logits, targets, ignore)
    sums = counter.poll()
    assert sums is not None
    return sums


@pytest.mark.parametrize("carrier", [list, np.asarray, torch.as_tensor, Wrapped])
def test_batches_are_counted_whatever_carries_them(carrier: type) -> None:
    sums = counted(carrier(Z), carrier(T), carrier(np.array([0.0, 1.0, 0.0, 0.0])))
    assert (sums.rows, sums.positives, sums.ignored) == (3, 2, 1)


def test_logits_may_be_tensors_and_targets_arrays() -> None:
    assert counted(torch.as_tensor(Z), T).scores() == counted(Z, torch.as_tensor(T)).scores()


def test_what_came_from_a_poll_does_not_change() -> None:
    counter = Counter()
    counter.add(Z, T)
    first = counter.poll()
    counter.add(Z, T)
    assert first is not None
    assert (first.rows, counter.wait().rows) == (4, 8)


def test_after_a_reset_nothing_is_counted() -> None:
    counter = Counter()
    counter.add(Z, T)
    counter.reset()
    assert counter.wait().rows == 0


def test_assigned_rows_are_positive_from_any_target_above_0() -> None:
    counter = Counter("assigned")
    counter.add(Z, T / 10)
    assert (counter.wait().positives, counted(Z, T / 10).positives) == (2, 0)


def test_arrays_are_counted_without_torch() -> None:
    program = (
        "import sys, numpy as np; from objtui.recorder.counting import Counter\n"
        "counter = Counter(); counter.add(np.zeros(3), np.ones(3)); counter.wait().scores()\n"
        "assert counter.poll().rows == 3 and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
