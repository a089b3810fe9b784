"""[data] whose rows are given, drawn from a distribution, or read from a file of features."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from objtui.scenario.schema.table import (
    DataTable,
    FilePath,
    FiniteFloat,
    NonNegativeFloat,
    OpenShare,
    PositiveInt,
    Share,
    as_tuple,
)


class PointsData(DataTable):
    """The rows themselves, written in the scenario."""

    source: Literal["points"]
    features: Annotated[
        tuple[Annotated[tuple[FiniteFloat, ...], BeforeValidator(as_tuple)], ...],
        Field(min_length=1),
        BeforeValidator(as_tuple),
    ]
    """One list of numbers a row, all of one length."""
    targets: Annotated[tuple[Share, ...], Field(min_length=1), BeforeValidator(as_tuple)]
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
    features: str | Annotated[tuple[str, ...], BeforeValidator(as_tuple)] | None = None
    """Name of the array (default "features"); for .csv and .parquet a list of columns
    (default: all but the targets)."""
    standardize: bool = False
    """Whether each feature is brought to mean 0 and sd 1 of the training rows."""
