"""What is read of some columns of a file, and the kinds of such files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

ARRAY_FILES = (".npz", ".safetensors")
"""The ends of names of files that hold arrays by name."""

COLUMN_FILES = (".csv", ".tsv", ".parquet")
"""Those of files that hold columns."""

PROBABILITY_NAMES = ("probabilities", "probability", "probs", "prob", "p", "y_prob", "confidence")
LOGIT_NAMES = (
    *("logit", "z", "scores", "score", "preds", "pred", "predictions", "prediction"),
    *("outputs", "output", "objectness", "obj", "y_score", "y_pred", *PROBABILITY_NAMES),
)
TARGET_NAMES = ("target", "labels", "label", "y_true", "y", "truth", "gt")
"""What others call `logits` (or p) and `targets`, in lower case, the surest first."""

FEATURE_NAMES = ("x", "feature", "feats", "embeddings", "embedding", "inputs", "data")
"""What others call `features`."""

PYARROW = "reading .parquet needs pyarrow: pip install pyarrow"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns of a file to read, and as what.

    Attributes:
        columns: the names of those that come as one array.
        exact: the name of one more, of which no digit may be lost.
        dtype: of the array of columns, float32 or float64.
        work_bytes: what the reader's caller takes on top of what is read.
        fewer: what to do where they do not fit in memory, besides reading fewer rows.
        others: what to do where a column holds no numbers, besides writing it as numbers.
    """

    columns: tuple[str, ...]
    exact: str
    dtype: np.dtype[Any]
    work_bytes: int = 0
    fewer: str = "read fewer columns"
    others: str = "read other columns"

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, the exact one last."""
        return (*self.columns, self.exact)


@dataclass(frozen=True, slots=True, eq=False)
class TableRows:
    """The rows of some columns of a file.

    Attributes:
        columns: `(rows, columns)`.
        exact: `(rows,)`, float64.
        lines: `(rows,)`, the line of the file in which a row begins; None where it has no lines.
        notices: what was read otherwise than as the plainest file of its kind.
    """

    columns: npt.NDArray[np.floating[Any]]
    exact: npt.NDArray[np.float64]
    lines: npt.NDArray[np.int64] | None = None
    notices: tuple[str, ...] = ()
