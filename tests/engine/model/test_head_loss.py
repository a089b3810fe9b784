"""Every loss: its slope against autograd, its optimum, and the numbers of the literature."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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
@given(z=LOGITS, target=TARGETS, options=OPTIONS)
def test_the_slope_is_that_of_autograd(
    loss: str, z: float, target: float, options: dict[str, float]
) -> None:
    bound = head_loss(loss, **options)
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


def test_the_logit_form_keeps_its_slope_where_a_rounded_sigmoid_has_none() -> None:
    z, target = torch.tensor([17.0]), torch.tensor([0.0])
    value = head_loss("bce").values(z, target, target >= 0.5)
    slope = slope_of("bce", z, target)
    assert float(value) == pytest.approx(17, abs=1e-5)
    assert float(slope) == 1.0
