"""[data] whose rows are given, drawn from a distribution, or read from a file of features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from objtui.scenario.lines import Finding
from objtui.scenario.schema.table import (
    DataTable,
    FilePath,
    FiniteFloat,
    NonNegativeFloat,
    OpenShare,
    PositiveInt,
    Share,
    as_tuple,
    held_out_twice,
    repeated,
)
from objtui.text.numbers import either

_FEWER_ROWS = "use fewer data.train_rows and data.val_rows or a smaller data.dim"
_COLUMN_FILES = (".csv", ".tsv", ".parquet")
_ARRAY_FILES = (".npz", ".safetensors")


class PointsData(DataTable):
    """The rows themselves, written in the scenario."""

    builder = "rows.points"
    lists_rows = True
    smaller = "list fewer rows in data.features"
    example: ClassVar[Mapping[str, object]] = {
        "features": [[-1.0, 0.5], [1.0, 0.0], [2.0, -0.5]],
        "targets": [0.0, 1.0, 1.0],
    }

    source: Literal["points"]
    features: Annotated[
        tuple[Annotated[tuple[FiniteFloat, ...], BeforeValidator(as_tuple)], ...],
        Field(min_length=1),
        BeforeValidator(as_tuple),
    ]
    """One list of numbers a row, all of one length."""
    targets: Annotated[tuple[Share, ...], Field(min_length=1), BeforeValidator(as_tuple)]
    """One target in [0, 1] a row."""

    def problems(self) -> Iterator[Finding]:
        """Rows of unlike lengths, and rows without a target each."""
        columns = len(self.features[0])
        if columns == 0:
            yield Finding(("data", "features", 0), "expected at least one number in a row")
        for index, row in enumerate(self.features):
            if len(row) != columns:
                yield Finding(
                    ("data", "features", index),
                    f"expected {columns} numbers, as in the first row, got {len(row)}",
                )
        rows, targets = len(self.features), len(self.targets)
        if rows != targets:
            yield Finding(
                ("data", "targets"),
                f"expected {rows} targets, one a row of features, got {targets}",
            )


class GaussiansData(DataTable):
    """Two Gaussian classes with unit variance."""

    builder = "rows.gaussians"
    smaller = _FEWER_ROWS

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

    def without_positives(self, lowest: float, highest: float, held_out: int) -> Finding:
        """A share that rounds to no row."""
        return Finding(
            ("data", "positive_share"),
            f"{self.positive_share:g} of {self.train_rows} rounds to none; use at least "
            f"{1 / self.train_rows:.2g}, or more data.train_rows",
        )


class LogisticData(DataTable):
    """x ~ N(0, I), y ~ Bernoulli(sigmoid(slope · u·x)) with a unit vector u."""

    builder = "rows.logistic"
    smaller = _FEWER_ROWS

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

    def without_positives(self, lowest: float, highest: float, held_out: int) -> Finding:
        """Chance, among few rows or on a steep slope."""
        return Finding(
            ("data", "train_rows"),
            "all were drawn as negatives; use more rows or another data.seed",
        )


class TableData(DataTable):
    """The user's own features and targets: .npz, .safetensors, .csv or .parquet."""

    builder = "table.source"
    example: ClassVar[Mapping[str, object]] = {"train": "train.npz", "val": "val.npz"}
    reads_files = True
    foreign_names = dict.fromkeys(
        ("csv", "tsv", "parquet", "npz", "safetensors", "pandas"),
        'files of rows are source = "table"',
    )
    smaller = (
        "keep fewer rows in the files of data.train and data.val, or list fewer columns in "
        "data.features"
    )

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

    def problems(self) -> Iterator[Finding]:
        """Keys that rule each other out, and keys that the kind of file does not have."""
        yield from held_out_twice(self.val, self.val_share)
        files = {"train": self.train} | ({} if self.val is None else {"val": self.val})
        suffixes_read = (*_ARRAY_FILES, *_COLUMN_FILES)
        suffixes = {key: PurePath(name).suffix.lower() for key, name in files.items()}
        for key, suffix in suffixes.items():
            if suffix not in suffixes_read:
                yield Finding(
                    ("data", key),
                    f"expected a file that ends in {either(suffixes_read)}, "
                    f"got {suffix or 'none of them'}",
                )
        path = ("data", "features")
        if isinstance(self.features, str) and any(s in _COLUMN_FILES for s in suffixes.values()):
            yield Finding(path, f'expected a list of columns, such as ["{self.features}"]')
        if isinstance(self.features, tuple):
            if any(suffix in _ARRAY_FILES for suffix in suffixes.values()):
                yield Finding(
                    path, "expected the name of one array; lists are for .csv and .parquet"
                )
            if not self.features:
                yield Finding(path, "expected at least one column")
            for index in repeated(self.features):
                yield Finding((*path, index), "a column that is listed twice")
        if self.features == self.targets or (
            isinstance(self.features, tuple) and self.targets in self.features
        ):
            yield Finding(path, "the targets cannot be features too", ("data", "targets"))

    def without_positives(self, lowest: float, highest: float, held_out: int) -> Finding:
        """A split that held out all of them, or values that are no targets."""
        if self.val_share is not None and held_out:
            return Finding(
                ("data", "val_share"),
                f"all {held_out} positive rows fell to the validation rows; use more rows, a "
                "smaller data.val_share or another data.seed",
            )
        return Finding(
            ("data", "targets"),
            f"the values of {self.targets!r} lie from {lowest:g} to {highest:g}, and a row is "
            "positive from 0.5 on; name the column or array of targets, 1 for objects",
        )


ROW_SOURCES: tuple[type[DataTable], ...] = (PointsData, GaussiansData, LogisticData, TableData)
