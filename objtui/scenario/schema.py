"""What a scenario file may say: every table and key, with type, unit and default.

Each class is one TOML table. A key's meaning is the docstring beneath it; those
docstrings are also the descriptions of the JSON Schema. Rules that join several
keys are in `rules.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from objtui.losses import LOSSES

if TYPE_CHECKING:
    LossName = str
else:
    LossName = Literal[tuple(LOSSES)]

Activation = Literal["relu", "tanh", "silu", "gelu"]
Dtype = Literal["float32", "float64", "bfloat16"]

PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
OpenShare = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Momentum = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
HeadName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=24)]
FilePath = Annotated[str, Field(min_length=1)]


DEFAULT_BATCH = 256


class Table(BaseModel):
    """A TOML table: immutable, strictly typed, unknown keys refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


def _tuple(value: object) -> object:
    """A TOML array as the tuple that a strict, frozen model asks for."""
    return tuple(value) if isinstance(value, list) else value


MAX_SEEDS = 10_000
"""Most seeds that may be asked for by their number; it keeps a slip from filling memory."""


def _seeds(value: object) -> object:
    """A number of seeds as the seeds 0, 1, …; a list as it stands."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MAX_SEEDS:
            raise ValueError("not a number of seeds")
        return tuple(range(value))
    return _tuple(value)


Seed = Annotated[int, Field(ge=0)]
SeedCount = Annotated[int, Field(ge=1, le=MAX_SEEDS)]
SeedList = Annotated[tuple[Seed, ...], Field(min_length=1)]


AnchorSize = PositiveFloat | Annotated[tuple[PositiveFloat, PositiveFloat], BeforeValidator(_tuple)]


class Anchors(Table):
    """The dense grid of candidate boxes laid over every image."""

    stride: PositiveInt = 8
    """Distance between anchor centres, in pixels; centres lie at (i + ½) · stride."""
    sizes: Annotated[tuple[AnchorSize, ...], Field(min_length=1), BeforeValidator(_tuple)] = (
        16.0,
        24.0,
        32.0,
    )
    """Anchor sizes in pixels, each a number (square) or [width, height]."""
    positive_iou: Annotated[float, Field(gt=0, le=1)] = 0.5
    """An anchor is positive from this IoU with its best box on."""
    negative_iou: Share = 0.3
    """An anchor is negative below this IoU; between the two it is left out."""


class ImageSet(Table):
    """A folder of images and the COCO annotations of them."""

    images: FilePath
    """Folder of the images, relative to the scenario file; where some of a data set are
    colour, grey ones become colour too."""
    annotations: FilePath
    """COCO JSON file of the boxes, relative to the scenario file; boxes without area are
    passed over."""


class DataTable(Table):
    """What every source of data has."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of everything random in the data; the same data for every head and seed."""


class PointsData(DataTable):
    """The rows themselves, written in the scenario."""

    source: Literal["points"]
    features: Annotated[
        tuple[Annotated[tuple[FiniteFloat, ...], BeforeValidator(_tuple)], ...],
        Field(min_length=1),
        BeforeValidator(_tuple),
    ]
    """One list of numbers a row, all of one length."""
    targets: Annotated[tuple[Share, ...], Field(min_length=1), BeforeValidator(_tuple)]
    """One target in [0, 1] a row."""


class GaussiansData(DataTable):
    """Two Gaussian classes with unit variance."""

    source: Literal["gaussians"]
    train_rows: PositiveInt = 2000
    """Number of training rows."""
    val_rows: Annotated[int, Field(ge=0)] = 2000
    """Number of validation rows."""
    dim: PositiveInt = 8
    """Number of features."""
    separation: NonNegativeFloat = 4.0
    """Distance between the means of the classes, in standard deviations."""
    positive_share: OpenShare = 0.5
    """Share of positive rows; the number of positives is rounded and exact."""
    label_flip: Share = 0.0
    """Share of training and validation targets that are flipped at random."""


class LogisticData(DataTable):
    """x ~ N(0, I), y ~ Bernoulli(sigmoid(slope · u·x)) with a unit vector u."""

    source: Literal["logistic"]
    train_rows: PositiveInt = 2000
    """Number of training rows."""
    val_rows: Annotated[int, Field(ge=0)] = 2000
    """Number of validation rows."""
    dim: PositiveInt = 1
    """Number of features."""
    slope: FiniteFloat = 1.5
    """Slope of the true logit along u."""
    label_flip: Share = 0.0
    """Share of training and validation targets that are flipped at random."""


class TableData(DataTable):
    """The user's own features and targets: .npz, .safetensors, .csv or .parquet."""

    source: Literal["table"]
    train: FilePath
    """File of the training rows."""
    val: FilePath | None = None
    """File of the validation rows."""
    val_share: OpenShare | None = None
    """Share of the training file held out at random as validation rows, instead of `val`."""
    targets: str = "targets"
    """Name of the array or column of targets in [0, 1]."""
    features: str | Annotated[tuple[str, ...], BeforeValidator(_tuple)] | None = None
    """Name of the array (default "features"); for .csv and .parquet a list of columns
    (default: all but the targets)."""
    standardize: bool = False
    """Whether each feature is brought to mean 0 and sd 1 of the training rows."""


class CocoData(DataTable):
    """Images with COCO boxes, turned into dense anchors with IoU targets."""

    source: Literal["coco"]
    train: ImageSet
    """The training images."""
    val: ImageSet | None = None
    """The validation images."""
    category: str | None = None
    """Name of the one category to use; by default all of them, as one."""
    anchors: Anchors = Anchors()
    """The grid of anchors."""
    objectness: Literal["hard", "iou"] = "hard"
    """Target of a positive anchor: "hard" is 1, "iou" is its overlap."""
    crop: PositiveInt = 12
    """An anchor's pixels are resized to crop × crop."""


class ScenesData(DataTable):
    """Synthetic images of one kind of object on clutter."""

    source: Literal["scenes"]
    train_images: PositiveInt = 8
    """Number of training images."""
    val_images: Annotated[int, Field(ge=0)] = 8
    """Number of validation images."""
    size: Annotated[int, Field(ge=16)] = 256
    """Width and height of an image, in pixels."""
    objects: Annotated[int, Field(ge=0)] = 12
    """Number of objects in an image."""
    noise: NonNegativeFloat = 0.1
    """Standard deviation of pixel noise; the pixel range is 0 to 1."""
    anchors: Anchors = Anchors()
    """The grid of anchors."""
    objectness: Literal["hard", "iou"] = "hard"
    """Target of a positive anchor: "hard" is 1, "iou" is its overlap."""
    crop: PositiveInt = 12
    """An anchor's pixels are resized to crop × crop."""


Data = Annotated[
    PointsData | GaussiansData | LogisticData | TableData | CocoData | ScenesData,
    Field(discriminator="source"),
]


class Model(Table):
    """What lies under the heads."""

    backbone: Literal["none", "mlp"] = "none"
    """"none": the head sits on the features; "mlp": on hidden layers of each member's own."""
    hidden: Annotated[tuple[PositiveInt, ...], Field(min_length=1), BeforeValidator(_tuple)] = (64,)
    """Widths of the hidden layers of "mlp"."""
    activation: Activation = "relu"
    """Activation of the hidden layers."""

    @property
    def layers(self) -> tuple[int, ...]:
        """Widths of the hidden layers that there are: `hidden` of "mlp", else none."""
        return self.hidden if self.backbone == "mlp" else ()


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
    betas: Annotated[tuple[Momentum, Momentum], BeforeValidator(_tuple)] = (0.9, 0.999)
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
    eval_every: PositiveInt | None = None
    """Steps between evaluations; by default about 200 of them, dense at first."""
    checkpoint_every: PositiveInt | None = None
    """Steps between checkpoints; by default one about every half minute."""

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


class Head(Table):
    """One head: the last layer and its loss."""

    name: HeadName
    """Name of the head: letters, digits and underscores."""
    loss: LossName
    """The loss; it also decides the number of neurons (two for "ce", else one)."""
    mirror: str | None = None
    """Name of a "bce" head whose exact twin this "ce" head becomes."""
    lr_scale: PositiveFloat = 1.0
    """Factor on the learning rate of the last layer."""
    weight_decay_scale: NonNegativeFloat = 1.0
    """Factor on the weight decay of the last layer."""
    negative_neuron: Literal["free", "zero", "frozen"] = "free"
    """The background neuron of "ce": trained, pinned at 0, or left at its random start."""
    prior: OpenShare | None = None
    """Initial p of every row: the last layer starts at weights 0 and this bias."""
    initial_logit: FiniteFloat | None = None
    """Initial z of every row, instead of `prior`."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """ε of label smoothing: the target becomes t (1 − ε) + ε / 2."""
    positive_weight: PositiveFloat = 1.0
    """Factor on the loss of positive rows; the mean over rows is not rescaled."""
    gamma: NonNegativeFloat = 2.0
    """Focusing exponent of "focal"."""
    double_sigmoid: bool = False
    """The common mistake on purpose: a sigmoid before a loss that applies its own."""

    @property
    def neurons(self) -> int:
        """Neurons of the last layer: 2 (background, object) or 1."""
        return LOSSES[self.loss].neurons


class Claim(Table):
    """A sentence with a test that the run confirms or refutes."""

    text: Annotated[str, Field(min_length=1)]
    """The sentence."""
    test: Annotated[str, Field(min_length=1)]
    """A comparison over scores, such as "ce.gap < 1e-2"."""


class Scenario(Table):
    """A whole scenario file."""

    title: Annotated[str, Field(min_length=1)]
    """What the scenario is, in a few words."""
    question: str = ""
    """The question that it answers."""
    data: Data
    """Where the rows come from."""
    model: Model = Model()
    """What lies under the heads."""
    train: Train = Train()
    """How every head is trained."""
    heads: Annotated[tuple[Head, ...], Field(min_length=1), BeforeValidator(_tuple)]
    """The heads to compare, in the order of the panels."""
    claims: Annotated[tuple[Claim, ...], BeforeValidator(_tuple)] = ()
    """Claims that the run confirms or refutes."""
