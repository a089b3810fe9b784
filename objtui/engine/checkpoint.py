"""Everything that decides the rest of a run, as safetensors bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from objtui.measures.bounds import is_count, is_time
from objtui.measures.frames import Flags, Scores

_CLOCK = ("step", "scheduled_until", "elapsed_s", "train_s", "eval_s")


@dataclass(frozen=True, eq=False, slots=True)
class Checkpoint:
    """A training between two events.

    The order of batches and the rate are functions of the step, so parameters,
    optimiser state and step are all that later steps depend on.

    Attributes:
        tensors: parameters, gradient and optimiser state by name.
        scheduled_until: step of the last scheduled frame, −1 before the first.
        diverged: (heads, seeds).
        losses: what the loss tracer holds back, each (steps, heads, seeds).
        layout: what lies where in the tensors, for exports; going on needs none.
    """

    tensors: dict[str, Tensor]
    step: int
    scheduled_until: int
    elapsed_s: float
    train_s: float
    eval_s: float
    diverged: Flags
    losses: list[Scores]
    layout: str = ""

    def encode(self) -> bytes:
        """The checkpoint as safetensors bytes."""
        heads, seeds = self.diverged.shape
        losses = np.concatenate([np.empty((0, heads, seeds)), *self.losses])
        tensors = {name: tensor.contiguous() for name, tensor in self.tensors.items()}
        tensors["run.diverged"] = torch.from_numpy(self.diverged.copy())
        tensors["run.losses"] = torch.from_numpy(losses)
        clock = {name: getattr(self, name) for name in _CLOCK}
        metadata = {"clock": json.dumps(clock), "layout": self.layout}
        return safetensors.torch.save(tensors, metadata=metadata)

    @classmethod
    def decode(cls, data: bytes, like: dict[str, Tensor], members: tuple[int, int]) -> Checkpoint:
        """The checkpoint that `encode` wrote.

        Args:
            like: tensors of the names, shapes and dtypes that it must hold.
            members: heads and seeds.
        Raises:
            ValueError: it is damaged, or of another scenario.
        """
        try:
            tensors = safetensors.torch.load(data)
            clock = json.loads(_metadata(data)["clock"])
            _check_clock(clock)
        except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"the checkpoint is damaged: {error}") from error
        expected = {name: (t.shape, t.dtype) for name, t in like.items()}
        stored = {name: (t.shape, t.dtype) for name, t in tensors.items() if name in like}
        diverged, losses = tensors.get("run.diverged"), tensors.get("run.losses")
        if stored != expected or diverged is None or losses is None:
            raise ValueError("the checkpoint is of another scenario")
        if diverged.shape != members or losses.shape[1:] != members:
            raise ValueError("the checkpoint is of another scenario")
        if diverged.dtype != torch.bool or losses.dtype != torch.float64:
            raise ValueError("the checkpoint is damaged: its flags or losses are none")
        return cls(
            tensors={name: tensors[name] for name in like},
            diverged=diverged.numpy(),
            losses=[losses.numpy()],
            **{name: clock[name] for name in _CLOCK},
        )


def _check_clock(clock: object) -> None:
    """ValueError where it holds anything but steps and seconds."""
    if not isinstance(clock, dict) or set(clock) != set(_CLOCK):
        raise ValueError("its clock is none")
    times = (clock["elapsed_s"], clock["train_s"], clock["eval_s"])
    steps = is_count(clock["step"]) and is_count(clock["scheduled_until"], least=-1)
    if not (steps and all(map(is_time, times))):
        raise ValueError("its clock shows no time")


def _metadata(data: bytes) -> dict[str, str]:
    """The metadata of safetensors bytes: a JSON header behind its length (format page, 0.4)."""
    length = int.from_bytes(data[:8], "little")
    metadata: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return metadata
