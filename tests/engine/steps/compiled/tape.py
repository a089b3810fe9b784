"""A recording of tensor operations on the CPU, as a CUDA graph is one of launches.

Replaying it runs no Python of the recorded step: every operation is done again with the
same numbers and in the same memory. It keeps what the step made alive, as a graph does with
its memory, but nothing that was there before. What a device could not record is refused.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

ASKS_THE_HOST = ("_local_scalar_dense", "lift_fresh", "nonzero", "masked_select", "equal")
"""Operations that wait for a value of the device, or bring one of the host."""


@dataclass(frozen=True)
class Given:
    """A tensor that was there before the recording."""

    tensor: weakref.ref[Tensor]

    def __call__(self) -> Tensor:
        found = self.tensor()
        if found is None:
            raise RuntimeError("a replay reads memory that was freed")
        return found


class Tape(TorchDispatchMode):
    """Records what is done while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self._operations: list[tuple[Any, Any, list[Tensor]]] = []
        self._made: dict[int, Tensor] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        name = func.overloadpacket.__name__
        if name in ASKS_THE_HOST:
            raise RuntimeError(f"operation not permitted when stream is capturing: {name}")
        given = (args, kwargs or {})
        result = func(*given[0], **given[1])
        known = {id(tensor) for tensor in tensors_of(given)}
        fresh = [tensor for tensor in tensors_of(result) if id(tensor) not in known]
        kept = tree_map_only(Tensor, self._kept, given)
        self._made |= {id(tensor): tensor for tensor in fresh}
        if not func.is_view:
            self._operations.append((func, kept, fresh))
        return result

    def replay(self) -> None:
        """Do all of it once more; what it made gets the values that it makes now."""
        for func, kept, fresh in self._operations:
            args, kwargs = tree_map_only(Given, lambda given: given(), kept)
            made = tensors_of(func(*args, **kwargs))
            for old, new in zip(fresh, made if fresh else [], strict=True):
                old.copy_(new)

    def _kept(self, tensor: Tensor) -> Tensor | Given:
        made = self._made.get(id(tensor))
        return Given(weakref.ref(tensor)) if made is None else made


def tensors_of(tree: object) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def record_on_tape(step: Callable[[], None], device: torch.device) -> Callable[[], object]:
    """In the place of `record_cuda_graph`: as that, the recorded step is not carried out."""
    step()
    tape = Tape()
    with tape:
        step()
    return tape.replay
