"""Where dL/dz is exactly 0, against the slopes that torch computes in each number format."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from objtui.losses import (
    LOSSES,
    NUMBER_FORMATS,
    Asymmetric,
    CrossEntropy,
    Focal,
    Formula,
    LogitAdjusted,
    Quality,
    RawSquaredError,
    SquaredError,
    Varifocal,
)
from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.histogram import count_logits
from objtui.measures.logit_axis import SIGMOID_IS_ONE
from objtui.measures.vanishing import vanished_share, vanishing

TARGETS = {NEGATIVE: 0.0, POSITIVE: 1.0}


def slopes(formula: Formula, dtype: str, z: list[float], target: float) -> torch.Tensor:
    # More than a register of each, so that the vectorised sigmoid is the one that is looked at.
    logits = torch.tensor(z, dtype=getattr(torch, dtype)).repeat_interleave(64)
    p = logits.sigmoid()
    formula.slope_(logits, p, torch.full_like(logits, target))
    return p.view(len(z), 64)


@pytest.mark.parametrize("of_class", [NEGATIVE, POSITIVE])
@pytest.mark.parametrize("dtype", NUMBER_FORMATS)
@pytest.mark.parametrize(
    "formula",
    [
        CrossEntropy(),
        SquaredError(),
        Focal(0.0),
        Focal(),
        Focal(5.0),
        Focal(alpha=0.25),
        Quality(),
        Varifocal(),
        Asymmetric(),
        Asymmetric(gamma_pos=1.0, margin=0.0),
        LogitAdjusted(share=0.02),
    ],
    ids=str,
)
def test_slopes_are_0_beyond_the_ends_and_not_before(
    formula: Formula, dtype: str, of_class: int
) -> None:
    both = vanishing(formula, dtype)
    assert both is not None
    ends = both[of_class]
    near = 0.02 if dtype == "bfloat16" else 2e-3  # its logits are 1 % apart
    for end, sign in ((ends.low, -1), (ends.high, 1)):
        if math.isinf(end):
            far = slopes(formula, dtype, [sign * 120.0], TARGETS[of_class])
            assert (far != 0).all()
            continue
        beyond, before = end * (1 + near) + sign * near, end * (1 - near) - sign * near
        slope = slopes(formula, dtype, [beyond, before], TARGETS[of_class])
        assert (slope[0] == 0).all()
        assert (slope[1] != 0).all()


def test_objects_of_cross_entropy_stop_first_in_float32() -> None:
    background, objects = vanishing(CrossEntropy(), "float32") or pytest.fail("not known")
    assert objects.high == pytest.approx(16.6355, abs=1e-3)
    assert background.low == pytest.approx(-88.72, abs=0.01)


def test_squared_error_has_no_slope_on_the_far_wrong_side_either() -> None:
    background, objects = vanishing(SquaredError(), "float32") or pytest.fail("not known")
    assert background.high == objects.high
    assert objects.low == pytest.approx(-88.72, abs=0.01)


def test_the_share_is_that_of_the_rows() -> None:
    counts = np.stack([count_logits([-95.0, -50.0, 0.0, 20.0]), count_logits([30.0, 3.0])])
    assert vanished_share(counts, CrossEntropy(), "float32") == pytest.approx([0.25, 0.5])
    assert vanished_share(counts, SquaredError(), "float32") == pytest.approx([0.5, 0.5])
    assert vanished_share(counts, RawSquaredError(), "float32") == pytest.approx([0, 0])
    infinite = np.stack([count_logits([-math.inf, 0.0]), count_logits([math.inf])])
    assert vanished_share(infinite, CrossEntropy(), "float64") == pytest.approx([0.5, 1])
    assert vanished_share(infinite, RawSquaredError(), "float64") == pytest.approx([0, 0])


def test_what_is_not_known_is_no_number() -> None:
    counts = np.stack([count_logits([0.0]), count_logits([])])
    assert np.isnan(vanished_share(counts, None, "float32")).all()
    assert np.isnan(vanished_share(counts, CrossEntropy(), "float8")).all()
    assert vanished_share(counts, CrossEntropy(), "float32")[NEGATIVE] == 0
    assert np.isnan(vanished_share(counts, CrossEntropy(), "float32")[POSITIVE])


def test_the_mark_on_the_axis_is_where_objects_of_cross_entropy_stop() -> None:
    for dtype, (logit, _) in SIGMOID_IS_ONE.items():
        assert NUMBER_FORMATS[dtype].sigmoid_is_1 == pytest.approx(logit, abs=0.02)


def test_every_loss_is_known() -> None:
    assert all(vanishing(loss.formula(), "float32") for loss in LOSSES.values())
