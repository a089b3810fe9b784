"""Counting of tensors on a CUDA device, for which the host does not wait.

The same vectors as of `objtui.measures.row_sums`, made without an operation whose result has a
size that the host would have to know: rows that are left out go to slots of their own. So do
targets outside [0, 1], of which the host learns, and raises, with the sums. Nothing
draws a random number, and every operation is one that torch allows under
`use_deterministic_algorithms`: so no matrix products, which need a setting of cuBLAS there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from objtui.measures.fine_histogram import FINE_CELLS, FINE_EDGES, FIRST_AT_0
from objtui.measures.row_sums import (
    BIN_EDGES,
    CELL_SLOTS,
    DISTANCES,
    FLOATS,
    IGNORED_SLOT,
    INTEGERS,
)
from objtui.measures.scores import ECE_BINS, SATURATED_LOGIT
from objtui.measures.sums import (
    KEPT_ROWS,
    OUTSIDE_ADVICE,
    TARGET_SLACK,
    Positive,
    Sums,
    pairing,
)

_OUTSIDE_SLOT = INTEGERS
"""Behind the whole numbers of `row_sums`: rows whose target no row can have."""

_BLOCK_ROWS = 1 << 16  # 0.5 MB for each of the tensors in between


def to_array(value: Any) -> npt.NDArray[Any]:
    """A tensor as an array, of whatever device, for which the host waits then; others as they are.

    NumPy has no bfloat16, nor 8-bit floats: these become float32.
    """
    if not isinstance(value, Tensor):
        return np.asarray(value)
    tensor = value.detach()
    if tensor.is_floating_point() and tensor.dtype not in (
        torch.float16,
        torch.float32,
        torch.float64,
    ):
        tensor = tensor.float()
    array: npt.NDArray[Any] = tensor.cpu().numpy()
    return array


class TensorCounter:
    """Counts batches of one head on one device, in buffers that are made once: 0.9 MB.

    Batches may come from several streams: each waits for what the one before has counted. While a
    CUDA graph is captured nothing is counted, since a replay would not come through here.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._copy: _Copy | None = None
        self._kept_rows: int | None = 0
        # What is first made in inference mode could not be added to outside it.
        with torch.inference_mode(mode=False), torch.no_grad():
            self._integers = torch.zeros(INTEGERS + 1, dtype=torch.int64, device=device)
            self._floats = torch.zeros(2, FLOATS, dtype=torch.float64, device=device)
            self._kept = torch.zeros(3, KEPT_ROWS, dtype=torch.float64, device=device)
            self._bin_edges = torch.from_numpy(BIN_EDGES).to(device, non_blocking=True)
        self._counted = _event() if device.type == "cuda" else None
        self._leave_stream()

    def add(self, z: Any, t: Any, ignore: Any, positive: Positive) -> None:
        """Count a batch, as `Sums.add`; what lies elsewhere comes to the device of this.

        Targets outside [0, 1] are raised by `poll` and `wait`.
        """
        if self._capturing():
            return
        with torch.no_grad():
            logits, targets, left_out, outside = self._rows(z, t, ignore)
            self._enter_stream()
            self._integers[_OUTSIDE_SLOT] += outside.sum()
            for start in range(0, len(logits), _BLOCK_ROWS):
                block = slice(start, start + _BLOCK_ROWS)
                self._add_block(logits[block], targets[block], left_out[block], positive)
            self._leave_stream()

    def _rows(self, z: Any, t: Any, ignore: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits (float32 or float64), targets (float64), what is left out, and what of that has a
        target outside [0, 1]: (rows,) each.
        """
        logits, targets = self._here(z), self._here(t)
        kind = pairing(tuple(logits.shape), tuple(targets.shape))
        if kind == "neurons":
            background, object_ = logits.double().unbind(-1)
            logits = object_ - background
        elif logits.dtype != torch.float32:
            narrow = logits.is_floating_point() and logits.dtype != torch.float64
            logits = logits.float() if narrow else logits.double()
        targets = targets.reshape(-1).double()
        # Nobody can be told without a wait: till then rows of no possible target are not scored.
        left_out = ~((targets >= -TARGET_SLACK) & (targets <= 1 + TARGET_SLACK))
        outside = left_out & ~targets.isnan()
        if ignore is not None:
            ignored = self._here(ignore)
            if ignored.numel() != targets.numel():
                raise ValueError(
                    f"targets of shape {tuple(t.shape)}, but ignored of shape {tuple(ignore.shape)}"
                )
            ignored = ignored.reshape(-1).bool()
            left_out, outside = left_out | ignored, outside & ~ignored
        return logits.reshape(-1).contiguous(), targets, left_out, outside

    def _here(self, value: Any) -> Tensor:
        # A copy of an array: torch warns of those that must not be written to.
        tensor = value.detach() if isinstance(value, Tensor) else torch.from_numpy(np.array(value))
        return tensor.to(self.device, non_blocking=True)

    def _add_block(self, logits: Tensor, t: Tensor, left_out: Tensor, rule: Positive) -> None:
        positive = t >= 0.5 if rule == "half" else t > 0
        undefined = logits.isnan()
        used = ~(left_out | undefined)
        cells = torch.bucketize(logits, _edges(self.device, logits.dtype), right=True)
        slots = cells.masked_fill(undefined, FINE_CELLS).add_(positive, alpha=CELL_SLOTS)
        slots.masked_fill_(left_out, IGNORED_SLOT)
        self._integers.scatter_add_(0, slots, torch.ones_like(slots))

        z = logits.double().masked_fill(~used, 0.0)
        t = t.masked_fill(~used, 0.0)
        self._keep(z.masked_fill(~used, torch.nan), t, positive)
        finite = used & z.isfinite()
        classes = torch.stack([used & ~positive, used & positive])  # (2, rows)
        integers, bins = self._whole_sums(z, t, finite, classes)
        self._integers[IGNORED_SLOT + 1 : INTEGERS] += integers
        sums = self._float_sums(z, t, finite, classes, bins, cells)
        before = self._floats[0].clone()
        after = before + sums
        of_sums = after - before
        rounding = (before - (after - of_sums)) + (sums - of_sums)
        self._floats[1] += rounding.nan_to_num(posinf=0.0, neginf=0.0)
        self._floats[0] = after

    def _whole_sums(
        self, z: Tensor, t: Tensor, finite: Tensor, classes: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What stands behind IGNORED_SLOT, in its order; and bins of p by class, (rows,).

        Rows that are left out are in a bin behind all.
        """
        saturated = (classes & (z.abs() > SATURATED_LOGIT)).sum(-1)
        sides = torch.stack([z.isneginf(), z.isposinf()])
        infinite = (classes[:, None] & sides).sum(-1)  # (2, 2)
        refuted = (z.isinf() & (t != (z > 0))).sum()
        bins = torch.bucketize(z, self._bin_edges, right=True)
        bins.add_(classes[1], alpha=ECE_BINS).masked_fill_(~classes.any(0), 2 * ECE_BINS)
        rows = bins.new_zeros(2 * ECE_BINS + 1).scatter_add_(0, bins, torch.ones_like(bins))
        parts = [saturated, infinite.flatten(), refuted[None], rows[:-1]]
        return torch.cat(parts), bins

    def _float_sums(
        self, z: Tensor, t: Tensor, finite: Tensor, classes: Tensor, bins: Tensor, cells: Tensor
    ) -> Tensor:
        """The vector of FLOATS, in the order of RowSums."""
        used = classes.any(0)
        falling = z.abs().neg_().exp_()
        p = torch.where(z < 0, falling, 1.0) / (1 + falling)
        bin_p = z.new_zeros(2 * ECE_BINS + 1).scatter_add_(0, bins, p)
        distance = (p - t).abs_().masked_fill_(~used, 0.0)
        soft = (t > 0) & (t < 1)
        inside = t.masked_fill(~soft, 0.5)
        entropy = inside * inside.log() + (1 - inside) * (-inside).log1p()
        softness = falling.log1p().masked_fill_(~finite, 0.0)

        z = z.masked_fill(~finite, 0.0)
        size = z.abs()
        from_0 = torch.maximum(cells - FIRST_AT_0, FIRST_AT_0 - 1 - cells)
        sizes = z.new_zeros(DISTANCES).scatter_add_(0, from_0, size)
        scalars = [
            (z.clamp_min(0.0) - t * z).sum(),
            softness.sum(),
            distance.square().sum(),
            -entropy.masked_fill_(~soft, 0.0).sum(),
            size.square().masked_fill_(from_0 > 0, 0.0).sum(),
        ]
        z_sums, distances = (classes * z).sum(-1), (classes * distance).sum(-1)
        return torch.cat([bin_p[:-1], z_sums, distances, torch.stack(scalars), sizes])

    def _keep(self, z: Tensor, t: Tensor, positive: Tensor) -> None:
        """Keep the rows themselves, NaN those that are left out, while there is room."""
        if self._kept_rows is None or self._kept_rows + len(z) > KEPT_ROWS:
            self._kept_rows = None
            return
        place = slice(self._kept_rows, self._kept_rows + len(z))
        for row, values in enumerate((z, t, positive)):
            self._kept[row, place] = values
        self._kept_rows = place.stop

    def poll(self) -> Sums | None:
        """As `Counter.poll`; ValueError where targets lie outside [0, 1]."""
        if self._capturing():
            return None
        if self._copy is None:
            self._copy = self._start_copy()
            if self.device.type == "cuda":
                return None
        if not self._copy.ready():
            return None
        copy, self._copy = self._copy, None
        return copy.sums()

    def wait(self) -> Sums:
        """As `Counter.wait`; ValueError where targets lie outside [0, 1]."""
        copy = self._start_copy()
        if copy.event is not None:
            copy.event.synchronize()
        self._copy = None
        return copy.sums()

    def reset(self) -> None:
        """As `Counter.reset`."""
        self._copy = None
        self._kept_rows = 0
        self._enter_stream()
        with torch.no_grad():
            self._integers.zero_()
            self._floats.zero_()
        self._leave_stream()

    def _start_copy(self) -> _Copy:
        self._enter_stream()
        with torch.inference_mode(mode=False), torch.no_grad():
            kept = None if self._kept_rows is None else self._to_host(self._kept)
            integers, floats = self._to_host(self._integers), self._to_host(self._floats)
        self._leave_stream()
        event = None
        if self.device.type == "cuda":
            event = _event()
            event.record(torch.cuda.current_stream(self.device))
        return _Copy(integers, floats, kept, self._kept_rows or 0, event)

    def _to_host(self, tensor: Tensor) -> Tensor:
        host = torch.empty_like(tensor, device="cpu", pin_memory=self.device.type == "cuda")
        return host.copy_(tensor, non_blocking=True)

    def _enter_stream(self) -> None:
        """Let the caller's stream wait for what any stream has counted before."""
        if self._counted is not None:
            torch.cuda.current_stream(self.device).wait_event(self._counted)

    def _leave_stream(self) -> None:
        if self._counted is not None:
            self._counted.record(torch.cuda.current_stream(self.device))

    def _capturing(self) -> bool:
        return self.device.type == "cuda" and torch.cuda.is_current_stream_capturing()


@cache
def _edges(device: torch.device, dtype: torch.dtype) -> Tensor:
    """FINE_EDGES, which the heads of a device share: (FINE_BINS + 1,)."""
    with torch.inference_mode(mode=False):
        return torch.from_numpy(FINE_EDGES.copy()).to(dtype).to(device, non_blocking=True)


def _event() -> torch.cuda.Event:
    return torch.cuda.Event()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, eq=False, slots=True)
class _Copy:
    """Buffers on their way to the host; `event` is None where they have come."""

    integers: Tensor
    floats: Tensor
    kept: Tensor | None
    kept_rows: int
    event: torch.cuda.Event | None

    def ready(self) -> bool:
        return self.event is None or bool(self.event.query())  # type: ignore[no-untyped-call]

    def sums(self) -> Sums:
        """The sums of a copy that has come, apart from its pinned memory.

        ValueError where targets lay outside [0, 1].
        """
        outside = int(self.integers[_OUTSIDE_SLOT])
        if outside:
            raise ValueError(f"targets outside 0 to 1 ({outside} such rows): {OUTSIDE_ADVICE}")
        kept = None
        if self.kept is not None:
            rows = self.kept[:, : self.kept_rows].numpy()
            kept = [rows[:, ~np.isnan(rows[0])]]
        return Sums(self.integers[:INTEGERS].numpy().copy(), self.floats.numpy().copy(), kept)
