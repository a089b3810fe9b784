"""Scores that follow from logits, computed by a compiled program: what `score_logits` does.

Counts, and scores that follow from counts alone, are the same; others differ in their last digits.
A member's numbers depend on its own logits alone: not on other members, nor on threads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import torch
from torch import Tensor

from objtui.engine.scoring.logit_scores import Classes, LogitScores
from objtui.errors import TrainingError
from objtui.measures.calibration import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE
from objtui.measures.histogram import BINS, CELLS, LOGIT_EDGES
from objtui.measures.scores import SATURATED_LOGIT

VALUES = (
    *("nll", "brier", "auc", "ap", "ap_p", "ece", "temperature"),
    *("saturated", "saturated_pos", "saturated_neg", "p_pos", "p_neg", "z_pos", "z_neg"),
    *("best_logit", "f1", "recall"),
)
"""Of a member, in the order of the program."""

KINDS = {torch.float32: 0, torch.bfloat16: 1, torch.float16: 2}
"""What p is rounded to before `ap_p` ranks by it, and its number in the program."""

MIN_SHARED = 1 << 18
"""Logits below which threads take longer to start than they save."""


def scores_program() -> str:
    """The program, in C."""
    return (files(__package__) / "scores.c").read_text(encoding="utf-8")


class CompiledScores:
    """Scores members on the CPU in float32, as many at once as torch has threads.

    Raises OSError where the library cannot be loaded.
    """

    def __init__(self, library: Path) -> None:
        loaded = ctypes.CDLL(str(library))
        self._score_member = loaded.score_member
        self._count_member = loaded.count_member
        self._edges = torch.tensor(LOGIT_EDGES)

    def score(
        self, logits: Tensor, target: Tensor, classes: Classes, dtype: torch.dtype
    ) -> LogitScores:
        """Score logits, (members, rows), against targets, (rows,), as `score_logits`."""
        logits, target = logits.contiguous(), target.contiguous()
        members, rows = logits.shape
        values = torch.full((members, len(VALUES)), torch.nan, dtype=torch.float64)
        counts = torch.zeros(members, 2, CELLS, dtype=torch.int64)

        def score_member(member: int) -> bool:
            done: int = self._score_member(
                *map(_place, (logits[member], target, classes.positive)),
                ctypes.c_int64(rows),
                _place(classes.positives),
                ctypes.c_int64(len(classes.positives)),
                ctypes.c_int(KINDS[dtype]),
                _place(self._edges),
                ctypes.c_int(BINS),
                ctypes.c_double(SATURATED_LOGIT),
                ctypes.c_double(1 / HIGHEST_TEMPERATURE),
                ctypes.c_double(1 / LOWEST_TEMPERATURE),
                *map(_place, (values[member], counts[member])),
            )
            return done != 0

        _of_members(score_member, members, rows)
        columns = dict(zip(VALUES, values.unbind(-1), strict=True))
        columns["best_threshold"] = columns.pop("best_logit").sigmoid()
        columns["base_rate"] = (classes.sizes[1] / rows).expand(members)
        return LogitScores(columns, counts)

    def chosen_counts(self, logits: Tensor, classes: Classes, chosen: Tensor) -> Tensor:
        """Class-split histograms of chosen rows: (members, rows), (rows,) → (members, 2, CELLS)."""
        logits = logits.contiguous()
        members, rows = logits.shape
        counts = torch.zeros(members, 2, CELLS, dtype=torch.int64)

        def count_member(member: int) -> bool:
            done: int = self._count_member(
                *map(_place, (logits[member], classes.positive, chosen)),
                ctypes.c_int64(rows),
                _place(self._edges),
                ctypes.c_int(BINS),
                _place(counts[member]),
            )
            return done != 0

        _of_members(count_member, members, rows)
        return counts


def _of_members(work: Callable[[int], bool], members: int, rows: int) -> None:
    """Do it for every member, beside one another where there is much to do."""
    threads = min(members, torch.get_num_threads())
    if threads == 1 or members * rows < MIN_SHARED:
        done = all(map(work, range(members)))
    else:
        with ThreadPoolExecutor(threads) as pool:
            done = all(pool.map(work, range(members)))
    if not done:
        raise TrainingError(f"{rows:,} logits of a member leave too little memory to score them")


def _place(tensor: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr())
