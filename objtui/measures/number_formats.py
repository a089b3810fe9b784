"""p as a number format holds it: where it is rounded to, scores that differ in z are equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import row_blocks, sigmoid

Floats = npt.NDArray[np.float64]


def rounded_p(ascending: Floats, number_format: str) -> Floats:
    """sigmoid(z) rounded to the nearest number of a format, half to even: (rows,) → (rows,).

    Ascending like the logits. Of bfloat16 as of what computes in float32 and then rounds. A format
    of another name rounds nothing.
    """
    p = np.empty(len(ascending))
    for block in row_blocks(len(p)):
        p[block] = _rounded(sigmoid(ascending[block]), number_format)
    return np.maximum.accumulate(p, out=p)  # exp may be off by its last digit


def _rounded(p: Floats, number_format: str) -> npt.NDArray[np.floating]:
    if number_format == "float32":
        return p.astype(np.float32)
    if number_format == "float16":
        return p.astype(np.float16)
    if number_format == "bfloat16":
        bits = p.astype(np.float32).view(np.uint32)
        # A bfloat16 is the upper half of a float32.
        odd = (bits >> np.uint32(16)) & np.uint32(1)
        bits = (bits + np.uint32(0x7FFF) + odd) & np.uint32(0xFFFF0000)
        return bits.view(np.float32)
    return p
