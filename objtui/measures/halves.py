"""Halves of the evaluation rows: one to fit a calibration on, one to see what it does.

A temperature or threshold that is judged on the rows it was fitted on looks better than it is.
The halves are a function of the classes of the rows and a seed alone, whatever computes them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import row_blocks

Flags = npt.NDArray[np.bool_]


def fitting_half(positive: npt.ArrayLike, seed: int) -> Flags:
    """Which rows are fitted on: (rows,); the others are held back.

    Half of the rows of each class, the smaller half where they are odd in number, by chance.

    Args:
        positive: (rows,), whether a row is positive.
        seed: of the data; another one gives other halves.
    """
    classes = np.asarray(positive, dtype=bool)
    keys = _keys(len(classes), seed)
    chosen = np.zeros(len(classes), dtype=bool)
    for of_class in (~classes, classes):
        own = keys[of_class]
        half = len(own) // 2
        if half:  # those whose keys come first
            own.partition(half)
            chosen |= of_class & (keys < own[half])
    return chosen


def _keys(rows: int, seed: int) -> npt.NDArray[np.uint64]:
    """A random number a row, all different: SplitMix64 (Steele et al., 2014), by position.

    NumPy's own permutations may change from one version to the next.
    """
    gamma, mask = 0x9E3779B97F4A7C15, 0xFFFFFFFFFFFFFFFF
    start = np.uint64(_mixed(np.array([seed & mask], dtype=np.uint64))[0])
    keys = np.arange(1, rows + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for block in row_blocks(rows):
            keys[block] = _mixed(start + keys[block] * np.uint64(gamma))
    return keys


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))
