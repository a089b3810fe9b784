"""Every loss: its slope against autograd, its optimum, and the numbers of the literature."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from objtui.engine.model.head_loss import HeadLoss
from objtui.losses import LOSSES, Focal
from objtui.scenario.schema import Head

LOGITS = st.floats(-40, 40)
TARGETS = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "label_smoothing": st.floats(0, 0.5),
        "positive_weight": st.floats(0.1, 10),
        "gamma": st.floats(0, 5),
        "alpha": st.floats(0.01, 0.99),
        "beta": st.floats(1, 5),
        "gamma_pos": st.floats(0, 5),
        "gamma_neg": st.floats(0, 5),
        "margin": st.floats(0, 0.5),
        "tau": st.floats(0, 2),
        "double_sigmoid": st.just(True),
    },
)


def head_loss(loss: str, **options: object) -> HeadLoss:
    return HeadLoss.of(Head.model_validate({"name": "head", "loss": loss, **options}))


def tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def slope_of(loss: str, z: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """dL/dz with the default options."""
    slope = z.sigmoid()
    head_loss(loss).slope_(z, slope, target, target >= 0.5)
    return slope


@pytest.mark.parametrize("loss", LOSSES)
@given(z=LOGITS, target=TARGETS, options=OPTIONS, share=st.floats(0.001, 0.999))
def test_the_slope_is_that_of_autograd(
    loss: str, z: float, target: float, options: dict[str, float], share: float
) -> None:
    head = Head.model_validate({"name": "head", "loss": loss, **options})
    bound = HeadLoss.of(head, share)
    output = tensor(z).requires_grad_()
    positive = torch.tensor([target >= 0.5])
    bound.values(output, tensor(target), positive).sum().backward()
    slope = output.detach().sigmoid()
    bound.slope_(output.detach(), slope, tensor(target), positive)
    assert output.grad is not None
    torch.testing.assert_close(slope, output.grad, rtol=1e-9, atol=1e-12)


@given(z=LOGITS, target=TARGETS)
def test_cross_entropy_is_torchs_of_one_neuron_and_of_two(z: float, target: float) -> None:
    one = torch.nn.functional.binary_cross_entropy_with_logits(tensor(z), tensor(target))
    rows = torch.stack([tensor(-z / 2), tensor(z / 2)], dim=-1)
    classes = torch.stack([1 - tensor(target), tensor(target)], dim=-1)
    two = torch.nn.functional.cross_entropy(rows, classes)
    for name, expected in (("bce", one), ("ce", two)):
        value = head_loss(name).values(tensor(z), tensor(target), torch.tensor([True]))[0]
        torch.testing.assert_close(value, expected, rtol=1e-12, atol=1e-12)


def test_the_slope_of_mse_is_at_most_8_27_and_there_at_a_third() -> None:
    z = torch.linspace(-20, 20, 400_001, dtype=torch.float64)
    slope = slope_of("mse", z, torch.ones_like(z)).abs()
    assert float(slope.max()) == pytest.approx(8 / 27, abs=1e-9)
    assert float(z[slope.argmax()].sigmoid()) == pytest.approx(1 / 3, abs=1e-4)


@pytest.mark.parametrize(
    ("p", "ratio"), [(0.1, 1.224465), (0.25, 1.082360), (0.5, 0.596574), (0.9, 0.028965)]
)
def test_focal_over_cross_entropy_slopes_are_those_of_mukhoti(p: float, ratio: float) -> None:
    z, one = tensor(math.log(p / (1 - p))), tensor(1.0)
    slopes = [slope_of(name, z, one)[0] for name in ("focal", "bce")]
    assert float(slopes[0] / slopes[1]) == pytest.approx(ratio, abs=1e-6)


@pytest.mark.parametrize(
    ("share", "p"),
    [(0.6, 0.5378), (0.7, 0.5785), (0.8, 0.6266), (0.9, 0.6942), (0.95, 0.7498), (0.99, 0.8464)],
)
def test_focal_settles_nearer_to_one_half_than_the_share_of_positives(
    share: float, p: float
) -> None:
    best = Focal().best_logit(tensor(share))
    assert float(best.sigmoid()) == pytest.approx(p, abs=1e-4)


STATIONARY = {
    # p where these shares of equal rows are positive: .05, .1, .25, .5, .7, .9, .99
    ("bce",): (0.05, 0.1, 0.25, 0.5, 0.7, 0.9, 0.99),
    ("mse",): (0.05, 0.1, 0.25, 0.5, 0.7, 0.9, 0.99),
    ("focal",): (0.2502, 0.3058, 0.3988, 0.5, 0.5785, 0.6942, 0.8464),
    ("focal", ("alpha", 0.25)): (0.1819, 0.2266, 0.3058, 0.3988, 0.4765, 0.6012, 0.7862),
    ("asymmetric",): (0.4211, 0.4775, 0.5732, 0.6837, 0.7764, 0.92, 1.0),
    ("asymmetric", ("gamma_pos", 1.0)): (0.4173, 0.468, 0.5501, 0.6385, 0.7079, 0.812, 0.9415),
    ("varifocal",): (0.2669, 0.335, 0.461, 0.6158, 0.7437, 0.9075, 0.992),
    ("bce", ("positive_weight", 9.0)): (0.3214, 0.5, 0.75, 0.9, 0.9545, 0.9878, 0.9989),
}


@pytest.mark.parametrize("loss", STATIONARY, ids=str)
def test_equal_rows_of_both_classes_settle_where_their_slopes_cancel(
    loss: tuple[object, ...],
) -> None:
    name, *options = loss
    slope = mixed_slope(head_loss(str(name), **dict(options)), (0.0, 1.0))
    for share, p in zip((0.05, 0.1, 0.25, 0.5, 0.7, 0.9, 0.99), STATIONARY[loss], strict=True):
        if p == 1:
            assert slope(20.0, share) < 0
        else:
            at = brentq(slope, -20, 20, (share,))
            assert float(tensor(at).sigmoid()) == pytest.approx(p, abs=1e-4)


def mixed_slope(loss: HeadLoss, targets: tuple[float, float]) -> Callable[[float, float], float]:
    """dL/dz of rows of one z, of which a share has the second target, the others the first."""

    def slope(z: float, share: float) -> float:
        outputs, both = tensor(z, z), tensor(*targets)
        slopes = outputs.sigmoid()
        loss.slope_(outputs, slopes, both, both >= 0.5)
        return float(slopes @ tensor(1 - share, share))

    return slope


@pytest.mark.parametrize(
    ("loss", "p"), [("bce", 0.7), ("mse", 0.7), ("quality", 0.6684), ("varifocal", 0.7571)]
)
def test_of_two_overlaps_only_a_proper_loss_gives_the_mean(loss: str, p: float) -> None:
    at = brentq(mixed_slope(head_loss(loss), (0.5, 0.9)), -5, 5, (0.5,))
    assert float(tensor(at).sigmoid()) == pytest.approx(p, abs=1e-4)


def test_background_of_asymmetric_loss_has_no_slope_from_the_margin_down() -> None:
    z = tensor(math.log(0.05 / 0.95) - 1e-9, math.log(0.05 / 0.95) + 1e-3, -40.0)
    slopes = slope_of("asymmetric", z, torch.zeros_like(z))
    assert slopes.tolist()[::2] == [0, 0]
    assert slopes[1] > 0


@given(z=st.floats(-30, 30), target=st.sampled_from([0.0, 1.0]))
def test_quality_of_hard_targets_is_focal_loss(z: float, target: float) -> None:
    quality, focal = (head_loss(name).formula for name in ("quality", "focal"))
    value, expected = (each.value(tensor(z), tensor(target)) for each in (quality, focal))
    torch.testing.assert_close(value, expected, rtol=1e-7, atol=1e-15)


@given(z=LOGITS, target=st.sampled_from([0.0, 1.0]), alpha=st.floats(0.05, 0.95))
def test_focal_with_alpha_weighs_each_class(z: float, target: float, alpha: float) -> None:
    value = head_loss("focal", alpha=alpha).formula.value(tensor(z), tensor(target))
    plain = head_loss("focal").formula.value(tensor(z), tensor(target))
    weight = alpha if target == 1 else 1 - alpha
    torch.testing.assert_close(value, plain * weight, rtol=1e-12, atol=0)


@pytest.mark.parametrize("share", [0.001, 0.3])
def test_logit_adjusted_settles_at_the_logit_of_balanced_rows(share: float) -> None:
    head = Head.model_validate({"name": "head", "loss": "logit_adjusted"})
    at = brentq(mixed_slope(HeadLoss.of(head, share), (0.0, 1.0)), -20, 20, (share,))
    assert at == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
@given(target=st.floats(0.01, 0.99))
def test_no_logit_has_a_lower_loss_than_the_best_one(loss: str, target: float) -> None:
    grid = torch.linspace(-10, 10, 2001, dtype=torch.float64)
    formula = LOSSES[loss].formula()
    least = formula.value(formula.best_logit(tensor(target)), tensor(target))
    assert float(formula.value(grid, tensor(target)).min()) >= float(least[0]) - 1e-12


def test_the_floor_is_the_entropy_of_soft_targets_and_zero_for_hard_ones() -> None:
    soft = tensor(0.1, 0.5, 0.7)
    entropy = -(soft * soft.log() + (1 - soft) * (1 - soft).log()).mean()
    assert head_loss("bce").floor(soft, soft >= 0.5) == pytest.approx(float(entropy), abs=1e-12)
    for loss in LOSSES:
        hard = tensor(0.0, 1.0, 1.0)
        assert head_loss(loss).floor(hard, hard >= 0.5) == 0


def test_a_double_sigmoid_cannot_get_below_half_a_nat_on_balanced_rows() -> None:
    targets = tensor(0.0, 1.0)
    floor = head_loss("bce", double_sigmoid=True).floor(targets, targets >= 0.5)
    assert floor == pytest.approx((math.log(2) + math.log1p(math.exp(-1))) / 2, abs=1e-12)
    assert floor == pytest.approx(0.5032, abs=1e-4)


@given(z=LOGITS, target=TARGETS, class_p=st.floats(0.01, 0.99))
def test_a_class_that_nothing_trains_is_a_factor_on_p_and_none_of_the_loss(
    z: float, target: float, class_p: float
) -> None:
    product, alone = head_loss("bce", class_p=class_p), head_loss("bce")
    p = class_p * tensor(z).sigmoid()
    torch.testing.assert_close(product.logits(tensor(z)), p.logit(), rtol=1e-9, atol=1e-9)
    positive = torch.tensor([target >= 0.5])
    losses = [each.values(tensor(z), tensor(target), positive) for each in (product, alone)]
    assert torch.equal(*losses)


def test_the_logit_form_keeps_its_slope_where_a_rounded_sigmoid_has_none() -> None:
    z, target = torch.tensor([17.0]), torch.tensor([0.0])
    value = head_loss("bce").values(z, target, target >= 0.5)
    slope = slope_of("bce", z, target)
    assert float(value) == pytest.approx(17, abs=1e-5)
    assert float(slope) == 1.0
