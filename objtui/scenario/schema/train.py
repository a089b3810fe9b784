"""[train]: how every head is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from objtui.scenario.schema.table import (
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Table,
    as_tuple,
)

DEFAULT_BATCH = 256

MAX_SEEDS = 10_000
"""Most seeds that may be asked for by their number; it keeps a slip from filling memory."""

Dtype = Literal["float32", "float64", "bfloat16"]
Momentum = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0)]
SeedCount = Annotated[int, Field(ge=1, le=MAX_SEEDS)]
SeedList = Annotated[tuple[Seed, ...], Field(min_length=1)]


def _seeds(value: object) -> object:
    """A number of seeds as the seeds 0, 1, …; a list as it stands."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MAX_SEEDS:
            raise ValueError("not a number of seeds")
        return tuple(range(value))
    return as_tuple(value)


class Train(Table):
    """How every head is trained. Defaults are those of torch.optim where it has one."""

    steps: PositiveInt = 2000
    """Number of optimiser steps."""
    batch: PositiveInt | Literal["all"] | None = None
    """Rows of a batch, or "all" for full-batch training; by default 256, or all rows where
    there are fewer."""
    optimizer: Literal["sgd", "adam", "adamw"] = "adamw"
    """The optimiser."""
    lr: PositiveFloat = 1e-3
    """Learning rate."""
    momentum: Momentum = 0.0
    """Momentum of "sgd"."""
    nesterov: bool = False
    """Nesterov momentum of "sgd"."""
    betas: Annotated[tuple[Momentum, Momentum], BeforeValidator(as_tuple)] = (0.9, 0.999)
    """Decay rates of the moments of "adam" and "adamw"."""
    eps: PositiveFloat = 1e-8
    """Term added to the denominator of "adam" and "adamw"."""
    weight_decay: NonNegativeFloat | None = None
    """Weight decay on every parameter: coupled for "sgd" and "adam" (default 0),
    decoupled for "adamw" (default 0.01)."""
    clip_norm: PositiveFloat | None = None
    """Largest norm of one member's gradient over all its parameters; none by default."""
    schedule: Literal["constant", "cosine"] = "constant"
    """Course of the learning rate: "cosine" falls to 0 at the last step."""
    warmup: Annotated[int, Field(ge=0)] = 0
    """Steps over which the learning rate rises linearly from 0."""
    seeds: Annotated[
        tuple[Seed, ...],
        Field(min_length=1),
        BeforeValidator(_seeds, json_schema_input_type=SeedCount | SeedList),
    ] = (0,)
    """A number of seeds (0, 1, …) or a list of them; one member a head and seed."""
    init: Literal["matched", "independent"] = "matched"
    """"matched": every head of a seed starts as the same function; "independent": each
    draws its own start."""
    dtype: Dtype = "float32"
    """Number format of parameters, features and logits."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:N or mps."""
    compile: Literal["auto", "always", "never"] = "auto"
    """Whether steps are compiled. On the CPU: "auto" where a training of small batches and few
    members is so long that it repays, from a step that the scenario fixes; "always" before the
    first step, which waits for it. Needs a C++ compiler. On a CUDA device a step is recorded and
    replayed as a graph, "auto" from 1000 steps on. Results agree to rounding. Not for
    "bfloat16"."""
    eval_every: PositiveInt | None = None
    """Steps between evaluations; by default about 200 of them, dense at first."""
    checkpoint_every: PositiveInt | None = None
    """Steps between checkpoints; by default by the clock, up to every half minute."""

    def batch_of(self, rows: int) -> int | Literal["all"]:
        """Rows of a batch among so many training rows."""
        if self.batch is not None:
            return self.batch
        return DEFAULT_BATCH if rows > DEFAULT_BATCH else "all"

    @property
    def decay(self) -> float:
        """The weight decay that is trained with: `weight_decay`, else the optimiser's default."""
        if self.weight_decay is not None:
            return self.weight_decay
        return 0.01 if self.optimizer == "adamw" else 0.0
