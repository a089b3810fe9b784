"""Trainings of the real engine that pass a point when a closed form says, or end where it says."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from objtui.engine.data.dataset import Rows
from objtui.losses import CrossEntropy
from objtui.measures.histogram import CELLS
from tests.engine.cases import make_rows, make_scenario, make_training, scheduled, tensor_rows


def one_row(target: float) -> Rows:
    """A row whose one feature is 0, so that the bias alone is its logit."""
    targets = torch.tensor([target], dtype=torch.float64)
    return tensor_rows(torch.zeros(1, 1, dtype=torch.float64), targets, targets >= 0.5)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def bce_time(p: float) -> float:
    """The integral of dz / (1 − p): time of the gradient flow of one positive row."""
    return math.log(p / (1 - p)) + 1 / (1 - p)


def mse_time(p: float) -> float:
    """The integral of dz / (2 p (1 − p)²)."""
    return (-1 / p + 3 * math.log(p / (1 - p)) + 2 / (1 - p) + 1 / (2 * (1 - p) ** 2)) / 2


def focal_slope(z: float) -> float:
    """dL/dz of −(1 − p)² ln p, by autograd."""
    logit = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    p = logit.sigmoid()
    (-((1 - p) ** 2) * p.log()).backward()
    return float(logit.grad)


@pytest.mark.parametrize("start", [-4.0, -2.0])
def test_small_steps_take_the_time_of_the_gradient_flow_to_leave_the_wrong_side(
    start: float,
) -> None:
    at_start = sigmoid(start)
    times = {
        "bce": bce_time(0.5) - bce_time(at_start),
        "ce": (bce_time(0.5) - bce_time(at_start)) / 2,  # two neurons: twice the rate of z
        "mse": mse_time(0.5) - mse_time(at_start),
        "focal": quad(lambda z: -1 / focal_slope(z), start, 0)[0],
    }
    rate = 0.05
    heads = [{"name": name, "loss": name, "initial_logit": start} for name in times]
    steps = math.ceil(max(times.values()) / rate) + 10
    scenario = make_scenario(
        heads, batch="all", optimizer="sgd", lr=rate, steps=steps, eval_every=1
    )
    frames = scheduled(make_training(scenario, one_row(1.0)))
    for position, (name, time) in enumerate(times.items()):
        passed = next(frame.step for frame in frames if frame.score("p_pos")[position, 0] >= 0.5)
        assert passed * rate == pytest.approx(time, abs=3 * rate), name


def test_a_plateau_that_starts_at_minus_10_ends_at_step_11034() -> None:
    """At rate 1 the steps of the trial are whole ones; the flow alone takes 11 029.5."""
    assert mse_time(0.5) - mse_time(sigmoid(-10)) == pytest.approx(11_034, rel=1e-3)
    heads = [{"name": "mse", "loss": "mse", "initial_logit": -10.0}]
    scenario = make_scenario(
        heads, batch="all", optimizer="sgd", lr=1.0, steps=11_034, eval_every=11_033
    )
    _, before, after = scheduled(make_training(scenario, one_row(1.0)))
    assert before.score("p_pos")[0, 0] < 0.5 <= after.score("p_pos")[0, 0]


def test_separable_logits_grow_as_the_margin_times_log_t_over_the_order_of_the_loss() -> None:
    """d‖w‖ / d ln t → ‖ŵ‖ / k: a loss whose slope decays as exp(−k z) has order k.

    The widest margin of these rows is ŵ = (½, ½) by the two support points.
    """
    above = torch.tensor(
        [[0.5, 1.5], [1.5, 0.5], [1, 2], [2, 1], [2, 2], [0.5, 2.5]], dtype=torch.float64
    )
    targets = torch.tensor([1.0] * 6 + [0.0] * 6, dtype=torch.float64)
    rows = tensor_rows(torch.cat([above, -above]), targets, targets >= 0.5)
    orders = {"bce": 1, "ce": 1, "mse": 2, "focal": 3}
    heads = [{"name": name, "loss": name, "initial_logit": 0.0} for name in orders]
    rate = len(rows) / float(torch.linalg.matrix_norm(rows.features, 2))
    scenario = make_scenario(heads, batch="all", optimizer="sgd", lr=rate, steps=20_000)
    frames = [f for f in scheduled(make_training(scenario, rows)) if f.step >= 2000]
    norms = np.array([frame.score("weight_norm")[:, 0] for frame in frames])
    slopes = np.polyfit(np.log([frame.step for frame in frames]), norms, 1)[0]
    expected = [math.sqrt(0.5) / order for order in orders.values()]
    np.testing.assert_allclose(slopes, expected, rtol=0.04)
    lead = norms[-1, 1] - norms[-1, 0]  # CE is where BCE will be at twice the step
    assert lead == pytest.approx(math.sqrt(0.5) * math.log(2), rel=0.02)


SHARES = {0.6: 0.5378, 0.7: 0.5785, 0.8: 0.6266, 0.9: 0.6942, 0.95: 0.7498, 0.99: 0.8464}


def test_focal_loss_rests_where_its_definition_is_least() -> None:
    """Of a share q of positives; q is given as a smoothed label, 1 − ε / 2."""

    def least(share: float) -> float:
        def loss(p: float) -> float:
            return -share * (1 - p) ** 2 * math.log(p) - (1 - share) * p**2 * math.log1p(-p)

        return float(minimize_scalar(loss, bounds=(1e-6, 1 - 1e-6), method="bounded").x)

    for share, expected in SHARES.items():
        assert least(share) == pytest.approx(expected, abs=1e-4)
    heads = [
        {"name": f"q{i}", "loss": "focal", "label_smoothing": 2 * (1 - share)}
        for i, share in enumerate(SHARES)
    ]
    scenario = make_scenario(
        heads, batch="all", optimizer="adam", lr=0.03, schedule="cosine", steps=1500
    )
    last = scheduled(make_training(scenario, one_row(1.0)))[-1]
    np.testing.assert_allclose(last.score("p_pos")[:, 0], list(SHARES.values()), atol=2e-4)


@pytest.mark.parametrize("loss", ["bce", "ce", "mse"])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_smoothing_ends_every_proper_loss_at_the_same_logit(loss: str, target: float) -> None:
    amounts = (0.05, 0.1, 0.2, 0.5)
    heads = [
        {"name": f"s{i}", "loss": loss, "label_smoothing": amount, "initial_logit": 0.0}
        for i, amount in enumerate(amounts)
    ]
    scenario = make_scenario(
        heads, batch="all", optimizer="adam", lr=0.2, schedule="cosine", steps=1500
    )
    last = scheduled(make_training(scenario, one_row(target)))[-1]
    score, sign = ("z_pos", 1) if target else ("z_neg", -1)
    expected = [sign * math.log((2 - amount) / amount) for amount in amounts]
    np.testing.assert_allclose(last.score(score)[:, 0], expected, atol=1e-4)


@pytest.mark.parametrize("decay", [0.3, 0.01])
def test_weight_decay_is_the_regularisation_of_scikit_learn(decay: float) -> None:
    """C = 1 / (λN), the bias regularised as well; CE needs twice the decay, or has C doubled."""
    x, y = load_breast_cancer(return_X_y=True)
    x = (x[:, :2] - x[:, :2].mean(axis=0)) / x[:, :2].std(axis=0)
    with_bias = np.column_stack([x, np.ones(len(x))])
    heads = [
        {"name": "bce", "loss": "bce"},
        {"name": "twin", "loss": "ce", "mirror": "bce"},
        {"name": "ce_twice", "loss": "ce", "weight_decay_scale": 2.0},
        {"name": "ce", "loss": "ce"},
    ]
    strength = [1 / (decay * len(x))] * 3 + [2 / (decay * len(x))]
    targets = torch.tensor(y, dtype=torch.float64)
    scenario = make_scenario(
        heads, batch="all", optimizer="sgd", lr=1.0, weight_decay=decay, steps=3000
    )
    training = make_training(scenario, tensor_rows(torch.tensor(x), targets, targets >= 0.5))
    last = scheduled(training)[-1]
    for position, c in enumerate(strength):
        peer = LogisticRegression(C=c, fit_intercept=False, tol=1e-10, max_iter=2000)
        z = with_bias @ peer.fit(with_bias, y).coef_[0]
        expected = {
            "z_pos": z[y == 1].mean(),
            "z_neg": z[y == 0].mean(),
            "nll": np.mean(np.logaddexp(0, z) - y * z),
            "weight_norm": np.linalg.norm(peer.coef_[0, :2]),
        }
        measured = {name: last.score(name)[position, 0] for name in expected}
        assert measured == pytest.approx(expected, abs=1e-5), heads[position]["name"]


def test_decay_sets_the_logit_of_a_separable_row() -> None:
    """x = 1, t = 1: weight and bias are pulled alike, each is z / 2, so 1 − p = λ z / 2."""
    targets = torch.ones(1, dtype=torch.float64)
    row = tensor_rows(torch.ones(1, 1, dtype=torch.float64), targets, targets >= 0.5)
    decays = (1e-1, 1e-2, 1e-3)
    heads = [
        {"name": f"d{i}", "loss": "bce", "weight_decay_scale": decay / decays[0]}
        for i, decay in enumerate(decays)
    ]
    scenario = make_scenario(
        heads, batch="all", optimizer="sgd", lr=1.0, weight_decay=decays[0], steps=10_000
    )
    z = scheduled(make_training(scenario, row))[-1].score("z_pos")[:, 0]
    np.testing.assert_allclose(1 / (1 + np.exp(z)), np.array(decays) * z / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "bits", "wall"),
    [("bfloat16", 9, 6.25), ("float32", 24, 16.6357), ("float64", 53, 36.7368)],
)
def test_a_positive_stops_where_its_sigmoid_rounds_to_one(
    dtype: str, bits: int, wall: float
) -> None:
    """1 / (1 + e^−z) rounds to 1 from e^−z = 2^−bits on: z = bits · ln 2."""
    assert bits * math.log(2) == pytest.approx(wall, abs=0.02)
    short, past = 0.99 * bits * math.log(2), 1.01 * bits * math.log(2)
    heads = [
        {"name": f"{loss}_{side}", "loss": loss, "initial_logit": z}
        for loss in ("bce", "ce")
        for side, z in (("short", short), ("past", past))
    ]
    scenario = make_scenario(heads, batch="all", dtype=dtype, optimizer="sgd", lr=1e3, steps=1)
    first, last = scheduled(make_training(scenario, one_row(1.0)))
    moved = (last.score("z_pos") != first.score("z_pos"))[:, 0]
    assert moved.tolist() == [True, False, True, False]


def test_a_negative_goes_on_far_below_the_wall_of_positives() -> None:
    """In float32 a sigmoid is 0 only where e^−z overflows: below −128 ln 2 = −88.7."""
    heads = [
        {"name": f"z{i}", "loss": "bce", "initial_logit": z}
        for i, z in enumerate((-17.0, -80.0, -89.0))
    ]
    scenario = make_scenario(heads, batch="all", dtype="float32", optimizer="sgd", lr=1e36, steps=1)
    first, last = scheduled(make_training(scenario, one_row(0.0)))
    moved = (last.score("z_neg") != first.score("z_neg"))[:, 0]
    assert moved.tolist() == [True, True, False]


def test_raw_squared_error_is_least_squares_and_stable_up_to_two_over_its_curvature() -> None:
    rows = make_rows(rows=400, features=3, separation=4.0)
    design = np.column_stack([rows.features.numpy(), np.ones(len(rows))])
    curvature = 2 * np.linalg.eigvalsh(design.T @ design / len(rows))[-1]
    heads = [
        {"name": name, "loss": "raw_mse", "lr_scale": scale}
        for name, scale in (("settled", 0.5), ("below", 0.98), ("above", 1.02))
    ]
    scenario = make_scenario(heads, batch="all", optimizer="sgd", lr=2 / curvature, steps=600)
    first, *_, last = scheduled(make_training(scenario, rows))
    z = design @ np.linalg.lstsq(design, rows.targets.numpy(), rcond=None)[0]
    for score, part in (("z_pos", rows.positive), ("z_neg", ~rows.positive)):
        expected = z[part.numpy()].mean()
        np.testing.assert_allclose(last.score(score)[:2, 0], expected, atol=1e-9)
    assert last.score("loss")[2, 0] > 1e6 * first.score("loss")[2, 0]


def test_least_squares_puts_three_scores_in_ten_outside_0_and_1() -> None:
    """Classes 4 apart: means 0.9 and 0.1, sd 0.2 each, so Φ(−½) = .3085 lie outside.

    Of a raw score as a logit, below 0 is a count of the histogram; above 1 is as many.
    """
    targets = torch.arange(20_000, dtype=torch.float64) % 2
    noise = torch.randn(20_000, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows = tensor_rows(noise + 4 * (targets[:, None] - 0.5), targets, targets >= 0.5)
    heads = [{"name": "raw", "loss": "raw_mse"}]
    scenario = make_scenario(heads, batch="all", optimizer="sgd", lr=0.1, steps=200)
    last = scheduled(make_training(scenario, rows))[-1]
    below_zero = last.counts[0, 0, :, : CELLS // 2].sum()  # the edge in the middle is 0
    assert 2 * below_zero / 20_000 == pytest.approx(0.3085, abs=0.01)
    assert last.score("z_pos")[0, 0] == pytest.approx(0.9, abs=0.01)
    assert last.score("z_neg")[0, 0] == pytest.approx(0.1, abs=0.01)


def test_under_a_rare_prior_squared_error_starts_with_a_thousandth_of_the_slope() -> None:
    """dL/dz of MSE is 2 p (1 − p) times BCE's, whatever the target."""
    rows = make_rows()
    heads = [
        {"name": f"{loss}{i}", "loss": loss, "prior": prior}
        for i, prior in enumerate((0.001, 1 / 3, 0.9))
        for loss in ("bce", "mse")
    ]
    first = scheduled(make_training(make_scenario(heads, steps=1), rows))[0]
    for score in ("grad_pos", "grad_neg"):
        slopes = first.score(score)[:, 0]
        expected = [2 * p * (1 - p) for p in (0.001, 1 / 3, 0.9)]
        np.testing.assert_allclose(slopes[1::2] / slopes[::2], expected, rtol=1e-9)


@pytest.mark.parametrize("p", [0.01, 0.3, 0.99])
def test_a_loss_without_its_first_minus_pushes_objects_to_0(p: float) -> None:
    """y ln p − (1 − y) ln(1 − p), as it is often written, has BCE's slope only where y = 0."""
    z = torch.tensor([math.log(p / (1 - p))] * 2, dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.0, 0.0], dtype=torch.float64)
    written = y * z.sigmoid().log() - (1 - y) * (1 - z.sigmoid()).log()
    written.sum().backward()
    slope = z.detach().sigmoid()
    CrossEntropy().slope_(z.detach(), slope, y)
    assert z.grad is not None
    torch.testing.assert_close(z.grad, slope * torch.tensor([-1.0, 1.0]).double())
    assert z.grad[0] > 0  # descent lowers the logit of an object
