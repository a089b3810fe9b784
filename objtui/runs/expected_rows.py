"""How many rows a head is evaluated on, and what its histogram is beside that of another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.runs.history import HeadHistory, Moment

Floats = npt.NDArray[np.float64]


def expected_rows(history: HeadHistory, moment: Moment | None, head: int) -> tuple[int, int]:
    """Rows of background and objects that a head is evaluated on, over its seeds.

    Those of given logits and of a recorded run are all counted, and may be others at every step.
    """
    header = history.run_of(head)[0].header
    rows = header.evaluated
    if moment is not None and (header.measured or rows is None):
        counted = moment.counts[head].sum(axis=-1)
        if moment.nan_counts is not None:
            counted = counted + moment.nan_counts[head]
        negative, positive = counted.tolist()
        return negative, positive
    seeds = moment.seeds(head) if moment is not None else 0
    if rows is None:
        return 0, 0
    return (rows.rows - rows.positives) * seeds, rows.positives * seeds


def reference_scale(history: HeadHistory, moment: Moment, head: int, reference: int) -> Floats:
    """What a reference's counts are multiplied by, by class, to be compared with a head's: (2,).

    1 but for runs of other rows: a head of another run may have more rows or seeds, and its
    reference is brought to as many.
    """
    here = np.array(expected_rows(history, moment, head), dtype=np.float64)
    return here / np.maximum(expected_rows(history, moment, reference), 1)
