"""Losses that lie on a CUDA device, read without letting the host wait for them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ROOM = 4096
"""Losses that wait on the device at most."""


class DeviceLosses:
    """Keeps losses on their device until they are here; two buffers take turns."""

    def __init__(self, device: torch.device) -> None:
        # What is made in inference mode could not be written to outside of it.
        with torch.inference_mode(False):
            self._buffers = [torch.zeros(ROOM, dtype=torch.float64, device=device) for _ in "ab"]
            self._host = torch.zeros(ROOM, dtype=torch.float64, pin_memory=True)
        self._of: list[tuple[int, int]] = []  # step and head of what stands in the first buffer
        self._coming: list[tuple[int, int]] = []
        self._arrival: torch.cuda.Event | None = None

    def add(self, step: int, head: int, loss: Tensor) -> None:
        """Keep a loss of one number; the oldest buffer goes on its way where there is no room.

        While a CUDA graph is captured nothing is kept: a replay would not come through here.
        """
        if torch.cuda.is_current_stream_capturing():
            return
        if len(self._of) == ROOM:
            if self._arrival is not None:
                return  # a device that is thousands of steps behind
            self._send()
        with torch.no_grad():
            self._buffers[0][len(self._of)].copy_(loss.detach().reshape(()))
        self._of.append((step, head))

    def poll(self, *, wait: bool = False) -> list[tuple[int, int, float]]:
        """The losses that have come since the last call: (step, head, loss). Sends the next."""
        arrived: list[tuple[int, int, float]] = []
        if torch.cuda.is_current_stream_capturing():
            return arrived
        while True:
            if self._arrival is not None:
                if wait:
                    self._arrival.synchronize()
                elif not self._arrival.query():  # type: ignore[no-untyped-call]
                    return arrived
                values: list[Any] = self._host[: len(self._coming)].tolist()
                arrived += [(*of, value) for of, value in zip(self._coming, values, strict=True)]
                self._arrival, self._coming = None, []
            if not self._of:
                return arrived
            self._send()

    def _send(self) -> None:
        device = self._buffers[0].device
        with torch.cuda.device(device):
            self._host.copy_(self._buffers[0], non_blocking=True)
            self._arrival = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._arrival.record()
        self._coming, self._of = self._of, []
        self._buffers.reverse()
