"""[train]: how every head is trained."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from objtui.optimizers import DEFAULT_OPTIMIZER, OPTIMIZERS, Optimizer
from objtui.options import with_options
from objtui.scenario.schema.options import fill_in, with_option_keys
from objtui.scenario.schema.table import (
    NonNegativeFloat,
    OpenShare,
    PositiveFloat,
    PositiveInt,
    Table,
    as_tuple,
)
from objtui.text.numbers import either, quoted

if TYPE_CHECKING:
    OptimizerName = str
else:
    OptimizerName = Literal[tuple(OPTIMIZERS)]

DEFAULT_BATCH = 256
DEFAULT_TILES = 4

MAX_SEEDS = 10_000
"""Most seeds that may be asked for by their number; it keeps a slip from filling memory."""

Dtype = Literal["float32", "float64", "bfloat16"]
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


def _decay_meaning() -> str:
    """What weight decay is by which optimiser, and its defaults."""
    rules = sorted(
        (each.decoupled, each.default_decay, place, name)
        for place, (name, each) in enumerate(OPTIMIZERS.items())
    )
    parts = [
        f"{'decoupled' if decoupled else 'coupled'} for "
        f"{either(quoted(rule[-1] for rule in each), 'and')} (default {default:g})"
        for (decoupled, default), each in groupby(rules, key=lambda rule: rule[:2])
    ]
    return f"Weight decay on every parameter: {', '.join(parts)}."


class _Steps(Table):
    """The keys before the optimiser's own."""

    steps: PositiveInt = 2000
    """Number of optimiser steps."""
    batch: PositiveInt | Literal["all"] | None = None
    """Rows of a batch, or "all" for full-batch training; by default 256, or all rows where
    there are fewer. With backbone "conv" tiles of a batch, by default 4."""
    tile: PositiveInt | Literal["whole"] = 128
    """With backbone "conv": side of the tiles that are cut from training images at random places,
    in pixels, a multiple of data.anchors.stride; "whole": every tile is an image."""
    augment: Literal["flips", "none"] = "flips"
    """With backbone "conv": "flips" turns every tile into one of its 8 orientations at random (4
    where it is not square)."""
    optimizer: OptimizerName = DEFAULT_OPTIMIZER
    """The optimiser."""
    lr: PositiveFloat = 1e-3
    """Learning rate."""


if TYPE_CHECKING:
    _WithOptimizerOptions = _Steps
else:
    _WithOptimizerOptions = with_option_keys("_WithOptimizerOptions", _Steps, OPTIMIZERS)


class Train(_WithOptimizerOptions):
    """How every head is trained. Defaults are those of torch.optim where it has one."""

    weight_decay: NonNegativeFloat | None = Field(default=None, description=_decay_meaning())
    clip_norm: PositiveFloat | None = None
    """Largest norm of one member's gradient over all its parameters; none by default."""
    balance: OpenShare | None = None
    """Share of positive rows in every batch, rounded to whole rows: of each class its rows come
    in turn; by default batches have the share of the data. With backbone "none" and "mlp"."""
    normalise: Literal["rows", "positives"] = "rows"
    """What the sum of a batch's losses is divided by: "rows", their mean, or the number of its
    "positives". The score loss is always a mean over rows."""
    hard_negatives: PositiveFloat | None = None
    """Negative rows of a batch that are trained on for each positive one, those of largest loss;
    by default all. The mean is then over the rows that are left."""
    ema: OpenShare | None = None
    """Decay of an exponential moving average of all parameters, such as 0.999: scores are those
    of the average; by default of the parameters themselves. Not for "bfloat16"."""
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
    """Whether steps are compiled. On the CPU: "auto" where they are so many and so small that it
    repays, some 20 000 without a backbone; before the first of them, by the machine's C compiler
    (cc, gcc or clang, or what CC names), which takes a second, once for trainings that differ in
    numbers alone. On a CUDA device a step is recorded and replayed as a graph, "auto" from 1000
    steps on. Results agree to rounding. Not for "bfloat16", nor with `hard_negatives`. Scores are
    compiled in long trainings of compiled steps, and of a million logits an evaluation or more, but
    in "float64"."""
    eval_every: PositiveInt | None = None
    """Steps between evaluations; by default about 200 of them, dense at first."""
    checkpoint_every: PositiveInt | None = None
    """Steps between checkpoints; by default by the clock, up to every half minute."""

    def batch_of(self, rows: int) -> int | Literal["all"]:
        """Rows of a batch among so many training rows."""
        if self.batch is not None:
            return self.batch
        return DEFAULT_BATCH if rows > DEFAULT_BATCH else "all"

    def positives_of(self, batch: int) -> int | None:
        """Positive rows of a batch of so many rows; None where that is left to chance."""
        return None if self.balance is None else round(self.balance * batch)

    def positive_share(self, rows: int, positives: int) -> float:
        """The share of positives among what is trained on, from so many training rows."""
        batch = self.batch_of(rows)
        if self.balance is None or batch == "all":
            return positives / rows
        return round(self.balance * batch) / batch

    def tiles_of(self, images: int) -> int:
        """Tiles of a batch among so many training images."""
        if self.batch == "all":
            return images
        return DEFAULT_TILES if self.batch is None else self.batch

    @model_validator(mode="after")
    def _with_own_defaults(self) -> Self:
        fill_in(self, OPTIMIZERS[self.optimizer])
        return self

    @property
    def update_rule(self) -> Optimizer:
        """The optimiser with its settings."""
        return with_options(OPTIMIZERS[self.optimizer], vars(self))

    @property
    def can_record(self) -> bool:
        """Whether a step of the training can be recorded on a CUDA device."""
        return self.dtype != "bfloat16" and OPTIMIZERS[self.optimizer].traceable

    @property
    def can_compile(self) -> bool:
        """Whether a step of the training can be compiled: row by row, without an order of them."""
        return self.can_record and self.hard_negatives is None

    @property
    def decay(self) -> float:
        """The weight decay that is trained with: `weight_decay`, else the optimiser's default."""
        if self.weight_decay is not None:
            return self.weight_decay
        return OPTIMIZERS[self.optimizer].default_decay
