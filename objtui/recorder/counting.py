"""Counting of logits where they lie: on the host at once, on a CUDA device without waiting."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from objtui.measures.sums import Positive, Sums

if TYPE_CHECKING:
    from objtui.recorder.tensors import TensorCounter


class Counter:
    """Counts batches of one head.

    Args:
        positive: when a row is positive.
    """

    def __init__(self, positive: Positive = "half") -> None:
        self._positive = positive
        self._on_host = Sums.zero()
        self._on_device: TensorCounter | None = None

    def add(self, logits: Any, targets: Any, ignore: Any = None) -> None:
        """Count a batch: arrays, tensors, or anything with `__array__`.

        Logits (…) or (…, 2: background, object) with targets (…) in [0, 1]; `ignore`, (…), are
        rows of neither class. Nothing of them is written to or kept, but copies of the first
        rows. Where logits are on a CUDA device they are counted there, and the host does not wait;
        it does for other devices, which have no float64 (MPS). ValueError where shapes differ, or
        targets lie outside [0, 1]: of a CUDA device `poll` and `wait` raise that.
        """
        on_device = self._device_counter(logits)
        if on_device is None:
            z, t, ignored = (_as_array(each) for each in (logits, targets, ignore))
            self._on_host.add(z, t, ignored, self._positive)
        else:
            on_device.add(logits, targets, ignore, self._positive)

    def _device_counter(self, logits: Any) -> TensorCounter | None:
        """Where logits of a CUDA device are counted; None for others."""
        if not _is_tensor(logits) or not logits.is_cuda:
            return None
        if self._on_device is None:
            from objtui.recorder.tensors import TensorCounter

            self._on_device = TensorCounter(logits.device)
        return self._on_device

    def poll(self) -> Sums | None:
        """The sums of every batch since the last reset; None while they are on their way here.

        Never waits: on a CUDA device the first call begins to copy what has been counted up to
        then, and a later one returns it. Batches added between the two are in the next result.
        """
        if self._on_device is None:
            return self._on_host.copy()
        on_device = self._on_device.poll()
        return None if on_device is None else on_device.merged(self._on_host)

    def wait(self) -> Sums:
        """The sums of every batch since the last reset, for which the host waits."""
        if self._on_device is None:
            return self._on_host.copy()
        return self._on_device.wait().merged(self._on_host)

    def reset(self) -> None:
        """Forget all batches, and a copy that is on its way."""
        self._on_host = Sums.zero()
        if self._on_device is not None:
            self._on_device.reset()


def number_format(logits: Any) -> str:
    """The dtype of logits by its name, such as bfloat16."""
    dtype = logits.dtype if hasattr(logits, "dtype") else np.asarray(logits).dtype
    return str(dtype).removeprefix("torch.")


def _is_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")  # whoever has a tensor has imported it
    return torch is not None and isinstance(value, torch.Tensor)


def _as_array(value: Any) -> Any:
    if not _is_tensor(value):
        return value
    from objtui.recorder.tensors import to_array

    return to_array(value)
