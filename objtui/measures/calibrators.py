"""Calibrations after training: maps of logits, fitted on some rows and judged on others.

A method is a frozen dataclass of its parameters and an entry of CALIBRATIONS. Like the scores
`nll` and `temperature`, a fit measures p against the targets themselves, soft ones too. Rows
whose logit is infinite are left out of it.
"""

from __future__ import annotations

import json
import math
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import chain
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import sigmoid
from objtui.measures.bounds import is_count
from objtui.measures.calibration import best_temperature, bin_sums, calibration_error
from objtui.measures.histogram import CELL_LOGITS, LOGIT_EDGES, Counts
from objtui.measures.ranking import rank
from objtui.measures.scoring import mean_log_loss

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MAX_BYTES = 2**25
MAX_VALUES = 2**21
"""More than the parameters of any run take; of values that JSON makes, each some 32 bytes."""


@dataclass(frozen=True, slots=True)
class Calibration(ABC):
    """A fitted map of logits; its fields are its parameters, numbers or tuples of them.

    Attributes:
        formula: what it makes of z, for a person who puts it into a detector.
    """

    formula: ClassVar[str]

    @property
    @abstractmethod
    def keeps_ranking(self) -> bool:
        """Whether it rises strictly, so that AUC and AP stay as they are."""

    @classmethod
    @abstractmethod
    def fit(cls, logits: Floats, targets: Floats) -> Self | None:
        """Fitted on finite logits and targets in [0, 1], (rows,) each.

        None where no fit is best, as where the rows are told apart without an error.
        """

    @abstractmethod
    def apply(self, logits: Floats) -> Floats:
        """The logits of calibrated p: (rows,)."""


@dataclass(frozen=True, slots=True)
class Temperature(Calibration):
    """z / T with the least log loss (Guo et al., 2017, arXiv 1706.04599)."""

    temperature: float

    formula: ClassVar[str] = "p = 1 / (1 + exp(-z / temperature))"

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise ValueError("a temperature lies between 0 and inf")

    @property
    def keeps_ranking(self) -> bool:
        return True

    @classmethod
    def fit(cls, logits: Floats, targets: Floats) -> Self | None:
        counts = np.diff(np.searchsorted(np.sort(logits), LOGIT_EDGES))
        temperature = best_temperature(logits, targets, counts)
        return cls(temperature) if 0 < temperature < math.inf else None

    def apply(self, logits: Floats) -> Floats:
        return logits / self.temperature


@dataclass(frozen=True, slots=True)
class Platt(Calibration):
    """a z + b with the least log loss: logistic regression of the targets on z, unpenalised.

    Platt, 1999, but for his smoothed targets: the targets are as they are, so that it is the
    maximum of the likelihood and comparable with the temperature.
    """

    a: float
    b: float

    formula: ClassVar[str] = "p = 1 / (1 + exp(-(a * z + b)))"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.a) and math.isfinite(self.b)):
            raise ValueError("a and b are finite")

    @property
    def keeps_ranking(self) -> bool:
        return self.a > 0

    @classmethod
    def fit(cls, logits: Floats, targets: Floats) -> Self | None:
        objects, background = logits[targets > 0], logits[targets < 1]
        if not len(objects) or not len(background):
            return None
        # Without an overlap the likelihood has no maximum (Albert & Anderson, 1984).
        if background.max() <= objects.min() or objects.max() <= background.min():
            return None
        middle, width = float(logits.mean()), float(logits.std())
        slope, offset = _logistic(((logits - middle) / width), targets)
        return cls(slope / width, offset - slope * middle / width)

    def apply(self, logits: Floats) -> Floats:
        with np.errstate(invalid="ignore"):  # a = 0 at an infinite logit
            return self.a * logits + self.b


@dataclass(frozen=True, slots=True)
class Isotonic(Calibration):
    """The rising steps of p with the least squared error, which also have the least log loss.

    From `logits[i]` on p is `p[i]`, below the first `p[0]`. Steps of 0 and 1 are half a row off
    them, as one over twice the rows, so that no other row has an infinite loss.
    """

    logits: tuple[float, ...]
    p: tuple[float, ...]

    formula: ClassVar[str] = "p = p[i] of the last i with logits[i] <= z, p[0] below all"

    def __post_init__(self) -> None:
        z, p = np.asarray(self.logits, np.float64), np.asarray(self.p, np.float64)
        rising = len(z) == len(p) > 0 and bool((np.diff(z) > 0).all() and (np.diff(p) >= 0).all())
        if z.ndim != 1 or p.ndim != 1 or not rising or not np.isfinite(z).all():
            raise ValueError("steps rise, in z and in p")
        if not (p[0] > 0 and p[-1] < 1):
            raise ValueError("p lies between 0 and 1")

    @property
    def keeps_ranking(self) -> bool:
        return False  # rows of one step are tied

    @classmethod
    def fit(cls, logits: Floats, targets: Floats) -> Self | None:
        if not len(logits):
            return None
        distinct, place = np.unique(logits, return_inverse=True)
        of_logit = np.bincount(place).astype(np.float64)
        hits, rows, first = pooled(np.bincount(place, targets).astype(np.float64), of_logit)
        half = 0.5 / len(logits)
        p = np.clip(hits / rows, half, 1 - half)
        return cls(tuple(distinct[first].tolist()), tuple(p.tolist()))

    def apply(self, logits: Floats) -> Floats:
        p = np.asarray(self.p, np.float64)
        step = np.searchsorted(np.asarray(self.logits), logits, side="right") - 1
        calibrated: Floats = (np.log(p) - np.log1p(-p))[np.maximum(step, 0)]
        return calibrated


CALIBRATIONS: dict[str, type[Calibration]] = {
    "temperature": Temperature,
    "platt": Platt,
    "isotonic": Isotonic,
}
"""Every method by its name."""


def parameters_of(calibration: Calibration | None) -> dict[str, Any] | None:
    """Its parameters by name, as values that JSON knows; None where there are none."""
    if calibration is None:
        return None
    values = asdict(calibration)
    return {key: list(each) if isinstance(each, tuple) else each for key, each in values.items()}


def pooled(hits: Floats, rows: Floats) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Isotonic regression of hits / rows: hits, rows and the first place of each block.

    Neighbours that are out of order are pooled until none is (Ayer et al., 1955).

    Args:
        hits, rows: (places,), by ascending logit; every place has rows.
    """
    blocks: list[tuple[float, float, int]] = []
    for place, (hit, row) in enumerate(zip(hits.tolist(), rows.tolist(), strict=True)):
        block = (hit, row, place)
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            k, n, first = blocks.pop()
            block = (k + block[0], n + block[1], first)
        blocks.append(block)
    columns = np.array(blocks, np.float64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64)


_MAX_STEPS = 200
_MIN_DECREMENT = 1e-20
"""Of the mean log loss, that a Newton step still promises: far below its rounding."""


def _logistic(x: Floats, targets: Floats) -> tuple[float, float]:
    """Slope and offset of the logistic regression of targets on x, by Newton's method.

    A step that does not lower the loss is halved until it does (convex, so one does).
    """
    share = float(targets.mean())
    slope, offset = 0.0, math.log(share) - math.log1p(-share)
    loss = mean_log_loss(slope * x + offset, targets)
    for _ in range(_MAX_STEPS):
        p = sigmoid(slope * x + offset)
        miss, weight = p - targets, p * (1 - p)
        gradient = np.array([float((miss * x).mean()), float(miss.mean())])
        cross = float((weight * x).mean())
        curvature = np.array([[float((weight * x * x).mean()), cross], [cross, weight.mean()]])
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:  # p is 0 or 1 of every row, to the last digit
            break
        if not float(gradient @ step) > _MIN_DECREMENT:
            break
        for _ in range(50):
            following = mean_log_loss((slope - step[0]) * x + (offset - step[1]), targets)
            if following <= loss:
                break
            step = step / 2
        else:
            break
        slope, offset, loss = slope - float(step[0]), offset - float(step[1]), following
    return slope, offset


@dataclass(frozen=True, eq=False, slots=True)
class Calibrated:
    """A calibration fitted on one half of some rows, and what it does on the other.

    Attributes:
        calibration: None where no fit is best.
        scores: (6,), in the order of CALIBRATION_SCORE_NAMES; the last three NaN without one.
    """

    calibration: Calibration | None
    scores: Floats


def calibrate(method: str, logits: Floats, targets: Floats, fitting: Flags) -> Calibrated:
    """Fit on the rows of `fitting`, measure on the others.

    Args:
        logits, targets, fitting: (rows,); a row is positive from a target of 0.5 on.
    """
    fitted = fitting & np.isfinite(logits)
    calibration = CALIBRATIONS[method].fit(logits[fitted], targets[fitted])
    z, t = logits[~fitting], targets[~fitting]
    before = _scores(z, t, ranked_by=z)
    if calibration is None:
        return Calibrated(None, np.array([*before, *[math.nan] * len(before)]))
    calibrated = calibration.apply(z)
    # Rounding may tie neighbours that a strictly rising map keeps apart: z itself is ranked.
    after = _scores(calibrated, t, ranked_by=z if calibration.keeps_ranking else calibrated)
    return Calibrated(calibration, np.array([*before, *after]))


def _scores(z: Floats, targets: Floats, ranked_by: Floats) -> tuple[float, float, float]:
    """Log loss, calibration error and average precision."""
    positive = targets >= 0.5
    ece = calibration_error(bin_sums(np.sort(z[~positive])), bin_sums(np.sort(z[positive])))
    ranking = rank(np.sort(ranked_by[positive]), np.sort(ranked_by[~positive]))
    return mean_log_loss(z, targets), ece, ranking.ap


@dataclass(frozen=True, slots=True)
class FrameCalibration:
    """The calibration of every member of a run, fitted at one frame.

    Attributes:
        method: a name of CALIBRATIONS.
        fitted, held: rows that it was fitted on, and that it was measured on.
        members: by head and seed; None where no fit is best, or the member has diverged.
    """

    method: str
    fitted: int
    held: int
    members: tuple[tuple[Calibration | None, ...], ...]

    def moved(self, counts: Counts) -> Counts:
        """Histograms as calibrated logits have them, summed over seeds: → (heads, 2, CELLS).

        The rows of a cell stand at its middle. Those of members without a calibration are left
        out.

        Args:
            counts: (heads, seeds, 2, CELLS).
        """
        summed = np.zeros((counts.shape[0], *counts.shape[2:]), np.int64)
        for head, of_head in enumerate(self.members):
            for seed, member in enumerate(of_head):
                if member is not None:
                    cells = np.searchsorted(LOGIT_EDGES, member.apply(CELL_LOGITS), side="right")
                    for side in range(summed.shape[1]):
                        np.add.at(summed[head, side], cells, counts[head, seed, side])
        return summed

    def of_seeds(self, seeds: slice) -> FrameCalibration:
        """That of some seeds."""
        return replace(self, members=tuple(of_head[seeds] for of_head in self.members))

    @classmethod
    def merged(cls, parts: Sequence[FrameCalibration]) -> FrameCalibration:
        """That of the seeds of all of them, in turn."""
        by_head = zip(*(each.members for each in parts), strict=True)
        members = (tuple(chain(*of_head)) for of_head in by_head)
        return replace(parts[0], members=tuple(members))

    def to_bytes(self) -> bytes:
        """It as compressed JSON, of the first members where all would be more than is read again.

        Those behind them are None: isotonic steps of many members, each of millions of rows.
        """
        room = MAX_BYTES // 2, MAX_VALUES // 2
        values: list[list[str]] = []
        for of_head in self.members:
            values.append([])
            for member in of_head:
                text = json.dumps(parameters_of(member), allow_nan=False)
                room = room[0] - len(text) - 2, room[1] - text.count(",") - 1
                values[-1].append(text if min(room) >= 0 else "null")
        heads = ", ".join(f"[{', '.join(of_head)}]" for of_head in values)
        text = f"{json.dumps(self.method)}, {self.fitted}, {self.held}, [{heads}]"
        return zlib.compress(f"[{text}]".encode())

    @classmethod
    def from_bytes(cls, data: bytes, heads: int, seeds: int) -> FrameCalibration:
        """What `to_bytes` made of one of so many heads and seeds; ValueError where it is none."""
        try:
            unpacking = zlib.decompressobj()
            text = unpacking.decompress(data, MAX_BYTES)
            if not unpacking.eof or unpacking.unused_data:
                raise ValueError("its calibration has another length")
            if text.count(b",") > MAX_VALUES:
                raise ValueError("its calibration has too many numbers")
            method, fitted, held, members = json.loads(text)
            kind = CALIBRATIONS[method]
            if not (is_count(fitted) and is_count(held)):
                raise ValueError("its calibration is of no rows")
            if [len(of_head) for of_head in members] != [seeds] * heads:
                raise ValueError("its calibration is of other members")
            made = tuple(tuple(_made(kind, each) for each in of_head) for of_head in members)
        except (KeyError, TypeError, RecursionError, OverflowError, zlib.error) as error:
            raise ValueError("its calibration cannot be read") from error
        return cls(method, fitted, held, made)


def _made(kind: type[Calibration], parameters: Any) -> Calibration | None:
    """A calibration of these parameters; ValueError, TypeError where they are none."""
    if parameters is None:
        return None
    if set(parameters) != {field.name for field in fields(kind)}:
        raise ValueError("its calibration has other parameters")
    values: dict[str, Any] = {
        name: tuple(map(_number, value)) if isinstance(value, list) else _number(value)
        for name, value in parameters.items()
    }
    return kind(**values)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)
